"""Close links: who holds a fifth of whom, directly or through others, and who has a holder of a fifth in common."""

import polars as pl

from graphkit.algorithms.holdings import WHOLE, Column, holdings, in_ppm
from graphkit.algorithms.integrated_ownership import integrated_ownership

FIFTH = 0.2
"""The least part of the capital that makes a close link, in the sources below."""

_DIGITS = 9


def close_links(owner: Column, owned: Column, share: Column, threshold: float = FIFTH) -> pl.DataFrame:
    """Every two parties that are closely linked by capital, and by what.

    Two parties are closely linked if one holds at least ``threshold`` of the other, itself (*direct*) or with what it
    owns through others (*indirect*: its integrated share, see :func:`integrated_ownership`), or if a third party
    holds that much of both, directly or indirectly (*common*). Indirect shares are compared to a billionth.

    Parameters
    ----------
    owner, owned, share
        As for :func:`integrated_ownership`.
    threshold
        The least share that makes a link: exactly this much does.

    Returns
    -------
    ``one``, ``other`` (in order, so that a pair comes one way round only), ``kind``, ``owner`` (who holds: one of the
    two, or the third party), ``share`` (integrated; of a third party the smaller one): a row for every reason, sorted.

    Raises ``ValueError`` as :func:`integrated_ownership` does.

    References
    ----------
    Regulation (EU) No 575/2013, article 4(1)(38); Guideline (EU) 2015/510 of the European Central Bank
    (ECB/2014/60), article 138: 20 % or more of the capital, directly or indirectly, or a third party with that much
    of both. Links by control alone are those of :func:`control`.

    Example
    -------
    >>> for link in close_links(["A", "A", "B"], ["B", "C", "D"], [0.5, 0.2, 0.3]).rows():
    ...     print(*link)
    A B direct A 0.5
    A C direct A 0.2
    B C common A 0.2
    B D direct B 0.3
    """
    rows = holdings(owner, owned, share=share)
    direct = rows.with_columns(in_ppm(rows["share"])).group_by("owner", "owned").agg(pl.col("share").sum())
    direct = direct.filter(pl.col("share") >= round(threshold * WHOLE)).select("owner", "owned", kind=pl.lit("direct"))
    least = round(threshold, _DIGITS)
    large = integrated_ownership(owner, owned, share).filter(pl.col("share").round(_DIGITS) >= least)
    held = large.join(direct, on=["owner", "owned"], how="left").with_columns(pl.col("kind").fill_null("indirect"))
    two = held.select(
        pl.min_horizontal("owner", "owned").alias("one"),
        pl.max_horizontal("owner", "owned").alias("other"),
        "kind",
        "owner",
        "share",
    )
    third = large.join(large, on="owner", suffix="_other").filter(pl.col("owned") < pl.col("owned_other"))
    common = third.select(
        one="owned",
        other="owned_other",
        kind=pl.lit("common"),
        owner="owner",
        share=pl.min_horizontal("share", "share_other"),
    )
    return pl.concat([two, common]).sort("one", "other", "kind", "owner")
