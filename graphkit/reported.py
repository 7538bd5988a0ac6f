"""What makers reported, beside what the records count and what was booked."""

import polars as pl

from graphkit.tables.coverage import Coverage
from graphkit.tables.outputs import SHAPES
from graphkit.tables.periods import days_of

COUNTED_BY = {"insured": ("policies", "first_insured_on"), "retail": ("sales", "end_sale_on")}
"""The reported series that the records hold car by car: the table of their rows, and the day that counts."""

_ROW = ("maker_id", "city", "period", "series")


def beside_reported(reported_counts: pl.DataFrame, ledger: pl.DataFrame, coverage: Coverage) -> pl.DataFrame:
    """``SHAPES["reported"]``: each total that a maker itself reported as insured or retail, beside our own counts.

    ``counted`` are the maker's cars of which the records hold the same event in the same period and city: the first
    policy for ``insured``, the first invoice to an end user for ``retail``; ``booked`` are those that are booked in it
    by either (:func:`graphkit.restatement.restate`). ``difference`` is reported less counted, in cars; it is null, and
    ``missing`` says why, where the records do not hold every event of the period. Wholesale counts no end user and
    stands beside nothing, as does a maker of whom the records hold no car.
    """
    own = reported_counts.filter(
        pl.col("reporter_id") == pl.col("subject_id"),
        pl.col("statistic").fill_null("total") == "total",
        pl.col("series").is_in(list(COUNTED_BY)),
        pl.col("units").is_not_null(),
    ).select(
        "city",
        "period",
        "series",
        maker_id="subject_id",
        reported_low="units",
        reported_high=pl.coalesce("units_high", "units"),
    )
    own = own.join(ledger.select(maker_id="manufacturer_id").unique(), on="maker_id", how="semi")
    rows = own.join(_periods(own["period"], coverage), on=["period", "series"], how="left").join(
        _counts(ledger), on=["maker_id", "series"], how="left"
    )
    is_counted = pl.col("month").is_between("first_month", "last_month") & pl.col("is_of_city")
    rows = rows.with_columns(is_of_city=pl.col("city").is_null() | pl.col("city").eq_missing(pl.col("car_city")))
    beside = rows.group_by(*_ROW, "reported_low", "reported_high", "missing").agg(
        pl.col("counted", "booked").filter(is_counted.fill_null(False)).sum()
    )
    is_complete = pl.col("missing").is_null()
    return SHAPES["reported"].canonical(
        beside.with_columns(
            difference_low=pl.when(is_complete).then(pl.col("reported_low") - pl.col("counted")),
            difference_high=pl.when(is_complete).then(pl.col("reported_high") - pl.col("counted")),
        )
    )


def _periods(periods: pl.Series, coverage: Coverage) -> pl.DataFrame:
    """Each period and series with its months, and what is missing to count it: null where the records hold it all."""
    rows = []
    for period in periods.unique().sort():
        first, last = days_of(period)
        for series, (table, _) in COUNTED_BY.items():
            is_complete = any(start <= first and last <= end for start, end in coverage.complete_spans(table))
            missing = None if is_complete else f"{table} complete nationwide from {first} to {last}"
            rows.append((period, series, f"{first:%Y-%m}", f"{last:%Y-%m}", missing))
    names = ("period", "series", "first_month", "last_month", "missing")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


def _counts(ledger: pl.DataFrame) -> pl.DataFrame:
    """Cars by maker, city, month and series: those of its event, and those booked."""
    cars = ledger.filter(~pl.col("is_mid_life").fill_null(False)).select(
        maker_id="manufacturer_id",
        car_city=pl.coalesce("first_policy_city", "plate_city"),
        booked=pl.min_horizontal("first_insured_on", "end_sale_on"),
        **{series: pl.col(day) for series, (_, day) in COUNTED_BY.items()},
    )

    def by_month(day: str, name: str, series: str) -> pl.DataFrame:
        month = pl.col(day).dt.to_string("%Y-%m").alias("month")
        counts = cars.filter(pl.col(day).is_not_null()).group_by("maker_id", "car_city", month).len(name)
        return counts.with_columns(series=pl.lit(series))

    parts = [by_month(series, "counted", series) for series in COUNTED_BY]
    parts += [by_month("booked", "booked", series) for series in COUNTED_BY]
    return pl.concat(parts, how="diagonal").with_columns(pl.col("counted", "booked").cast(pl.Int64))
