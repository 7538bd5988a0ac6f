"""Who controls whom on which days, proven or possible, each pair with the holdings that prove it."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.algorithms import control
from graphkit.algorithms.intervals import merge, subtract
from graphkit.algorithms.validity import with_dates
from graphkit.parties.links import AGREEMENT, CONCERT, DECLARED, MAJORITY, WHOLE, dated_links
from graphkit.parties.proofs import proven_by
from graphkit.tables.coverage import Coverage
from graphkit.tables.outputs import SHAPES

PROVEN, POSSIBLE = "proven", "possible"
_PAIR = ("controller", "controlled")
_RESTS_ON = {
    MAJORITY: (MAJORITY,),
    AGREEMENT: (MAJORITY, AGREEMENT, CONCERT),
    DECLARED: (MAJORITY, AGREEMENT, CONCERT, DECLARED),
}
"""The links each basis may use: a pair is put down to the first basis that suffices."""


def control_over_time(
    tables: Mapping[str, pl.DataFrame], coverage: Coverage, identities: pl.DataFrame, as_of: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Control and its proofs, as ``SHAPES["control"]`` and ``SHAPES["proofs"]``.

    A pair is *proven* on the days on which certain links with their least shares make it, and *possible* on the other
    days on which links that are uncertain in time, size or identity could: for some shares between their least and
    their most, of which those of a company add up to 100 % or less. On one day a pair has one row: proven
    before possible, then majority before agreement before declared. State nodes (government, or ``is_state``: a body
    or holding vehicle of the state, not a commercial group that the state owns) control what they hold themselves,
    and nothing passes through them, so state companies do not become one group.
    """
    links = dated_links(tables, coverage, identities, as_of)
    states = identities.filter("is_state")["canonical_id"].unique()
    found: list[pl.DataFrame] = []
    proofs: list[pl.DataFrame] = []
    covered = pl.DataFrame(schema=dict.fromkeys(_PAIR, pl.String) | {"first": pl.Int64, "last": pl.Int64})
    for verdict in (PROVEN, POSSIBLE):
        for basis, used in _RESTS_ON.items():
            rows = _links_of(links, verdict).filter(pl.col("basis").is_in(used))
            if basis != MAJORITY and rows.filter(pl.col("basis") != MAJORITY).is_empty():
                continue
            if verdict == POSSIBLE and _is_exact(rows):
                # the same links with the same votes: no more is possible than is proven
                continue
            facts = _fixpoint(rows, states)
            new = subtract(facts, covered, _PAIR)
            covered = merge(pl.concat([covered, new]), _PAIR)
            pairs, proof = proven_by(new, facts, rows, states, verdict)
            found.append(pairs.with_columns(basis=pl.lit(basis), verdict=pl.lit(verdict)))
            proofs.append(proof)
    named = pl.concat(found).rename({"controller": "controller_id", "controlled": "controlled_id"})
    # the same rows can prove a pair in two periods, with other bounds on an unknown share
    step = ("proof_id", "ordinal", "from_id", "to_id", "table", "row_key")
    steps = pl.concat(proofs).group_by(step).agg(pl.col("share_low").min(), pl.col("share_high").max())
    return SHAPES["control"].canonical(with_dates(named)), SHAPES["proofs"].canonical(steps)


def _links_of(links: pl.DataFrame, verdict: str) -> pl.DataFrame:
    """The links that count for a verdict, with the votes of each: at most, and for certain (``least``)."""
    if verdict == PROVEN:
        return links.filter("is_certain").with_columns(votes="low", least="low")
    return links.with_columns(votes="high", least=pl.when("is_certain").then("low").otherwise(0))


def _is_exact(links: pl.DataFrame) -> bool:
    """Whether every link is certain and its votes are one number."""
    return links.filter(~pl.col("is_certain") | (pl.col("low") != pl.col("high"))).is_empty()


def _fixpoint(links: pl.DataFrame, states: pl.Series) -> pl.DataFrame:
    holdings = links.filter(pl.col("basis") == MAJORITY)
    by_word = links.filter(pl.col("basis").is_in([AGREEMENT, DECLARED]))
    concert = links.filter(pl.col("basis") == CONCERT)
    span = ("first", "last")
    return control(
        holdings["from_id"],
        holdings["to_id"],
        holdings["votes"] / WHOLE,
        first=holdings["first"],
        last=holdings["last"],
        least=holdings["least"] / WHOLE,
        seeds=by_word.select(pl.col("from_id").alias("owner"), pl.col("to_id").alias("owned"), *span),
        allies=concert.select(pl.col("from_id").alias("one"), pl.col("to_id").alias("other"), *span),
        stop=states,
    )
