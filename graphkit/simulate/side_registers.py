"""From the plan to the rows of the smaller registers: odometer, adverts, customs, claims, stock, reports."""

import polars as pl

from graphkit.simulate.days import COVERED_FROM, as_date
from graphkit.simulate.events import numbered
from graphkit.simulate.world import World
from graphkit.tables.inputs import TABLES

CLAIMED_SHARE, ABROAD_SHARE = 0.5, 0.4


def odometer(cars: pl.DataFrame) -> pl.DataFrame:
    """One row a reading."""
    seen = cars.filter(pl.col("km").is_not_null(), pl.col("km_on").is_not_null())
    return seen.select("vin", pl.from_epoch("km_on", time_unit="d").alias("read_on"), "km").sort("vin")


def listings(cars: pl.DataFrame) -> pl.DataFrame:
    """One row an advert of a car that is then sold on."""
    rows = cars.filter(pl.col("listed").is_not_null()).select(
        "vin",
        pl.col("reseller").alias("vendor_id"),
        pl.lit("sample-cars.example").alias("platform"),
        pl.from_epoch("listed", time_unit="d").alias("listed_on"),
        "km",
    )
    return numbered(rows, "listing_id", "L", "listed_on", "vin")


def exports(cars: pl.DataFrame) -> pl.DataFrame:
    """One row a customs declaration."""
    rows = cars.filter(pl.col("cleared").is_not_null()).select(
        "vin",
        pl.col("exporter").alias("exporter_id"),
        pl.from_epoch("cleared", time_unit="d").alias("cleared_on"),
        pl.from_epoch("applied", time_unit="d").alias("applied_on"),
        pl.from_epoch(pl.col("applied") + 2, time_unit="d").alias("licensed_on"),
        "declared_as",
        pl.lit("870380").alias("hs_code"),
        "destination",
        pl.col("letter").alias("maker_letter"),
    )
    return numbered(rows, "export_id", "X", "cleared_on", "vin")


def foreign_registrations(world: World, cars: pl.DataFrame) -> pl.DataFrame:
    """One row a first plate abroad, for some of the exported cars."""
    gone = cars.filter(pl.col("cleared").is_not_null())
    seen = gone.with_columns(arrived=pl.col("cleared") + world.between(15, 50, gone.height)).filter(
        world.chance(ABROAD_SHARE, gone.height)
    )
    return seen.select(
        "vin",
        pl.col("destination").alias("country"),
        pl.from_epoch("arrived", time_unit="d").alias("registered_on"),
    ).sort("vin")


def claims(world: World, cars: pl.DataFrame) -> pl.DataFrame:
    """One row a tax rebate that an exporter claims."""
    gone = cars.filter(pl.col("cleared").is_not_null())
    rows = gone.filter(world.chance(CLAIMED_SHARE, gone.height)).select(
        "vin",
        pl.col("exporter").alias("claimant_id"),
        pl.lit("export_rebate").alias("kind"),
        pl.from_epoch(pl.col("cleared") + 10, time_unit="d").alias("claimed_on"),
        pl.lit("13%").alias("rate"),
        pl.lit(12_000.0).alias("amount"),
    )
    return numbered(rows, "claim_id", "K", "claimed_on", "vin")


def declared_stock(cars: pl.DataFrame) -> pl.DataFrame:
    """One row a demo or display car while the register lists it."""
    return (
        cars.filter(pl.col("status").is_not_null())
        .select(
            "vin",
            pl.col("holder").alias("holder_id"),
            "status",
            pl.from_epoch("held_from", time_unit="d").alias("valid_from"),
            pl.from_epoch("held_to", time_unit="d").alias("valid_to"),
        )
        .sort("vin")
    )


def reported_counts(policies: pl.DataFrame, vehicles: pl.DataFrame) -> pl.DataFrame:
    """What each maker reports a month as insured: the first compulsory policies of new cars, early ones included."""
    new = vehicles.filter(pl.col("built_on") >= as_date(COVERED_FROM))
    first = policies.filter(pl.col("kind") == "compulsory").sort("policy_id").unique("vin", keep="first")
    return (
        first.join(new.select("vin", "manufacturer_id"), on="vin")
        .group_by(
            pl.col("manufacturer_id").alias("reporter_id"),
            pl.col("manufacturer_id").alias("subject_id"),
            pl.col("starts_on").dt.strftime("%Y-%m").alias("period"),
        )
        .agg(pl.len().cast(pl.Int64).alias("units"))
        .with_columns(
            pl.lit("insured").alias("series"), pl.lit("total").alias("statistic"), pl.lit("simulated").alias("source")
        )
        .select("reporter_id", "subject_id", "period", "series", "statistic", "units", "source")
        .sort("reporter_id", "period")
    )


def ties(rows: list[dict[str, object]], table: str) -> pl.DataFrame:
    """The collected rows of a small register, in order of its key; shares stay text."""
    contract = TABLES[table]
    present = [name for name in contract.columns if any(name in row for row in rows)]
    types = {name: contract.columns[name].dtype for name in present}
    types |= {name: pl.String() for name in ("share", "share_min", "share_max", "votes") if name in types}
    return pl.DataFrame(rows, schema=types).sort([name for name in contract.key if name in present], nulls_last=False)
