"""Makers whose cars were held by one dealer: what that dealer did with them is no finding against the maker."""

import polars as pl

UNIT_KIND = "maker_city_month"
"""The units of a maker, which count the cars it built whoever held them."""

NOBODY_BUILT = pl.DataFrame(schema={"vin": pl.String(), "maker_id": pl.String()})
"""Where it is not known who built which car."""


def held_elsewhere(hits: pl.DataFrame, built: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    """How many flagged cars of each maker others held than the one dealer, with its control group, that held the most.

    ``built`` has vin and maker_id, ``homes`` party_id and group_id (control groups). Gives detector, party_id (the
    maker) and elsewhere. Cars that the maker's own control group held count as held elsewhere: they are its own doing.
    """
    known = dict(homes.select("party_id", "group_id").rows())
    flagged = hits.filter(pl.col("verdict") == "flagged").select(
        "detector", vin="subject_id", holder=_home("accountable_id", known)
    )
    cars = flagged.join(built.drop_nulls(), on="vin").with_columns(is_own=pl.col("holder") == _home("maker_id", known))
    by_holder = cars.group_by("detector", party_id="maker_id", holder="holder").agg(
        pl.col("vin").n_unique(), pl.col("is_own").any().fill_null(False)
    )
    most = pl.when(~pl.col("is_own")).then("vin").max().fill_null(0)
    return by_holder.group_by("detector", "party_id").agg(elsewhere=pl.col("vin").sum() - most)


def one_dealer(judged: pl.DataFrame, elsewhere: pl.DataFrame) -> pl.DataFrame:
    """Judged units in which a maker's flagged finding that rests on one dealer is undecided: adds ``is_one_dealer``.

    It rests on one where fewer flagged cars than the detector's floor were held elsewhere.
    """
    told = judged.join(elsewhere, on=["detector", "party_id"], how="left", maintain_order="left")
    is_maker = (pl.col("peer_kind") == UNIT_KIND) & (pl.col("verdict") == "flagged")
    is_one = is_maker & (pl.col("elsewhere") < pl.col("min_flagged")).fill_null(False)
    return (
        told.with_columns(is_one_dealer=is_one)
        .with_columns(
            verdict=pl.when("is_one_dealer").then(pl.lit("indeterminate")).otherwise("verdict"),
            near_the_bound=pl.col("near_the_bound") & ~pl.col("is_one_dealer"),
        )
        .drop("elsewhere")
    )


def _home(party: str, known: dict[str, str]) -> pl.Expr:
    return pl.col(party).replace(known)
