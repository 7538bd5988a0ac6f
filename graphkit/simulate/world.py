"""The standing cast of the simulated market: makers, dealers, insurers, exporters, corporate customers."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from graphkit.simulate.days import FIRST_SALE
from graphkit.simulate.names import CITIES, DEALER_CITIES, dealer_name
from graphkit.simulate.register import Register

MAKERS = ("云岭示例汽车", "Sample Meridian Motors", "星桥示例汽车", "Sample Harbour Auto", "青原示例汽车")
PRE_INSURER = "M02"
PRE_INSURING_DEALERS = ("D11", "D12", "D20", "D21", "D22", "D33", "D34")
DECEMBER_DEALER = "D09"
CIRCLE_DEALER = "D38"
MONEY_DEALER = "D40"
CLIFF_DEALER = "D25"
RING_EXPORTER = "E01"

DEALERS_A_CITY = 13
"""So that even within one city ten or more innocent dealers remain as peers."""

FLEET_GROUP = ("D05", "D06", "D07")
"""Honest dealers of one group, which also owns a rental company."""

CUSTOMERS = 300
HUB_CUSTOMERS = 40
HUB_ADDRESS = "示例甲市共享大厦八层"
"""So many customers share one registered address, as small firms do."""


@dataclass
class World:
    """The market while it is built; ``maker_of`` and ``city_of`` answer for dealers.

    ``scale`` multiplies the everyday sales, ``planted`` the cars of the planted schemes.
    """

    rng: np.random.Generator
    scale: float
    planted: float
    register: Register
    makers: list[str] = field(default_factory=list)
    dealers: list[str] = field(default_factory=list)
    insurers: list[str] = field(default_factory=list)
    exporters: list[str] = field(default_factory=list)
    customers: list[str] = field(default_factory=list)
    maker_of: dict[str, str] = field(default_factory=dict)
    city_of: dict[str, str] = field(default_factory=dict)

    @property
    def honest_dealers(self) -> list[str]:
        """The dealers that take part in no scheme."""
        guilty = (*PRE_INSURING_DEALERS, DECEMBER_DEALER, CIRCLE_DEALER, MONEY_DEALER)
        return [dealer for dealer in self.dealers if dealer not in guilty and dealer not in self.register.guilt]

    def of_scheme(self, cars: float) -> int:
        """How many of so many cars of a planted scheme there are in this market."""
        return round(self.planted * cars)

    def draw(self, among: list[str], n: int) -> pl.Series:
        """``n`` parties drawn with equal chance, with replacement."""
        return pl.Series(np.array(among)[self.rng.integers(0, len(among), n)])

    def between(self, low: int, high: int, n: int) -> pl.Series:
        """``n`` whole numbers from ``low`` to ``high``, both included."""
        return pl.Series(self.rng.integers(low, high + 1, n))

    def chance(self, share: float, n: int) -> pl.Series:
        """``n`` draws that are true with a chance of ``share``."""
        return pl.Series(self.rng.random(n) < share)

    def exactly(self, k: int, n: int) -> pl.Series:
        """``n`` flags of which exactly ``k`` are true, in random order."""
        return pl.Series(self.rng.permutation(n) < k)


def open_market(rng: np.random.Generator, scale: float, planted: float) -> World:
    """The makers, dealers, insurers and exporters, with nobody's owners yet."""
    world = World(rng, scale, planted, Register())
    register = world.register
    for place, name in enumerate(MAKERS):
        legal = f"{name}有限公司" if name[0] > "z" else f"{name} Co., Ltd."
        world.makers.append(register.add("M", legal, CITIES[place], roles="manufacturer"))
    others = [maker for maker in world.makers if maker != PRE_INSURER]
    for place in range(DEALERS_A_CITY * len(DEALER_CITIES)):
        city = DEALER_CITIES[place // DEALERS_A_CITY]
        dealer = open_dealer(world, city)
        world.maker_of[dealer] = PRE_INSURER if dealer in PRE_INSURING_DEALERS else others[place % len(others)]
    for place in range(6):
        name = (
            f"示例第{'一二三四五六'[place]}财产保险有限公司"
            if place % 2
            else f"Sample Insurance {'ABCDEF'[place]} Co., Ltd."
        )
        world.insurers.append(register.add("I", name, CITIES[place], roles="insurer"))
    for place in range(8):
        name = (
            f"示例远航{'甲乙丙丁戊己庚辛'[place]}进出口有限公司"
            if place % 2
            else f"Sample Export {'ABCDEFGH'[place]} Co., Ltd."
        )
        world.exporters.append(register.add("E", name, CITIES[place % len(CITIES)], roles="exporter"))
    return world


def open_dealer(world: World, city: str) -> str:
    """Enter one more dealer, whose maker is still to be said; gives its id."""
    dealer = world.register.add("D", dealer_name(len(world.dealers) + 1, city), city, roles="dealer")
    world.dealers.append(dealer)
    world.city_of[dealer] = city
    return dealer


def found_owners(world: World) -> None:
    """Give an owner of its own to each dealer and exporter that has none yet, and a legal representative to all."""
    register = world.register
    owned = {row["owned_id"] for row in register.ownership}
    for party in (*world.dealers, *world.exporters):
        if party not in owned:
            register.own(register.person(), party, 100)
        register.office(register.person(), party, "legal_representative")


def found_customers(world: World) -> None:
    """Enter the corporate customers, each with an owner of its own; some share one registered address."""
    register = world.register
    for place in range(CUSTOMERS):
        if place < HUB_CUSTOMERS:
            customer = register.company(CITIES[0], address=HUB_ADDRESS)
        else:
            customer = register.company(CITIES[place % len(CITIES)])
        register.office(register.person(), customer, "legal_representative", FIRST_SALE - 400)
        world.customers.append(customer)
