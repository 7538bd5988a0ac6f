"""``python -m tests.promises.markets --count 50``: random markets, asked of both engines and of Python."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from graphkit.queries import library
from tests.promises.markets.comparison import compare, embedded_engine
from tests.servers.neo4j import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.promises.markets", description=__doc__)
    parser.add_argument("--count", type=int, default=50, help="how many markets")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    given = parser.parse_args()
    different, rows = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "neo4j")
        server.home.mkdir()
        server.start()
        try:
            with embedded_engine(Path(folder) / "embedded") as embedded:
                for seed in range(given.first, given.first + given.count):
                    began = time.monotonic()
                    found = compare(seed, embedded, server)
                    took = time.monotonic() - began
                    total = sum(found.rows.values())
                    print(f"market {seed}: {found.asked} answers, {total:,} rows, {took:.1f} s", flush=True)
                    for difference in found.differences:
                        print(f"  {difference}", flush=True)
                    different += len(found.differences)
                    rows.update(found.rows)
        finally:
            server.kill()
    silent = sorted(name for name in library() if not rows[name])
    print(f"{different} differences in {given.count} markets; without a row: {', '.join(silent) or 'no query'}")
    return int(different > 0)


if __name__ == "__main__":
    sys.exit(main())
