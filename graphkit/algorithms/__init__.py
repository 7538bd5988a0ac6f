"""Algorithms that know nothing of cars or companies: control, ownership, components, cycles, intervals, count tests."""

from graphkit.algorithms.close_links import close_links
from graphkit.algorithms.control import control
from graphkit.algorithms.cycle_threads import TooManyCyclesError
from graphkit.algorithms.integrated_ownership import integrated_ownership
from graphkit.algorithms.simple_cycles import simple_cycles
from graphkit.algorithms.temporal_cycles import temporal_cycles

__all__ = ["TooManyCyclesError", "close_links", "control", "integrated_ownership", "simple_cycles", "temporal_cycles"]
