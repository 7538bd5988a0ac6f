"""The rows that prove a control pair: back from the controlled party, over every holding that counted."""

import polars as pl

from graphkit.files import hash_text
from graphkit.parties.links import CONCERT
from graphkit.tables.outputs import SHAPES

_STATE = ("pair", "view", "node")
_SPAN = ("first", "last")


def proven_by(
    new: pl.DataFrame, facts: pl.DataFrame, links: pl.DataFrame, states: pl.Series, verdict: str
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``new`` pairs with their ``proof_id``, and the proofs.

    ``new``: controller, controlled, first, last. ``facts``: the fixpoint they come from, with ``round``. ``links``:
    what it was computed on (from_id, to_id, basis, first, last, votes, low, high, table, row_key). A proof holds each
    holding in a party of the chain by somebody whose votes the controller commands, and the agreements among them, in
    order from the controller down.
    """
    pairs = new.sort("controller", "controlled", "first").with_row_index("pair")
    steps = _steps(pairs, facts, links, states)
    rows = (
        steps.group_by("pair", "from_id", "to_id", "table", "row_key")
        .agg(pl.col("depth").min(), share_low=pl.col("low").min(), share_high=pl.col("high").max())
        .sort("pair", "depth", "from_id", "to_id", "table", "row_key")
    )
    cited = rows.group_by("pair", maintain_order=True).agg(pl.format("{}/{}", "table", "row_key").alias("cited"))
    hashed = pairs.join(cited, on="pair").sort("pair")
    ids = [
        hash_text(controller, controlled, verdict, *keys)
        for controller, controlled, keys in hashed.select("controller", "controlled", "cited").iter_rows()
    ]
    named = hashed.with_columns(proof_id=pl.Series(ids, dtype=pl.String))
    proofs = (
        rows.with_columns(ordinal=pl.int_range(1, pl.len() + 1).over("pair"))
        .join(named.select("pair", "proof_id"), on="pair")
        .select(list(SHAPES["proofs"].schema))
    )
    return named.select("controller", "controlled", "first", "last", "proof_id"), proofs


def _steps(pairs: pl.DataFrame, facts: pl.DataFrame, links: pl.DataFrame, states: pl.Series) -> pl.DataFrame:
    """Every link that a pair rests on, found by walking back from its end: pair, link columns, depth."""
    counted = links.filter(pl.col("basis") != CONCERT, (pl.col("votes") > 0).fill_null(True))
    commands = _commands(facts, links, states)
    rounds = facts.rename({"controller": "view", "controlled": "node"})
    frontier = _with_round(pairs.rename({"controller": "view", "controlled": "node"}), rounds)
    spans = pairs.select("pair", *_SPAN)
    seen = frontier.select(_STATE)
    steps: list[pl.DataFrame] = []
    while True:
        held = _while(frontier, counted, left=["node"], right=["to_id"])
        held = held.with_columns(to_id="node", holder="from_id")
        used = _while(held, commands, left=["view", "holder"], right=["view", "holder"]).filter(
            pl.col("round_right") < pl.col("round")
        )
        columns = ("pair", "from_id", "to_id", "table", "row_key", "low", "high", pl.col("round").alias("depth"))
        steps += [used.select(columns), _agreed(used)]
        onward = pl.concat(
            [used.select("pair", view="next_view", node="holder"), used.select("pair", "view", node="member")]
        ).unique()
        onward = onward.join(seen, on=_STATE, how="anti").join(spans, on="pair")
        frontier = _with_round(onward, rounds)
        if frontier.is_empty():
            return pl.concat(steps)
        seen = pl.concat([seen, frontier.select(_STATE)])


def _agreed(used: pl.DataFrame) -> pl.DataFrame:
    """The concert agreements through which votes were pooled, as steps."""
    return used.filter(pl.col("agreement").is_not_null()).select(
        "pair",
        from_id="member",
        to_id="next_view",
        table=pl.lit("control_agreements"),
        row_key="agreement",
        low=pl.lit(None, dtype=pl.Int64),
        high=pl.lit(None, dtype=pl.Int64),
        depth="round",
    )


def _with_round(rows: pl.DataFrame, rounds: pl.DataFrame) -> pl.DataFrame:
    """The states that are control pairs themselves, with the round in which they were found."""
    met = _while(rows, rounds, left=["view", "node"], right=["view", "node"])
    return met.group_by(*_STATE, *_SPAN).agg(pl.col("round").max())


def _while(rows: pl.DataFrame, others: pl.DataFrame, *, left: list[str], right: list[str]) -> pl.DataFrame:
    """Join rows to others that last on a day of theirs; the days stay those of ``rows``."""
    both = rows.join(others, left_on=left, right_on=right, suffix="_right")
    lasting = (pl.col("first_right") <= pl.col("last")) & (pl.col("last_right") >= pl.col("first"))
    return both.filter(lasting).drop("first_right", "last_right")


def _commands(facts: pl.DataFrame, links: pl.DataFrame, states: pl.Series) -> pl.DataFrame:
    """Whose votes each view commands, since which round, and through which member and concert agreement."""
    stopped = pl.col("controlled").is_in(states.implode())
    selves = pl.concat([links.select(view="from_id"), links.select(view="to_id")]).unique()
    selves = selves.with_columns(
        holder="view",
        first=pl.lit(links["first"].min(), dtype=pl.Int64),
        last=pl.lit(links["last"].max(), dtype=pl.Int64),
        round=pl.lit(0, dtype=pl.Int64),
    )
    reach = facts.filter(~stopped).rename({"controller": "view", "controlled": "holder"}).select(selves.columns)
    free = reach.filter(~pl.col("view").is_in(states.implode()))
    own = pl.concat([selves, free])
    concert = links.filter(pl.col("basis") == CONCERT)
    sides = [("from_id", "to_id"), ("to_id", "from_id")]
    friends = pl.concat([concert.select(*_SPAN, agreement="row_key", member=one, ally=other) for one, other in sides])
    met = _while(own, friends, left=["holder"], right=["member"]).rename({"holder": "member"})
    pooled = _while(met, pl.concat([selves, reach]), left=["ally"], right=["view"])
    return pl.concat(
        [
            own.with_columns(next_view="view", member="view", agreement=pl.lit(None, dtype=pl.String)),
            pooled.select(
                "view",
                "holder",
                *_SPAN,
                pl.max_horizontal("round", "round_right").alias("round"),
                pl.col("ally").alias("next_view"),
                "member",
                "agreement",
            ),
        ],
        how="vertical_relaxed",
    )
