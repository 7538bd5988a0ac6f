"""Is it more than chance, and what does it weigh: baselines, findings, weights of evidence, the export gate."""
