"""How many flagged cars a control group answers for: what is split among its members counts together."""

import polars as pl

from graphkit.tables.subjects import car


def flagged_cars(hits: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """The flagged cars of each party of whom it is known who it is: detector, on_date, vin, party_id, counterparty_id.

    A stub, or a party whose identity is undecided, has none; the counterparty may be one.
    """
    return (
        hits.filter((pl.col("verdict") == "flagged") & pl.col("accountable_id").is_not_null())
        .filter(~pl.col("accountable_id").is_in(open_ids(identities).implode()))
        .select("detector", "on_date", "counterparty_id", vin=car(), party_id="accountable_id")
    )


def open_ids(identities: pl.DataFrame) -> pl.Series:
    """The parties of whom nobody knows yet who they are: stubs, and those whose identity is undecided."""
    return identities.filter(pl.any_horizontal("is_stub", "is_undecided"))["canonical_id"].unique()


def cars_of_groups(hits: pl.DataFrame, groups: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """The flagged cars of the control group of each party with a flagged one: detector, party_id, of_group.

    A party's group is that of the day of its last flagged car, and a member's car counts where the member stood in that
    group on the day of that car. Members that are stubs or whose identity is undecided add nothing: nobody knows whom
    they name. A car that one member sold and another passed on counts once. A party without a group has no row.
    """
    placed = (
        flagged_cars(hits, identities)
        .join(groups.select("party_id", "group_id", "valid_from", "valid_to"), on="party_id")
        .filter(
            (pl.col("valid_from") <= pl.col("on_date")).fill_null(True),
            (pl.col("valid_to") >= pl.col("on_date")).fill_null(True),
        )
    )
    cars = placed.group_by("detector", "group_id").agg(of_group=pl.col("vin").n_unique().cast(pl.Int64))
    last = placed.sort("detector", "party_id", "on_date", "group_id", nulls_last=False)
    homes = last.unique(["detector", "party_id"], keep="last").select("detector", "party_id", "group_id")
    return homes.join(cars, on=["detector", "group_id"]).select("detector", "party_id", "of_group")
