"""Codes that a register gives out once: the Chinese USCC and the LEI, in one spelling, or nothing where invalid."""

from collections.abc import Callable

import polars as pl
from stdnum import lei
from stdnum.cn import uscc


def valid_uscc(column: pl.Series) -> pl.Series:
    """The unified social credit codes (GB 32100-2015) of a text column; null where the check digit does not hold.

    >>> valid_uscc(pl.Series(["91110000600037341l", "91110000600037342L", None])).to_list()
    ['91110000600037341L', None, None]
    """
    return _valid(column, uscc.is_valid, uscc.compact)


def valid_lei(column: pl.Series) -> pl.Series:
    """The legal entity identifiers (ISO 17442) of a text column; null where the check digits do not hold.

    >>> valid_lei(pl.Series(["2138 00KUD8LAJWSQ9D15", "213800KUD8LXJWSQ9D15"])).to_list()
    ['213800KUD8LAJWSQ9D15', None]
    """
    return _valid(column, lei.is_valid, lei.compact)


def _valid(column: pl.Series, is_valid: Callable[[str], bool], compact: Callable[[str], str]) -> pl.Series:
    # a code occurs on many rows, so each different text is checked once
    written = column.cast(pl.String).unique().drop_nulls()
    spelled = written.str.normalize("NFKC").to_list()
    codes = [compact(text).upper() if is_valid(text) else None for text in spelled]
    known = pl.DataFrame({"written": written, "code": pl.Series(codes, dtype=pl.String)})
    texts = pl.DataFrame({"written": column.cast(pl.String)})
    return texts.join(known, on="written", how="left", maintain_order="left")["code"].alias(column.name)
