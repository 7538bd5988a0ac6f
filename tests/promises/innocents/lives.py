"""The everyday life of a car, one row each: built, delivered to its dealer, sold, insured and plated, all within weeks.

A population is everyday lives in which some facts are others. ``write`` turns lives into rows of the tables.
"""

from typing import Any

import numpy as np
import polars as pl

from tests.promises.innocents.market import Market, Texts
from tests.promises.innocents.span import Days

COMPANY_BUYERS = 0.12
"""The share of cars that ordinary companies buy, for their business."""


def lives(market: Market, dealers: Texts, sold: Days, buyers: Texts | None = None) -> pl.DataFrame:
    """Cars that these dealers sold on these days, to ``buyers`` or to customers of their own."""
    n = len(dealers)
    makers = market.of_dealers(dealers, "maker")
    cities = market.of_dealers(dealers, "city")
    bought = customers(market, n) if buyers is None else buyers
    is_company = np.array([not str(buyer).startswith("P") for buyer in bought])
    use = np.where(is_company & market.chance(0.5, n), "commercial", "private")
    insured_on = sold + market.between(-4, 4, n)
    wholesaled_on = sold - market.between(6, 75, n)
    list_price = (80_000 + 17_000 * makers + 1_000 * market.between(0, 60, n)).astype(float)
    frame = pl.DataFrame(
        {
            "vin": market.vins(makers),
            "maker_id": market.makers[makers],
            "dealer_id": dealers,
            "buyer_id": bought,
            "built_on": wholesaled_on - market.between(3, 40, n),
            "wholesaled_on": wholesaled_on,
            "list_price": list_price,
            "invoiced_on": sold,
            "handed_over_on": sold + market.between(0, 7, n),
            "kind": "retail",
            "price": np.round(list_price * market.rng.uniform(0.88, 1.0, n), 2),
            "insurer_id": market.pick(market.insurers, n),
            "insured_id": bought,
            "insured_on": insured_on,
            "policy_use": use,
            "policy_city": cities,
            "plated_on": np.maximum(insured_on, sold) + market.between(0, 20, n),
            "plate_owner_id": bought,
            "plate_city": cities,
            "plate_use": use,
        },
        schema_overrides={
            "vin": pl.String,
            "maker_id": pl.String,
            "dealer_id": pl.String,
            "buyer_id": pl.String,
            "insurer_id": pl.String,
            "insured_id": pl.String,
            "policy_city": pl.String,
            "plate_owner_id": pl.String,
            "plate_city": pl.String,
        },
    )
    return frame.with_columns(handed_over_on=pl.when(market.chance(0.6, n)).then("handed_over_on"))


def customers(market: Market, n: int) -> Texts:
    """Persons, each for one car, and ordinary companies of long standing."""
    bought = market.registers.people(n)
    is_company = market.chance(COMPANY_BUYERS, n)
    bought[is_company] = market.pick(market.customers, int(is_company.sum()))
    return bought


def put(cars: pl.DataFrame, **facts: Any) -> pl.DataFrame:
    """The cars with other facts; a column's type stays."""
    changed = cars.with_columns(**{name: column(fact) for name, fact in facts.items()})
    return changed.cast({name: cars.schema[name] for name in facts if name in cars.columns})


def column(fact: Any) -> pl.Expr | pl.Series:
    """One fact for all cars, or one for each."""
    if isinstance(fact, pl.Expr | pl.Series):
        return fact
    if fact is None or isinstance(fact, str | int | float):
        return pl.lit(fact)
    return pl.Series(np.asarray(fact).tolist())


def write(market: Market, cars: pl.DataFrame, population: str | None = None, seller_id: Any = None) -> None:
    """Write the rows of these cars, and label them as a population; another dealer may be the one who sells them."""
    if population is not None:
        market.label(population, cars["vin"])
    market.add("vehicles", cars.select("vin", "list_price", "built_on", manufacturer_id="maker_id", brand="maker_id"))
    market.add(
        "sales",
        cars.select(
            "vin",
            seller_id="maker_id",
            buyer_id="dealer_id",
            kind=pl.lit("wholesale"),
            invoiced_on="wholesaled_on",
            price=pl.col("list_price") * 0.85,
        ),
    )
    retail = cars.select("vin", "buyer_id", "kind", "invoiced_on", "handed_over_on", "price", sale_id=invoice_id())
    market.add("sales", retail.with_columns(seller_id=cars["dealer_id"] if seller_id is None else column(seller_id)))
    policies(market, cars)
    plates(market, cars)


def invoice_id() -> pl.Expr:
    """The key of the first invoice to the buyer."""
    return "R" + pl.col("vin")


def policies(market: Market, cars: pl.DataFrame, cancelled_on: Days | None = None) -> None:
    """The compulsory policy of each of these cars that has one."""
    cancelled = pl.lit(None, dtype=pl.Int64) if cancelled_on is None else pl.Series(cancelled_on)
    rows = cars.select(
        "vin",
        "insurer_id",
        "insured_id",
        starts_on="insured_on",
        issued_on=pl.col("insured_on") - 1,
        ends_on=pl.col("insured_on") + 364,
        cancelled_on=cancelled,
        kind=pl.lit("compulsory"),
        use="policy_use",
        city="policy_city",
    )
    market.add("policies", rows.filter(pl.col("starts_on").is_not_null()))


def plates(market: Market, cars: pl.DataFrame, deregistered_on: Any = None) -> None:
    """The first plate of each of these cars that has one, and the day on which it was taken off again."""
    rows = put(cars, deregistered_on=deregistered_on).select(
        "vin",
        owner_id="plate_owner_id",
        city="plate_city",
        plated_on="plated_on",
        event=pl.lit("first"),
        first_registered_on="plated_on",
        use="plate_use",
        deregistered_on="deregistered_on",
    )
    market.add("registrations", rows.filter(pl.col("plated_on").is_not_null()))


def transfers(market: Market, cars: pl.DataFrame, owner_id: Any, on: Any, use: str = "private") -> None:
    """A later owner's plate of each of these cars."""
    rows = put(cars, plate_owner_id=owner_id, later_on=on)
    market.add(
        "registrations",
        rows.select(
            "vin",
            owner_id="plate_owner_id",
            city="plate_city",
            plated_on="later_on",
            event=pl.lit("transfer"),
            first_registered_on="plated_on",
            use=pl.lit(use),
        ),
    )


def invoices(market: Market, cars: pl.DataFrame, seller_id: Any, buyer_id: Any, on: Any, kind: Any, price: Any) -> None:
    """One more invoice for each of these cars."""
    rows = put(cars, seller_id=seller_id, buyer_id=buyer_id, invoiced_on=on, kind=kind, price=price)
    market.add("sales", rows.select("vin", "seller_id", "buyer_id", "kind", "invoiced_on", "price"))


def drive(market: Market, cars: pl.DataFrame, since: Days, until: Days, km_a_day: tuple[int, int] = (15, 60)) -> None:
    """Readings of the odometer that grow: at a third, two thirds and the whole of the time."""
    pace = market.rng.uniform(*km_a_day, len(since))
    for part in (1 / 3, 2 / 3, 1.0):
        days = ((until - since) * part).astype(np.int64)
        km = (days * pace).astype(np.int64) + 5
        market.add("odometer", pl.DataFrame({"vin": cars["vin"], "read_on": since + days, "km": km}))


def listed(market: Market, cars: pl.DataFrame, status: str, since: Any, until: Any) -> None:
    """The entry of each of these cars in its dealer's register of demo and display cars."""
    rows = put(cars, valid_from=since, valid_to=until)
    market.add(
        "declared_stock", rows.select("vin", "valid_from", "valid_to", holder_id="dealer_id", status=pl.lit(status))
    )


def insure_again(market: Market, cars: pl.DataFrame, insured_id: Any, on: Any, use: str = "private") -> None:
    """A later policy of each of these cars: its next holder's, or next year's."""
    policies(market, put(cars, insured_id=insured_id, insured_on=on, policy_use=use))
