"""Source files in: contracts, readers, column mapping, coverage, quarantine, lineage, packaged reference data."""
