"""Which companies may be one and the same: equal names that neither codes nor cities tell apart."""

import polars as pl

_CLASS = ("has_uscc", "has_lei", "city_key")


def namesakes(subjects: pl.DataFrame, others: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    """For each subject the smallest id among ``others`` with its name that could be the same company.

    Both frames have ``canonical_id``, ``name_key``, ``city_key``, ``uscc_code`` and ``lei_code``; a party with several
    names has several rows. Two parties with different ids are told apart by different valid codes of one sort, by
    different known cities, or by a judgement: ``apart`` has ``canonical_id`` and ``other_id``, each pair both ways
    round. Returns ``canonical_id`` and ``namesake_id``, only where there is one.
    """
    is_judged = pl.col("canonical_id").is_in(apart["canonical_id"].unique().implode())
    return pl.concat(
        [
            _of_classes(subjects.filter(~is_judged), others),
            # judgements are made by hand, so whom they name can be compared one by one
            _of_pairs(subjects.filter(is_judged), others, apart),
        ]
    )


def _of_pairs(subjects: pl.DataFrame, others: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    known = _classed(others).rename({"canonical_id": "namesake_id"})
    pairs = _classed(subjects).join(known, on="name_key", suffix="_other")
    pairs = pairs.filter(pl.col("canonical_id") != pl.col("namesake_id"), ~_told_apart())
    pairs = pairs.join(
        apart, left_on=["canonical_id", "namesake_id"], right_on=["canonical_id", "other_id"], how="anti"
    )
    return pairs.group_by("canonical_id").agg(pl.col("namesake_id").min())


def _of_classes(subjects: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    # most names are borne once; only the others are compared
    bearers = others.group_by("name_key").agg(least=pl.col("canonical_id").min(), most=pl.col("canonical_id").max())
    shared = subjects.join(bearers, on="name_key").filter(
        (pl.col("least") != pl.col("canonical_id")) | (pl.col("most") != pl.col("canonical_id"))
    )
    # namesakes are compared by what is known of them, so a name that thousands bear costs no pairs
    classes = (
        _classed(others.join(shared, on="name_key", how="semi"))
        .group_by("name_key", *_CLASS)
        .agg(pl.col("canonical_id").unique().sort().head(2).alias("least"))
        .with_columns(second=pl.col("least").list.get(1, null_on_oob=True), least=pl.col("least").list.first())
    )
    pairs = _classed(shared).join(classes, on="name_key", suffix="_other")
    other = pl.when(pl.col("least") != pl.col("canonical_id")).then("least").otherwise("second")
    return (
        pairs.with_columns(namesake_id=other)
        .filter(~_told_apart(), pl.col("namesake_id").is_not_null())
        .group_by("canonical_id")
        .agg(pl.col("namesake_id").min())
    )


def _told_apart() -> pl.Expr:
    return (
        (pl.col("has_uscc") & pl.col("has_uscc_other"))
        | (pl.col("has_lei") & pl.col("has_lei_other"))
        | (pl.col("city_key") != pl.col("city_key_other")).fill_null(False)
    )


def _classed(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.filter(pl.col("name_key").is_not_null())
        .select(
            "canonical_id",
            "name_key",
            "city_key",
            has_uscc=pl.col("uscc_code").is_not_null(),
            has_lei=pl.col("lei_code").is_not_null(),
        )
        .unique()
    )
