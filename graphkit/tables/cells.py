"""Text cells as they come: trimmed, empty ones null, full-width characters as ASCII, and an id in one spelling."""

from collections.abc import Callable

import polars as pl

_FULL_WIDTH = [chr(code) for code in range(0xFF01, 0xFF5F)] + ["\u3000"]
_HALF_WIDTH = [chr(code) for code in range(0x21, 0x7F)] + [" "]


_UNSEEN = "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
"""Characters without a width that copying out of a web page leaves: a mark, a direction, a soft hyphen."""
_DASHES = ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"]


def trimmed(cell: pl.Expr) -> pl.Expr:
    """A cell without characters that nobody sees and without the white space around it (also full-width and no-break
    spaces); an empty one is null.

    >>> pl.select(trimmed(pl.lit("\ufeff\u3000a\u200b b\u00a0 "))).item()
    'a b'
    """
    return cell.map_batches(_trimmed, return_dtype=pl.String(), is_elementwise=True)


def one_spelling(cell: pl.Expr) -> pl.Expr:
    """The trimmed cells of a column of ids, each in the one way to write it; case stays.

    Full-width letters are ASCII, every dash is a hyphen, white space inside is one space, and none between digits; the
    apostrophe before it, by which Excel is told that it is no number, is left away. An id is without ``.0`` where the
    whole column is of whole numbers that were stored as decimal ones.

    >>> cells = pl.DataFrame({"id": ["１２ ３４", "A–7  b", "5.0"], "no": ["7.0", None, "8.0"]})
    >>> cells.select(one_spelling(pl.col("id", "no"))).rows()
    [('1234', '7'), ('A-7 b', None), ('5.0', '8')]
    """
    return cell.map_batches(_one_spelling, return_dtype=pl.String())


def _one_spelling(cells: pl.Series) -> pl.Series:
    # most columns of ids are plain ASCII without a space, and are told so much faster than each cell is rewritten
    if cells.str.len_bytes().sum() != cells.str.len_chars().sum():
        cells = _to_half_width(cells).str.replace_many(_DASHES, ["-"] * len(_DASHES))
    if cells.str.starts_with("'").any():
        cells = cells.str.replace(r"^'([0-9A-Za-z])", "${1}")
    if cells.str.contains(r"\s").any():
        cells = cells.str.replace_all(r"\s+", " ")
        numbers = cells.str.contains(r"^[0-9 ]+$")
        bare = cells.str.replace_all(" ", "", literal=True)
        cells = cells.zip_with(~numbers.fill_null(value=False), bare)
    if cells.str.ends_with("0").all() and cells.str.contains(r"^[0-9]{1,15}\.0+$").all():
        cells = cells.str.replace(r"\.0+$", "")
    return cells


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


def _trimmed(cells: pl.Series) -> pl.Series:
    # to look for them is much faster than to replace them, and in plain ASCII there are none
    if cells.str.len_bytes().sum() != cells.str.len_chars().sum() and cells.str.contains(_UNSEEN).any():
        cells = cells.str.replace_all(_UNSEEN, "")
    bare = cells.str.strip_chars()
    return bare.to_frame("bare").select(pl.when(pl.col("bare") != "").then("bare"))["bare"].alias(cells.name)


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
