"""Vehicle identification numbers of makers that do not exist: Chinese region, valid check digits."""

import numpy as np
import polars as pl

from graphkit.tables.vins import with_check_digit

_YEARS = "JKLMNPRSTVWXY"
_FIRST_YEAR = 2018
_MODELS = ("AA1AA", "BC2DE", "CE3GH", "DG4KL", "EJ5NP")
"""The vehicle descriptor sections; the first character of each names the model."""

_PLANTS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"


def vehicle_numbers(makers: pl.Series, built: pl.Series) -> pl.DataFrame:
    """``vin, model`` of each car, by its maker (``M01`` has the prefix ``L01``) and day of building; all differ.

    >>> vehicle_numbers(pl.Series(["M02"]), pl.Series([19_000]))["vin"].item()
    'L02AA1AA5NA000001'
    """
    n = len(makers)
    serial = np.arange(1, n + 1)
    descriptor = np.array(_MODELS)[serial % len(_MODELS) - 1]
    year = pl.select(pl.from_epoch(built, time_unit="d").dt.year()).to_series().to_numpy() - _FIRST_YEAR
    parts = pl.DataFrame(
        {
            "prefix": makers.str.replace("M", "L"),
            "descriptor": descriptor,
            "year": np.array(list(_YEARS))[year],
            "plant": np.array(list(_PLANTS))[serial // 1_000_000],
            "serial": pl.Series(serial % 1_000_000).cast(pl.String).str.zfill(6),
        }
    )
    blank = pl.concat_str("prefix", "descriptor", pl.lit("0"), "year", "plant", "serial")
    return parts.select(with_check_digit(blank).alias("vin"), pl.col("descriptor").str.slice(0, 1).alias("model"))
