"""What people decided about pairs of parties, as identity reads it: pairs that are one party, pairs that are not."""

import numpy as np
import polars as pl

from graphkit.algorithms.components import components

JUDGED = {"party_a": pl.String(), "party_b": pl.String(), "is_same": pl.Boolean(), "said": pl.String()}
"""A judged pair: the ids of both as they were judged, whether they are one party, and who said so, when and why."""

NOTHING_JUDGED = pl.DataFrame(schema=JUDGED)


def groups_of(judged: pl.DataFrame) -> pl.DataFrame:
    """The parties that judgements make one: ``party_id``, ``group`` (the smallest party_id in it) and ``said``.

    >>> pairs = [("P3", "P2", True, "same owner"), ("P2", "P1", True, "same seal"), ("P1", "P9", False, "two owners")]
    >>> groups_of(pl.DataFrame(pairs, schema=JUDGED, orient="row")).rows()
    [('P1', 'P1', 'same seal'), ('P2', 'P1', 'same owner'), ('P3', 'P1', 'same owner')]
    """
    same = judged.filter("is_same")
    ends = pl.concat([same.select("said", party_id=end) for end in ("party_a", "party_b")])
    parties = ends.group_by("party_id").agg(pl.col("said").min()).sort("party_id")
    ids = parties.select("party_id").with_row_index("n")
    source, target = (
        same.join(ids, left_on=end, right_on="party_id", maintain_order="left")["n"].to_numpy().astype(np.int64)
        for end in ("party_a", "party_b")
    )
    labels = components(parties.height, source, target)
    return parties.select("party_id", group=parties["party_id"].gather(labels), said="said")


def with_judged_stubs(stubs: pl.DataFrame, parties: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """``stubs`` with the ``canonical_id`` that judgements give them, and ``basis`` and ``reason`` of it.

    ``parties`` are merged ones. A stub that is judged one with two parties that are not one, with a party of another
    valid code, or with one that it is also judged apart from, stays by itself.
    """
    if judged.is_empty():
        return stubs.with_columns(canonical_id="party_id", basis=pl.lit("stub"))
    groups = groups_of(judged)
    codes = parties.filter(~pl.col("is_branch")).group_by("canonical_id").agg(pl.col("uscc_code").min())
    defined = parties.select("party_id", "canonical_id").join(codes, on="canonical_id", how="left")
    canonical = pl.concat([defined, _own(stubs)])
    members = groups.join(canonical, on="party_id")
    is_defined = pl.col("party_id").is_in(parties["party_id"].implode())
    meant = members.group_by("group").agg(
        defined=pl.col("canonical_id").filter(is_defined).n_unique(),
        codes=pl.col("uscc_code").drop_nulls().n_unique(),
        target=pl.coalesce(pl.col("canonical_id").filter(is_defined).min(), pl.col("canonical_id").min()),
    )
    applies = meant.filter(pl.col("defined") <= 1, pl.col("codes") <= 1)
    moved = groups.join(applies, on="group").select("party_id", "target", "said")
    barred = apart_pairs(judged, canonical)
    moved = moved.join(
        barred, left_on=["party_id", "target"], right_on=["canonical_id", "other_id"], how="anti"
    ).filter(pl.col("party_id") != pl.col("target"))
    is_moved = pl.col("target").is_not_null()
    return (
        stubs.join(moved, on="party_id", how="left", maintain_order="left")
        .with_columns(
            canonical_id=pl.coalesce("target", "party_id"),
            basis=pl.when(is_moved).then(pl.lit("judged")).otherwise(pl.lit("stub")),
            reason=pl.when(is_moved)
            .then(pl.format("Judged to be one party with {}: {}", "target", "said"))
            .otherwise("reason"),
        )
        .drop("target", "said")
    )


def apart_pairs(judged: pl.DataFrame, canonical: pl.DataFrame) -> pl.DataFrame:
    """The pairs judged apart by canonical id, each both ways round: ``canonical_id`` and ``other_id``."""
    apart = judged.filter(~pl.col("is_same"))
    named = canonical.filter(pl.col("party_id").is_in(pl.concat([apart["party_a"], apart["party_b"]]).implode()))
    apart = apart.with_columns(pl.col("party_a", "party_b").replace(named["party_id"], named["canonical_id"]))
    back = apart.select(canonical_id="party_b", other_id="party_a")
    return pl.concat([apart.select(canonical_id="party_a", other_id="party_b"), back]).unique()


def _own(stubs: pl.DataFrame) -> pl.DataFrame:
    return stubs.select("party_id", pl.col("party_id").alias("canonical_id"), "uscc_code")
