"""``python -m tests.promises.innocents``: markets without a scheme, of which no run may export anybody.

Every population of ``populations.toml`` must be in them, and its cars have the verdict that is written there.
"""

import argparse
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

os.environ.setdefault("POLARS_MAX_THREADS", "1")

from tests.promises.innocents.judging import Judged, judge, plan
from tests.promises.innocents.market import WHOLE
from tests.promises.innocents.report import market_line, report

EACH = 14
"""Populations of a market."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.promises.innocents", description=__doc__)
    parser.add_argument("--markets", type=int, default=60, help="how many markets")
    parser.add_argument("--seed", type=int, default=1, help="which markets")
    given = parser.parse_args()
    began = time.monotonic()
    tasks = plan(given.seed, given.markets, WHOLE, EACH, runs=1)
    judged: list[Judged] = []
    # a process that is spawned reads how many threads polars may have
    with ProcessPoolExecutor(os.cpu_count(), mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(judge, task) for task in tasks]):
            judged.append(done.result())
            print(market_line(judged[-1]), flush=True)
    judged.sort(key=lambda one: one.task.seed)
    failed = report(judged)
    print(f"{given.markets} markets in {time.monotonic() - began:,.0f} s")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
