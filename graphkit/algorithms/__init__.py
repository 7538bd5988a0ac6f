"""Algorithms that know nothing of cars or companies: control, components, intervals, dates, count tests."""
