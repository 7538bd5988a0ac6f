"""Which of the parties that deal with each other are related, by which rule, on which days."""

import polars as pl

from graphkit.algorithms.intervals import merge, sweep
from graphkit.files import hash_text
from graphkit.parties.days import with_dates, with_numbers
from graphkit.parties.regimes import rules_of
from graphkit.tables.outputs import SHAPES

_PARTIES = ("party_a", "party_b")
_TIER = "A"


def relations(
    flows: pl.DataFrame, control: pl.DataFrame, proofs: pl.DataFrame, identities: pl.DataFrame, regime: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Relations as ``SHAPES["relations"]``, and the proofs they add, as ``SHAPES["proofs"]``.

    Two parties are related while one controls the other, or the same controller that is not the state controls both:
    R1 where that is a company, R5 where it is a person. A relation is proven where all its control is, else possible,
    and a day of a pair has one row: proven before possible, then the first rule, then the controller with the
    shortest proof. Control of the later rules (influence, key management, family) is not tested yet.
    """
    pairs = (
        flows.select(
            party_a=pl.min_horizontal("source_id", "target_id"), party_b=pl.max_horizontal("source_id", "target_id")
        )
        .filter(pl.col("party_a") != pl.col("party_b"))
        .unique()
    )
    legs = with_numbers(control.drop("basis")).join(proofs.group_by("proof_id").len("steps"), on="proof_id", how="left")
    ties = pl.concat([_direct(pairs, legs), _common(pairs, legs, identities)], how="vertical_relaxed")
    chosen = _one_a_day(ties.filter(pl.col("rule").is_in(rules_of(regime))))
    return _with_proofs(chosen, proofs, regime)


def _direct(pairs: pl.DataFrame, legs: pl.DataFrame) -> pl.DataFrame:
    """One of the two controls the other."""
    down = pairs.join(legs, left_on=_PARTIES, right_on=["controller_id", "controlled_id"])
    up = pairs.join(legs, left_on=_PARTIES, right_on=["controlled_id", "controller_id"])
    return pl.concat([down, up]).select(
        *_PARTIES,
        "first",
        "last",
        "verdict",
        "steps",
        rule=pl.lit("R1"),
        controller_id=pl.lit(""),
        legs=pl.concat_list("proof_id"),
    )


def _common(pairs: pl.DataFrame, legs: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """One commercial controller controls both."""
    states = identities.filter("is_state")["canonical_id"].unique()
    persons = identities.filter(pl.col("kind") == "person")["canonical_id"].unique()
    commercial = legs.filter(~pl.col("controller_id").is_in(states.implode()))
    is_person = pl.col("controller_id").is_in(persons.implode())
    return (
        pairs.join(commercial.select("controlled_id"), left_on="party_b", right_on="controlled_id", how="semi")
        .join(commercial, left_on="party_a", right_on="controlled_id")
        .join(
            commercial, left_on=["party_b", "controller_id"], right_on=["controlled_id", "controller_id"], suffix="_b"
        )
        .select(
            *_PARTIES,
            pl.max_horizontal("first", "first_b").alias("first"),
            pl.min_horizontal("last", "last_b").alias("last"),
            # "possible" sorts before "proven": the weaker leg decides
            pl.min_horizontal("verdict", "verdict_b").alias("verdict"),
            pl.col("steps") + pl.col("steps_b"),
            pl.when(is_person).then(pl.lit("R5")).otherwise(pl.lit("R1")).alias("rule"),
            "controller_id",
            pl.concat_list("proof_id", "proof_id_b").alias("legs"),
        )
        .filter(pl.col("first") <= pl.col("last"))
    )


def _one_a_day(ties: pl.DataFrame) -> pl.DataFrame:
    """For every day of a pair the best tie; touching days with one rule and verdict joined, their proofs together."""
    best = pl.col("verdict").replace_strict({"proven": 0, "possible": 1}, return_dtype=pl.Int8)
    ranked = ties.sort(
        *_PARTIES,
        best,
        pl.col("rule").str.slice(1).cast(pl.Int32),
        "steps",
        "controller_id",
        pl.col("legs").list.join("/"),
    ).with_row_index("rank")
    days = sweep(ranked, _PARTIES).join(ranked, on=_PARTIES, suffix="_tie")
    days = (
        days.filter(pl.col("first_tie") <= pl.col("first"), pl.col("last_tie") >= pl.col("last"))
        .sort("rank")
        .unique([*_PARTIES, "first", "last"], keep="first", maintain_order=True)
    )
    keys = [*_PARTIES, "rule", "verdict"]
    spans = merge(days, keys).join(days.select(*keys, "legs", day="first"), on=keys)
    return (
        spans.filter(pl.col("first") <= pl.col("day"), pl.col("day") <= pl.col("last"))
        .sort(*keys, "first", "day")
        .group_by(*keys, "first", "last", maintain_order=True)
        .agg(pl.col("legs").explode().unique(maintain_order=True))
    )


def _with_proofs(chosen: pl.DataFrame, proofs: pl.DataFrame, regime: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    cited = chosen.select(*_PARTIES, "rule", "verdict", "legs").iter_rows()
    ids = [hash_text("relation", a, b, regime, rule, verdict, *legs) for a, b, rule, verdict, legs in cited]
    named = chosen.with_columns(proof_id=pl.Series(ids, dtype=pl.String))
    of_legs = named.select("proof_id", "legs").unique("proof_id").explode("legs")
    steps = (
        of_legs.with_columns(leg=pl.int_range(pl.len()).over("proof_id"))
        .join(proofs.rename({"proof_id": "legs"}), on="legs")
        .sort("proof_id", "leg", "ordinal")
        .unique(["proof_id", "from_id", "to_id", "table", "row_key"], keep="first", maintain_order=True)
        .with_columns(ordinal=pl.int_range(1, pl.len() + 1).over("proof_id"))
    )
    rows = with_dates(named.with_columns(regime=pl.lit(regime), tier=pl.lit(_TIER)))
    return SHAPES["relations"].canonical(rows), SHAPES["proofs"].canonical(steps)
