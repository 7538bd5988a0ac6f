"""Ownership and control, groups, and related parties by regime; each link with its proof."""

from graphkit.parties.relate import Parties, relate

__all__ = ["Parties", "relate"]
