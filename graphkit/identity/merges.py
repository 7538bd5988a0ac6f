"""Which rows of ``parties`` are one party: codes first, then name and city; persons only by their key."""

import numpy as np
import polars as pl

from graphkit.algorithms.components import Ints, components
from graphkit.identity.codes import valid_lei, valid_uscc
from graphkit.identity.names import city_key, name_key


def keyed(parties: pl.DataFrame) -> pl.DataFrame:
    """``parties`` in order of party_id with the keys that identity compares.

    Adds ``name_key``, ``city_key`` and, for companies and government only, ``uscc_code`` and ``lei_code`` (null
    where invalid).
    """
    legal = pl.col("kind") != "person"
    return (
        parties.with_columns(
            name_key=name_key(pl.col("name")),
            city_key=city_key(pl.col("city")),
            uscc_code=valid_uscc(parties["uscc"]),
            lei_code=valid_lei(parties["lei"]),
        )
        .with_columns(pl.when(legal).then(pl.col("uscc_code", "lei_code")))
        .sort("party_id")
    )


def merged(parties: pl.DataFrame) -> pl.DataFrame:
    """The canonical id of each row of :func:`keyed` parties.

    Returns ``parties`` with ``canonical_id`` (the smallest party_id of those merged), ``basis`` (self, code,
    name_city), ``reason`` (why it was merged) and ``clash`` (why it could not be, null mostly). Two valid USCCs, or
    two valid LEIs of parties that no USCC joins, never come together: what would join them joins nothing.
    """
    place = ["kind", "name_key", "city_key"]
    keys = (["uscc_code"], ["lei_code"], ["person_key"], place)
    shared = [pl.all_horizontal(pl.col(key).is_not_null()) & pl.struct(key).is_duplicated() for key in keys]
    shares = pl.any_horizontal(shared)
    # most parties share no key with another, so only the rest are compared
    alone = parties.filter(~shares).with_columns(
        canonical_id="party_id", basis=pl.lit("self"), reason=pl.lit(None, pl.String), clash=pl.lit(None, pl.String)
    )
    return pl.concat([alone, _compared(parties.filter(shares), place).select(alone.columns)]).sort("party_id")


def _compared(parties: pl.DataFrame, place: list[str]) -> pl.DataFrame:
    rows = parties.with_row_index("n").with_columns(pl.col("n").cast(pl.Int64))
    rows = rows.with_columns(code=_grouped(rows, _edges(rows, ["uscc_code"]), _edges(rows, ["person_key"], "person")))
    rows = _with_component_codes(rows, "code")
    # a LEI under which two USCCs stand identifies neither
    rows = rows.with_columns(lei_clash=pl.col("lei_code").is_not_null() & _differ("uscc_of", "lei_code"))
    shared = _edges(rows.filter(~pl.col("lei_clash")), ["lei_code"])
    rows = rows.with_columns(code=_grouped(rows, _to_label(rows, "code"), shared))
    rows = _with_component_codes(rows, "code")
    rows = rows.with_columns(
        name_clash=pl.all_horizontal(pl.col(place).is_not_null())
        & (pl.col("kind") != "person")
        & (_differ("uscc_of", *place) | _differ("lei_of", *place))
    )
    named = _edges(rows.filter(~pl.col("name_clash"), pl.col("kind") != "person"), place)
    rows = rows.with_columns(label=_grouped(rows, _to_label(rows, "code"), named))
    # names and cities in a row could still bridge two codes: then they join nothing
    melts = _differ("uscc_of", "label") | _differ("lei_of", "label")
    rows = rows.with_columns(melts=melts).with_columns(
        label=pl.when("melts").then("code").otherwise("label"), name_clash=pl.col("name_clash") | pl.col("melts")
    )
    return _explained(rows)


def _edges(rows: pl.DataFrame, keys: list[str], kind: str | None = None) -> pl.DataFrame:
    """Join each row to the first row with the same keys."""
    some = rows.filter(pl.all_horizontal(pl.col(keys).is_not_null()))
    some = some if kind is None else some.filter(pl.col("kind") == kind)
    return some.select(source="n", target=pl.col("n").min().over(keys))


def _to_label(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    return rows.select(source="n", target=label)


def _grouped(rows: pl.DataFrame, *edges: pl.DataFrame) -> pl.Series:
    both = pl.concat(edges)
    ends: list[Ints] = [both[end].to_numpy().astype(np.int64) for end in ("source", "target")]
    return pl.Series(components(rows.height, *ends), dtype=pl.Int64)


def _with_component_codes(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    return rows.with_columns(uscc_of=pl.col("uscc_code").min().over(label), lei_of=pl.col("lei_code").min().over(label))


def _differ(code: str, *keys: str) -> pl.Expr:
    """Whether different known codes stand under the same keys."""
    known = pl.col(code)
    return (known.min().over(*keys) != known.max().over(*keys)).fill_null(False)


def _explained(rows: pl.DataFrame) -> pl.DataFrame:
    ids = rows.select(label="n", canonical_id="party_id", canonical_code="code")
    rows = rows.join(ids, on="label", how="left", maintain_order="left")
    same_code = pl.col("code") == pl.col("canonical_code")
    is_self = pl.col("party_id") == pl.col("canonical_id")
    by_code = (
        pl.when(pl.col("kind") == "person")
        .then(pl.lit("Has the same person_key as "))
        .when(pl.col("uscc_code").is_not_null())
        .then(pl.lit("A valid USCC joins it to "))
        .otherwise(pl.lit("A valid LEI joins it to "))
    )
    by_name = pl.lit("Has the same normalised name and city, and no other code, as ")
    lacks_code = pl.col("uscc_code").is_null()
    return rows.with_columns(
        basis=pl.when(is_self).then(pl.lit("self")).when(same_code).then(pl.lit("code")).otherwise(pl.lit("name_city")),
        reason=pl.when(~is_self).then(
            pl.when(same_code).then(by_code).otherwise(by_name) + pl.col("canonical_id") + "."
        ),
        clash=pl.when(lacks_code & pl.col("lei_clash"))
        .then(pl.lit("Its LEI stands under two different valid USCCs, so it was joined to neither."))
        .when(lacks_code & pl.col("lei_code").is_null() & pl.col("name_clash"))
        .then(pl.lit("Its name and city belong to parties with different valid codes, so it was joined to none.")),
    ).drop("n", "code", "label", "canonical_code", "uscc_of", "lei_of", "lei_clash", "name_clash", "melts")
