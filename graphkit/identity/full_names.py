"""Companies that rows name without a city: by the full name that one company of the case has, or short of its place."""

import polars as pl

from graphkit.identity.name_parts import known_places, name_parts
from graphkit.identity.names import is_company_name, written_key

REGISTERS = ("ownership", "positions", "control_agreements")
"""Tables drawn from a register of companies, where a name stands as it was registered."""
TWO_SIDED = ("sales", "payments")
"""Tables whose rows have two sides; nobody deals with himself, so a short name is no proof of who one side is."""
_NAME = ("core", "form")


def by_full_name(references: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Which company each reference without a code or city names in full: n, party_id; those that name none are left
    out.

    ``references`` have n, table, name; ``known`` are merged parties that are no persons (canonical_id, name, city_key,
    core, form, region, uscc_code). A Chinese company is found by its whole name, as it is written, where one party of
    the case has it. A name without a place in it is one company's in the whole country where it is registered so, which
    its code shows; outside of registers it may still be the short form of another's, so there it finds nobody where
    two companies of the case differ only by their place.
    """
    named = _companies(references, known["city_key"]).filter(pl.col("name").str.contains(r"\p{Han}"))
    bearers = known.group_by(written=written_key(pl.col("name"))).agg(
        pl.col("canonical_id").unique(), is_registered=pl.col("uscc_code").is_not_null().any()
    )
    only = bearers.filter(pl.col("canonical_id").list.len() == 1).explode("canonical_id")
    several = known.group_by(_NAME).agg(has_sisters=pl.col("canonical_id").n_unique() > 1)
    found = named.join(only, on="written").join(several, on=_NAME, how="left", nulls_equal=True)
    is_whole = pl.col("table").is_in(REGISTERS) | ~pl.col("has_sisters").fill_null(False)
    is_told = pl.col("region").is_not_null() | (pl.col("is_registered") & is_whole)
    return found.filter(is_told).select("n", party_id="canonical_id")


def one_sided(references: pl.DataFrame) -> pl.DataFrame:
    """The references to companies in rows about a car that name no other side of a deal."""
    is_alone = ~pl.col("table").is_in(TWO_SIDED) & pl.col("vin").is_not_null()
    return references.filter(is_alone).filter(is_company_name(pl.col("name")))


def by_car(references: pl.DataFrame, known: pl.DataFrame, dealt: pl.DataFrame) -> pl.DataFrame:
    """Which company each reference names in full or without its place, as the car tells: n, party_id.

    ``references`` are :func:`one_sided`; ``dealt`` has vin and party_id of whoever another row of the car names. The
    name is a company's whole name, or its name but for the place and no other company of the case has that; and the
    company dealt with the same car: two facts, where the name alone would only suggest it.
    """
    named = _companies(references, known["city_key"])
    written = known.group_by(written=written_key(pl.col("name"))).agg(pl.col("canonical_id").unique())
    short = known.group_by(_NAME).agg(pl.col("canonical_id").unique(), is_placed=pl.col("region").is_not_null().all())
    found = [
        rows.join(bearers.filter(pl.col("canonical_id").list.len() == 1), on=keys).select(
            "n", "vin", party_id=pl.col("canonical_id").list.first()
        )
        for rows, bearers, keys in (
            (named, written, ["written"]),
            (named.filter(pl.col("region").is_null()), short.filter("is_placed"), [*_NAME]),
        )
    ]
    dealing = pl.concat(found).join(dealt, on=["vin", "party_id"], how="semi")
    return dealing.select("n", "party_id").unique("n", keep="none")


def _companies(references: pl.DataFrame, cities: pl.Series) -> pl.DataFrame:
    """The references to companies with their name as written and taken apart: written, core, form, region."""
    names = references.filter(is_company_name(pl.col("name"))).select("name").unique(maintain_order=True)
    parts = names.hstack(name_parts(names["name"], known_places(cities)))
    return references.join(parts.with_columns(written=written_key(pl.col("name"))), on="name")
