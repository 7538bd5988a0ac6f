"""The drawn populations are what ``populations.toml`` says of them: read back from the rows, without any detector."""

from datetime import date

import polars as pl
import pytest

from tests.promises.innocents.contract import Without, contract
from tests.promises.innocents.drawing import POPULATIONS, Drawn, draw
from tests.promises.innocents.facts import facts
from tests.promises.innocents.market import SMALL, WHOLE
from tests.promises.innocents.withheld import without

pytestmark = pytest.mark.no_cover

IN_OWN_NAME = (pl.col("insured_id") == pl.col("buyer_id")) & (pl.col("owner_id") == pl.col("buyer_id"))
FOR_DEALER = pl.col("insured_id") == pl.col("seller_id")
PLATED_TO_DEALER = pl.col("owner_id") == pl.col("seller_id")
IS_PERSON = pl.col("buyer_id").str.starts_with("P")
ELSEWHERE = pl.col("insured_in") != pl.col("plated_in")
EVERYDAY = IN_OWN_NAME & pl.col("ahead").is_between(-7, 7) & pl.col("waited").is_between(-1, 30)
KEPT = (pl.col("read_on") - pl.col("plated_on")).dt.total_days() >= 90
DRIVEN = KEPT & (pl.col("km") > 300)
BEFORE_RULE = pl.col("applied_on") < pl.date(2026, 1, 1)
SOON = pl.col("plate_to_application").is_between(0, 180)

CLAIMS: dict[str, pl.Expr] = {
    "quota_city": IN_OWN_NAME & pl.col("waited").is_between(35, 84) & pl.col("ahead").is_between(-7, 7),
    "slow_dealer": IN_OWN_NAME & (pl.col("waited") == 45) & pl.col("ahead").is_between(-7, 7),
    "plated_elsewhere": EVERYDAY & ELSEWHERE,
    "gift_insurance": IN_OWN_NAME & pl.col("ahead").is_between(25, 45) & pl.col("sold_to_plate").is_between(0, 30),
    "declared_display": FOR_DEALER & pl.col("ahead").is_between(60, 200) & (pl.col("status") == "display")
    & (pl.col("valid_from") <= pl.col("starts_on")) & pl.col("sold_to_plate").is_between(0, 30),
    "demo_in_use": FOR_DEALER & PLATED_TO_DEALER & (pl.col("ahead") >= 90) & DRIVEN & pl.col("status").is_null()
    & (pl.col("policy_use") == "demo") & (pl.col("plate_use") == "demo") & (pl.col("read_on") < pl.col("invoiced_on")),
    "demo_by_kilometres": FOR_DEALER & PLATED_TO_DEALER & (pl.col("ahead") >= 90) & DRIVEN & pl.col("status").is_null()
    & pl.col("policy_use").is_null() & pl.col("plate_use").is_null() & (pl.col("read_on") < pl.col("invoiced_on")),
    "pre_registered_openly": FOR_DEALER & PLATED_TO_DEALER & (pl.col("waited") == 0) & pl.col("status").is_not_null()
    & (pl.col("valid_from") <= pl.col("starts_on")) & (pl.col("valid_to") >= pl.col("invoiced_on")),
    "cancelled_order": pl.col("insured_id").str.starts_with("P") & (pl.col("insured_id") != pl.col("buyer_id"))
    & IS_PERSON & pl.col("ahead").is_between(10, 60) & (pl.col("cancelled_on") <= pl.col("invoiced_on")),
    "fleet_of_others": IN_OWN_NAME & pl.col("plate_use").is_in(["rental", "ride_hailing", "leasing"]) & DRIVEN
    & ~IS_PERSON & pl.col("ahead").is_between(8, 30) & pl.col("sold_to_plate").is_between(0, 30),
    "fleet_of_the_group": IN_OWN_NAME & (pl.col("plate_use") == "rental") & DRIVEN
    & pl.col("sold_to_plate").is_between(0, 90) & (pl.col("invoices") == 1),
    "company_cars": IN_OWN_NAME & (pl.col("plate_use").fill_null("private") == "private") & ~IS_PERSON
    & (pl.col("invoices") == 1) & (DRIVEN.fill_null(False) | (pl.col("own_policies") == 2)),
    "sister_outlet": pl.col("buyer_id").str.starts_with("D") & pl.col("back").is_between(3, 24)
    & (pl.col("invoices") == 2) & (pl.col("insured_id") == pl.col("owner_id"))
    & pl.col("insured_id").str.starts_with("P"),
    "staff_scheme": EVERYDAY & IS_PERSON,
    "state_siblings": EVERYDAY & ~IS_PERSON,
    "shared_people": EVERYDAY & ~IS_PERSON,
    "government": EVERYDAY & pl.col("buyer_id").str.starts_with("G")
    & pl.col("invoiced_on").dt.month().is_in([10, 11, 12]) & (pl.col("plate_use") == "government"),
    "rental_buy_back": IN_OWN_NAME & (pl.col("plate_use") == "rental") & ~IS_PERSON & (pl.col("back_to_seller") <= 180)
    & (pl.col("back_to_seller") - pl.col("sold_to_plate") >= 90),
    "customer_returns": IS_PERSON & (pl.col("back_to_seller") <= 30) & (pl.col("back_price") == pl.col("price"))
    & (pl.col("owner_id") != pl.col("buyer_id")) & (pl.col("waited") <= 90),
    "trade_in": EVERYDAY & IS_PERSON & (pl.col("back_to_seller") <= 180) & (pl.col("back_price") < pl.col("price")),
    "dealer_swap": EVERYDAY & (pl.col("kinds") == "retail;swap;swap"),
    "leaseback": FOR_DEALER & PLATED_TO_DEALER & DRIVEN & pl.col("kinds").str.contains("leaseback"),
    "group_transfer": EVERYDAY & (pl.col("invoices") >= 3) & ~pl.col("kinds").str.contains("retail;retail"),
    "letter_of_2026": (pl.col("declared_as") == "used") & ~BEFORE_RULE & SOON & pl.col("maker_letter")
    & (pl.col("awaited_on") >= pl.date(2026, 1, 1)),
    "awaited_with_letter": (pl.col("declared_as") == "used") & SOON & pl.col("maker_letter") & (pl.col("km") <= 100)
    & (pl.col("awaited_on") <= pl.date(2025, 12, 31)),
    "used_export": (pl.col("declared_as") == "used") & (pl.col("km") >= 2000) & (BEFORE_RULE | ~SOON),
    "parallel_export": (pl.col("declared_as") == "new") & pl.col("plated_on").is_null()
    & (pl.col("insured_id").is_null() | (pl.col("insured_id") == pl.col("buyer_id"))),
    "young_customers": EVERYDAY & ~IS_PERSON & DRIVEN & pl.col("registered_on").dt.year().is_in([2024, 2025])
    & ((pl.col("invoiced_on") - pl.col("registered_on")).dt.total_days() <= 365),
    "refunds": pl.col("owner_id").is_not_null() & (pl.col("waited") <= 30),
    "floor_plan": EVERYDAY,
    "cash_pooling": EVERYDAY & (pl.col("plate_use") == "rental") & DRIVEN,
}  # fmt: skip
"""What each car of a population is by its rows; the populations of the whole market and of wrong rows are below."""


@pytest.fixture(scope="module", params=[SMALL, WHOLE], ids=["small", "whole"])
def drawn(request: pytest.FixtureRequest) -> Drawn:
    """A market with every population."""
    return draw((5, 2), request.param, tuple(POPULATIONS))


@pytest.fixture(scope="module")
def read(drawn: Drawn) -> pl.DataFrame:
    return facts(drawn).join(drawn.labels, on="vin", how="left")


def test_every_population_of_the_list_is_drawn_and_read_back() -> None:
    assert set(POPULATIONS) == set(contract()) == {*CLAIMS, "subsidy_cliff", "dirty_rows"}


@pytest.mark.parametrize("population", CLAIMS)
def test_each_car_is_what_the_list_says(population: str, read: pl.DataFrame) -> None:
    cars = read.filter(population=population)
    assert cars.height >= 100
    wrong = cars.filter(~CLAIMS[population].fill_null(False))
    assert wrong.is_empty(), wrong.head(3).to_dicts()


def _majority(drawn: Drawn) -> dict[str, str]:
    """Who has more than half of whom."""
    owned = drawn.tables["ownership"].with_columns(pl.col("share").str.strip_suffix("%").cast(pl.Float64))
    return dict(owned.filter(pl.col("share") > 50).select("owned_id", "owner_id").rows())


@pytest.mark.parametrize("population", ["fleet_of_the_group", "company_cars", "sister_outlet"])
def test_seller_and_buyer_have_one_owner(population: str, drawn: Drawn, read: pl.DataFrame) -> None:
    owners = _majority(drawn)
    pairs = read.filter(population=population).select("seller_id", "buyer_id").unique().rows()
    assert pairs
    assert all(owners[seller] == owners[buyer] for seller, buyer in pairs)


@pytest.mark.parametrize(
    "population",
    ["fleet_of_others", "government", "rental_buy_back", "shared_people", "staff_scheme", "young_customers"],
)
def test_seller_and_buyer_have_no_owner_in_common(population: str, drawn: Drawn, read: pl.DataFrame) -> None:
    owners = _majority(drawn)
    for seller, buyer in read.filter(population=population).select("seller_id", "buyer_id").unique().rows():
        assert seller != buyer
        assert not _above(owners, seller) & _above(owners, buyer)


def test_only_the_state_owns_both_siblings(drawn: Drawn, read: pl.DataFrame) -> None:
    owners = _majority(drawn)
    state = drawn.tables["parties"].filter("is_state")["party_id"].to_list()
    for seller, buyer in read.filter(population="state_siblings").select("seller_id", "buyer_id").unique().rows():
        common = _above(owners, seller) & _above(owners, buyer)
        assert len(common) == 1
        assert common <= set(state)


def _above(owners: dict[str, str], party: str) -> set[str]:
    found = {party}
    while party in owners:
        party = owners[party]
        found.add(party)
    return found


def test_young_companies_buy_from_one_dealer_each(read: pl.DataFrame) -> None:
    bought = (
        read.filter(population="young_customers").group_by("buyer_id").agg(pl.len(), pl.col("seller_id").n_unique())
    )
    assert bought["seller_id"].max() == 1
    assert bought["len"].is_between(5, 40).all()


def test_what_comes_back_inside_a_group_stays_inside(drawn: Drawn, read: pl.DataFrame) -> None:
    owners = _majority(drawn)
    cars = read.filter(population="group_transfer").select("vin", sold_on="invoiced_on")
    moved = drawn.tables["sales"].join(cars, on="vin").filter(~pl.col("seller_id").str.starts_with("M"))
    inside = moved.filter(pl.col("kind") != "retail").sort("vin", "invoiced_on")
    assert (inside["invoiced_on"] < inside["sold_on"]).all()
    assert all(owners[seller] == owners[buyer] for seller, buyer in inside.select("seller_id", "buyer_id").rows())
    rounds = inside.group_by("vin", maintain_order=True).agg(pl.col("seller_id").first(), pl.col("buyer_id").last())
    assert (rounds["seller_id"] == rounds["buyer_id"]).all()


@pytest.mark.parametrize(
    ("population", "word"), [("refunds", "退"), ("floor_plan", "还款"), ("cash_pooling", "资金归集")]
)
def test_the_money_of_each_car_goes_back_and_says_why(
    population: str, word: str, drawn: Drawn, read: pl.DataFrame
) -> None:
    cars = read.filter(population=population)
    payments = drawn.tables["payments"]
    priced = payments.join(cars.select("price", "vin", sale_id="R" + pl.col("vin")), on="sale_id")
    assert priced["vin"].n_unique() == cars.height
    assert (priced["amount"] == priced["price"]).all()
    back = payments.filter(pl.col("purpose").str.contains(word))
    assert back.height == cars.height
    assert back["payer_id"].is_in(cars["seller_id"].implode()).all()


def test_december_is_three_times_as_large_and_january_empty(read: pl.DataFrame) -> None:
    everyday = read.filter(pl.col("population").is_null() | pl.col("population").is_in(["subsidy_cliff"]))
    months = everyday.group_by(pl.col("invoiced_on").dt.truncate("1mo")).len().sort("invoiced_on")
    counts = dict(months.rows())
    december = counts.pop(date(2025, 12, 1))
    usual = sum(counts.values()) / 16
    assert 2 < december / usual < 4.5
    assert date(2026, 1, 1) not in counts
    assert read.filter(population="subsidy_cliff").height > 0.8 * december


def test_everyday_cars_slip_as_clerks_do(read: pl.DataFrame) -> None:
    cars = read.filter(pl.col("population").is_null() & (pl.col("invoices") == 1))
    early, late = (cars["ahead"] > 7).mean(), (cars["waited"].fill_null(999) > 30).mean()
    assert 0 < early < 0.03
    assert 0 < late < 0.06
    assert cars["waited"].is_null().mean() < 0.01


def test_wrong_rows_are_there(drawn: Drawn, read: pl.DataFrame) -> None:
    known = drawn.tables["vehicles"]["vin"]
    for name, share in (("registrations", 0.1), ("sales", 0.02)):
        strange = drawn.tables[name].filter(~pl.col("vin").is_in(known.implode()))
        assert strange.height >= share * read.filter(population="dirty_rows").height
        assert not strange["vin"].is_in(known.implode()).any()
    again = drawn.tables["policies"].filter(pl.struct(pl.all()).is_duplicated())["vin"].unique()
    dirty = read.filter(population="dirty_rows")["vin"]
    assert again.len() >= 0.1 * dirty.len()
    assert again.is_in(dirty.implode()).all()
    assert drawn.tables["endorsements"].height >= 0.1 * dirty.len()


TAKEN = [one for listed in contract().values() for one in listed.without]


@pytest.mark.parametrize("taken", TAKEN, ids=lambda one: f"{one.population}-{one.data}")
def test_what_is_taken_away_leaves_cars_to_judge(taken: Without, drawn: Drawn) -> None:
    less, resting = without(drawn, taken)
    assert set(resting) == set(taken.expects)
    assert all(len(cars) >= 5 for cars in resting.values())
    assert any(not frame.equals(drawn.tables[name]) for name, frame in less.tables.items())
    mine = drawn.labels.filter(population=taken.population)["vin"]
    assert all(cars.is_in(mine.implode()).all() for cars in resting.values())


def test_a_seed_draws_one_market() -> None:
    one, again, other = (draw((9, number), SMALL, ("trade_in", "refunds")) for number in (1, 1, 2))
    assert all(frame.equals(again.tables[name]) for name, frame in one.tables.items())
    assert not one.tables["sales"].equals(other.tables["sales"])
