"""How fast the shapes of a million flows are counted: ``python -m tests.benchmarks.flow_shapes``.

*sales* has 5 makers, 500 dealers, persons as buyers, and resales to other dealers and to exporters; *payments* go
between 20,000 companies drawn at random; in *dense* each of 10,000 companies pays some fifty others, again and again.
Tables are made from a seed; each is measured in a process of its own, so that the peak memory printed is that of one.
"""

import argparse
import resource
import subprocess
import sys
import time
from datetime import date

import numpy as np
import polars as pl

from graphkit.trade.flow_shapes import with_shapes

FLOWS, DAYS = 1_000_000, 730
NAMES = ("sales", "payments", "dense")


def sales(rng: np.random.Generator) -> pl.DataFrame:
    """Makers are 0 to 4, dealers 10 to 509, exporters 600 to 899, persons from 1000."""
    cars, resales = FLOWS * 45 // 100, FLOWS // 10
    dealer, day = 10 + rng.integers(0, 500, cars), rng.integers(0, DAYS, cars)
    buyer, again = 1_000 + rng.integers(0, FLOWS // 2, cars), rng.integers(0, cars, resales)
    taker = np.where(rng.random(resales) < 0.5, dealer[again], 600 + rng.integers(0, 300, resales))
    parts = (
        ("wholesale", rng.integers(0, 5, cars), dealer, day),
        ("retail", dealer, buyer, day + rng.integers(1, 60, cars)),
        ("resale", buyer[again], taker, day[again] + rng.integers(20, 120, resales)),
    )
    return pl.concat(flows(*part) for part in parts)


def flows(kind: str, source: np.ndarray, target: np.ndarray, day: np.ndarray) -> pl.DataFrame:
    """The columns of flows that shapes are counted from."""
    return pl.DataFrame({"source": source, "target": target, "day": day}).select(
        source_id=pl.format("P{}", "source"),
        target_id=pl.format("P{}", "target"),
        kind=pl.lit(kind),
        on_date=(pl.lit(date(2023, 1, 1)).cast(pl.Int32) + pl.col("day")).cast(pl.Int32).cast(pl.Date),
    )


def table(name: str) -> pl.DataFrame:
    """The flows of one measurement."""
    rng = np.random.default_rng(6)
    if name == "sales":
        return sales(rng)
    companies = 20_000 if name == "payments" else 10_000
    payer = rng.integers(0, companies, FLOWS)
    near = rng.integers(1, companies if name == "payments" else 50, FLOWS)
    return flows("payment", payer, (payer + near) % companies, rng.integers(0, DAYS, FLOWS))


def measure(name: str) -> None:
    """One line: seconds, processor seconds, peak memory of the process, and how many flows are of a shape."""
    given = table(name)
    began, worked = time.perf_counter(), time.process_time()
    found = with_shapes(given)["scatter_gather"]
    took, work = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    said = f"{name}: {given.height:,} flows, {took:.1f} s ({work:.1f} s of processors), {peak:.2f} GB at most"
    print(f"{said}; {found.gt(1).sum():,} with a scatter_gather above 1, largest {found.max()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(NAMES)}; all if none is given")
    names = parser.parse_args().names
    if len(names) == 1:
        measure(names[0])
    for one in (names or NAMES) if len(names) != 1 else ():
        subprocess.run([sys.executable, "-m", "tests.benchmarks.flow_shapes", one], check=True)
