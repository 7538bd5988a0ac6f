"""The cars that nobody would look at: over-dispersed demand, and clerks who slip, at some dealers more than others."""

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.lives import lives, put, write
from tests.promises.innocents.market import Market, Texts
from tests.promises.innocents.money import paid_prices
from tests.promises.innocents.plates import file_in_batches, wait_for_quota
from tests.promises.innocents.span import Days

SPREAD = 4.0
"""The size of the negative binomial: a dealer's month varies by about half of its mean."""

PAID = 0.25
"""The share of everyday cars whose price is in the extract of payments."""


def write_everyday(market: Market) -> None:
    """Sell to everybody else, with the plates that the city, the dealer and the year end give."""
    dealers, sold = _demand(market)
    cars = _with_slips(market, lives(market, dealers, sold))
    # a car that a clerk insured too early is nothing but that
    is_early = pl.col("insured_id") == pl.col("dealer_id")
    paid_prices(market, cars, PAID)
    is_quota, is_slow = pl.col("policy_city").is_in(market.quotas), pl.col("dealer_id").is_in(market.slow)
    for waits, name in ((is_early, None), (~is_early, "quota_city")):
        write(market, wait_for_quota(market, cars.filter(is_quota & ~is_slow & waits)), name)
    for waits, name in ((is_early, None), (~is_early, "slow_dealer")):
        write(market, file_in_batches(cars.filter(is_slow & waits)), name)
    others = cars.filter(~is_quota & ~is_slow)
    first, last = span.month_days(span.CLIFF)
    in_december = pl.col("invoiced_on").is_between(first, last)
    if market.has_cliff:
        write(market, others.filter(in_december), "subsidy_cliff")
        others = others.filter(~in_december)
    write(market, others)


def _demand(market: Market) -> tuple[Texts, Days]:
    """The dealer and the day of each car."""
    total = np.exp(market.rng.uniform(*np.log(market.size.cars)))
    months = np.array([market.months[month] for month in span.MONTHS])
    mean = total * np.outer(market.dealers["weight"].to_numpy(), months / months.sum())
    cars = market.rng.negative_binomial(SPREAD, SPREAD / (SPREAD + mean))
    dealers = np.repeat(market.dealers["dealer_id"].to_numpy(), cars.sum(axis=1))
    bounds = np.array([span.month_days(month) for month in span.MONTHS])
    month = np.concatenate([np.repeat(np.arange(len(bounds)), row) for row in cars])
    # the last ten days of a month have half of its sales
    first, last = bounds[month].T
    late = market.chance(0.3, len(month))
    return dealers, market.rng.integers(np.where(late, last - 9, first), last + 1)


def _with_slips(market: Market, cars: pl.DataFrame) -> pl.DataFrame:
    """Some are insured for the dealer one to three weeks before the invoice, some plated after five to eleven weeks or
    never, as its clerks are.
    """
    n, dealers = cars.height, cars["dealer_id"].to_numpy()
    is_early = pl.Series(market.rng.random(n) < market.of_dealers(dealers, "early"))
    is_late = pl.Series(market.rng.random(n) < market.of_dealers(dealers, "late"))
    is_never = is_late & pl.Series(market.chance(0.1, n))
    early_on = pl.col("invoiced_on") - pl.Series(market.between(8, 21, n))
    late_on = pl.col("insured_on") + pl.Series(market.between(33, 80, n))
    slipped = put(
        cars,
        insured_on=pl.when(is_early).then(pl.max_horizontal(early_on, "wholesaled_on")).otherwise("insured_on"),
        insured_id=pl.when(is_early).then("dealer_id").otherwise("insured_id"),
        plated_on=pl.when(is_late).then(late_on).otherwise("plated_on"),
    )
    return put(slipped, plated_on=pl.when(~is_never).then("plated_on"))
