"""Who controls whom: the least fixpoint of majority votes, over time, for all holders or around some."""

import numpy as np
import polars as pl

from graphkit.algorithms.control_jobs import Edges, Ints, Register, around
from graphkit.algorithms.holdings import WHOLE, Column, a_few, holdings, in_ppm, numbered, series

HALF = 0.5
"""Half of the votes."""

_PAIR = ("controller", "controlled")
_SPAN = ("first", "last")


def control(
    owner: Column,
    owned: Column,
    share: Column,
    *,
    first: Column | None = None,
    last: Column | None = None,
    least: Column | None = None,
    seeds: pl.DataFrame | None = None,
    allies: pl.DataFrame | None = None,
    stop: Column = (),
    threshold: float = HALF,
    of: Column | None = None,
) -> pl.DataFrame:
    """Every pair of nodes of which the first controls the second, and when.

    C(x) is the least set with: e is in C(x) if the direct votes in e that x and the members of C(x) hold add up to
    more than ``threshold``. Percentages are never multiplied along a chain. Cross-holdings and self-holdings end like
    any other graph. Holdings in a company may add up to more than 100 %: nothing is scaled.

    Parameters
    ----------
    owner, owned
        Who holds, and in whom: names or numbers, in lists, arrays or series. Parallel holdings add up.
    share
        Votes as fractions from 0 to 1. They are rounded to parts per million and added up as whole numbers, so that
        exactly one half is no majority.
    first, last
        Whole numbers (days) between which each holding lasts, both included.
    least
        For shares that are not known exactly: what each holder certainly has, where ``share`` is what it has at most.
        A set S then has min(Σ share of S, 1 - Σ least of all others) votes at most, and the answer is the control that
        is *possible*: some shares between the two that add up to 100 % or less make it. (Control by ``least`` alone is
        proven; what is not even possible is excluded.) The least shares of a company may not exceed 100 % on any day.
    seeds
        ``owner``, ``owned`` (and ``first``, ``last``): pairs where the first controls the second without votes.
    allies
        ``one``, ``other`` (and ``first``, ``last``): nodes that vote as one. Each adds the other's votes, and those
        of the nodes the other controls, to its own where it holds votes itself. Symmetric, not transitive.
    stop
        Nodes whose control reaches only what they hold directly, and through which nobody else's control reaches.
    threshold
        Control needs more votes than this.
    of
        Only pairs of which the controller or the controlled is one of these; only what they reach, up and down, is
        computed.

    Returns
    -------
    ``controller``, ``controlled``, sorted. With ``first`` and ``last`` in the input also ``first``, ``last`` and
    ``round``: disjoint intervals per pair; ``round`` counts the steps after which control was found, so that a pair
    rests only on pairs of earlier rounds. Nobody is said to control itself.

    Raises ``ValueError`` for shares outside 0 to 1, missing values, and least shares of more than 100 %.

    References
    ----------
    Company Law of the People's Republic of China (2023), article 265: a controlling shareholder holds more than
    half, or can decide the meeting; an actual controller steers by investment, agreement or other arrangement.

    Example
    -------
    >>> control(["A", "A", "B"], ["B", "C", "C"], [0.6, 0.4, 0.15]).rows()
    [('A', 'B'), ('A', 'C')]
    >>> control(["A", "B"], ["C", "C"], [1, 0.45], least=[0, 0.45]).rows()
    [('A', 'C')]
    """
    rows = holdings(owner, owned, share=share, first=first, last=last, least=least)
    links = _spanned(rows, "owner", "owned", share=in_ppm(rows["share"]))
    links = links.with_columns(least=links["share"] if least is None else in_ppm(rows["least"]))
    if (links["least"] > links["share"]).any():
        raise ValueError("least must not be more than share, which is what a holder has at most")
    kind, votes = links.schema["owner"], round(threshold * WHOLE)
    limits = links.clear() if least is None else links.filter(pl.col("least") > 0)
    if seeds is not None:
        sure = pl.lit(votes + 1, dtype=pl.Int64)
        links = pl.concat([links, _spanned(seeds, "owner", "owned", share=sure, least=sure)], how="vertical_relaxed")
    links = links.filter(pl.col("share") > 0)
    friends = pl.DataFrame(schema={"one": kind, "other": kind} | dict.fromkeys(_SPAN, pl.Int64))
    if allies is not None:
        friends = pl.concat([friends, _spanned(allies, "one", "other")], how="vertical_relaxed")
    stops, asked = (series(name, nodes) for name, nodes in (("stop", stop), ("of", () if of is None else of)))
    if of is not None:
        bears, meets = around(links, friends, asked)
        links, friends = links.filter(bears), friends.filter(meets)
        limits = limits.join(links, on="owned", how="semi")
    names, (owners, owneds, ones, others, held, stopped, centre) = numbered(
        links["owner"], links["owned"], friends["one"], friends["other"], limits["owned"], stops, asked
    )
    days = [links[name].to_numpy() for name in _SPAN]
    met = Edges(ones, others, *(friends[name].to_numpy() for name in _SPAN))
    register = Register(
        nodes=len(names),
        links=Edges(owners, owneds, *days),
        high=links["share"].to_numpy(),
        low=links["least"].to_numpy(),
        allies=met.and_(met.turned()),
        stop=np.isin(np.arange(len(names)), stopped),
        slack=_slack(limits.with_columns(node=pl.Series(held)), names),
        threshold=votes,
    )
    found = register.control() if of is None else register.control_around(centre)
    columns = [names.gather(found[:, at]).alias(name) for at, name in enumerate(_PAIR)]
    if first is None or last is None:
        return pl.DataFrame(columns)
    return pl.DataFrame([*columns, *(pl.Series(name, found[:, at]) for at, name in enumerate((*_SPAN, "round"), 2))])


def _slack(limits: pl.DataFrame, names: pl.Series) -> tuple[Ints, Ints, Ints]:
    """What the least votes in a node leave over, from each time at which that changes."""
    begins = limits.select("node", pl.col("first").alias("time"), "least")
    ends = limits.select("node", pl.col("last").alias("time") + 1, -pl.col("least"))
    left = (
        pl.concat([begins, ends])
        .group_by("node", "time")
        .agg(pl.col("least").sum())
        .sort("node", "time")
        # a node's changes add up to nothing, so one running sum serves all nodes
        .with_columns(votes=WHOLE - pl.col("least").cum_sum())
    )
    over = left.filter(pl.col("votes") < 0)["node"].unique().sort()
    if over.len():
        raise ValueError(f"the least shares in {a_few(names.gather(over))} add up to more than 100 %")
    return left["node"].to_numpy(), left["time"].to_numpy(), left["votes"].to_numpy()


def _spanned(frame: pl.DataFrame, *columns: str, **values: pl.Expr | pl.Series) -> pl.DataFrame:
    if not {*_SPAN} <= {*frame.columns}:
        frame = frame.with_columns(first=pl.lit(0), last=pl.lit(0))
    return frame.select(*columns, pl.col(_SPAN).cast(pl.Int64)).with_columns(**values)
