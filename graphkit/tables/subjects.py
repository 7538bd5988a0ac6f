"""What a hit is about: a car, or what somebody did with it on its way."""

import polars as pl

VEHICLE, STEP = "vehicle", "step"
"""``subject_kind``: the subject is the car, by its VIN; or a step of its way, the VIN, ``/`` and the step's number."""


def car() -> pl.Expr:
    """On hits: the VIN of the car that the subject is, or is a step of.

    >>> pl.DataFrame({"subject_id": ["V1", "V1/2"]}).select(car()).to_series().to_list()
    ['V1', 'V1']
    """
    return pl.col("subject_id").str.extract("^([^/]*)")
