"""The rows that prove a relation: each leg it rests on, from the control path to the family row, in order."""

from collections.abc import Mapping

import polars as pl

from graphkit.algorithms.validity import with_dates
from graphkit.files import hash_text
from graphkit.parties.capacities import Capacities
from graphkit.parties.stakes import Stakes
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

_STEP = ("from_id", "to_id", "table", "row_key", "share_low", "share_high")
_LEG = ("leg", "at", *_STEP)
_LAST = 1_000_000
_ENDS = {
    "positions": ("person_id", "company_id"),
    "kinship": ("person_id", "relative_id"),
    "control_agreements": ("controller_id", "controlled_id"),
}
"""Registers of which a row alone is a leg, and its ends."""


def with_proofs(
    chosen: pl.DataFrame,
    regime: str,
    tables: Mapping[str, pl.DataFrame],
    control_proofs: pl.DataFrame,
    capacities: Capacities,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Relations as ``SHAPES["relations"]`` and the proofs they add, as ``SHAPES["proofs"]``.

    ``chosen``: party_a, party_b, rule, tier, verdict, first, last, legs, weight.
    """
    cited = chosen.select("party_a", "party_b", "rule", "verdict", "legs").iter_rows()
    ids = [hash_text("relation", a, b, regime, rule, verdict, *legs) for a, b, rule, verdict, legs in cited]
    named = chosen.with_columns(proof_id=pl.Series(ids, dtype=pl.String))
    legs = named.select("proof_id", "legs").unique("proof_id", maintain_order=True).explode("legs")
    legs = legs.filter(pl.col("legs").is_not_null()).with_columns(turn=pl.int_range(pl.len()).over("proof_id"))
    steps = _steps(legs["legs"].unique(), tables, control_proofs, capacities)
    proofs = (
        legs.join(steps, left_on="legs", right_on="leg")
        .sort("proof_id", "turn", "at")
        .unique(["proof_id", "from_id", "to_id", "table", "row_key"], keep="first", maintain_order=True)
        .with_columns(ordinal=pl.int_range(1, pl.len() + 1).over("proof_id"))
    )
    rows = with_dates(named.with_columns(regime=pl.lit(regime)))
    return SHAPES["relations"].canonical(rows), SHAPES["proofs"].canonical(proofs)


def _steps(
    legs: pl.Series, tables: Mapping[str, pl.DataFrame], control_proofs: pl.DataFrame, capacities: Capacities
) -> pl.DataFrame:
    """The rows of each leg: leg, at (their order), from_id, to_id, table, row_key, share_low, share_high."""
    plain = [_of_control(control_proofs), *(_of_register(name, tables) for name in _ENDS), _of_parties(tables)]
    rows = pl.concat(plain)
    held = [_of_stakes(stakes, legs, rows) for stakes in capacities.stakes]
    return pl.concat([rows.filter(pl.col("leg").is_in(legs.implode())), *held])


def _of_control(proofs: pl.DataFrame) -> pl.DataFrame:
    leg = (pl.lit("control/") + pl.col("proof_id")).alias("leg")
    return proofs.select(leg, pl.col("ordinal").cast(pl.Int64).alias("at"), *_STEP)


def _of_register(name: str, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    start, end = _ENDS[name]
    rows = tables.get(name, TABLES[name].empty())
    return rows.select(
        leg=pl.lit(f"{name}/") + pl.col("row_key"),
        at=pl.lit(0, pl.Int64),
        from_id=start,
        to_id=end,
        table=pl.lit(name),
        row_key="row_key",
        share_low=pl.lit(None, pl.Int64),
        share_high=pl.lit(None, pl.Int64),
    ).unique(["leg", "from_id", "to_id"], maintain_order=True)


def _of_parties(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """A party's own row, where it shares an address or a number with another."""
    return tables["parties"].select(
        leg=pl.lit("parties/") + pl.col("party_id"),
        at=pl.lit(0, pl.Int64),
        from_id="party_id",
        to_id="party_id",
        table=pl.lit("parties"),
        row_key="row_key",
        share_low=pl.lit(None, pl.Int64),
        share_high=pl.lit(None, pl.Int64),
    )


def _of_stakes(stakes: Stakes, legs: pl.Series, rows: pl.DataFrame) -> pl.DataFrame:
    """The holdings that a stake adds up, each after the legs that tie its holder to the one who commands it."""
    pieces = stakes.pieces.filter(pl.col("leg").is_in(legs.implode()))
    parts = pieces.join(stakes.parts, on=["holder_id", "held_id"], suffix="_part").filter(
        pl.col("first_part") <= pl.col("last"), pl.col("last_part") >= pl.col("first")
    )
    columns = dict.fromkeys(["leg", "from_id", "to_id", "row_key", "share_low", "share_high"])
    own = parts.select(*columns, at=pl.lit(_LAST, pl.Int64), table=pl.lit("ownership")).select(_LEG)
    nested = parts.select("leg", within="legs").explode("within").filter(pl.col("within").is_not_null()).unique()
    below = nested.join(rows, left_on="within", right_on="leg").select(_LEG)
    return pl.concat([below, own]).unique().sort("leg", "at", "from_id", "to_id", "row_key")
