"""What the tables of a drawn market say of each car, read back from its rows: what it reaches, and its days."""

from collections.abc import Iterable, Mapping

import polars as pl

from graphkit.tables.inputs import TABLES
from tests.promises.innocents.contract import BOOKED
from tests.promises.innocents.drawing import Drawn


def reached(drawn: Drawn, cars: pl.Series, detectors: Iterable[str]) -> Mapping[str, pl.Series]:
    """By detector, the cars that it can judge: those of bookings need a policy."""
    booked = cars.filter(cars.is_in(drawn.tables["policies"]["vin"].unique().implode()))
    return {detector: booked if detector in BOOKED else cars for detector in detectors}


def facts(drawn: Drawn) -> pl.DataFrame:
    """One row a car: its days, who held it, and what came after its first retail invoice, as the rows give them."""
    tables = drawn.tables
    cars = tables["vehicles"].select("vin", "built_on")
    retail = _first(tables["sales"].filter(kind="retail"), "invoiced_on", "sale_id")
    policies = _first(tables["policies"], "starts_on", "policy_id")
    plates = _first(tables["registrations"], "plated_on", "registration_id")
    for part in (
        retail.select("vin", "seller_id", "buyer_id", "invoiced_on", "price"),
        policies.select("vin", "insured_id", "starts_on", "cancelled_on", insured_in="city", policy_use="use"),
        plates.select("vin", "owner_id", "plated_on", plated_in="city", plate_use="use"),
        _later(tables["sales"], retail),
        tables["policies"]
        .unique()
        .join(policies, on=["vin", "insured_id"], how="semi")
        .group_by("vin")
        .agg(own_policies=pl.len()),
        *(_part(tables, name, columns) for name, columns in OPTIONAL.items()),
    ):
        cars = cars.join(part, on="vin", how="left")
    registered = tables["parties"].select("registered_on", buyer_id="party_id")
    return cars.join(registered, on="buyer_id", how="left").with_columns(
        ahead=_days("starts_on", "invoiced_on"),
        waited=_days("starts_on", "plated_on"),
        sold_to_plate=_days("invoiced_on", "plated_on"),
        back=_days("invoiced_on", "last_on"),
        back_to_seller=_days("invoiced_on", "back_on"),
        plate_to_application=_days("plated_on", "applied_on"),
    )


OPTIONAL = {
    "odometer": {"km": pl.col("km").max(), "read_on": pl.col("read_on").max()},
    "registrations": {"awaited_on": pl.col("awaiting_export_on").min()},
    "exports": {name: pl.col(name).first() for name in ("declared_as", "applied_on", "cleared_on", "maker_letter")},
    "declared_stock": {name: pl.col(name).first() for name in ("status", "valid_from", "valid_to")},
}
"""By table, what is told of a car from its rows there; a market may have no such table, or no such column."""


def _part(tables: Mapping[str, pl.DataFrame], name: str, columns: Mapping[str, pl.Expr]) -> pl.DataFrame:
    types = {column: TABLES[name].columns[column].dtype for column in TABLES[name].columns}
    missing = {
        column: kind for column, kind in types.items() if name not in tables or column not in tables[name].columns
    }
    rows = tables.get(name, pl.DataFrame(schema=types))
    rows = rows.with_columns(
        pl.lit(None, dtype=kind).alias(column) for column, kind in missing.items() if column not in rows.columns
    )
    return rows.group_by("vin", maintain_order=True).agg(**columns)


def _later(sales: pl.DataFrame, retail: pl.DataFrame) -> pl.DataFrame:
    """Of each car the kinds of its invoices after the maker's, the last of them, and the one that brought it back."""
    own = sales.unique().filter(~pl.col("seller_id").str.starts_with("M"))
    told = own.group_by("vin").agg(
        invoices=pl.len(), last_on=pl.col("invoiced_on").max(), kinds=pl.col("kind").sort().str.join(";")
    )
    sold = retail.select("vin", "invoiced_on", buyer_id="seller_id")
    back = own.join(sold, on=["vin", "buyer_id"], suffix="_first").filter(
        pl.col("invoiced_on") >= pl.col("invoiced_on_first")
    )
    back = _first(back, "invoiced_on", "sale_id").select("vin", back_on="invoiced_on", back_price="price")
    return told.join(back, on="vin", how="left")


def _first(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    return rows.sort(*by).unique("vin", keep="first", maintain_order=True)


def _days(first: str, last: str) -> pl.Expr:
    return (pl.col(last) - pl.col(first)).dt.total_days()


def census(drawn: Drawn) -> pl.DataFrame:
    """Of each population: cars, its sellers, and the least, middle and most days between what happened to its cars."""
    read = (
        facts(drawn).join(drawn.labels, on="vin", how="left").with_columns(pl.col("population").fill_null("everyday"))
    )
    spans = ("ahead", "waited", "sold_to_plate", "back", "back_to_seller", "plate_to_application", "km")
    shown = [
        pl.format("{}/{}/{}", pl.col(name).min(), pl.col(name).median().cast(pl.Int64), pl.col(name).max()).alias(name)
        for name in spans
    ]
    share = {
        "own_policy": pl.col("insured_id") == pl.col("buyer_id"),
        "dealer_policy": pl.col("insured_id") == pl.col("seller_id"),
        "unplated": pl.col("plated_on").is_null(),
        "company": ~pl.col("buyer_id").str.starts_with("P"),
        "listed": pl.col("status").is_not_null(),
    }
    shares = [(100 * held.fill_null(False).mean()).round(0).cast(pl.Int64).alias(name) for name, held in share.items()]
    counts = pl.len().alias("cars"), pl.col("seller_id").n_unique().alias("sellers")
    counted = read.group_by("population").agg(*counts, *shown, *shares)
    return counted.sort("population")
