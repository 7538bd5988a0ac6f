"""What each party is to whom: member, associate, joint venture, managed, represented, or the anchor itself."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit.algorithms.intervals import subtract
from graphkit.algorithms.validity import FIRST, LAST, with_numbers
from graphkit.parties.links import WHOLE, dated_links
from graphkit.parties.registers import dated
from graphkit.parties.stakes import Stakes, stakes
from graphkit.tables.coverage import Coverage

SHAPE = {
    "party_id": pl.String(),
    "anchor_id": pl.String(),
    "capacity": pl.String(),
    "first": pl.Int64(),
    "last": pl.Int64(),
    "verdict": pl.String(),
    "legs": pl.List(pl.String()),
}
STAKES = (
    ("associate", WHOLE // 5, ("votes",)),
    ("held_5", WHOLE // 20, ("concert",)),
    ("held_over_10", WHOLE // 10 + 1, ("votes",)),
    ("held_20", WHOLE // 5, ("votes", "capital")),
)
"""Capacities by a stake: the least stake (parts per million), and of what it is counted."""
OFFICES: Mapping[str, tuple[str, ...]] = {
    "managed": ("legal_representative", "director", "supervisor", "manager"),
    "directed": ("legal_representative", "director", "manager"),
    "represented": ("legal_representative",),
}
"""Capacities by an office, and the offices that give each."""
OF_LISTED = ("legal_representative", "director", "supervisor", "manager")
"""The offices in a listed company that make somebody its director in the sense of the exchange."""


@dataclass(frozen=True)
class Capacities:
    """``rows`` as ``SHAPE``, and the stakes whose rows prove some of them."""

    rows: pl.DataFrame
    stakes: tuple[Stakes, ...]


def capacities(
    tables: Mapping[str, pl.DataFrame],
    control: pl.DataFrame,
    identities: pl.DataFrame,
    coverage: Coverage,
    as_of: date,
    parties: pl.Series,
    asked: Collection[str],
) -> Capacities:
    """What each of ``parties`` is to every anchor, and when: party_id, anchor_id, capacity, first, last, verdict, legs.

    The capacities are those of ``regimes.Capacity``, the stakes only as far as they are ``asked`` for. A row that is
    proven holds for certain on these days; legs name what proves it (``control/<proof_id>``, ``positions/<row_key>``,
    a stake).
    """
    states = identities.filter("is_state")["canonical_id"].unique()
    some = parties.implode()
    controlled = with_numbers(control.filter(pl.col("controlled_id").is_in(some))).select(
        pl.col("controlled_id").alias("party_id"),
        pl.col("controller_id").alias("anchor_id"),
        pl.lit("controlled").alias("capacity"),
        "first",
        "last",
        "verdict",
        pl.concat_list(pl.lit("control/") + pl.col("proof_id")).alias("legs"),
    )
    rows = [
        _themselves(parties),
        controlled,
        _joint(tables, control, identities, states, coverage, as_of, some),
        _offices(tables, identities, coverage, as_of, some),
    ]
    made: dict[str, Stakes] = {}

    def stakes_of(kind: str) -> Stakes:
        if kind not in made:
            links = dated_links(_as_capital(tables) if kind == "capital" else tables, coverage, identities, as_of)
            in_concert = kind == "concert"
            made[kind] = stakes(links, control, states, parties, in_concert=in_concert, name=kind)
        return made[kind]

    for capacity, least, kinds in STAKES:
        for kind in kinds if capacity in asked else ():
            held = _held(stakes_of(kind), capacity, least)
            rows.append(_but_controlled(held, controlled) if capacity == "associate" else held)
    joined = pl.concat([frame.select(list(SHAPE)) for frame in rows], how="vertical_relaxed")
    return Capacities(joined.unique(maintain_order=True), tuple(made.values()))


def _as_capital(tables: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    ownership = tables["ownership"]
    return {**tables, "ownership": ownership.with_columns(votes=pl.lit(None, ownership.schema["votes"]))}


def _themselves(parties: pl.Series) -> pl.DataFrame:
    return (
        parties.unique()
        .sort()
        .to_frame("party_id")
        .with_columns(
            anchor_id="party_id",
            capacity=pl.lit("itself"),
            first=pl.lit(FIRST, pl.Int64),
            last=pl.lit(LAST, pl.Int64),
            verdict=pl.lit("proven"),
            legs=pl.lit([], pl.List(pl.String)),
        )
    )


def _held(held: Stakes, capacity: str, least: int) -> pl.DataFrame:
    return held.pieces.filter(pl.col("high") >= least).select(
        pl.col("held_id").alias("party_id"),
        pl.col("holder_id").alias("anchor_id"),
        pl.lit(capacity).alias("capacity"),
        "first",
        "last",
        pl.when(pl.col("low") >= least).then(pl.lit("proven")).otherwise(pl.lit("possible")).alias("verdict"),
        pl.concat_list("leg").alias("legs"),
    )


def _but_controlled(associates: pl.DataFrame, controlled: pl.DataFrame) -> pl.DataFrame:
    """Without the days on which the anchor provably controls it: then it is a subsidiary, and no associate."""
    keys = ["party_id", "anchor_id", "verdict", "legs"]
    flat = associates.with_columns(pl.col("legs").list.first())
    proven = controlled.filter(pl.col("verdict") == "proven").select("party_id", "anchor_id", "first", "last")
    taken = proven.join(flat.select(keys).unique(), on=["party_id", "anchor_id"])
    left = subtract(flat, taken.select(*keys, "first", "last"), keys)
    return left.with_columns(capacity=pl.lit("associate"), legs=pl.concat_list("legs"))


def _joint(
    tables: Mapping[str, pl.DataFrame],
    control: pl.DataFrame,
    identities: pl.DataFrame,
    states: pl.Series,
    coverage: Coverage,
    as_of: date,
    some: pl.Expr | pl.Series,
) -> pl.DataFrame:
    """Joint ventures of those who agreed on joint control, and of those who control these."""
    rows = dated(tables, "control_agreements", coverage, as_of).filter(
        pl.col("basis") == "joint", pl.col("controlled_id").is_in(some)
    )
    own = rows.select(
        pl.col("controlled_id").alias("party_id"),
        pl.col("controller_id").alias("anchor_id"),
        "first",
        "last",
        _verdict(_open(identities), "controller_id", "controlled_id").alias("verdict"),
        pl.concat_list(pl.lit("control_agreements/") + pl.col("row_key")).alias("legs"),
    )
    passing = ~pl.any_horizontal(pl.col("controller_id", "controlled_id").is_in(states.implode()))
    above = with_numbers(control.filter(passing)).select(
        anchor_id="controlled_id", _above="controller_id", _first="first", _last="last", _verdict="verdict",
        _legs=pl.concat_list(pl.lit("control/") + pl.col("proof_id")),
    )  # fmt: skip
    of_group = own.join(above, on="anchor_id").select(
        "party_id",
        pl.col("_above").alias("anchor_id"),
        pl.max_horizontal("first", "_first").alias("first"),
        pl.min_horizontal("last", "_last").alias("last"),
        pl.min_horizontal("verdict", "_verdict").alias("verdict"),
        pl.concat_list("legs", "_legs").alias("legs"),
    )
    both = pl.concat([own, of_group]).filter(
        pl.col("first") <= pl.col("last"), pl.col("party_id") != pl.col("anchor_id")
    )
    return both.with_columns(capacity=pl.lit("joint_venture"))


def _offices(
    tables: Mapping[str, pl.DataFrame],
    identities: pl.DataFrame,
    coverage: Coverage,
    as_of: date,
    some: pl.Expr | pl.Series,
) -> pl.DataFrame:
    rows = (
        dated(tables, "positions", coverage, as_of)
        .filter(pl.col("company_id").is_in(some))
        .select(
            pl.col("company_id").alias("party_id"),
            pl.col("person_id").alias("anchor_id"),
            "position",
            "first",
            "last",
            _verdict(_open(identities), "person_id", "company_id").alias("verdict"),
            pl.concat_list(pl.lit("positions/") + pl.col("row_key")).alias("legs"),
        )
    )
    listed = identities.filter("is_listed")["canonical_id"].unique()
    held = [
        rows.filter(pl.col("position").is_in(offices)).with_columns(capacity=pl.lit(capacity))
        for capacity, offices in OFFICES.items()
    ]
    of_listed = rows.filter(pl.col("party_id").is_in(listed.implode()), pl.col("position").is_in(OF_LISTED))
    return pl.concat([*held, of_listed.with_columns(capacity=pl.lit("directed_listed"))])


def _open(identities: pl.DataFrame) -> pl.Series:
    """Who is a stub or undecided: nothing that rests on them is certain."""
    return identities.filter(pl.any_horizontal("is_stub", "is_undecided"))["canonical_id"].unique()


def _verdict(open_ids: pl.Series, *ends: str) -> pl.Expr:
    known = ~pl.any_horizontal(pl.col(ends).is_in(open_ids.implode()))
    return pl.when(pl.col("is_certain") & known).then(pl.lit("proven")).otherwise(pl.lit("possible"))
