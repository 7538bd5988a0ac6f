"""Text cells as they come: trimmed, empty ones null, full-width characters as ASCII."""

from collections.abc import Callable

import polars as pl

_FULL_WIDTH = [chr(code) for code in range(0xFF01, 0xFF5F)] + ["\u3000"]
_HALF_WIDTH = [chr(code) for code in range(0x21, 0x7F)] + [" "]


def trimmed(cell: pl.Expr) -> pl.Expr:
    """A cell without the white space around it (also full-width and no-break spaces); an empty one is null.

    >>> pl.select(trimmed(pl.lit("\u3000a b\u00a0 "))).item()
    'a b'
    """
    bare = cell.str.strip_chars()
    return pl.when(bare != "").then(bare)


def without_text_mark(cell: pl.Expr) -> pl.Expr:
    """A trimmed cell without the signs by which it tells a sheet that its digits are text: ``="0012"``, ``'0012``.

    >>> pl.DataFrame({"a": ['="0012"', "'0012", "'t Hooft", "'12'"]}).select(without_text_mark(pl.col("a"))).rows()
    [('0012',), ('0012',), ("'t Hooft",), ("'12'",)]
    """
    return cell.map_batches(_without_text_mark, return_dtype=pl.String(), is_elementwise=True)


def _without_text_mark(cells: pl.Series) -> pl.Series:
    if not (cells.str.starts_with('="').any() or cells.str.starts_with("'").any()):
        return cells
    told = cells.str.replace(r'^="([^"]*)"$', "${1}").str.replace(r"^'([0-9A-Z][0-9A-Z./:+-]*)$", "${1}")
    return told.to_frame("cell").select(trimmed(pl.col("cell"))).to_series().alias(cells.name)


def to_half_width(cell: pl.Expr) -> pl.Expr:
    """Full-width letters, digits and signs as their ASCII forms; everything else stays.

    >>> pl.select(to_half_width(pl.lit("１５％ 年"))).item()
    '15% 年'
    """
    return cell.map_batches(_to_half_width, return_dtype=pl.String(), is_elementwise=True)


def _to_half_width(cells: pl.Series) -> pl.Series:
    # most columns are plain ASCII, and to look at their lengths is a hundred times faster than to look for each sign
    if cells.str.len_bytes().sum() == cells.str.len_chars().sum():
        return cells
    return cells.str.replace_many(_FULL_WIDTH, _HALF_WIDTH)


def of_distinct(cell: pl.Expr, read: Callable[[pl.Expr], pl.Expr], dtype: pl.DataType) -> pl.Expr:
    """What ``read`` makes of a text, read once a distinct text: a column names each word and each day many times.

    >>> cells = pl.DataFrame({"d": ["b", "a", None, "b"]})
    >>> cells.select(of_distinct(pl.col("d"), lambda text: text.str.to_uppercase(), pl.String()))["d"].to_list()
    ['B', 'A', None, 'B']
    """

    def joined(cells: pl.Series) -> pl.Series:
        texts = cells.unique().to_frame("text").with_columns(read=read(pl.col("text")))
        found = cells.to_frame("text").join(texts, on="text", how="left", maintain_order="left", nulls_equal=True)
        return found["read"].cast(dtype).alias(cells.name)

    return cell.map_batches(joined, return_dtype=dtype, is_elementwise=True)
