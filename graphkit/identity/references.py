"""How rows name their parties without an id: by a code, or by a name and city; what nothing defines is a stub."""

from collections.abc import Mapping

import polars as pl

from graphkit.identity.codes import valid_uscc
from graphkit.identity.full_names import by_car, by_full_name, one_sided
from graphkit.identity.name_parts import parent_name
from graphkit.identity.names import city_key, is_company_name, name_key
from graphkit.tables.inputs import TABLES

_TEXT = pl.String()
_REFERENCE = {
    "table": _TEXT, "stem": _TEXT, "row": pl.UInt32(), "row_key": _TEXT, "vin": _TEXT,
    "name": _TEXT, "uscc": _TEXT, "city": _TEXT,
}  # fmt: skip


def with_insured(endorsements: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    """Endorsements with the old and new insured as party columns: an id where ``known`` has it, else a name."""
    insured = pl.col("field") == "insured"
    is_id = {stem: pl.col(stem).is_in(known.implode()) for stem in ("old", "new")}
    return endorsements.with_columns(
        *(pl.when(insured & is_id[stem]).then(stem).alias(f"{stem}_id") for stem in is_id),
        *(pl.when(insured & ~is_id[stem]).then(stem).alias(f"{stem}_name") for stem in is_id),
    )


def without_insured(endorsements: pl.DataFrame) -> pl.DataFrame:
    """Endorsements whose insured, old and new, are the party ids that :func:`with_insured` set apart."""
    insured = pl.col("field") == "insured"
    stems = ("old", "new")
    kept = endorsements.with_columns(
        pl.when(insured).then(pl.coalesce(f"{stem}_id", stem)).otherwise(stem).alias(stem) for stem in stems
    )
    return kept.drop(f"{stem}_{part}" for stem in stems for part in ("id", "name"))


def stems(table: str) -> tuple[str, ...]:
    """The party columns of a table without their ending: ``seller`` stands for seller_id, seller_name, …"""
    if table == "endorsements":
        return ("old", "new")
    return tuple(column.removesuffix("_id") for column in TABLES[table].parties)


def mentioned_ids(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every party id that a table's rows use, once: party_id, and the smallest name and city written beside it."""
    used = [
        frame.lazy()
        .select(party_id=f"{stem}_id", name=_part(frame, stem, "name"), city=_part(frame, stem, "city"))
        .filter(pl.col("party_id").is_not_null())
        .unique()
        for table, frame in tables.items()
        for stem in stems(table)
    ]
    if not used:
        return pl.DataFrame(schema={"party_id": _TEXT, "name": _TEXT, "city": _TEXT})
    return pl.concat(used).group_by("party_id").agg(pl.col("name").min(), pl.col("city").min()).collect()


def name_references(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every mention of a party that gives no id: table, stem, row (number in the table), row_key, vin, name, uscc,
    city.
    """
    found = [
        frame.lazy()
        .with_row_index("row")
        .filter(pl.col(f"{stem}_id").is_null())
        .select(
            pl.lit(table).alias("table"),
            pl.lit(stem).alias("stem"),
            "row",
            "row_key",
            _column(frame, "vin"),
            *(_part(frame, stem, part) for part in ("name", "uscc", "city")),
        )
        .filter(pl.any_horizontal(pl.col("name", "uscc").is_not_null()))
        for table, frame in tables.items()
        for stem in stems(table)
    ]
    return pl.concat([pl.LazyFrame(schema=_REFERENCE), *found]).collect()


def _part(frame: pl.DataFrame, stem: str, part: str) -> pl.Expr:
    return _column(frame, f"{stem}_{part}").alias(part)


def _column(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name) if name in frame.columns else pl.lit(None, dtype=_TEXT).alias(name)


def settled(references: pl.DataFrame, known: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Name references with the ``party_id`` they mean and ``is_stub``: no party of ``known`` is meant.

    ``known`` are merged parties (:func:`graphkit.identity.merges.merged`). A valid USCC decides; else a name and city
    that exactly one company has; where no city is given the full name that exactly one has; a branch that nobody
    defines is its company, where exactly one has the company's name; and a name short of its place is the company that
    ``tables`` name beside it on the same car. A stub of a company is one per valid USCC, else one per name and city;
    any other name may be a person's, so it is one stub per mention and never joins two. A reference without a usable
    code or name keeps a null id.
    """
    rows = references.with_row_index("n").with_columns(
        name_key=name_key(pl.col("name")), city_key=city_key(pl.col("city")), code=valid_uscc(references["uscc"])
    )
    legal = known.filter(pl.col("kind") != "person")
    by_code = (
        legal.filter(pl.col("uscc_code").is_not_null())
        .group_by("uscc_code")
        .agg(pl.col("canonical_id").min(), parties=pl.col("canonical_id").n_unique())
        .filter(pl.col("parties") == 1)
        .drop("parties")
    )
    place = ["name_key", "city_key"]
    by_name = (
        legal.filter(pl.all_horizontal(pl.col(place).is_not_null()))
        .group_by(place)
        .agg(
            pl.col("canonical_id").n_unique().alias("parties"),
            pl.col("canonical_id").min().alias("named_id"),
            pl.col("uscc_code").max().alias("named_code"),
        )
        .filter(pl.col("parties") == 1)
    )
    rows = rows.join(by_code, left_on="code", right_on="uscc_code", how="left", maintain_order="left")
    rows = rows.join(by_name, on=place, how="left", maintain_order="left")
    by_parent = (
        legal.filter(pl.col("kind") == "company")
        .group_by("name_key")
        .agg(pl.col("canonical_id").n_unique().alias("companies"), pl.col("canonical_id").min().alias("parent_id"))
        .filter(pl.col("companies") == 1)
    )
    rows = rows.with_columns(parent_key=parent_name(pl.col("name")))
    rows = rows.join(by_parent, left_on="parent_key", right_on="name_key", how="left", maintain_order="left")
    # a valid code that nobody has contradicts a namesake with another code, but not the company of a branch
    agrees = pl.col("code").is_null() | pl.col("named_code").is_null()
    rows = rows.with_columns(canonical_id=pl.coalesce("canonical_id", pl.when(agrees).then("named_id"))).drop(
        "parties", "named_id", "named_code", "parent_key", "companies"
    )
    rows = _with_found(rows, by_full_name(_bare(rows), legal))
    rows = rows.with_columns(canonical_id=pl.coalesce("canonical_id", "parent_id")).drop("parent_id")
    unplaced = one_sided(_bare(rows))
    rows = _with_found(rows, by_car(unplaced, legal, _dealings(rows, unplaced["vin"], legal, tables)))
    return rows.with_columns(
        party_id=pl.coalesce("canonical_id", _stub_id()), is_stub=pl.col("canonical_id").is_null()
    ).drop("n")


def _bare(rows: pl.DataFrame) -> pl.DataFrame:
    """The references that give nothing but a name, and were not found."""
    return rows.filter(pl.all_horizontal(pl.col("canonical_id", "code", "city_key").is_null())).select(
        "n", "table", "vin", "name"
    )


def _with_found(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    rows = rows.join(found.rename({"party_id": "_found"}), on="n", how="left", maintain_order="left")
    return rows.with_columns(canonical_id=pl.coalesce("canonical_id", "_found")).drop("_found")


def _dealings(
    rows: pl.DataFrame, vins: pl.Series, legal: pl.DataFrame, tables: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """Which companies are known to have dealt with which of these cars: vin, party_id (canonical)."""
    ids = legal.select("party_id", "canonical_id")
    is_theirs = pl.col("vin").is_in(vins.unique().implode())
    told = [rows.filter(is_theirs).select("vin", party_id="canonical_id")] + [
        frame.filter(is_theirs)
        .select("vin", party_id=f"{stem}_id")
        .join(ids, on="party_id")
        .select("vin", party_id="canonical_id")
        for table, frame in tables.items()
        if "vin" in frame.columns
        for stem in stems(table)
    ]
    return pl.concat(told).drop_nulls().unique()


def _stub_id() -> pl.Expr:
    named = pl.lit("name:") + pl.col("name_key")
    in_city = pl.when(pl.col("city_key").is_not_null()).then(pl.lit("@") + pl.col("city_key")).otherwise(pl.lit(""))
    of_mention = pl.format("#{}:{}:{}", "table", "row_key", "stem")
    return (
        pl.when(pl.col("code").is_not_null())
        .then(pl.lit("uscc:") + pl.col("code"))
        .when(is_company_name(pl.col("name")))
        .then(named + in_city)
        .otherwise(named + of_mention)
    )


def stubs(ids: pl.DataFrame, references: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """One row per party that no row of ``parties`` defines, and the sentence that says so.

    Returns party_id, name, name_key, city, city_key, uscc_code, reason.
    ``ids`` are :func:`mentioned_ids`, ``references`` are :func:`settled`, ``known`` has every defined party_id.
    """
    undefined = ids.join(known, on="party_id", how="anti").select(
        "party_id",
        "name",
        "city",
        uscc_code=pl.lit(None, dtype=_TEXT),
        reason=pl.lit("No row of parties defines this id."),
    )
    unnamed = references.filter("is_stub", pl.col("party_id").is_not_null())
    named = unnamed.group_by("party_id").agg(
        pl.col("name").min(),
        pl.col("city").min(),
        pl.col("code").min().alias("uscc_code"),
        pl.lit("Named in the rows without an id; no party has this code, or this name in this city.").alias("reason"),
    )
    both = pl.concat([undefined, named]).unique("party_id", keep="first", maintain_order=True)
    return both.with_columns(name_key=name_key(pl.col("name")), city_key=city_key(pl.col("city"))).sort("party_id")
