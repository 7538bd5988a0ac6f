"""Why a row of ``parties`` was joined to another, or could not be: a word and a sentence for each."""

import polars as pl

from graphkit.identity.judged import groups_of

TIERS = ("judged", "code", "name_city", "contact", "branch")
"""The tiers of ``merges`` in order; each is a column of labels as they were after it."""


def explained(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """``rows`` of ``merges`` with ``canonical_id``, ``basis`` (the first tier that joined a row to it), ``reason``.

    ``is_branch`` marks the rows of branches that were joined to their company.
    """
    canonical = rows.select(
        label="n",
        canonical_id="party_id",
        canonical_kind="kind",
        canonical_phone="phone_key",
        canonical_parent="parent_key",
        **{f"canonical_{tier}": tier for tier in TIERS},
    )
    rows = rows.join(canonical, on="label", how="left", maintain_order="left")
    rows = rows.join(groups_of(judged).select("party_id", "said"), on="party_id", how="left", maintain_order="left")
    is_self = pl.col("party_id") == pl.col("canonical_id")
    joined = [pl.when(pl.col(tier) == pl.col(f"canonical_{tier}")).then(pl.lit(tier)) for tier in TIERS]
    rows = rows.with_columns(basis=pl.when(is_self).then(pl.lit("self")).otherwise(pl.coalesce(joined)))
    rows = rows.with_columns(
        reason=pl.when(~is_self).then(_sentence()),
        is_branch=pl.col("parent_key").is_not_null() & pl.col("canonical_parent").is_null(),
        clash=pl.coalesce("clash", _person_with_a_company_code(rows)),
    )
    return rows.drop("n", "label", "said", "own_uscc", "own_lei", "uscc_of", "lei_of", *TIERS)


def _sentence() -> pl.Expr:
    by_code = (
        pl.when(pl.col("kind") == "person")
        .then(pl.format("Has the same person_key as {}.", "canonical_id"))
        .when(pl.col("kind") != pl.col("canonical_kind"))
        .then(
            pl.format(
                "A valid USCC or LEI joins it to {}, though one is entered as {} and the other as {}.",
                "canonical_id",
                "kind",
                "canonical_kind",
            )
        )
        .when(pl.col("uscc_code").is_not_null())
        .then(pl.format("A valid USCC joins it to {}.", "canonical_id"))
        .otherwise(pl.format("A valid LEI joins it to {}.", "canonical_id"))
    )
    same_phone = (pl.col("phone_key") == pl.col("canonical_phone")).fill_null(False)
    sentences = {
        "judged": pl.format("Judged to be one party with {}: {}", "canonical_id", "said"),
        "code": by_code,
        "name_city": pl.format("Has the same normalised name and city, and no other code, as {}.", "canonical_id"),
        "contact": pl.format(
            "Has the same core name and {}, and nothing else that differs, as {}.",
            pl.when(same_phone).then(pl.lit("telephone")).otherwise(pl.lit("address")),
            "canonical_id",
        ),
        "branch": pl.format(
            "Is a branch of {}: a branch is no legal person (Company Law 2023, art. 13).", "canonical_id"
        ),
    }
    return pl.coalesce(pl.when(pl.col("basis") == tier).then(said) for tier, said in sentences.items())


def _person_with_a_company_code(rows: pl.DataFrame) -> pl.Series:
    companies = rows.filter(pl.col("uscc_code").is_not_null())
    bearer = companies.group_by("uscc_code").agg(bearer=pl.col("canonical_id").min())
    found = rows.join(bearer, left_on="claimed_uscc", right_on="uscc_code", how="left", maintain_order="left")
    said = pl.format("Has the valid USCC of {} but is entered as a person, so it was joined to nobody.", "bearer")
    return found.select(clash=said)["clash"]
