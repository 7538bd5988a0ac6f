"""``python -m tests.store.random_queries check``: the embedded engine's answers beside those of a real Neo4j."""

import argparse
import sys
import tempfile
from itertools import islice
from pathlib import Path

from tests.servers.neo4j import Server
from tests.store.random_queries.answers import embedded
from tests.store.random_queries.frozen import COUNT, FILE, differences, freeze, frozen
from tests.store.random_queries.graph import fill


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.store.random_queries", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("check", "ask the embedded engine the frozen queries, print every difference"),
        ("freeze", "ask a real Neo4j and write the frozen queries anew"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("--count", type=int, default=COUNT, help="how many queries")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return (_check if given.command == "check" else _freeze)(Path(folder), given.count)


def _check(folder: Path, count: int) -> int:
    asked = equal = 0
    with embedded(folder) as session:
        for told in differences(session, islice(frozen(), count)):
            asked += 1
            equal += not told
            if told:
                print(told)
    print(f"{equal:,} of {asked:,} answers are equal")
    return int(equal < asked)


def _freeze(folder: Path, count: int) -> int:
    server = Server(folder)
    server.start()
    try:
        with server.driver(notifications_min_severity="OFF") as driver, driver.session() as session:
            fill(session)
            for done in freeze(session, count):
                if done % 100 == 0:
                    print(f"{done:,} of {count:,} queries", file=sys.stderr)
    finally:
        server.kill()
    print(f"{FILE.name}: {count:,} queries, {FILE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
