"""Lines of a text that are no record as they stand and can be read in one way only: more or fewer empty cells at their
end than the header has, and quotes that are a part of cells, such as inch marks.
"""

import re

import polars as pl


def evened(texts: pl.Series, delimiter: str, width: int, named: int) -> pl.Series:
    """The physical lines, those that are a record once evened in that form; all others as they are.

    A record has ``width`` cells; its first ``named`` columns have a name. A quote is a part of its cell where no cell
    of the line begins with one, and nowhere in the file a cell that begins with one is left open.

    >>> evened(pl.Series(["1,a,,", "2", '3,19" x', "4,b"]), ",", 2, 2).to_list()
    ['1,a', '2', '"3","19"" x"', '4,b']
    """
    frame = pl.DataFrame({"text": _marks_inside(texts, delimiter)}).with_row_index("at")
    odd = frame.filter(pl.col("text").str.count_matches(delimiter, literal=True) != width - 1)
    quoted = frame.filter(pl.col("text").str.contains('"', literal=True))
    if odd.height:
        frame = frame.update(_ends_evened(odd, quoted, delimiter, width, named), on="at")
    if quoted.height:
        frame = frame.update(_marks_quoted(quoted, delimiter, width), on="at")
    return frame["text"]


def _marks_inside(texts: pl.Series, delimiter: str) -> pl.Series:
    """``="0012"`` as the quoted cell that a sheet writes for it; the quotes of such a cell open none."""
    if not texts.str.contains('="', literal=True).any():
        return texts
    end = re.escape(delimiter)
    cell, quoted = rf'(^|{end})="([^"]*)"({end}|$)', '${1}"=""${2}"""${3}'
    # two such cells side by side share the sign between them, so every second one is found the second time
    return texts.str.replace_all(cell, quoted).str.replace_all(cell, quoted)


def _ends_evened(odd: pl.DataFrame, quoted: pl.DataFrame, delimiter: str, width: int, named: int) -> pl.DataFrame:
    text = pl.col("text")
    quotes = text.str.count_matches('"', literal=True)
    # what stands inside a cell that runs over several lines is not touched
    opened = quoted.select("at", is_open=quotes.cum_sum() % 2 == 1)
    odd = odd.join_asof(opened, on="at", strategy="backward").filter(~pl.col("is_open").fill_null(value=False))
    # nor a line that opens a cell and leaves it open; a delimiter inside quotes divides nothing
    bare = text.str.replace_all('"[^"]*"', "")
    count = bare.str.count_matches(delimiter, literal=True)
    odd = odd.filter(quotes % 2 == 0, count != width - 1, count >= named - 1)
    short = text.str.strip_chars_end(delimiter)
    left = short.str.replace_all('"[^"]*"', "").str.count_matches(delimiter, literal=True).cast(pl.Int64)
    missing = pl.lit(delimiter).repeat_by(width - 1 - left).list.join("")
    return odd.filter(left < width).select("at", text=short + missing)


def _marks_quoted(quoted: pl.DataFrame, delimiter: str, width: int) -> pl.DataFrame:
    text = pl.col("text")
    begins = text.str.contains(rf'(?:^|{re.escape(delimiter)})"')
    if quoted.select((begins & (text.str.count_matches('"', literal=True) % 2 == 1)).any()).item():
        return quoted.clear()
    marked = quoted.filter(~begins, text.str.count_matches(delimiter, literal=True) == width - 1)
    doubled = text.str.replace_all('"', '""', literal=True).str.replace_all(delimiter, f'"{delimiter}"', literal=True)
    return marked.select("at", text=pl.format('"{}"', doubled))
