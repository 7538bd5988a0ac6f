"""The ways out of a case as files: CSV, Parquet, XLSX, GraphML, GEXF."""
