"""Stakes: how much of a party's votes a holder commands, through what it controls and with those it acts in concert."""

from dataclasses import dataclass

import polars as pl

from graphkit.algorithms.intervals import merge, sweep
from graphkit.algorithms.validity import FIRST, LAST, with_numbers
from graphkit.parties.links import CONCERT, MAJORITY, WHOLE

_PAIR = ("holder_id", "held_id")
_SPAN = ("first", "last")


@dataclass(frozen=True)
class Stakes:
    """``pieces``: holder_id, held_id, first, last, low, high (parts per million of the votes), leg.

    ``parts`` are the rows that each may rest on: holder_id, held_id, first, last, from_id, to_id, row_key, share_low,
    share_high, and the ``legs`` that tie from_id to the holder.
    """

    pieces: pl.DataFrame
    parts: pl.DataFrame


def stakes(
    links: pl.DataFrame, control: pl.DataFrame, states: pl.Series, parties: pl.Series, *, in_concert: bool, name: str
) -> Stakes:
    """The direct votes in each of ``parties`` held by a holder and by what it controls.

    ``links`` as ``links.dated_links`` gives them, ``control`` as ``SHAPES["control"]``. ``low`` is held for certain,
    ``high`` at most: unknown holdings of one holder together never exceed what the others certainly leave over. With
    ``in_concert`` also the votes of those it acts in concert with. A state body's stake is what it holds itself.
    ``name`` begins the legs.
    """
    held = links.filter(pl.col("basis") == MAJORITY, pl.col("to_id").is_in(parties.implode()))
    commands = _commands(held, links, control, states, in_concert)
    parts = (
        commands.join(held, left_on="member_id", right_on="from_id", suffix="_held")
        .filter(pl.col("to_id") != pl.col("holder_id"))
        .select(
            "holder_id",
            pl.col("to_id").alias("held_id"),
            first=pl.max_horizontal("first", "first_held"),
            last=pl.min_horizontal("last", "last_held"),
            is_sure=(pl.col("verdict") == "proven") & pl.col("is_certain"),
            is_certain="is_certain",
            low="low",
            high="high",
            from_id="member_id",
            to_id="to_id",
            row_key="row_key",
            legs="legs",
        )
        .filter(pl.col("first") <= pl.col("last"))
    )
    # a member may be commanded in several ways, and its holding still counts once a day
    votes = [
        _once(parts.filter("is_sure"), "low").select(*_PAIR, *_SPAN, low="votes", high=0, sure=0, all=0),
        _once(parts, "high").select(*_PAIR, *_SPAN, low=0, high="votes", sure=0, all=0),
        _once(parts.filter("is_certain"), "low").select(*_PAIR, *_SPAN, low=0, high=0, sure="votes", all=0),
        _of_all(held, parts),
    ]
    summed = sweep(pl.concat(votes, how="vertical_relaxed"), _PAIR, ["low", "high", "sure", "all"])
    high = pl.min_horizontal("high", pl.max_horizontal("low", WHOLE - pl.col("all") + pl.col("sure")))
    pieces = summed.filter(pl.col("high") > 0).select(
        *_PAIR, *_SPAN, "low", high=high, leg=pl.format("{}/{}/{}/{}", pl.lit(name), *_PAIR, "first")
    )
    columns = (*_PAIR, *_SPAN, "from_id", "to_id", "row_key", "legs")
    return Stakes(pieces, parts.select(*columns, share_low="low", share_high="high"))


def _once(parts: pl.DataFrame, votes: str) -> pl.DataFrame:
    keys = [*_PAIR, "row_key", votes]
    return merge(parts.select(*keys, *_SPAN), keys).rename({votes: "votes"})


def _of_all(held: pl.DataFrame, parts: pl.DataFrame) -> pl.DataFrame:
    """What all holders of a party certainly hold, day by day, beside each stake in it."""
    sure = sweep(held.filter("is_certain").select("to_id", *_SPAN, "low"), ["to_id"], ["low"])
    pairs = parts.select(_PAIR).unique()
    return pairs.join(sure, left_on="held_id", right_on="to_id").select(
        *_PAIR, *_SPAN, low=0, high=0, sure=0, all="low"
    )


def _commands(
    held: pl.DataFrame, links: pl.DataFrame, control: pl.DataFrame, states: pl.Series, in_concert: bool
) -> pl.DataFrame:
    """Whose votes each holder commands: holder_id, member_id, first, last, verdict, legs."""
    state = states.implode()
    reach = with_numbers(control).filter(~pl.col("controlled_id").is_in(state))
    reach = reach.select(
        pl.col("controller_id").alias("holder_id"),
        pl.col("controlled_id").alias("member_id"),
        *_SPAN,
        "verdict",
        legs=pl.concat_list(pl.lit("control/") + pl.col("proof_id")),
    )
    free = reach.filter(~pl.col("holder_id").is_in(state))
    # who holds, or controls somebody who does
    above = free.join(held.select(member_id="from_id").unique(), on="member_id", how="semi")
    holders = pl.concat([held.select(holder_id="from_id"), above.select("holder_id")]).unique(maintain_order=True)
    selves = holders.select(
        "holder_id",
        member_id="holder_id",
        first=pl.lit(FIRST, pl.Int64),
        last=pl.lit(LAST, pl.Int64),
        verdict=pl.lit("proven"),
        legs=pl.lit([], pl.List(pl.String)),
    )
    members = pl.concat([selves, free.join(holders, on="holder_id", how="semi")])
    if not in_concert:
        return members
    concert = links.filter(pl.col("basis") == CONCERT)
    sides = [("from_id", "to_id"), ("to_id", "from_id")]
    friends = pl.concat(
        [
            concert.select(
                *_SPAN,
                member_id=one,
                ally_id=other,
                verdict=pl.when("is_certain").then(pl.lit("proven")).otherwise(pl.lit("possible")),
                legs=pl.concat_list(pl.lit("control_agreements/") + pl.col("row_key")),
            )
            for one, other in sides
        ]
    )
    allied = _through(members, friends, "member_id", "member_id", "ally_id")
    return pl.concat([members, allied, _through(allied, free, "member_id", "holder_id", "member_id")])


def _through(rows: pl.DataFrame, step: pl.DataFrame, left: str, right: str, onward: str) -> pl.DataFrame:
    """Go one step on from each member, for as long as both last; the weaker verdict decides."""
    renamed = step.select(
        pl.col(right).alias("_at"),
        pl.col(onward).alias("_next"),
        *(pl.col(name).alias(f"_{name}") for name in (*_SPAN, "verdict", "legs")),
    )
    return (
        rows.join(renamed, left_on=left, right_on="_at")
        .select(
            "holder_id",
            pl.col("_next").alias("member_id"),
            first=pl.max_horizontal("first", "_first"),
            last=pl.min_horizontal("last", "_last"),
            verdict=pl.min_horizontal("verdict", "_verdict"),
            legs=pl.concat_list("legs", "_legs"),
        )
        .filter(pl.col("first") <= pl.col("last"), pl.col("holder_id") != pl.col("member_id"))
    )
