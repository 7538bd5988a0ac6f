"""Circles of sales and of payments against a plain reading of their definition, on small random markets."""

import math
import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from graphkit.algorithms.cycle_threads import TooManyCyclesError
from graphkit.trade import circles as of_circles
from graphkit.trade import rounds as of_rounds
from graphkit.trade.circles import STEP, TOLERANCE, Bounds, Steps, circles, count_circles, of_payments, of_sales
from graphkit.trade.rounds import rounds

START = date(2025, 1, 1)
ROW = {"row_key": pl.String, "kind": pl.String, "sequence": pl.Int64, "currency": pl.String}
SALES = {**ROW, "vin": pl.String, "seller_id": pl.String, "buyer_id": pl.String, "invoiced_on": pl.Date,
         "price": pl.Float64}  # fmt: skip
PAYMENTS = {"row_key": pl.String, "payer_id": pl.String, "payee_id": pl.String, "paid_on": pl.Date,
            "paid_at": pl.Datetime("us"), "sequence": pl.Int64, "amount": pl.Float64, "currency": pl.String,
            "purpose": pl.String}  # fmt: skip
GROUPS = {"party_id": pl.String, "group_id": pl.String, "valid_from": pl.Date, "valid_to": pl.Date}

Rows = list[dict[str, Any]]


def sales(rows: Rows) -> Steps:
    blank = dict.fromkeys(SALES) | {"kind": "resale", "currency": "CNY"}
    return of_sales(pl.DataFrame([blank | row for row in rows], schema=SALES))


def payments(rows: Rows) -> Steps:
    return of_payments(pl.DataFrame([dict.fromkeys(PAYMENTS) | row for row in rows], schema=PAYMENTS))


def sale(key: str, day: int, seller: str, buyer: str, vin: str = "V", **more: Any) -> dict[str, Any]:
    on = START + timedelta(days=day)
    return {"row_key": key, "vin": vin, "seller_id": seller, "buyer_id": buyer, "invoiced_on": on} | more


def payment(key: str, day: int, payer: str, payee: str, amount: float = 100.0, **more: Any) -> dict[str, Any]:
    on = START + timedelta(days=day)
    return {"row_key": key, "payer_id": payer, "payee_id": payee, "paid_on": on, "amount": amount} | more


def memberships(*rows: tuple[str, str, int | None, int | None]) -> pl.DataFrame:
    days = [[None if day is None else START + timedelta(days=day) for day in row[2:]] for row in rows]
    return pl.DataFrame([(*row[:2], *on) for row, on in zip(rows, days, strict=True)], schema=GROUPS, orient="row")


# the plain reading


def plain_sales(rows: Rows) -> Rows:
    known = [row for row in rows if row["seller_id"] and row["buyer_id"] and row["seller_id"] != row["buyer_id"]]
    days: dict[Any, Rows] = {}
    for row in known:
        days.setdefault((row["vin"], row["invoiced_on"]), []).append(row)
    read = []
    for (vin, on), day in days.items():
        orders = [row.get("sequence") for row in day]
        is_known = None not in orders
        for row in day:
            place = sorted(set(orders)).index(row["sequence"]) if is_known else 0
            read.append({"key": row["row_key"], "scope": vin, "from": row["seller_id"], "to": row["buyer_id"],
                         "day": (on - START).days, "place": place, "amount": row.get("price")})  # fmt: skip
    return read


def plain_payments(rows: Rows) -> Rows:
    known = [row for row in rows if row["payer_id"] and row["payee_id"] and row["payer_id"] != row["payee_id"]]
    read = []
    for row in known:
        together = [row]
        while True:
            parties = {one[end] for one in together for end in ("payer_id", "payee_id")}
            near = [one for one in known if one["paid_on"] == row["paid_on"]
                    and parties & {one["payer_id"], one["payee_id"]}]  # fmt: skip
            if len(near) == len(together):
                break
            together = near
        names = [name for name in ("paid_at", "sequence") if all(one.get(name) is not None for one in together)]
        orders = sorted({tuple(one[name] for name in names) for one in together})
        place = orders.index(tuple(row[name] for name in names))
        read.append({"key": row["row_key"], "scope": row["currency"], "from": row["payer_id"], "to": row["payee_id"],
                     "day": (row["paid_on"] - START).days, "place": place, "amount": row["amount"]})  # fmt: skip
    return read


def home(party: str, day: int, members: Rows) -> str | None:
    on = START + timedelta(days=day)
    for row in members:
        begun = row["valid_from"] is None or row["valid_from"] <= on
        if row["party_id"] == party and begun and (row["valid_to"] is None or on <= row["valid_to"]):
            return str(row["group_id"])
    return None


def is_like(one: float | None, other: float | None, tolerance: float | None) -> bool:
    if tolerance is None:
        return True
    if one is None or other is None or one <= 0 or other <= 0:
        return False
    return abs(math.log(other / one)) <= math.log1p(tolerance) + 1e-12


def plain_circles(
    rows: Rows, groups: pl.DataFrame | None, window: int, most: int, tolerance: float | None, *, ordered: bool
) -> Counter[tuple[str, ...]]:
    """Every circle as its row keys in order; of unordered loops the keys sorted, each set of them once."""
    found: list[tuple[str, ...]] = []
    members = [] if groups is None else groups.to_dicts()

    def follows(one: dict[str, Any], other: dict[str, Any]) -> bool:
        if not ordered:
            return (one["day"], one["place"]) == (other["day"], other["place"]) and one["key"] != other["key"]
        return (one["day"], one["place"]) < (other["day"], other["place"])

    def is_in_time(first: dict[str, Any], last: dict[str, Any]) -> bool:
        return not ordered or last["day"] - first["day"] <= window

    def walk(path: Rows) -> None:
        first, last = path[0], path[-1]
        own = home(first["from"], first["day"], members)
        if last["to"] == first["from"] or (own and home(last["to"], first["day"], members) == own):
            if len(path) > 1 and is_like(last["amount"], first["amount"], tolerance):
                found.append(tuple(row["key"] for row in path))
            return
        if len(path) == most or last["to"] in [row["from"] for row in path]:
            return
        for row in rows:
            is_next = row["scope"] == last["scope"] and row["from"] == last["to"] and row not in path
            is_next = is_next and follows(last, row) and is_in_time(first, row)
            if is_next and is_like(last["amount"], row["amount"], tolerance):
                walk([*path, row])

    for row in rows:
        walk([row])
    return Counter(found) if ordered else Counter({tuple(sorted(keys)): 1 for keys in found})


def listed(found: pl.DataFrame) -> tuple[Counter[tuple[str, ...]], Counter[tuple[str, ...]]]:
    """The circles in order, and the loops apart, as row keys."""
    keys = found.group_by("circle", "is_ordered", maintain_order=True).agg("row_key")
    ordered, loops = (keys.filter(pl.col("is_ordered") == is_ordered)["row_key"].to_list() for is_ordered in (1, 0))
    return Counter(map(tuple, ordered)), Counter(tuple(sorted(loop)) for loop in loops)


# random markets


def random_groups(chance: random.Random, parties: list[str]) -> pl.DataFrame | None:
    rows: list[tuple[str, str, int | None, int | None]] = []
    for party in parties:
        change = chance.randrange(8)
        for first, last in ((None, change - 1), (change, None)) if chance.random() < 0.5 else ((None, None),):
            if chance.random() < 0.6:
                rows.append((party, chance.choice(["G", "H"]), first, last))
    return None if chance.random() < 0.3 else memberships(*rows)


def random_sales(chance: random.Random) -> tuple[Rows, list[str]]:
    parties = [f"P{n}" for n in range(chance.randrange(3, 6))]
    ends = [*parties, None] if chance.random() < 0.2 else parties
    has_sequence = chance.choice([0, 0.7, 1])
    rows = [
        sale(f"S{n:02d}", chance.randrange(chance.choice([1, 6])), chance.choice(ends), chance.choice(ends),
             chance.choice("VVVVW"), price=chance.choice([None, 100.0, 110.0, 150.0]),
             sequence=chance.randrange(4) if chance.random() < has_sequence else None)
        for n in range(chance.randrange(8, 22))
    ]  # fmt: skip
    return rows, parties


def random_payments(chance: random.Random) -> tuple[Rows, list[str]]:
    parties = [f"P{n}" for n in range(chance.randrange(3, 6))]
    has_clock, has_sequence = chance.choice([0, 0.8, 1]), chance.choice([0, 0.8, 1])
    rows = []
    for n in range(chance.randrange(8, 22)):
        day = chance.randrange(chance.choice([1, 6]))
        at = datetime.combine(START + timedelta(days=day), datetime.min.time()).replace(hour=chance.randrange(4))
        rows.append(
            payment(f"T{n:02d}", day, chance.choice(parties), chance.choice(parties),
                    chance.choice([100.0, 100.0, 110.0, 121.0, 99.0, 99.0, 0.0, -100.0]),
                    currency=chance.choice(["CNY", "CNY", "CNY", None]),
                    paid_at=at if chance.random() < has_clock else None,
                    sequence=chance.randrange(3) if chance.random() < has_sequence else None)
        )  # fmt: skip
    return rows, parties


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("make", "steps", "plain"),
    [(random_sales, sales, plain_sales), (random_payments, payments, plain_payments)],
    ids=["sales", "payments"],
)
def test_circles_are_those_of_a_plain_reading(make: Any, steps: Any, plain: Any) -> None:
    seen: Counter[str] = Counter()
    for seed in range(75):
        chance = random.Random(seed)
        rows, parties = make(chance)
        groups = random_groups(chance, parties)
        window, most, tolerance = chance.randrange(6), chance.randrange(2, 7), chance.choice([None, None, 0.0, 0.1])
        rule = Bounds(window, most, tolerance)
        read = plain(rows)
        expected = [plain_circles(read, groups, window, most, tolerance, ordered=one) for one in (True, False)]
        found = circles(steps(rows), groups, rule)
        assert listed(found) == tuple(expected), (seed, rule)
        lengths = Counter(len(keys) for keys in expected[0].elements())
        assert dict(count_circles(steps(rows), groups, rule).iter_rows()) == lengths
        if seed % 4 == 0:
            chance.shuffle(rows)
            mixed = groups if groups is None else groups.sample(fraction=1, shuffle=True, seed=seed)
            assert circles(steps(rows), mixed, rule).equals(found)
        seen += Counter(ordered=len(expected[0]), loops=len(expected[1]), groups=groups is not None)
    # the markets have what is tried
    assert min(seen.values()) > 40, seen


# one claim at a time


def keys(found: pl.DataFrame) -> list[tuple[bool, list[str]]]:
    return [
        (row[1], row[2]) for row in found.group_by("circle", "is_ordered", maintain_order=True).agg("row_key").rows()
    ]


@pytest.mark.parametrize(("apart", "is_circle"), [(179, True), (180, True), (181, False)])
def test_the_last_day_of_the_window_is_within(apart: int, is_circle: bool) -> None:
    rows = [sale("S1", 0, "D", "C"), sale("S2", apart, "C", "D")]
    assert (circles(sales(rows), None, Bounds(window_days=180)).height == 2) == is_circle


@pytest.mark.parametrize(("apart", "is_circle"), [(180, True), (181, False)])
def test_a_circle_takes_180_days_unless_something_else_is_asked(apart: int, is_circle: bool) -> None:
    found = circles(sales([sale("S1", 0, "D", "C"), sale("S2", apart, "C", "D")]), None)
    assert (found.height == 2) == is_circle


@pytest.mark.parametrize(("steps", "is_circle"), [(2, True), (6, True), (7, False)])
@pytest.mark.parametrize("apart", [1, 0], ids=["ordered", "within a day"])
def test_a_circle_has_six_steps_unless_something_else_is_asked(steps: int, is_circle: bool, apart: int) -> None:
    rows = [sale(f"S{at}", at * apart, f"P{at}", f"P{(at + 1) % steps}") for at in range(steps)]
    assert (circles(sales(rows), None).height == steps) == is_circle


@pytest.mark.parametrize(("amounts", "is_circle"), [
    ((100.0, 110.0), True), ((110.0, 100.0), True), ((100.0, 110.01), False), ((110.01, 100.0), False),
    # their logarithms differ by more than that of 1.1 in the last digit
    ((200.0, 220.0), True), ((385.0, 350.0), True),
    # each a tenth more than the one before, and the last a fifth more than the first
    ((100.0, 110.0, 121.0), False), ((100.0, 110.0, 110.0), True),
])  # fmt: skip
@pytest.mark.parametrize("apart", [1, 0], ids=["ordered", "within a day"])
def test_amounts_are_alike_up_to_a_tenth_and_not_beyond(
    amounts: tuple[float, ...], is_circle: bool, apart: int
) -> None:
    count = len(amounts)
    rows = [payment(f"T{at}", at * apart, f"P{at}", f"P{(at + 1) % count}", one) for at, one in enumerate(amounts)]
    assert (circles(payments(rows), None, Bounds(tolerance=TOLERANCE)).height == count) == is_circle


@pytest.mark.parametrize("places", [(1, 3), (2, 2), (3, 1)])
def test_days_are_counted_from_date_to_date_whatever_the_place_within_them(places: tuple[int, int]) -> None:
    for apart, is_circle in ((10, True), (11, False)):
        rows = [sale("S1", 0, "D", "C", sequence=places[0]), sale("S2", apart, "C", "D", sequence=places[1])]
        rows += [sale(f"X{on}{n}", on, "A", "B", sequence=n) for on in (0, apart) for n in (1, 2, 3)]
        assert (circles(sales(rows), None, Bounds(window_days=10)).height == 2) == is_circle


def test_a_window_before_its_beginning_is_refused() -> None:
    with pytest.raises(ValueError, match="window_days must be 0 or more, not -1"):
        Bounds(window_days=-1)
    assert Bounds(window_days=0).window_days == 0


def test_a_sequence_orders_a_day_and_without_one_a_loop_stands_apart() -> None:
    there, back = sale("S1", 0, "D", "C"), sale("S2", 0, "C", "D")
    assert keys(circles(sales([there | {"sequence": 1}, back | {"sequence": 2}]), None)) == [(True, ["S1", "S2"])]
    assert keys(circles(sales([there | {"sequence": 1}, back]), None)) == [(False, ["S1", "S2"])]
    # equal places have no order either
    assert keys(circles(sales([there | {"sequence": 1}, back | {"sequence": 1}]), None)) == [(False, ["S1", "S2"])]
    assert count_circles(sales([there, back]), None).is_empty()


def test_what_only_some_payments_have_orders_none_of_them() -> None:
    at = datetime(2025, 1, 1, 10)
    rows = [payment("T1", 0, "A", "B", paid_at=at, sequence=1), payment("T2", 0, "B", "A", paid_at=at)]
    assert keys(circles(payments(rows), None, Bounds(tolerance=0.1))) == [(False, ["T1", "T2"])]
    later = rows[1] | {"paid_at": at + timedelta(minutes=1)}
    assert keys(circles(payments([rows[0], later]), None, Bounds(tolerance=0.1))) == [(True, ["T1", "T2"])]
    # what happens on the same day among others has no say
    others = [payment("T3", 0, "C", "D")]
    assert keys(circles(payments([rows[0], later, *others]), None, Bounds(tolerance=0.1))) == [(True, ["T1", "T2"])]


def test_the_first_arrival_in_the_group_closes_as_of_the_first_step() -> None:
    rows = [sale("S1", 0, "D1", "C"), sale("S2", 5, "C", "D2"), sale("S3", 9, "D2", "D1")]
    whole = [(True, ["S1", "S2", "S3"])]
    assert keys(circles(sales(rows), None)) == whole
    at_first = memberships(("D1", "G", None, None), ("D2", "G", 0, 0))
    assert keys(circles(sales(rows), at_first)) == [(True, ["S1", "S2"])]
    # D2 came to the group after the first step
    assert keys(circles(sales(rows), memberships(("D1", "G", None, None), ("D2", "G", 1, None)))) == whole


def test_a_loop_of_unknown_order_may_end_at_another_party_of_the_group_and_pass_two_of_another() -> None:
    groups = memberships(*((party, party[0], None, None) for party in ("D1", "D2", "C1", "C2")))
    rows = [sale("S1", 0, "D1", "C1"), sale("S2", 0, "C1", "C2"), sale("S3", 0, "C2", "D2")]
    assert keys(circles(sales(rows), groups)) == [(False, ["S1", "S2", "S3"])]
    # inside one group nothing comes back
    inside = [sale("S1", 0, "D1", "D2"), sale("S2", 0, "D2", "D1")]
    assert circles(sales(inside), groups).is_empty()


def test_an_amount_that_is_not_given_is_like_no_other() -> None:
    rows = [sale("S1", 0, "D", "C", price=100.0), sale("S2", 0, "C", "D")]
    assert circles(sales(rows), None, Bounds(tolerance=0.1)).is_empty()
    assert circles(sales(rows), None).height == 2


def test_every_step_is_told_with_its_row_and_an_empty_table_gives_an_empty_one() -> None:
    found = circles(sales([sale("S1", 0, "D", "C", price=9.0), sale("S2", 3, "C", "D", price=8.0)]), None)
    assert found.columns == ["circle", "step", "steps", "is_ordered", *STEP]
    assert found.row(1)[:9] == (1, 2, 2, True, "sales", "S2", "C", "D", START + timedelta(days=3))
    for empty in (sales([]), payments([])):
        assert circles(empty, memberships(), Bounds(tolerance=0.1)).schema == found.schema
        assert count_circles(empty, None).is_empty()


def test_rings_of_equal_amounts_are_as_many_rounds_however_many_circles_they_make() -> None:
    ends = (("D", "X"), ("X", "C"), ("C", "D"))
    paid = [
        {"row_key": f"Y{ring:02}{step}", "payer_id": payer, "payee_id": payee, "amount": 100.0, "currency": "CNY",
         "paid_on": START + timedelta(ring + step)}
        for ring in range(60)
        for step, (payer, payee) in enumerate(ends)
    ]  # fmt: skip
    steps = of_payments(pl.DataFrame([dict.fromkeys(PAYMENTS) | row for row in paid[::-1]], schema=PAYMENTS))
    found, days = rounds(steps, None, Bounds(tolerance=0.1))
    assert count_circles(steps, None, Bounds(tolerance=0.1))["circles"].sum() > 30_000
    keys = found.group_by("circle", maintain_order=True).agg("row_key")["row_key"].to_list()
    assert (keys, days) == ([[f"Y{ring:02}{step}" for step in range(3)] for ring in range(60)], 180)


def test_rounds_of_circles_too_many_to_list_are_those_of_a_shorter_time(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def found(steps: Steps, groups: object, bounds: Bounds) -> pl.DataFrame:
        asked.append(bounds.window_days)
        if bounds.window_days > 50:
            raise TooManyCyclesError("too many")
        return ordered(steps, None, bounds)

    ordered = of_circles.ordered_circles
    monkeypatch.setattr(of_rounds, "ordered_circles", found)
    there_and_back = [("D", "C", 0), ("C", "D", 9), ("C", "D", 12)]
    paid = [
        {"row_key": f"Y{day}", "payer_id": payer, "payee_id": payee, "amount": 9.0, "paid_on": START + timedelta(day)}
        for payer, payee, day in there_and_back
    ]
    steps = of_payments(pl.DataFrame([dict.fromkeys(PAYMENTS) | row for row in paid], schema=PAYMENTS))
    taken, days = rounds(steps, None, Bounds(tolerance=0.1))
    assert (asked, days, taken["row_key"].to_list()) == ([180, 90, 45], 45, ["Y0", "Y9"])
    # what the detector told comes before all others, however short the time
    told, _ = rounds(steps, None, Bounds(tolerance=0.1), told=["Y0|Y12"])
    assert told["row_key"].to_list() == ["Y0", "Y12"]
