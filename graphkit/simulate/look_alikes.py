"""Honest cars that look insured too early or never plated: fleets, demo and display cars, gifts, cancelled orders."""

import polars as pl

from graphkit.simulate.cars import ordinary, plan, sale_days
from graphkit.simulate.days import FIRST_SALE, LAST_SALE, day
from graphkit.simulate.names import CITIES
from graphkit.simulate.world import World

LESSORS = 2
LEASED, FINANCED, DEMO, DISPLAY, GIFTS, CANCELLED, SEEN_MID_LIFE = 420, 36, 130, 110, 120, 60, 300


def honest_bookings(world: World) -> pl.DataFrame:
    """The plan of all of them."""
    lessors = [
        world.register.company(CITIES[place], roles="lessor", name=f"Sample Leasing {'AB'[place]} Co., Ltd.")
        for place in range(LESSORS)
    ]
    return pl.concat(
        [
            _leased(world, lessors),
            _financed(world, lessors),
            _demo(world),
            _display(world),
            _gifts(world),
            _cancelled(world),
            _seen_mid_life(world),
        ]
    )


def _leased(world: World, lessors: list[str]) -> pl.DataFrame:
    # a lessor buys in bulk, plates, rents out and keeps the cars; the odometer grows
    sold = sale_days(world, LEASED, FIRST_SALE)
    cars = ordinary(world, "leased", world.draw(world.honest_dealers, LEASED), sold, world.draw(lessors, LEASED))
    use = world.draw(["rental", "leasing", "ride_hailing"], LEASED)
    return cars.with_columns(
        use=use,
        policy_use=use,
        plated=pl.col("insured_on") + world.between(5, 28, LEASED),
        km=world.between(9_000, 60_000, LEASED),
        km_on=sold + world.between(120, 240, LEASED),
    )


def _financed(world: World, lessors: list[str]) -> pl.DataFrame:
    # the invoice names the customer, the lessor that finances the car insures it early and is its legal owner
    n = FINANCED
    customers = world.draw(world.customers, n)
    cars = ordinary(world, "financed", world.draw(world.honest_dealers, n), sale_days(world, n, FIRST_SALE), customers)
    lessor, early = world.draw(lessors, n), pl.col("sold") - world.between(12, 25, n)
    return cars.with_columns(
        insured_on=early,
        insured=lessor,
        owner=lessor,
        use=pl.lit("leasing"),
        policy_use=pl.lit("leasing"),
        wholesaled=pl.min_horizontal("wholesaled", pl.col("sold") - 30),
        built=pl.min_horizontal("built", pl.col("sold") - 40),
        plated=early + world.between(14, 29, n),
    )


def _held(world: World, cohort: str, n: int, stay: tuple[int, int], last: int) -> pl.DataFrame:
    # a dealer insures the car while a register lists it, and sells it to a person afterwards
    held_from = world.between(FIRST_SALE, last, n)
    held_to = held_from + world.between(*stay, n)
    sold = held_to + world.between(1, 20, n)
    is_sold = sold <= LAST_SALE
    cars = ordinary(world, cohort, world.draw(world.honest_dealers, n), sold, world.register.people(n))
    return cars.with_columns(
        status=pl.lit(cohort),
        holder=pl.col("dealer"),
        held_from=held_from,
        held_to=held_to,
        insured=pl.col("dealer"),
        insured_on=held_from + world.between(0, 5, n),
        wholesaled=held_from - world.between(3, 15, n),
        built=held_from - world.between(20, 45, n),
        sold=pl.when(is_sold).then(sold),
        buyer=pl.when(is_sold).then("buyer"),
        handed=pl.when(is_sold).then("handed"),
        endorsed=pl.when(is_sold).then(sold),
    )


def _demo(world: World) -> pl.DataFrame:
    cars = _held(world, "demo", DEMO, (95, 200), LAST_SALE - 60)
    plated_to_dealer = world.chance(0.7, DEMO)
    return cars.with_columns(
        policy_use=pl.lit("demo"),
        use=pl.when(plated_to_dealer).then(pl.lit("demo")).otherwise(pl.lit("private")),
        owner=pl.when(plated_to_dealer).then("dealer").otherwise("buyer"),
        plated=pl.when(plated_to_dealer)
        .then(pl.col("insured_on") + world.between(3, 15, DEMO))
        .otherwise(pl.col("sold") + world.between(2, 20, DEMO)),
        km=world.between(1_500, 9_000, DEMO),
        km_on=pl.col("held_to"),
    )


def _display(world: World) -> pl.DataFrame:
    cars = _held(world, "display", DISPLAY, (20, 80), LAST_SALE - 110)
    return cars.with_columns(
        plated=pl.col("sold") + world.between(2, 20, DISPLAY),
        km=pl.lit(None, dtype=pl.Int64),
        km_on=pl.lit(None, dtype=pl.Int64),
    )


def _gifts(world: World) -> pl.DataFrame:
    # the policy is thrown in early, in the customer's own name
    sold = sale_days(world, GIFTS, FIRST_SALE + 40)
    people = world.register.people(GIFTS)
    cars = ordinary(world, "gift", world.draw(world.honest_dealers, GIFTS), sold, people)
    return cars.with_columns(
        insured_on=sold - world.between(9, 22, GIFTS),
        plated=sold + world.between(1, 7, GIFTS),
        wholesaled=pl.min_horizontal("wholesaled", sold - 30),
        built=pl.min_horizontal("built", sold - 38),
    )


def _cancelled(world: World) -> pl.DataFrame:
    # one person insures and withdraws, and the car goes to another
    n = CANCELLED
    sold = sale_days(world, n, FIRST_SALE + 60)
    buyers, withdrawn = world.register.people(n), world.register.people(n)
    cars = ordinary(world, "cancelled", world.draw(world.honest_dealers, n), sold, buyers)
    return cars.with_columns(
        insured=withdrawn,
        insured_on=sold - world.between(15, 40, n),
        cancelled=sold - world.between(0, 10, n),
        reinsured=sold,
        plated=sold + world.between(2, 15, n),
        wholesaled=pl.min_horizontal("wholesaled", sold - 50),
        built=pl.min_horizontal("built", sold - 60),
    )


def _seen_mid_life(world: World) -> pl.DataFrame:
    # years-old cars that change hands: their policy and plate are not the first
    n = SEEN_MID_LIFE
    vendor = world.register.company(CITIES[3], roles="vendor")
    built = world.between(day(2018, 1, 1), day(2021, 6, 30), n)
    resold = world.between(FIRST_SALE, LAST_SALE, n)
    person = world.register.people(n)
    frame = pl.DataFrame(
        {
            "maker": world.draw(world.makers, n),
            "built": built,
            "first_registered": built + world.between(40, 160, n),
            "resold": resold,
            "reseller": pl.select(pl.repeat(vendor, n)).to_series(),
            "resold_to": person,
            "insured_on": resold + world.between(0, 3, n),
            "insured": person,
            "owner": person,
            "plated": resold + world.between(4, 20, n),
            "plate_city": world.draw(list(CITIES), n),
            "listed": resold - world.between(5, 60, n),
            "km": world.between(30_000, 120_000, n),
            "km_on": resold - 2,
        }
    )
    words = {"cohort": "mid_life", "event": "transfer", "use": "private", "policy_use": "private"}
    return plan(frame.with_columns(pl.lit(text).alias(name) for name, text in words.items()))
