"""What everybody owns of a company in the end, through any number of companies and circles of them."""

from typing import Any

import numpy as np
import polars as pl

from graphkit.algorithms.control_jobs import around
from graphkit.algorithms.holdings import WHOLE, Column, Ints, a_few, holdings, in_ppm, numbered, series


def integrated_ownership(owner: Column, owned: Column, share: Column, *, of: Column | None = None) -> pl.DataFrame:
    """The direct and indirect share of every owner in every company that it reaches, cross-holdings solved.

    With W the matrix of direct shares, the integrated share of i in j is y(i, j) = w(i, j) + the sum over all k other
    than i of y(i, k) w(k, j): what i holds itself, and its part of what companies hold in which it has a part. That is
    N(i, j) / N(i, i) with N the inverse of I - W. Without circles it is the sum over all paths of the products of
    their shares. A company's holding in itself counts for its other holders in proportion: 80 % beside 20 % of own
    shares are 100 %. Only circles of companies are solved as dense equations, each by itself.

    Parameters
    ----------
    owner, owned
        Who holds, and in whom: names or numbers, in lists, arrays or series. Parallel holdings add up.
    share
        Capital as fractions from 0 to 1, rounded to parts per million.
    of
        Only pairs of which the owner or the owned is one of these; only what they reach, up and down, is computed.

    Returns
    -------
    ``owner``, ``owned``, ``share`` (a fraction), sorted; what a company owns of itself is left out.

    Raises ``ValueError`` for shares outside 0 to 1, for companies whose holders' shares add up to more than 100 %
    (beyond what rounding explains: half a part per million a holding), and for circles of companies that belong to
    nobody outside. Errors in the data are named, not scaled away.

    References
    ----------
    F. Brioschi, L. Buzzacchi, M. G. Colombo: Risk capital financing and the separation of ownership and control in
    business groups. Journal of Banking and Finance 13 (1989). S. Baldone, F. Brioschi, S. Paleari: Ownership measures
    among firms connected by cross-shareholdings and a further analogy with input-output theory. 4th JAFEE
    International Conference on Investment and Derivatives (1998).

    Example
    -------
    >>> integrated_ownership(["A", "B", "C"], ["B", "C", "B"], [0.5, 0.4, 0.25]).rows()
    [('A', 'B', 0.5555555555555556), ('A', 'C', 0.22222222222222224), ('B', 'C', 0.4), ('C', 'B', 0.25)]
    """
    rows = holdings(owner, owned, share=share)
    rows = rows.with_columns(in_ppm(rows["share"])).filter(pl.col("share") > 0)
    asked = series("of", () if of is None else of)
    relevant = rows
    if of is not None:
        nobody = rows.clear().select(one="owner", other="owned")
        relevant = rows.filter(around(rows, nobody, asked)[0])
    _refuse_overheld(rows.join(relevant, on="owned", how="semi"))
    direct = relevant.group_by("owner", "owned").agg(pl.col("share").sum(), rows=pl.len())
    names, (owners, owneds, centre) = numbered(direct["owner"], direct["owned"], asked)
    links = direct.select("share", "rows", i=pl.Series(owners), j=pl.Series(owneds)).sort("i", "j")
    found = _integrated(links, names, None if of is None else np.unique(centre)).sort("i", "j")
    return found.select(owner=names.gather(found["i"]), owned=names.gather(found["j"]), share="share")


def _refuse_overheld(rows: pl.DataFrame) -> None:
    sums = rows.group_by("owned").agg(pl.col("share").sum(), pl.len())
    over = sums.filter(2 * (pl.col("share") - WHOLE) > pl.col("len"))["owned"].sort()
    if over.len():
        raise ValueError(f"the holders' shares in {a_few(over)} add up to more than 100 %; correct or leave them out")


def _integrated(links: pl.DataFrame, names: pl.Series, asked: Ints | None) -> pl.DataFrame:
    """N(i, j) / N(i, i) for i other than j: circles solved by themselves, then followed by what lies between them."""
    from scipy import sparse

    from graphkit.algorithms.components import strongly_connected

    nodes = len(names)
    knot = strongly_connected(nodes, links["i"].to_numpy(), links["j"].to_numpy())
    links = links.with_columns(knot=pl.Series(knot[links["i"].to_numpy()]), to=pl.Series(knot[links["j"].to_numpy()]))
    inside, apart = links.filter(pl.col("knot") == pl.col("to")), links.filter(pl.col("knot") != pl.col("to"))
    _refuse_closed(inside, knot, names)
    solved, between = (
        sparse.csr_array((part["share"].to_numpy(), (part["i"].to_numpy(), part["j"].to_numpy())), shape=(nodes, nodes))
        for part in (_solved(inside, knot), apart.with_columns(share=apart["share"].to_numpy() / WHOLE))
    )
    own = solved.diagonal()
    found = _followed(solved, between, np.arange(nodes) if asked is None else asked)
    if asked is not None:
        up = _followed(solved.T.tocsr(), between.T.tocsr(), asked).rename({"i": "j", "j": "i"})
        found = pl.concat([found, up.filter(~pl.col("i").is_in(asked)).select(found.columns)])
    return found.filter(pl.col("i") != pl.col("j")).with_columns(pl.col("share") / pl.lit(pl.Series(own)).gather("i"))


def _refuse_closed(inside: pl.DataFrame, knot: Ints, names: pl.Series) -> None:
    """A knot that is held by its own members only has no owner, and its equations no solution."""
    held = inside.group_by("j", "knot").agg(pl.col("share", "rows").sum())
    is_whole = 2 * (WHOLE - pl.col("share")) <= pl.col("rows")
    closed = held.group_by("knot").agg(is_whole.all().alias("is_closed")).filter("is_closed")["knot"]
    if closed.len():
        members = names.filter(pl.Series(knot).is_in(closed.implode()))
        raise ValueError(f"{a_few(members)} belong to one another wholly and to nobody outside; correct their holdings")


def _solved(inside: pl.DataFrame, knot: Ints) -> pl.DataFrame:
    """The inverse of I - W within every knot, as i, j, share; 1 for a company that is in none."""
    is_alone = (np.bincount(knot, minlength=len(knot)) == 1)[knot]
    own = np.zeros(len(knot))
    loops = inside.filter(pl.col("i") == pl.col("j"))
    own[loops["i"].to_numpy()] = loops["share"].to_numpy() / WHOLE
    alone = np.flatnonzero(is_alone)
    parts = [pl.DataFrame({"i": alone, "j": alone, "share": 1 / (1 - own[alone])})]
    for links in inside.filter(pl.Series(~is_alone[inside["i"].to_numpy()])).sort("knot").partition_by("knot"):
        members, at = np.unique(links["i"].to_numpy(), return_inverse=True)
        left = np.eye(len(members))
        left[at, np.searchsorted(members, links["j"].to_numpy())] -= links["share"].to_numpy() / WHOLE
        i, j = np.repeat(members, len(members)), np.tile(members, len(members))
        parts.append(pl.DataFrame({"i": i, "j": j, "share": np.linalg.inv(left).ravel()}))
    return pl.concat(parts)


def _followed(solved: Any, between: Any, start: Ints) -> pl.DataFrame:
    """The rows ``start`` of the whole inverse, from knot to knot until no holding leads on: i, j, share."""
    step = between @ solved
    walked = solved[start]
    parts = []
    while walked.nnz:
        entries = walked.tocoo()
        rows, columns = (at.astype(np.int64) for at in entries.coords)
        parts.append(pl.DataFrame({"i": start[rows], "j": columns, "share": entries.data}))
        walked = walked @ step
    nothing = pl.DataFrame(schema={"i": pl.Int64, "j": pl.Int64, "share": pl.Float64})
    return pl.concat([nothing, *parts]).group_by("i", "j", maintain_order=True).agg(pl.col("share").sum())
