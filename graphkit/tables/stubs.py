"""Vehicles that rows refer to and no vehicle file defines: registers are never complete, and no row is lost for it."""

from collections.abc import Mapping

import polars as pl

from graphkit.tables.inputs import TABLES


def vins_by_table(tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> pl.LazyFrame:
    """Each VIN of each table that has one: table, vin (every pair once)."""
    parts = [pl.LazyFrame(schema={"table": pl.String(), "vin": pl.String()})]
    for name, table in TABLES.items():
        if table.has_vin and name in tables:
            parts.append(tables[name].lazy().select(pl.lit(name).alias("table"), pl.col("vin")).unique())
    return pl.concat(parts)


def vehicle_stubs(tables: Mapping[str, pl.DataFrame | pl.LazyFrame]) -> pl.DataFrame:
    """The VINs that no row of ``vehicles`` defines: vin, tables (those that name it, ``;`` between), in order of VIN.

    >>> vehicle_stubs({"odometer": pl.DataFrame({"vin": ["LMVAA1AA0RA000001"]})}).rows()
    [('LMVAA1AA0RA000001', 'odometer')]
    """
    pairs = vins_by_table(tables)
    defined = pairs.filter(pl.col("table") == "vehicles")
    return (
        pairs.join(defined, on="vin", how="anti")
        .group_by("vin")
        .agg(pl.col("table").sort().str.join(";").alias("tables"))
        .sort("vin")
        .collect()
    )
