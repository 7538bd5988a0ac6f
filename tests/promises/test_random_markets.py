"""On random small markets every query gives the same rows on both engines, and every twin counts what Python flags."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from graphkit.detectors import DETECTORS
from graphkit.queries import library
from tests.promises.markets.comparison import Compared, compare, embedded_engine, first_difference
from tests.promises.markets.draft import Draft
from tests.promises.markets.random_market import random_market
from tests.servers.neo4j import Server

SEEDS = range(8)

pytestmark = pytest.mark.no_cover

ANSWERED = 0.9
"""The share of the questions that must find something in one of the markets at least."""


@pytest.fixture(scope="module")
def compared(empty_neo4j: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Compared]]:
    """What the market of a seed shows; it is loaded and asked once."""
    with embedded_engine(tmp_path_factory.mktemp("markets")) as embedded:
        yield cache(lambda seed: compare(seed, embedded, empty_neo4j))


@pytest.mark.parametrize("seed", SEEDS)
def test_both_engines_and_python_agree(seed: int, compared: Callable[[int], Compared]) -> None:
    found = compared(seed)
    assert found.asked > 2 * len(library())
    assert not found.differences, "\n".join(found.differences)


def test_the_markets_have_something_to_find(compared: Callable[[int], Compared]) -> None:
    rows: Counter[str] = Counter()
    flagged: Counter[str] = Counter()
    for seed in SEEDS:
        rows.update(compared(seed).rows)
        flagged.update(compared(seed).flagged)
    few = sorted(detector.id for detector in DETECTORS if flagged[detector.id] < 20)
    assert not few, (
        f"tests/promises/markets: in random_<id>.py or in random_cars.py draw more cars that meet {', '.join(few)}, "
        f"20 in {len(SEEDS)} markets: {flagged}"
    )
    explore = [name for name, query in library().items() if query.folder == "explore"]
    silent = [name for name in explore if not rows[name]]
    assert len(silent) <= (1 - ANSWERED) * len(explore), f"no market gives a row to {', '.join(silent)}"


def test_a_seed_draws_one_market() -> None:
    one, again, other = random_market(3), random_market(3), random_market(4)
    assert all(frame.equals(again.tables[name]) for name, frame in one.tables.items())
    assert one.coverage == again.coverage
    assert not one.tables["sales"].equals(other.tables["sales"])


def test_what_is_drawn_apart_is_there_and_moves_no_later_draw() -> None:
    one, other = Draft(3), Draft(3)
    other.apart("more").add("sales", vin=other.apart("more").pick("abcdefghijk"))
    assert other.rows("sales") == [{"vin": Draft(3).apart("more").pick("abcdefghijk")}]
    assert [one.day() for _ in range(9)] == [other.day() for _ in range(9)]
    assert Draft(3).apart("more").day() != Draft(3).apart("less").day() != Draft(3).day()


@pytest.mark.parametrize(
    ("other", "telling"),
    [
        ([("a", 1), ("b", 2)], ""),
        ([("b", 2), ("a", 1)], "2 and 2 rows; row 0: ('a', 1) and ('b', 2)"),
        ([("a", 1)], "2 and 1 rows; row 1: ('b', 2) and no more rows"),
        ([("a", 1), ("b", None)], "2 and 2 rows; row 1: ('b', 2) and ('b', None)"),
    ],
)
def test_a_difference_is_told(other: list[tuple[str, int | None]], telling: str) -> None:
    assert first_difference([("a", 1), ("b", 2)], other) == telling
