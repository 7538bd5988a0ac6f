"""Cells such as ``="0012"``, by which an export keeps a sheet from reading their digits as a number."""

import polars as pl

_CELL = r'(^|[,;\t|])="([^"]*)"([,;\t|]|$)'


def without_formulas(texts: pl.Series) -> pl.Series:
    """Lines of delimited text with ``="0012"`` as the quoted cell ``"0012"``; all else stays.

    >>> without_formulas(pl.Series(['="0012",="7",x', 'x,"=""0012"" "'])).to_list()
    ['"0012","7",x', 'x,"=""0012"" "']
    """
    if not texts.str.contains('="', literal=True).any():
        return texts
    # two such cells side by side share the sign between them, so every second one is found the second time
    return texts.str.replace_all(_CELL, '${1}"${2}"${3}').str.replace_all(_CELL, '${1}"${2}"${3}')
