"""A labelled synthetic market with planted schemes and honest look-alikes, to demonstrate and measure on."""

from graphkit.simulate.simulator import Simulated, simulate
from graphkit.simulate.writing import write

__all__ = ["Simulated", "simulate", "write"]
