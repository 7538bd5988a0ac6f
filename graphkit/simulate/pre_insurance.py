"""Planted: a maker whose dealers insure 55 % of its cars in their own or an affiliate's name before a sale."""

from dataclasses import dataclass

import polars as pl

from graphkit.simulate.days import LAST_SALE
from graphkit.simulate.names import CITIES
from graphkit.simulate.world import PRE_INSURER, PRE_INSURING_DEALERS, World

SCHEME = "pre_insured"
SHARE = 0.55
"""The share of the maker's booked cars (first policy in the period) that are insured before their sale."""

WAIT = (20, 120)
"""Days from the policy to the end user's invoice."""

WITH_AFFILIATE = ("D11", "D20", "D22")
"""Dealers that also use a company of their own as the insured party."""

SISTERS = ("D33", "D34")
"""Two of the dealers belong to one holding: they are one control group."""


@dataclass(frozen=True)
class Insureds:
    """The company in whose name a dealer may insure, by dealer."""

    affiliate_of: dict[str, str]


def found(world: World) -> Insureds:
    """Enter the owners and affiliates of the maker's dealers, and label them guilty."""
    register = world.register
    register.blame(SCHEME, f"{SCHEME}/{PRE_INSURER}", PRE_INSURER)
    affiliates: dict[str, str] = {}
    for dealer in PRE_INSURING_DEALERS:
        if dealer in SISTERS:
            continue
        cluster, owner = f"{SCHEME}/{dealer}", register.person()
        register.own(owner, dealer, 100)
        register.blame(SCHEME, cluster, dealer, owner)
        if dealer in WITH_AFFILIATE:
            affiliates[dealer] = register.company(world.city_of[dealer], owner=dealer, percent=80)
            register.blame(SCHEME, cluster, affiliates[dealer])
    holding = register.company(CITIES[2])
    owner = str(register.ownership[-1]["owner_id"])
    for dealer in SISTERS:
        register.own(holding, dealer, 75)
    register.blame(SCHEME, f"{SCHEME}/{'+'.join(SISTERS)}", holding, owner, *SISTERS)
    return Insureds(affiliates)


def pre_insure(world: World, cars: pl.DataFrame, insureds: Insureds) -> pl.DataFrame:
    """Turn exactly the planted share of the maker's cars into early bookings; the last are not sold at the end."""
    n = cars.height
    is_ours = cars["maker"] == PRE_INSURER
    total = int(is_ours.sum())
    chosen = pl.Series(world.rng.random(n)).to_frame("u").select(
        pl.when(is_ours).then(pl.col("u")).otherwise(2.0).rank("ordinal") <= world.of_scheme(SHARE * total)
    ).to_series()  # fmt: skip
    booked = pl.col("insured_on")
    sold = booked + world.between(*WAIT, n)
    affiliate = pl.col("dealer").replace_strict(insureds.affiliate_of, default=None, return_dtype=pl.String)
    insured = pl.when(world.chance(0.5, n)).then(pl.coalesce(affiliate, "dealer")).otherwise("dealer")
    is_sold = sold <= LAST_SALE
    takes_over = world.chance(0.6, n)
    changes = {
        "cohort": pl.lit(SCHEME),
        "sold": pl.when(is_sold).then(sold),
        "buyer": pl.when(is_sold).then("buyer"),
        "handed": pl.when(is_sold & pl.col("handed").is_not_null()).then(sold + world.between(0, 10, n)),
        "insured": insured,
        "policy_use": pl.lit("private"),
        "wholesaled": pl.min_horizontal("wholesaled", booked - 3),
        "built": pl.min_horizontal("built", booked - 10),
        "endorsed": pl.when(is_sold & takes_over).then(sold),
        "reinsured": pl.when(is_sold & ~takes_over).then(sold),
        "cancelled": pl.when(is_sold & ~takes_over).then(sold),
        "plated": pl.when(is_sold).then(sold + world.between(1, 12, n)),
        "owner": pl.when(is_sold).then("owner"),
        "km": pl.lit(None, dtype=pl.Int64),
        "km_on": pl.lit(None, dtype=pl.Int64),
    }
    return cars.with_columns(pl.when(chosen).then(value).otherwise(name).alias(name) for name, value in changes.items())
