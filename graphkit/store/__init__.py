"""The graph store: the tables of a case as a graph, in the embedded engine or on a server, over Bolt."""
