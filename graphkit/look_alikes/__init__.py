"""The lawful populations that look like inflated sales: each tells how it is told apart, and tests it."""
