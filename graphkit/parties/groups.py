"""Control groups: everybody under the same ultimate commercial controller, day by day."""

import polars as pl

from graphkit.algorithms.intervals import merge, subtract, sweep
from graphkit.algorithms.validity import with_dates, with_numbers
from graphkit.tables.outputs import SHAPES

_PAIR = ("controller_id", "controlled_id")


def groups(control: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """The proven control groups, as ``SHAPES["groups"]``: one row per member and interval, the head included.

    ``group_id`` is the ultimate controller that is not the state (a company or a person): one that nobody controls
    whom it does not control in turn. Where there are several the smallest id stands for the group. A party without
    proven commercial ties is in no group and has no row.
    """
    states = identities.filter("is_state")["canonical_id"].unique()
    proven = control.filter(pl.col("verdict") == "proven", ~pl.col("controller_id").is_in(states.implode()))
    pairs = merge(with_numbers(proven.select(*_PAIR, "valid_from", "valid_to")), _PAIR)
    turned = pairs.rename({"controller_id": "controlled_id", "controlled_id": "controller_id"})
    # a controller that one controls in turn, in a circle of holdings, is not above one
    below = merge(subtract(pairs, turned.select(pairs.columns), _PAIR).drop("controller_id"), ["controlled_id"])
    members = pl.concat([pairs.select("first", "last", party_id=end) for end in _PAIR])
    heads = merge(members, ["party_id"]).with_columns(head="party_id")
    ties = pl.concat(
        [heads, pairs.select("first", "last", party_id="controlled_id", head="controller_id")], how="diagonal"
    )
    not_head = ties.select("party_id", "head").unique().join(below, left_on="head", right_on="controlled_id")
    ultimate = subtract(ties, not_head, ["party_id", "head"])
    days = sweep(ultimate, ["party_id"])
    led = (
        days.join(ultimate, on="party_id", suffix="_head")
        .filter(pl.col("first_head") <= pl.col("first"), pl.col("last_head") >= pl.col("last"))
        .group_by("party_id", "first", "last")
        .agg(group_id=pl.col("head").min())
    )
    return SHAPES["groups"].canonical(with_dates(merge(led, ["party_id", "group_id"])))
