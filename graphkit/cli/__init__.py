"""The command line: one file a command group; each parses, calls the rooms below, and prints."""
