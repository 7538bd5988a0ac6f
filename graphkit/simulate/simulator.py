"""One simulated market: everyday sales, planted schemes, honest look-alikes, and the labels that tell them apart."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from graphkit.simulate import (
    absorption,
    collusion,
    defects,
    events,
    export_ring,
    honest_exports,
    kin,
    labels,
    lawful_payments,
    look_alikes,
    market,
    money,
    paid_circles,
    paid_round_trips,
    pre_insurance,
    round_trips,
    side_registers,
    young_companies,
)
from graphkit.simulate.days import COVERED_FROM, COVERED_TO, as_date
from graphkit.simulate.paid_circles import Circle
from graphkit.simulate.vins import vehicle_numbers
from graphkit.simulate.world import (
    DECEMBER_DEALER,
    MONEY_DEALER,
    PRE_INSURER,
    World,
    found_customers,
    found_owners,
    open_market,
)
from graphkit.tables.coverage import Span
from graphkit.tables.inputs import TABLES

REGISTERS_WITHOUT_EVENTS = ("parties", "ownership", "positions", "kinship", "control_agreements")


@dataclass(frozen=True)
class Simulated:
    """A market with its truth.

    ``tables`` holds the source rows by table name, with the columns of ``tables.inputs.TABLES``; shares are text with a
    per-cent sign, the rest is typed. ``labels`` holds ``vehicles`` (vin, detector, meets_rule, decidable: only cars
    that meet a rule; decidable is false where the tables lack the deciding fact) and ``parties`` (party_id, kind,
    guilty, scheme, cluster). ``denials`` are what accused parties say, by party.
    """

    tables: Mapping[str, pl.DataFrame]
    spans: tuple[Span, ...]
    denials: Mapping[str, str]
    labels: Mapping[str, pl.DataFrame]


def simulate(seed: int = 20241231, scale: float = 1.0, planted: float = 1.0) -> Simulated:
    """Draw a market; the same seed, scale and planted share give the same rows.

    ``scale`` multiplies the everyday sales (about 24,000 cars at 1); the planted schemes and the look-alikes
    keep their size. ``planted`` is the share of their full size that the planted schemes have, up to 1: as many parties
    are guilty, of fewer cars each; the look-alikes and the everyday sales keep theirs.

    >>> small = simulate(seed=1, scale=0.05)
    >>> small.labels["parties"].filter(pl.col("guilty") & (pl.col("party_id") == "D09"))["scheme"].item()
    'related_party_sales'
    """
    world = open_market(np.random.Generator(np.random.PCG64(seed)), scale, planted)
    chain, insureds, ring = absorption.found(world), pre_insurance.found(world), export_ring.found(world)
    found_customers(world)
    cars = pl.concat(
        [
            pre_insurance.pre_insure(world, market.everyday_cars(world, world.dealers), insureds),
            absorption.december_cars(world, chain),
            export_ring.exported_cars(world, ring),
            look_alikes.honest_bookings(world),
            kin.tied_sales(world),
            honest_exports.honest_exports(world),
            round_trips.round_trips(world),
        ]
    )
    found_owners(world)
    circle, lender = paid_circles.found(world), lawful_payments.found(world)
    exchange = collusion.found(world)
    vendor, trips = paid_round_trips.found(world)
    cars = pl.concat(
        [
            cars,
            market.everyday_cars(world, [MONEY_DEALER, *exchange.vendors]),
            paid_circles.circled_cars(world, circle),
            lawful_payments.honest_payers(world),
            young_companies.young_companies(world),
            collusion.exchanged_cars(world, exchange),
            market.everyday_cars(world, [vendor]),
            paid_round_trips.circled_cars(world, vendor, trips),
        ]
    )
    # a number on the car says nothing about the part it plays
    cars = cars[world.rng.permutation(cars.height)]
    cars = cars.hstack(vehicle_numbers(cars["maker"], cars["built"]))
    defects.second_code(world.register, chain)
    tables = _registers(world, cars, (circle, trips), lender)
    met = labels.vehicle_labels(tables)
    undecidable = defects.spoil(world, tables, cars, chain).with_columns(pl.lit(False).alias("decidable"))
    met = met.join(undecidable, on=["vin", "detector"], how="left").with_columns(pl.col("decidable").fill_null(True))
    return Simulated(
        tables=tables,
        spans=_spans(tables),
        denials=_denials(),
        labels={"vehicles": met.sort("vin", "detector"), "parties": world.register.labels(tables["parties"])},
    )


def _registers(world: World, cars: pl.DataFrame, circles: tuple[Circle, ...], lender: str) -> dict[str, pl.DataFrame]:
    register = world.register
    vehicles = events.vehicles(world, cars)
    sales = events.sales(cars, vehicles.select("vin", "list_price"))
    policies = events.policies(world, cars)
    planned = [
        *(paid_circles.payments(world, circle, sales) for circle in circles),
        lawful_payments.payments(world, lender, cars, sales),
    ]
    tables = {
        "parties": register.party_table(world.rng),
        "ownership": side_registers.ties(register.ownership, "ownership"),
        "positions": side_registers.ties(register.positions, "positions"),
        "kinship": side_registers.ties(register.kinship, "kinship"),
        "control_agreements": side_registers.ties(kin.agreement_rows(), "control_agreements"),
        "vehicles": vehicles,
        "sales": sales,
        "policies": policies,
        "endorsements": events.endorsements(cars, policies),
        "registrations": events.registrations(cars),
        "odometer": side_registers.odometer(cars),
        "listings": side_registers.listings(cars),
        "exports": side_registers.exports(cars),
        "foreign_registrations": side_registers.foreign_registrations(world, cars),
        "claims": side_registers.claims(world, cars),
        "declared_stock": side_registers.declared_stock(cars),
        "payments": money.payments(world, sales, pl.concat(planned)),
        "reported_counts": side_registers.reported_counts(policies, vehicles),
    }
    return {name: _until_the_last_day(name, rows) for name, rows in tables.items()}


def _until_the_last_day(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    dated = TABLES[name].dated
    return rows.filter(pl.col(dated) <= as_date(COVERED_TO)) if dated else rows


def _spans(tables: Mapping[str, pl.DataFrame]) -> tuple[Span, ...]:
    first, last = as_date(COVERED_FROM), as_date(COVERED_TO)
    # a simulated table is whole, also where its last row comes long before the end
    whole = Span("sales", first, last, complete=True, confirmed=True)
    return tuple(
        Span(name, as_of=last) if name in REGISTERS_WITHOUT_EVENTS else replace(whole, table=name) for name in tables
    )


def _denials() -> dict[str, str]:
    return {
        PRE_INSURER: "The cars were insured for display and were neither sold nor registered.",
        DECEMBER_DEALER: "公司称所有销售均为真实交易，买方独立决策。",
    }
