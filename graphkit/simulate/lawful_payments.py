"""Honest money that comes back: stock finance, refunds, a group's cash pool, payments that say nothing, suppliers."""

import polars as pl

from graphkit.simulate.cars import ordinary, sale_days
from graphkit.simulate.days import FIRST_SALE, LAST_SALE
from graphkit.simulate.kin import ASSOCIATE
from graphkit.simulate.money import NAMED_SHARE, PRICE, parts, transfers
from graphkit.simulate.names import CITIES
from graphkit.simulate.round_trips import away
from graphkit.simulate.world import FLEET_GROUP, World

FLOOR_PLAN, REFUNDED, REBOUGHT, SILENT, SUPPLIERS, OLD_SUPPLIERS = 60, 40, 15, 24, 20, 15
"""Cars; of those refunded the first so many customers buy another car later."""

POOLED, POOLED_BY_ASSOCIATES = 60, 30
"""Cars of a group's own fleet, and those that two associates of one parent, which controls neither, deal in."""

LAWFUL = {"loan": ["库存融资", "floor plan loan", "贷款", "还款"], "refund": ["退款"], "pooling": ["资金归集"]}
SAYS_NOTHING = ["转账", "other"]
"""Stated purposes."""


def found(world: World) -> str:
    """Enter the finance company that lends to dealers and to their customers; gives its id."""
    return world.register.company(CITIES[1], roles="lessor")


def honest_payers(world: World) -> pl.DataFrame:
    """The plan of the cars whose payments are honest and come back; a group's fleet is planned elsewhere."""
    suppliers = pl.Series([world.register.company(CITIES[place % 3]) for place in range(SUPPLIERS)])
    old = pl.Series([world.register.company(CITIES[place % 3]) for place in range(OLD_SUPPLIERS)])
    return pl.concat(
        [
            _sold(world, "floor_plan", world.draw(world.customers, FLOOR_PLAN)),
            _refunded(world),
            _sold(world, "paid_back", _customers(world, SILENT)),
            _sold(world, "supplier", suppliers),
            _sold(world, "old_supplier", old),
        ]
    )


def _customers(world: World, n: int) -> pl.Series:
    # the first half are companies, the others persons
    return pl.concat([world.draw(world.customers, n // 2), world.register.people(n - n // 2)])


def _sold(world: World, cohort: str, buyers: pl.Series) -> pl.DataFrame:
    n = len(buyers)
    sold = sale_days(world, n, FIRST_SALE + 330, LAST_SALE - 30)
    return ordinary(world, cohort, world.draw(world.honest_dealers, n), sold, buyers)


def _refunded(world: World) -> pl.DataFrame:
    # the customer gives the car back and gets the price back; some buy another car of the same dealer later
    n = REFUNDED
    sold = sale_days(world, n, FIRST_SALE + 120, LAST_SALE - 120)
    cars = ordinary(world, "refunded", world.draw(world.honest_dealers, n), sold, world.register.people(n))
    customers = _customers(world, n).gather(pl.Series(world.rng.permutation(n)))
    cars = away(world, cars, customers, "retail", "return")
    again = cars.head(REBOUGHT)
    bought = again["back_on"] + world.between(20, 80, REBOUGHT)
    return pl.concat([cars, ordinary(world, "rebought", again["dealer"], bought, again["out_to"])])


def payments(world: World, lender: str, cars: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Every payment of these cars' prices, and what comes back of them."""
    retail = sales.filter(pl.col("kind") == "retail").sort("sale_id").unique("vin", keep="first", maintain_order=True)
    sold = retail.join(cars.select("vin", "cohort"), on="vin", maintain_order="left")
    of = {name: rows.drop("cohort") for (name,), rows in sold.partition_by("cohort", as_dict=True).items()}
    owners_of = world.register.owners_of
    given_back = sales.filter(pl.col("kind") == "return").select("vin", returned_on="invoiced_on")
    return pl.concat(
        [
            _financed(world, lender, of["floor_plan"]),
            _paid_back(world, of["refunded"].join(given_back, on="vin", maintain_order="left")),
            _price(world, of["rebought"], world.between(0, 3, REBOUGHT)),
            _pooled(world, of["group_fleet"], POOLED, owners_of(FLEET_GROUP[0])[-1], list(FLEET_GROUP[1:])),
            _pooled(world, of["associates"], POOLED_BY_ASSOCIATES, owners_of(ASSOCIATE)[-1], []),
            _unsaid(world, of["paid_back"]),
            _supplied(world, of["supplier"], (20, 60), (0.3, 0.7)),
            _supplied(world, of["old_supplier"], (200, 300), (0.97, 1.03)),
        ]
    )


def _price(world: World, sold: pl.DataFrame, after: pl.Series) -> pl.DataFrame:
    named = world.chance(NAMED_SHARE, sold.height)
    return transfers(sold, "buyer_id", "seller_id", purpose=PRICE, after=after, names_sale=named)


def _financed(world: World, lender: str, sold: pl.DataFrame) -> pl.DataFrame:
    # one lender finances the dealer's stock and then the customer's purchase, out of which the dealer repays it
    n, by = sold.height, pl.lit(lender)
    paid, stocked = world.between(3, 12, n), world.between(15, 60, n)
    loan = pl.when(world.chance(0.5, n)).then(pl.lit("库存融资")).otherwise(pl.lit("floor plan loan"))
    borrowed, repaid = paid - world.between(1, 3, n), paid + world.between(1, 6, n)
    return pl.concat(
        [
            transfers(sold, by, "seller_id", purpose=loan, after=-stocked, part=parts(world, 0.96, 1.0, n)),
            transfers(sold, by, "buyer_id", purpose="贷款", after=borrowed, part=parts(world, 0.96, 1.0, n)),
            _price(world, sold, paid),
            transfers(sold, "seller_id", by, purpose="还款", after=repaid, part=parts(world, 0.97, 1.02, n)),
        ]
    )


def _paid_back(world: World, sold: pl.DataFrame) -> pl.DataFrame:
    n = sold.height
    refunds = sold.with_columns(invoiced_on="returned_on").drop("returned_on")
    after, part = world.between(1, 6, n), parts(world, 0.96, 1.0, n)
    return pl.concat(
        [
            _price(world, sold, world.between(0, 3, n)),
            transfers(refunds, "seller_id", "buyer_id", purpose="退款", after=after, part=part),
        ]
    )


def _pooled(world: World, sold: pl.DataFrame, n: int, centre: str, needy: list[str]) -> pl.DataFrame:
    # a company pays a dealer of its group, whose money goes up to the centre and down to where it is needed
    sold = sold[world.rng.permutation(sold.height)[:n]]
    taker = pl.when(world.chance(0.4, n)).then(world.draw(needy, n)).otherwise("buyer_id") if needy else "buyer_id"
    paid = world.between(0, 10, n)
    up = paid + world.between(1, 4, n)
    down, part = up + world.between(1, 4, n), parts(world, 0.96, 1.0, n)
    return pl.concat(
        [
            _price(world, sold, paid),
            transfers(sold, "seller_id", pl.lit(centre), purpose="资金归集", after=up),
            transfers(sold, pl.lit(centre), taker, purpose="资金归集", after=down, part=part),
        ]
    )


def _unsaid(world: World, sold: pl.DataFrame) -> pl.DataFrame:
    # money back to a customer, and nobody said why: a third each without a word and with one of the empty words
    n = sold.height
    words = pl.Series([None, *SAYS_NOTHING] * (n // 3))
    after, part = world.between(5, 35, n), parts(world, 0.96, 1.0, n)
    return pl.concat(
        [
            _price(world, sold, world.between(0, 3, n)),
            transfers(sold, "seller_id", "buyer_id", purpose=pl.lit(words), after=after, part=part),
        ]
    )


def _supplied(world: World, sold: pl.DataFrame, before: tuple[int, int], part: tuple[float, float]) -> pl.DataFrame:
    # a customer that also works for the dealer: paid far less than the price, or long before the car
    n = sold.height
    return pl.concat(
        [
            transfers(
                sold, "seller_id", "buyer_id", purpose="市场推广费",
                after=-world.between(*before, n), part=parts(world, *part, n),
            ),
            _price(world, sold, world.between(0, 3, n)),
        ]
    )  # fmt: skip
