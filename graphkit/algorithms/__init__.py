"""Algorithms that know nothing of cars or companies: control, ownership, components, intervals, dates, count tests."""

from graphkit.algorithms.close_links import close_links
from graphkit.algorithms.control import control
from graphkit.algorithms.integrated_ownership import integrated_ownership

__all__ = ["close_links", "control", "integrated_ownership"]
