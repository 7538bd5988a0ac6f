"""One market drawn, run and held against the list; and the plan of many: which populations, what is taken away."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

import polars as pl

from graphkit.detectors import DETECTORS
from tests.promises.innocents.contract import Without, contract, verdicts
from tests.promises.innocents.drawing import Drawn, dealt, draw
from tests.promises.innocents.facts import census, reached
from tests.promises.innocents.market import Size
from tests.promises.innocents.running import Ran, run
from tests.promises.innocents.withheld import without


@dataclass(frozen=True)
class Task:
    """A market to judge: its seed, its size, its populations, and what is taken away in further runs of it."""

    seed: tuple[int, int]
    size: Size
    populations: tuple[str, ...]
    taken: tuple[Without, ...]


@dataclass(frozen=True)
class Judged:
    """What a market showed: verdicts, the same with data taken away (column ``data``), everyday cars' hits, exported
    parties (party_id, roles, families, reason, flagged_of), the census, and how large and slow it was.
    """

    task: Task
    verdicts: pl.DataFrame
    withheld: pl.DataFrame
    everyday: pl.DataFrame
    exported: pl.DataFrame
    census: pl.DataFrame
    dealers: int
    cars: int
    quarantined: int
    seconds: float
    places: str


def plan(seed: int, markets: int, size: Size, each: int, runs: int) -> list[Task]:
    """So many markets of ``each`` populations, and up to ``runs`` further runs, of the data least often taken away."""
    listed, done = contract(), Counter[tuple[str, str]]()
    tasks = []
    for number, populations in enumerate(dealt(seed, markets, each)):
        could = sorted(
            (one for name in populations for one in listed[name].without),
            key=lambda one: done[one.population, one.data],
        )
        taken = tuple(could[:runs])
        done.update((one.population, one.data) for one in taken)
        tasks.append(Task((seed, number), size, populations, taken))
    return tasks


def judge(task: Task) -> Judged:
    began = monotonic()
    drawn, listed = draw(task.seed, task.size, task.populations), contract()
    ran = run(drawn)
    told = [verdicts(name, listed[name].expects, _all_reached(drawn, name), ran.hits) for name in task.populations]
    return Judged(
        task=task,
        verdicts=pl.concat(told),
        withheld=pl.concat(
            [_less(drawn, taken) for taken in task.taken] or [told[0].clear().with_columns(data=pl.lit(""))]
        ),
        everyday=_everyday(drawn, ran),
        exported=_exported(drawn, ran),
        census=census(drawn),
        dealers=drawn.dealers,
        cars=drawn.cars,
        quarantined=ran.quarantined,
        seconds=monotonic() - began,
        places=", ".join(f"{name} ({place})" for name, place in drawn.places.items()),
    )


def _all_reached(drawn: Drawn, population: str) -> dict[str, pl.Series]:
    cars = drawn.labels.filter(population=population)["vin"]
    return dict(reached(drawn, cars, [detector.id for detector in DETECTORS]))


def _less(drawn: Drawn, taken: Without) -> pl.DataFrame:
    less, resting = without(drawn, taken)
    ran = run(less, only=sorted(taken.expects))
    told = verdicts(taken.population, taken.expects, resting, ran.hits)
    return told.with_columns(data=pl.lit(f"{taken.data} {taken.how}".strip()))


def _everyday(drawn: Drawn, ran: Ran) -> pl.DataFrame:
    """Hits among the cars of no population: detector, verdict, cars; and how many such cars there are."""
    cars = (
        drawn.tables["vehicles"]
        .select(subject_id="vin")
        .join(drawn.labels, left_on="subject_id", right_on="vin", how="anti")
    )
    hits = (
        ran.hits.join(cars, on="subject_id", how="semi")
        .group_by("detector", "verdict")
        .agg(hits=pl.len().cast(pl.Int64))
    )
    return hits.with_columns(cars=pl.lit(cars.height, dtype=pl.Int64))


def _exported(drawn: Drawn, ran: Ran) -> pl.DataFrame:
    """The exported parties, and of which populations their flagged cars are."""
    flagged = ran.hits.filter(verdict="flagged").select("detector", vin="subject_id", party_id="accountable_id")
    flagged = flagged.join(drawn.labels, on="vin", how="left").with_columns(pl.col("population").fill_null("everyday"))
    counted = (
        flagged.group_by("party_id", "detector", "population").len().sort("len", "population", descending=[True, False])
    )
    said = counted.group_by("party_id", maintain_order=True).agg(
        flagged_of=pl.format("{} {} in {}", "len", "population", "detector").head(3).str.join("; ")
    )
    return ran.exported.join(said, on="party_id", how="left")


def exporting(judged: Sequence[Judged]) -> list[Judged]:
    """The markets in which somebody was exported as flagged."""
    return [one for one in judged if one.exported.height]
