"""Honest cars whose plates come late, or elsewhere."""

import numpy as np
import polars as pl

from tests.promises.innocents import span
from tests.promises.innocents.lives import lives, put, write
from tests.promises.innocents.market import Market, Texts
from tests.promises.innocents.places import Place


def quota_city(market: Market, place: Place, n: int) -> None:
    """The city's everyday cars come from :func:`everyday.write_everyday`; these are more of them, at the end, so that
    many are waiting when an extract is cut off.
    """
    city = str(place.sellers["city"][0])
    market.quotas.append(city)
    sellers = market.dealers.filter(pl.col("city") == city)
    weights = sellers["weight"].to_numpy()
    dealers = market.rng.choice(sellers["dealer_id"].to_numpy(), n, p=weights / weights.sum())
    sold = market.sale_days(n, first=span.LAST_SALE - 150)
    write(market, wait_for_quota(market, lives(market, dealers, sold)), "quota_city")


def wait_for_quota(market: Market, cars: pl.DataFrame) -> pl.DataFrame:
    """The cars are plated 35 to 84 days after the policy, one in four in another city."""
    n = cars.height
    elsewhere = market.chance(0.25, n)
    return put(
        cars,
        plated_on=pl.col("insured_on") + pl.Series(market.between(35, 84, n)),
        plate_city=np.where(elsewhere, other_cities(market, cars), cars["plate_city"].to_numpy()),
    )


def slow_dealer(market: Market, place: Place, n: int) -> None:
    """One dealer of a city of about twelve; its everyday cars are plated like these."""
    about = market.dealers.with_columns(here=(pl.len().over("city").cast(pl.Int64) - 12).abs())
    nearest = about.filter(~pl.col("city").is_in(market.quotas)).filter(pl.col("here") == pl.col("here").min())
    dealer = str(nearest["dealer_id"][int(market.rng.integers(nearest.height))])
    market.slow.append(dealer)
    write(market, file_in_batches(lives(market, np.full(n, dealer, dtype=object), market.sale_days(n))), "slow_dealer")


def file_in_batches(cars: pl.DataFrame) -> pl.DataFrame:
    """The cars are plated 45 days after the policy."""
    return put(cars, plated_on=pl.col("insured_on") + 45)


def plated_elsewhere(market: Market, place: Place, n: int) -> None:
    cars = lives(market, place.dealers(market, n), place.days(market, n))
    plated_on = pl.col("insured_on") + pl.Series(market.between(5, 30, n))
    write(market, put(cars, plate_city=other_cities(market, cars), plated_on=plated_on), "plated_elsewhere")


def other_cities(market: Market, cars: pl.DataFrame) -> Texts:
    """For each car another city than the one that it was insured in."""
    own = np.array([market.cities.index(city) for city in cars["policy_city"]], dtype=np.int64)
    on = market.between(1, len(market.cities) - 1, cars.height)
    return np.array(market.cities, dtype=object)[(own + on) % len(market.cities)]
