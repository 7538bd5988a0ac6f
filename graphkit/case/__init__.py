"""A case: a folder with sources, tables, judgements and runs, and the public face over it."""
