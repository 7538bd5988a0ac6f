"""Who controls whom: the least fixpoint of majority votes, over time, for all holders at once."""

import polars as pl

from graphkit.algorithms.intervals import subtract, sweep

HALF = 500_000
"""Half of the votes, in parts per million."""

_PAIR = ("controller", "controlled")
_SPAN = ("first", "last")


def control(
    holdings: pl.DataFrame,
    *,
    seeds: pl.DataFrame | None = None,
    allies: pl.DataFrame | None = None,
    stop: pl.Series | None = None,
    threshold: int = HALF,
) -> pl.DataFrame:
    """Every pair of nodes of which the first controls the second, and when.

    C(x) is the least set with: e is in C(x) if the direct votes in e that x and the members of C(x) hold add up to
    more than ``threshold``. Percentages are never multiplied along a chain. The rule is applied to all x together and
    each round only follows what the round before added, so cross-holdings and self-holdings end like any other graph.

    Parameters
    ----------
    holdings
        ``owner``, ``owned``, ``votes`` (integer parts per million), and optionally ``first`` and ``last``, whole
        numbers (days) between which the holding lasts, both included. Parallel holdings add up.
    seeds
        ``owner``, ``owned`` (and ``first``, ``last``): pairs where the first controls the second without votes.
    allies
        ``one``, ``other`` (and ``first``, ``last``): nodes that vote as one. Each adds the other's votes, and those
        of the nodes the other controls, to its own where it holds votes itself. Symmetric, not transitive.
    stop
        Nodes whose control reaches only what they hold directly, and through which nobody else's control reaches.
    threshold
        Control needs more votes than this.

    Returns
    -------
    ``controller``, ``controlled``, ``first``, ``last``, ``round``: disjoint intervals per pair; ``round`` counts the
    steps after which control was found, so that a pair rests only on pairs of earlier rounds. Without ``first`` and
    ``last`` in the input both are 0. Nobody is said to control itself.

    References
    ----------
    Company Law of the People's Republic of China (2023), article 265: a controlling shareholder holds more than
    half, or can decide the meeting; an actual controller steers by investment, agreement or other arrangement.

    Example
    -------
    >>> holdings = pl.DataFrame({
    ...     "owner": ["A", "A", "B"], "owned": ["B", "C", "C"], "votes": [600_000, 400_000, 150_000]})
    >>> control(holdings).select("controller", "controlled").rows()
    [('A', 'B'), ('A', 'C')]
    """
    links = _spanned(holdings, "owner", "owned", "votes")
    if seeds is not None:
        sure = _spanned(seeds, "owner", "owned").with_columns(votes=pl.lit(threshold + 1, dtype=pl.Int64))
        links = pl.concat([links, sure.select(links.columns)], how="vertical_relaxed")
    links = links.filter(pl.col("votes") > 0)
    friends = None if allies is None or allies.is_empty() else _both_ways(_spanned(allies, "one", "other"))
    stops = pl.Series([], dtype=links.schema["owner"]) if stop is None else stop.unique()
    return _fixpoint(links, friends, stops, threshold)


def _spanned(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    if "first" not in frame.columns:
        frame = frame.with_columns(first=pl.lit(0), last=pl.lit(0))
    return frame.select(*columns, pl.col("first").cast(pl.Int64), pl.col("last").cast(pl.Int64))


def _both_ways(pairs: pl.DataFrame) -> pl.DataFrame:
    turned = pairs.select(pl.col("other").alias("one"), pl.col("one").alias("other"), *_SPAN)
    return pl.concat([pairs, turned]).unique()


def _fixpoint(links: pl.DataFrame, friends: pl.DataFrame | None, stops: pl.Series, threshold: int) -> pl.DataFrame:
    new = _selves(links, friends)
    known = pl.DataFrame(schema={**new.schema, "round": pl.Int64})
    command = _Command(friends, stops, known.drop("round"))
    votes = pl.DataFrame(schema={**new.schema, "own": pl.Int64, "pool": pl.Int64, "known": pl.Int64})
    turn = 0
    while not new.is_empty():
        turn += 1
        own, pool = command.extend(new)
        fresh = pl.concat(
            [_votes_of(own, links, own=1, pool=0), _votes_of(pool, links, own=0, pool=1)]
            if friends is not None
            else [_votes_of(own, links, own=1, pool=1)]
        )
        votes = pl.concat([votes, fresh])
        touched = votes.join(fresh.select(_PAIR).unique(), on=_PAIR, how="semi")
        new = (
            sweep(touched, _PAIR, ["own", "pool", "known"])
            .filter((pl.col("pool") > threshold) & (pl.col("own") > 0) & (pl.col("known") == 0))
            .select(*_PAIR, *_SPAN)
        )
        marks = {"own": pl.lit(0), "pool": pl.lit(0), "known": pl.lit(1)}
        votes = pl.concat([votes, new.with_columns(**marks)], how="vertical_relaxed")
        known = pl.concat([known, new.with_columns(round=pl.lit(turn, dtype=pl.Int64))])
    return known.sort(*_PAIR, *_SPAN)


def _selves(links: pl.DataFrame, friends: pl.DataFrame | None) -> pl.DataFrame:
    """Every holder as a member of its own command, over the whole time that the input spans."""
    ends = links.select(pl.col("first").min(), pl.col("last").max())
    if friends is not None:
        ends = pl.concat([ends, friends.select("first", "last")]).select(pl.col("first").min(), pl.col("last").max())
    holders = links.select(controller="owner").unique(maintain_order=True)
    return holders.with_columns(controlled="controller").join(ends, how="cross")


class _Command:
    """Whose votes each holder commands so far: its own, those of what it controls, and those of allies."""

    def __init__(self, friends: pl.DataFrame | None, stops: pl.Series, nothing: pl.DataFrame) -> None:
        self.friends = friends
        self.stops = stops
        self.allied = nothing
        self.facts = nothing
        self.pooled = nothing

    def extend(self, new: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """What ``new`` members of control sets add to the votes that are one's own, and to those that are pooled."""
        # a stop node uses its own votes, but neither its members nor those above it use them further
        is_self = pl.col("controller") == pl.col("controlled")
        stopped = pl.col("controller").is_in(self.stops.implode()) | pl.col("controlled").is_in(self.stops.implode())
        own = new.filter(is_self | ~stopped)
        if self.friends is None:
            return own, own
        met = _follow(own, self.friends.rename({"one": "controller", "other": "controlled"}))
        met = subtract(met, self.allied, _PAIR)
        facts = new.filter(~is_self)
        passing = pl.concat([self.facts, facts]).filter(~pl.col("controlled").is_in(self.stops.implode()))
        late = facts.filter(~pl.col("controlled").is_in(self.stops.implode()))
        reached = pl.concat([own, met, _follow(met, passing), _follow(self.allied, late)])
        pool = subtract(reached, self.pooled, _PAIR)
        self.allied = pl.concat([self.allied, met])
        self.facts = pl.concat([self.facts, facts])
        self.pooled = pl.concat([self.pooled, pool])
        return own, pool


def _follow(members: pl.DataFrame, step: pl.DataFrame) -> pl.DataFrame:
    """Go one step on from each member, for as long as both last."""
    onward = step.select(
        pl.col("controller").alias("controlled"), pl.col("controlled").alias("_next"), _first="first", _last="last"
    )
    return (
        members.join(onward, on="controlled")
        .select(
            "controller",
            pl.col("_next").alias("controlled"),
            first=pl.max_horizontal("first", "_first"),
            last=pl.min_horizontal("last", "_last"),
        )
        .filter(pl.col("first") <= pl.col("last"))
    )


def _votes_of(members: pl.DataFrame, links: pl.DataFrame, *, own: int, pool: int) -> pl.DataFrame:
    """The direct votes that newly commanded members bring, as rows to be swept."""
    held = links.select(
        pl.col("owner").alias("controlled"), pl.col("owned").alias("_next"), "votes", _first="first", _last="last"
    )
    return (
        members.join(held, on="controlled")
        .filter(pl.col("controller") != pl.col("_next"))
        .select(
            "controller",
            pl.col("_next").alias("controlled"),
            first=pl.max_horizontal("first", "_first"),
            last=pl.min_horizontal("last", "_last"),
            own=pl.col("votes") * own,
            pool=pl.col("votes") * pool,
            known=pl.lit(0, dtype=pl.Int64),
        )
        .filter(pl.col("first") <= pl.col("last"))
    )
