"""Families: who is a close relative of whom, among the relatives that a regime counts."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from graphkit.parties.registers import dated
from graphkit.tables.coverage import Coverage

SELF = "self"
"""The word for a person's tie to itself."""

_TURNED = {"parent": "child", "child": "parent"}
_BLOOD = ("parent", "child", "sibling")
_IAS24 = ("spouse", "child", "parent", "spouse child", "parent spouse")
_CIRCLES: Mapping[str, tuple[str, ...]] = {
    "cn_exchange": (
        "spouse", "parent", "child", "sibling", "parent child", "in_law", "spouse parent", "child spouse",
        "sibling spouse", "parent child spouse", "spouse sibling", "spouse parent child", "child spouse parent",
    ),
}  # fmt: skip
"""The steps by which a relative is reached, from the person: ``child spouse parent`` are the child's parents-in-law."""

SIBLINGS = ("sibling", "parent child")
ADULT = 18
"""Years from which a child counts under cn_exchange."""
_LONGEST = 3


def counted_relatives(regime: str) -> tuple[str, ...]:
    """The relatives that a regime counts; regimes that name none take those of IAS 24.9 (spouse, children of either).

    A list names its members from one side; being related holds from both, so it has each word's reverse as well.

    >>> counted_relatives("eu_close_link")
    ('spouse', 'child', 'parent', 'spouse child', 'parent spouse')
    """
    return _CIRCLES.get(regime, _IAS24)


def kin(
    tables: Mapping[str, pl.DataFrame],
    persons: pl.Series,
    births: pl.DataFrame,
    coverage: Coverage,
    as_of: date,
    regime: str,
    open_ids: pl.Series,
) -> pl.DataFrame:
    """Who among ``persons`` is whose relative: person_id, relative_id, first, last, verdict, word, legs.

    ``word`` is counted (the regime counts such a relative) or sibling (it does not, tier B). ``legs`` name the rows.
    Ties of blood hold on all days, others as dated rows do. ``births``: party_id, birth_year; a child who is a minor on
    the day is no relative under cn_exchange. A person in ``open_ids`` (undecided or stub) makes it possible only.
    """
    steps = _steps(tables, coverage, as_of)
    some = persons.implode()
    walks = steps.filter(pl.col("person_id").is_in(some))
    found = [walks]
    for _ in range(_LONGEST - 1):
        walks = _onward(walks, steps)
        found.append(walks)
    ties = pl.concat(found).filter(pl.col("relative_id").is_in(some), pl.col("person_id") != pl.col("relative_id"))
    counted = pl.col("word").is_in(counted_relatives(regime))
    ties = ties.filter(counted | pl.col("word").is_in(SIBLINGS))
    if regime in _CIRCLES:
        ties = _grown_up(ties, births)
    is_open = pl.any_horizontal(pl.col("person_id", "relative_id").is_in(open_ids.implode()))
    return ties.select(
        "person_id",
        "relative_id",
        "first",
        "last",
        verdict=pl.when(pl.col("is_certain") & ~is_open).then(pl.lit("proven")).otherwise(pl.lit("possible")),
        word=pl.when(counted).then(pl.lit("counted")).otherwise(pl.lit("sibling")),
        legs="legs",
    )


def _steps(tables: Mapping[str, pl.DataFrame], coverage: Coverage, as_of: date) -> pl.DataFrame:
    """Every family row from both sides: person_id, relative_id, word, first, last, is_certain, legs."""
    for_ever = dated(tables, "kinship", coverage, as_of, lasts_for_ever=True)
    for_days = dated(tables, "kinship", coverage, as_of)
    of_blood = pl.col("relation").is_in(_BLOOD)
    both = pl.concat([for_ever.filter(of_blood), for_days.filter(~of_blood)])
    rows = both.filter(pl.col("person_id") != pl.col("relative_id")).select(
        "person_id", "relative_id", "first", "last", "is_certain",
        word="relation",
        legs=pl.concat_list(pl.lit("kinship/") + pl.col("row_key")),
    )  # fmt: skip
    turned = rows.select(
        pl.col("relative_id").alias("person_id"),
        pl.col("person_id").alias("relative_id"),
        "first", "last", "is_certain",
        pl.col("word").replace(_TURNED),
        "legs",
    )  # fmt: skip
    return pl.concat([rows, turned]).unique(maintain_order=True)


def _onward(walks: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    further = walks.join(steps, left_on="relative_id", right_on="person_id", suffix="_next")
    return (
        further.filter(pl.col("relative_id_next") != pl.col("person_id"))
        .select(
            "person_id",
            pl.col("relative_id_next").alias("relative_id"),
            pl.max_horizontal("first", "first_next").alias("first"),
            pl.min_horizontal("last", "last_next").alias("last"),
            pl.col("is_certain") & pl.col("is_certain_next"),
            pl.concat_str("word", "word_next", separator=" ").alias("word"),
            pl.concat_list("legs", "legs_next").alias("legs"),
        )
        .select(walks.columns)
        .filter(pl.col("first") <= pl.col("last"))
    )


def _grown_up(ties: pl.DataFrame, births: pl.DataFrame) -> pl.DataFrame:
    """Without the days on which the younger of a parent and a child is known to be a minor."""
    of_age = births.filter(pl.col("birth_year").is_not_null()).select(
        "party_id", grown=pl.date(pl.col("birth_year") + ADULT, 12, 31).cast(pl.Int32).cast(pl.Int64)
    )
    younger = pl.when(pl.col("word") == "child").then("relative_id").when(pl.col("word") == "parent").then("person_id")
    aged = ties.with_columns(younger=younger).join(of_age, left_on="younger", right_on="party_id", how="left")
    return (
        aged.with_columns(first=pl.max_horizontal("first", "grown"))
        .filter(pl.col("first") <= pl.col("last"))
        .select(ties.columns)
    )
