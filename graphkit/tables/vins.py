"""Vehicle identification numbers: one spelling, their form, and the check digit where it is mandatory."""

from functools import cache

import numpy as np
import numpy.typing as npt
import polars as pl

from graphkit.tables.cells import to_half_width
from graphkit.tables.reference import reference_csv

LENGTH = 17
PATTERN = r"^[A-HJ-NPR-Z0-9]{17}$"
"""Seventeen letters and digits without I, O and Q (ISO 3779, GB 16735)."""
CHECK_POSITION = 8
WEIGHTS = np.array([8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2], dtype=np.int64)
"""The weight of each position (ISO 3779 annex, GB 16735 annex A, 49 CFR 565)."""
_LETTERS = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True))
_CHECK_DIGITS = np.frombuffer(b"0123456789X", dtype=np.uint8)


def _values() -> npt.NDArray[np.int64]:
    table = np.zeros(256, dtype=np.int64)
    for letter, value in _LETTERS.items():
        table[ord(letter)] = value
    table[ord("0") : ord("9") + 1] = np.arange(10)
    return table


_VALUES = _values()


def normalised(vin: pl.Expr) -> pl.Expr:
    """A VIN in its one spelling: upper case, ASCII, without spaces, hyphens and an apostrophe before it; nothing left
    gives null.

    >>> pl.select(normalised(pl.lit(" ｌａ1-23 4"))).item()
    'LA1234'
    """
    bare = to_half_width(vin).str.to_uppercase().str.replace_all(r"[\s\-‐‑–—]+|^'", "")
    return pl.when(bare != "").then(bare)


def is_well_formed(vin: pl.Expr) -> pl.Expr:
    """Whether a normalised VIN has the form of one; null stays null."""
    return vin.str.contains(PATTERN)


def check(vin: pl.Expr) -> pl.Expr:
    """``valid`` or ``invalid`` where the first character's region makes the check digit mandatory, else
    ``not_applicable``; null for what has not the form of a VIN.

    >>> pl.select(check(pl.lit("1M8GDM9AXKP042788"))).item()
    'valid'
    """
    mandatory = vin.str.slice(0, 1).is_in(list(_mandatory()))
    agrees = vin.str.slice(CHECK_POSITION, 1) == check_digit(vin)
    return (
        pl.when(~is_well_formed(vin))
        .then(None)
        .when(~mandatory)
        .then(pl.lit("not_applicable"))
        .when(agrees)
        .then(pl.lit("valid"))
        .when(vin.is_not_null())
        .then(pl.lit("invalid"))
    )


def check_digit(vin: pl.Expr) -> pl.Expr:
    """The check digit (0 to 9 or X) that belongs into position 9; null for what has not the form of a VIN."""
    return vin.map_batches(_check_digits, return_dtype=pl.String(), is_elementwise=True)


def with_check_digit(frame: pl.Expr) -> pl.Expr:
    """A VIN-like code of 17 characters with position 9 replaced by its check digit.

    >>> pl.select(with_check_digit(pl.lit("1M8GDM9A0KP042788"))).item()
    '1M8GDM9AXKP042788'
    """
    return pl.concat_str(
        frame.str.slice(0, CHECK_POSITION), check_digit(frame), frame.str.slice(CHECK_POSITION + 1, LENGTH)
    )


@cache
def _mandatory() -> tuple[str, ...]:
    wmi = reference_csv("wmi")
    return tuple(wmi.filter(pl.col("check_digit") == "mandatory")["first"].to_list())


def _check_digits(vins: pl.Series) -> pl.Series:
    formed = vins.str.contains(PATTERN).fill_null(False)
    codes = np.frombuffer("".join(vins.filter(formed).to_list()).encode("ascii"), dtype=np.uint8)
    remainders = (_VALUES[codes.reshape(-1, LENGTH)] @ WEIGHTS) % 11
    digits = pl.Series(_CHECK_DIGITS[remainders].view("S1").astype("U1"), dtype=pl.String)
    places = formed.cum_sum().cast(pl.Int64) - 1
    return digits.gather(pl.select(pl.when(formed).then(places)).to_series()).alias(vins.name)
