"""A market without the data that tell one of its populations, and the cars whose verdict rests on those data."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from graphkit.tables.coverage import Span
from graphkit.tables.inputs import TABLES
from tests.promises.innocents.contract import Without
from tests.promises.innocents.drawing import Drawn
from tests.promises.innocents.facts import reached

EXPLAINS_DAYS = 90
"""A plate up to so many days after the policy explains a car that no register lists."""


def without(drawn: Drawn, taken: Without) -> tuple[Drawn, Mapping[str, pl.Series]]:
    """The market without those data, and by detector the cars of the population whose verdict rests on them."""
    cars = drawn.labels.filter(population=taken.population)["vin"]
    if taken.how == "ends 30 days after the last policy":
        return _ending_after_policies(drawn, taken, cars)
    if taken.how == "ends on the day of the first invoice":
        return _ending_before_second_invoices(drawn, taken, cars)
    if taken.how == "none":
        return _table_gone(drawn, taken, cars)
    if taken.data == "maker_letter":
        exports = _emptied(drawn.tables["exports"], cars, "maker_letter")
        return _with(drawn, exports=exports), reached(drawn, cars, taken.expects)
    if taken.data in ("use", "use_of_the_car"):
        return _unused(drawn, cars, words=taken.data == "use" or "the use of" in taken.how), reached(
            drawn, cars, taken.expects
        )
    raise ValueError(f"populations.toml takes away {taken.data}, {taken.how}: say here what that is")


def _table_gone(drawn: Drawn, taken: Without, cars: pl.Series) -> tuple[Drawn, Mapping[str, pl.Series]]:
    rest = drawn.tables[taken.data].filter(~pl.col("vin").is_in(cars.implode()))
    coverage = tuple(span for span in drawn.coverage if span.table != taken.data)
    # a plate explains a display car by itself
    plated = drawn.tables["registrations"].group_by("vin").agg(pl.col("plated_on").min())
    insured = drawn.tables["policies"].group_by("vin").agg(pl.col("starts_on").min())
    waits = (pl.col("plated_on") - pl.col("starts_on")).dt.total_days()
    explained = insured.join(plated, on="vin").filter(waits <= EXPLAINS_DAYS)["vin"]
    resting = dict(reached(drawn, cars, taken.expects))
    if taken.data == "declared_stock" and "insured_not_plated" in resting:
        resting["insured_not_plated"] = cars.filter(~cars.is_in(explained.implode()))
    return replace(_with(drawn, **{taken.data: rest}), coverage=coverage), resting


def _ending_after_policies(drawn: Drawn, taken: Without, cars: pl.Series) -> tuple[Drawn, Mapping[str, pl.Series]]:
    mine = pl.col("vin").is_in(cars.implode())
    last: date = drawn.tables["policies"].filter(mine)["starts_on"].max() + timedelta(days=30)
    table = drawn.tables[taken.data]
    gone = table.filter(mine, pl.col(TABLES[taken.data].dated) > last)["vin"].unique()
    return _cut(drawn, taken.data, last), dict.fromkeys(taken.expects, gone)


def _ending_before_second_invoices(
    drawn: Drawn, taken: Without, cars: pl.Series
) -> tuple[Drawn, Mapping[str, pl.Series]]:
    retail = drawn.tables["sales"].filter(pl.col("vin").is_in(cars.implode()), kind="retail")
    both = retail.group_by("vin").agg(first=pl.col("invoiced_on").min(), second=pl.col("invoiced_on").max())
    days = both["first"].unique().sort()
    # the first invoice's day on which most cars wait for their second one
    last: date = max(days, key=lambda day: both.filter(pl.col("first") <= day, pl.col("second") > day).height)
    waiting = both.filter(pl.col("first") <= last, pl.col("second") > last)["vin"]
    return _cut(drawn, taken.data, last), dict.fromkeys(taken.expects, waiting)


def _cut(drawn: Drawn, name: str, last: date) -> Drawn:
    rows = drawn.tables[name].filter(pl.col(TABLES[name].dated) <= last)
    coverage = tuple(_ended(span, last) if span.table == name else span for span in drawn.coverage)
    return replace(_with(drawn, **{name: rows}), coverage=coverage)


def _ended(span: Span, last: date) -> Span:
    return replace(span, last=last)


def _unused(drawn: Drawn, cars: pl.Series, *, words: bool) -> Drawn:
    """Without the readings, the renewed policies and the claims of these cars, and without the words of their use."""
    mine = pl.col("vin").is_in(cars.implode())
    kept = {name: drawn.tables[name].filter(~mine) for name in ("odometer", "claims") if name in drawn.tables}
    policies = drawn.tables["policies"].sort("vin", "starts_on", "policy_id")
    policies = policies.filter(~mine | (pl.int_range(pl.len()).over("vin", "insured_id") == 0))
    registrations = drawn.tables["registrations"]
    if words:
        policies, registrations = (_emptied(table, cars, "use") for table in (policies, registrations))
    return _with(drawn, policies=policies, registrations=registrations, **kept)


def _emptied(table: pl.DataFrame, cars: pl.Series, column: str) -> pl.DataFrame:
    return table.with_columns(pl.when(~pl.col("vin").is_in(cars.implode())).then(column).alias(column))


def _with(drawn: Drawn, **tables: pl.DataFrame) -> Drawn:
    return replace(drawn, tables={**drawn.tables, **tables})
