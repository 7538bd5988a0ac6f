"""The ways a person looks at a case: one self-contained HTML file a cluster."""
