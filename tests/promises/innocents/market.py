"""A market without a scheme while it is drawn: makers, dealers of very unequal size and their owners, and its rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.registers import Registers
from tests.promises.innocents.span import Days
from tests.promises.innocents.vins import vin

CITIES = tuple(f"示例{sign}市" for sign in "甲乙丙丁戊己庚辛壬癸子丑")
Texts = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Size:
    """How large a market is: dealers, cities, everyday cars, and cars of each population that it holds."""

    dealers: tuple[int, int]
    cars: tuple[int, int]
    population: tuple[int, int]


WHOLE = Size((40, 400), (7_000, 28_000), (120, 400))
SMALL = Size((40, 60), (1_500, 2_500), (100, 120))


@dataclass(frozen=True)
class Group:
    """A holding company and the dealers of which it has the majority."""

    head: str
    dealers: tuple[str, ...]


@dataclass
class Market:
    """The rows of every table so far, and of each car of a population which one (``labels``: vin, population).

    ``dealers``: dealer_id, city, maker (a number), weight (its part of all sales), early and late (how often its clerks
    insure a car too early or have it plated late). ``months`` is how much of a year's trade each month of the window
    has. ``quotas`` are cities and ``slow`` dealers whose every plate is late, ``twice`` cars whose rows came twice, and
    ``mistyped`` the wrong number of a car in a table. Days are numbers.
    """

    rng: np.random.Generator
    size: Size
    cities: tuple[str, ...]
    registers: Registers
    makers: Texts
    insurers: Texts
    customers: Texts
    dealers: pl.DataFrame
    groups: tuple[Group, ...]
    state: str
    months: dict[tuple[int, int], float]
    rows: dict[str, list[pl.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    labels: list[pl.DataFrame] = field(default_factory=list)
    quotas: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    has_cliff: bool = False
    twice: list[str] = field(default_factory=list)
    mistyped: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    cars: int = 0

    @property
    def state_group(self) -> Group:
        """The group whose head belongs to the state."""
        return self.groups[0]

    def add(self, table: str, rows: pl.DataFrame) -> None:
        """More rows of a table; columns that are not given are empty."""
        if rows.height:
            self.rows[table].append(rows)

    def label(self, population: str, vins: pl.Series | Texts) -> None:
        """Say that cars are of a population."""
        self.labels.append(
            pl.DataFrame({"vin": vins, "population": population}, schema={"vin": pl.String, "population": pl.String})
        )

    def between(self, low: int, high: int, n: int) -> Days:
        """``n`` numbers from ``low`` to ``high``, both included."""
        return self.rng.integers(low, high + 1, n)

    def chance(self, share: float, n: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
        return self.rng.random(n) < share

    def pick(self, things: Sequence[Any] | Texts, n: int) -> Texts:
        """``n`` of them, each as likely as the others, with repetition."""
        return np.array(things, dtype=object)[self.rng.integers(0, len(things), n)]

    def sale_days(self, n: int, first: int = span.FIRST_SALE, last: int = span.LAST_SALE) -> Days:
        """Days of sales between two days: as many in each month as this market has then."""
        days = np.arange(first, last + 1)
        weights = np.concatenate(
            [
                np.full(end - begin + 1, self.months[month])
                for month in span.MONTHS
                for begin, end in [span.month_days(month)]
            ]
        )
        inside = weights[first - span.FIRST_SALE : last - span.FIRST_SALE + 1]
        return self.rng.choice(days, n, p=inside / inside.sum())

    def vins(self, makers: Days) -> Texts:
        """New numbers for cars of these makers."""
        first = self.cars
        self.cars += len(makers)
        return np.array([vin(int(maker), first + place + 1) for place, maker in enumerate(makers)], dtype=object)

    def of_dealers(self, dealers: Texts, column: str) -> Texts:
        """What ``dealers`` says of each of these."""
        known = pl.DataFrame({"dealer_id": dealers}, schema={"dealer_id": pl.String}).join(
            self.dealers, on="dealer_id", how="left", maintain_order="left"
        )
        return known[column].to_numpy()


def open_market(rng: np.random.Generator, size: Size) -> Market:
    """Makers, dealers and their owners; no cars yet."""
    cities = CITIES[: int(rng.integers(4, 11))]
    registers = Registers(rng, cities)
    makers = [
        registers.company("M", city, roles="manufacturer", is_listed=True)
        for city in rng.choice(cities, rng.integers(3, 8))
    ]
    for maker in makers:
        registers.founder(maker)
    insurers = [registers.company("I", city, roles="insurer") for city in cities[:4]]
    customers = [
        registers.company("C", city, int(on))
        for city, on in zip(
            rng.choice(cities, 300), rng.integers(span.day(2004, 1, 1), span.day(2022, 1, 1), 300), strict=True
        )
    ]
    for customer in customers:
        registers.founder(customer)
    # most dealers are small, a few are ten times as large: the cities differ too
    n = int(np.exp(rng.uniform(*np.log(size.dealers))))
    weights = rng.lognormal(0, 0.9, n)
    place = rng.choice(len(cities), n, p=rng.dirichlet(np.full(len(cities), 4.0)))
    ids = [registers.company("D", cities[city], roles="dealer") for city in place]
    dealers = pl.DataFrame(
        {
            "dealer_id": ids,
            "city": [cities[city] for city in place],
            "maker": rng.integers(0, len(makers), n),
            "weight": weights / weights.sum(),
            "early": _slips(rng, 0.008, n),
            "late": _slips(rng, 0.02, n),
        }
    )
    state = registers.body(cities[0])
    return Market(
        rng=rng,
        size=size,
        cities=cities,
        registers=registers,
        makers=np.array(makers, dtype=object),
        insurers=np.array(insurers, dtype=object),
        customers=np.array(customers, dtype=object),
        dealers=dealers,
        groups=_owners(rng, registers, ids, cities, state),
        state=state,
        months={month: float(rng.uniform(0.8, 1.2)) for month in span.MONTHS},
    )


def _slips(rng: np.random.Generator, mean: float, n: int) -> Any:
    """How often the clerks of each dealer slip: around ``mean``, and correlated within a dealer at one in a hundred."""
    return rng.beta(mean * 99, (1 - mean) * 99, n)


def _owners(
    rng: np.random.Generator, registers: Registers, dealers: Sequence[str], cities: tuple[str, ...], state: str
) -> tuple[Group, ...]:
    """Some dealers belong to groups of two to eight outlets, the others each to a person or two."""
    waiting = [dealers[place] for place in rng.permutation(len(dealers))]
    groups = []
    for _ in range(max(4, len(dealers) // 12)):
        members, waiting = waiting[: (size := int(rng.integers(2, 9)))], waiting[size:]
        if len(members) < 2:
            break
        head = registers.company("H", str(rng.choice(cities)))
        if groups:
            registers.founder(head)
        else:
            registers.own(state, head, 100)
        for member in members:
            registers.own(head, member, float(rng.integers(51, 101)))
        groups.append(Group(head, tuple(members)))
    for dealer in waiting:
        if rng.random() < 0.5:
            registers.founder(dealer)
        else:
            for person, percent in zip(registers.people(2), (60, 40), strict=True):
                registers.own(str(person), dealer, percent)
    return tuple(groups)
