"""Text in cells is data: a spreadsheet must never run it."""

import polars as pl

STARTS_A_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
IS_A_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"


def neutral(column: str) -> pl.Expr:
    """A text column with ``'`` before what a spreadsheet would take for a formula; numbers stay numbers.

    >>> frame = pl.DataFrame({"name": ["=1+1", "@cmd", "-5", "+86 10", "海山", None]})
    >>> frame.select(neutral("name"))["name"].to_list()
    ["'=1+1", "'@cmd", '-5', "'+86 10", '海山', None]
    """
    text = pl.col(column)
    risky = text.str.contains(STARTS_A_FORMULA) & ~text.str.contains(IS_A_NUMBER)
    return pl.when(risky).then(pl.concat_str(pl.lit("'"), text)).otherwise(text).alias(column)


def neutralise(frame: pl.DataFrame) -> pl.DataFrame:
    """The same table with every text column neutral; columns of other types are untouched.

    >>> neutralise(pl.DataFrame({"a": ["=A1"], "n": [-3]})).row(0)
    ("'=A1", -3)
    """
    texts = [name for name, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical)]
    return frame.with_columns(pl.col(name).cast(pl.String) for name in texts).with_columns(map(neutral, texts))
