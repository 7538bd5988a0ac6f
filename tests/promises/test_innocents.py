"""Nobody innocent is exported, and each lawful look-alike is told: eight small markets that hold every population.

Sixty larger ones are drawn by ``python -m tests.promises.innocents``.
"""

import polars as pl
import pytest

from tests.promises.innocents.contract import contract, failures
from tests.promises.innocents.judging import Judged, judge, plan
from tests.promises.innocents.market import SMALL
from tests.promises.innocents.report import absent

pytestmark = pytest.mark.no_cover

SEED, MARKETS, EACH, RUNS = 3, 8, 5, 2


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return [judge(task) for task in plan(SEED, MARKETS, SMALL, EACH, RUNS)]


def test_the_markets_hold_every_population_and_each_is_seen_without_its_data(judged: list[Judged]) -> None:
    assert absent(judged) == []


def test_nobody_is_exported(judged: list[Judged]) -> None:
    told = [(one.task.seed[1], *row) for one in judged for row in one.exported.rows()]
    assert told == []


@pytest.mark.parametrize("population", contract())
def test_each_car_is_told_for_what_it_is(population: str, judged: list[Judged]) -> None:
    told = pl.concat([one.verdicts for one in judged]).filter(population=population)
    assert failures(told).rows() == []


WITHOUT = [one.population for listed in contract().values() for one in listed.without]


@pytest.mark.parametrize("population", WITHOUT)
def test_without_what_tells_them_apart_nobody_knows(population: str, judged: list[Judged]) -> None:
    told = pl.concat([one.withheld for one in judged]).filter(population=population)
    assert told.height > 0
    assert failures(told).rows() == []
