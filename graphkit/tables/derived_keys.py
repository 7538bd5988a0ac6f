"""Keys that exports never have, made of what a row says: never of its file, line or running number."""

import hashlib
from collections.abc import Mapping, Sequence

import polars as pl

from graphkit.tables.inputs import Table
from graphkit.tables.lineage import ROW
from graphkit.tables.reference import reference_csv
from graphkit.tables.sheet_faults import without_faults

BESIDE_KEY: Mapping[str, tuple[str, ...]] = {
    "sales": ("vin",),
    "registrations": ("plated_on", "event"),
    "exports": ("vin",),
    "policies": ("vin",),
}
"""What is added to a number of an office where it stands for several things: an invoice for several cars, a certificate
that a transfer repeats."""


def with_derived(table: Table, cells: pl.DataFrame) -> pl.DataFrame:
    """The text cells of a table with its key, where its file or a row of it has none, and the kind of companies.

    A row has none whose cell is an error of its sheet, or a number that the sheet rounded. The key of a row is made of
    its cells and of how many equal rows stand above it, so that the same row has the same key in two extracts, and rows
    that are truly equal stay two. A company's id is its unified social credit code, else its name and place; its kind
    is told by its legal form.
    """
    if table.name == "parties":
        return _parties(cells)
    (key, *others) = table.key
    if others:
        return cells
    if key not in cells.columns:
        return cells.with_columns(_of_content(cells, [name for name in cells.columns if name not in ROW]).alias(key))
    lost = cells.select(pl.col(key).is_not_null() & without_faults(pl.col(key)).is_null()).to_series()
    if not lost.any():
        return cells
    ids = _of_content(cells.filter(lost), [name for name in cells.columns if name not in (*ROW, key)])
    return cells.with_columns(cells[key].scatter(lost.arg_true(), ids))


def _of_content(cells: pl.DataFrame, content: Sequence[str]) -> pl.Series:
    """A key for each row of its content and of how many equal rows stand above it."""
    text = pl.concat_str(
        [pl.col(name).fill_null("").str.replace_all("\x1f", " ") for name in content], separator="\x1f"
    )
    told = cells.with_columns(content=text).with_columns(nth=pl.int_range(pl.len()).over("content"))
    ids = [_hash(content, nth) for content, nth in told.select("content", "nth").iter_rows()]
    return pl.Series(ids, dtype=pl.String)


def _parties(cells: pl.DataFrame) -> pl.DataFrame:
    name, uscc, city = (
        pl.col(column) if column in cells.columns else pl.lit(None) for column in ("name", "uscc", "city")
    )
    if "party_id" not in cells.columns:
        code = uscc.cast(pl.String).str.to_uppercase().str.replace_all(r"[\s-]", "")
        is_code = code.str.contains(r"^[0-9A-HJ-NPQRTUWXY]{18}$")
        named = pl.concat_str(name, city.cast(pl.String).fill_null(""), separator="~").str.strip_chars_end("~")
        cells = cells.with_columns(party_id=pl.when(is_code).then(code).otherwise(named))
    if "kind" not in cells.columns:
        forms = reference_csv("company_suffixes")["suffix"].to_list()
        has_form = pl.any_horizontal(
            name.cast(pl.String).str.to_lowercase().str.ends_with(form.lower()) for form in forms
        )
        has_code = uscc.is_not_null() if "uscc" in cells.columns else pl.lit(value=False)
        cells = cells.with_columns(kind=pl.when(has_form | has_code).then(pl.lit("company")))
    return cells


def _hash(content: str, nth: int) -> str:
    return "row-" + hashlib.sha256(f"{nth} {content}".encode()).hexdigest()[:20]


def apart(table: Table, rows: pl.DataFrame, numbered: Sequence[str]) -> pl.DataFrame:
    """The rows with what ``BESIDE_KEY`` names added to a key that stands for several things.

    ``numbered`` are the sources whose key column was not called so: the number of an office or a firm.
    """
    beside = BESIDE_KEY.get(table.name)
    if not beside or not numbered or rows.is_empty():
        return rows
    key = table.key[0]
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in beside]
    several = pl.struct(beside).n_unique().over(key) > 1
    longer = pl.concat_str(pl.col(key), *parts, separator="-")
    return rows.with_columns(
        pl.when(several & pl.col("source_id").is_in(numbered)).then(longer).otherwise(key).alias(key)
    )
