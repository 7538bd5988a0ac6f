"""Codes that a register gives out once: the Chinese USCC and the LEI, in one spelling, or nothing where invalid."""

import numpy as np
import polars as pl
from stdnum import lei

_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_PLACES = np.array(list(_CHARACTERS))
_WEIGHTS = 3 ** np.arange(17) % 31


def valid_uscc(column: pl.Series) -> pl.Series:
    """The unified social credit codes (GB 32100-2015) of a text column; null where the check character does not hold.

    The first character names the authority that registers and may be a letter (A the army, N farming, Y others), which
    python-stdnum does not know; and it takes a code at a time, where a register has a million.

    >>> valid_uscc(pl.Series(["91110000600037341l", "9111 0000 6000 37341L", "91110000600037342L", None])).to_list()
    ['91110000600037341L', '91110000600037341L', None, None]
    """
    spelled = column.cast(pl.String).str.normalize("NFKC").str.to_uppercase().str.replace_all(r"[\s\p{Pd}]", "")
    shaped = spelled.str.contains(rf"^[{_CHARACTERS}]{{2}}[0-9]{{6}}[{_CHARACTERS}]{{10}}$").fill_null(False)
    codes = spelled.filter(shaped)
    values = np.searchsorted(_PLACES, codes.to_numpy().astype("U18").view("U1").reshape(-1, 18))
    holds = values[:, 17] == -(values[:, :17] @ _WEIGHTS) % 31
    valid = np.zeros(len(column), dtype=np.bool_)
    valid[np.flatnonzero(shaped.to_numpy())[holds]] = True
    return spelled.set(pl.Series(~valid), None).alias(column.name)


def valid_lei(column: pl.Series) -> pl.Series:
    """The legal entity identifiers (ISO 17442) of a text column; null where the check digits do not hold.

    >>> valid_lei(pl.Series(["2138 00KUD8LAJWSQ9D15", "213800KUD8LXJWSQ9D15"])).to_list()
    ['213800KUD8LAJWSQ9D15', None]
    """
    # a code occurs on many rows, so each different text is checked once
    written = column.cast(pl.String).unique().drop_nulls()
    spelled = written.str.normalize("NFKC").to_list()
    codes = [lei.compact(text).upper() if lei.is_valid(text) else None for text in spelled]
    known = pl.DataFrame({"written": written, "code": pl.Series(codes, dtype=pl.String)})
    texts = pl.DataFrame({"written": column.cast(pl.String)})
    return texts.join(known, on="written", how="left", maintain_order="left")["code"].alias(column.name)
