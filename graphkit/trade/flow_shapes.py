"""The shapes that flows lie in: from one to many, from many to one, and out over several hands and together again."""

import polars as pl

WINDOW = 30
"""Days within which what came to a party has to go on, so that the two flows are halves of one way; our judgement."""

HUB_ABOVE = 100
"""A party with more partners than this on a side stands between everybody (a maker's dealer, a bank): no middle."""

_PERIOD = WINDOW + 1
_WAY = ("origin", "middle", "end")


def with_shapes(flows: pl.DataFrame) -> pl.DataFrame:
    """The flows in their order, with ``fan_out``, ``fan_in`` and ``scatter_gather`` as counted in the flow's class.

    The classes are cars (sales of all kinds) and money (payments). Every party counts, persons too; a flow of a party
    to itself counts nowhere and has zeros. A number describes how things went and accuses nobody: a maker fans out to
    its dealers, a fleet buyer fans in.

    fan_out
        Parties that the source sends to in the calendar month of the flow.
    fan_in
        Parties that the target receives from in that month.
    scatter_gather
        Middle parties between one origin and one end: those that the origin sends to and that send to the end on the
        same day or at most 30 days later. The flow is the first or the second half of such a way, with its own day;
        where it is of several, the greatest number; 0 where of none, 1 on a plain chain. Origin and end differ. Nothing
        is counted through a party with more than 100 partners on a side.

    The patterns are those of Altman et al., *Realistic synthetic financial transactions for anti-money laundering
    models* (NeurIPS 2023); window and bound are ours.

    >>> from datetime import date
    >>> flows = pl.DataFrame({"source_id": ["A", "A", "M1", "M2"], "target_id": ["M1", "M2", "C", "C"],
    ...     "kind": "payment", "on_date": [date(2025, 1, 3), date(2025, 1, 5), date(2025, 1, 20), date(2025, 2, 4)]})
    >>> with_shapes(flows).select("source_id", "fan_out", "fan_in", "scatter_gather").rows()
    [('A', 2, 1, 2), ('A', 2, 1, 2), ('M1', 1, 1, 2), ('M2', 1, 1, 2)]
    """
    is_money = pl.col("kind").eq_missing("payment")
    parties = pl.Enum(pl.concat([flows["source_id"], flows["target_id"]]).unique().sort())
    rows = flows.select(
        pl.col("source_id").cast(parties).to_physical().alias("source"),
        pl.col("target_id").cast(parties).to_physical().alias("target"),
        month=pl.col("on_date").dt.truncate("1mo"),
        day=pl.col("on_date").to_physical(),
        is_money=is_money,
    ).with_row_index("row")
    shaped = pl.concat(_shaped(part) for part in (rows.filter("is_money"), rows.filter(~pl.col("is_money"))))
    return flows.with_columns(shaped.sort("row").select("fan_out", "fan_in", "scatter_gather"))


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of one class with the three numbers."""
    moved = rows.filter(pl.col("source") != pl.col("target"))
    dealt = moved.select("source", "target", "month").unique()
    legs = moved.select("source", "target", "day").unique()
    found = rows
    for part in (
        dealt.group_by("source", "month").agg(fan_out=pl.len()),
        dealt.group_by("target", "month").agg(fan_in=pl.len()),
        _scattered(legs),
    ):
        found = found.join(part, on=[name for name in part.columns if name in rows.columns], how="left")
    is_moved = pl.col("source") != pl.col("target")
    numbers = pl.col("fan_out", "fan_in", "scatter_gather").cast(pl.Int64).fill_null(0)
    return found.select("row", pl.when(is_moved).then(numbers).otherwise(0))


def _scattered(legs: pl.DataFrame) -> pl.DataFrame:
    """scatter_gather of each leg (source, target, day) that is half of a way; the others are left out."""
    middles = _middles(legs)
    came = legs.join(middles, left_on="target", right_on="party", how="semi").with_columns(_period())
    went = legs.join(middles, left_on="source", right_on="party", how="semi").with_columns(_period())
    begun, ended = _begun(came, went), _ended(came, went)
    ways = begun.select(_WAY).unique().group_by("origin", "end").agg(scatter_gather=pl.len())
    halves = [
        half.join(ways, on=["origin", "end"]).select(
            pl.col(ends[0]).alias("source"), pl.col(ends[1]).alias("target"), "day", "scatter_gather"
        )
        for half, ends in ((begun, _WAY[:2]), (ended, _WAY[1:]))
    ]
    return pl.concat(halves).group_by("source", "target", "day").agg(pl.col("scatter_gather").max())


def _middles(legs: pl.DataFrame) -> pl.DataFrame:
    """The parties that receive and send, from and to a hundred at most: party."""
    pairs = legs.select("source", "target").unique()
    sides = [
        pairs.group_by(party=side).len().filter(pl.col("len") <= HUB_ABOVE).select("party")
        for side in ("source", "target")
    ]
    return sides[0].join(sides[1], on="party", how="semi")


def _period() -> pl.Expr:
    return (pl.col("day") // _PERIOD).alias("period")


# A period is as long as a way may take, so its two legs are of one period or of two in a row. In one, the second is in
# time if its last day is not before the first; in two, if its first day is soon enough. So the first and the last day
# of each pair in each period say all, and two that deal daily cost no more than two that deal monthly.


def _begun(came: pl.DataFrame, went: pl.DataFrame) -> pl.DataFrame:
    """The legs to a middle after which it sent on in time, once for each end: origin, middle, end, day."""
    spans = went.group_by(middle="source", end="target", period="period").agg(
        first=pl.col("day").min(), last=pl.col("day").max()
    )
    start = pl.col("period") * _PERIOD
    on_time = pl.concat(
        [
            spans.select("middle", "end", "period", low=start, high="last"),
            spans.select("middle", "end", period=pl.col("period") - 1, low=pl.col("first") - WINDOW, high=start - 1),
        ]
    )
    return _met(came.rename({"source": "origin", "target": "middle"}), on_time)


def _ended(came: pl.DataFrame, went: pl.DataFrame) -> pl.DataFrame:
    """The legs from a middle before which it received in time, once for each origin: the same columns."""
    spans = came.group_by(origin="source", middle="target", period="period").agg(
        first=pl.col("day").min(), last=pl.col("day").max()
    )
    start = pl.col("period") * _PERIOD
    in_time = pl.concat(
        [
            spans.select("origin", "middle", "period", low="first", high=start + WINDOW),
            spans.select(
                "origin", "middle", period=pl.col("period") + 1, low=start + _PERIOD, high=pl.col("last") + WINDOW
            ),
        ]
    )
    return _met(went.rename({"source": "middle", "target": "end"}), in_time)


def _met(legs: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    met = legs.join(days, on=["middle", "period"])
    return met.filter(pl.col("day").is_between("low", "high"), pl.col("origin") != pl.col("end")).select(*_WAY, "day")
