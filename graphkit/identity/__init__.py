"""Who is who: codes, names, and which party ids stand for one party."""

from graphkit.identity.resolve import Resolved, resolve

__all__ = ["Resolved", "resolve"]
