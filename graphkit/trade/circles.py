"""Cars and money that come back: every circle of sales of one car, and of payments of like amount, row by row."""

import math
from dataclasses import dataclass

import polars as pl

from graphkit.algorithms.chains_within import chains_within, led_into
from graphkit.algorithms.components import components, strongly_connected
from graphkit.algorithms.simple_cycles import simple_cycles
from graphkit.algorithms.temporal_cycles import temporal_cycles
from graphkit.algorithms.validity import as_number, with_numbers

WINDOW_DAYS = 180
"""Days from the first to the last step of a circle, inclusive: half a year (our judgement)."""

MAX_LENGTH = 6
"""The most steps of a circle: longer ones are chains of ordinary trade (our judgement)."""

MAX_INVOICES = 20
"""The most invoices of a car: a VIN with more is a number that somebody filled in (our judgement)."""

UNDONE_DAYS = 30
"""Days within which a sale is undone: a month to change one's mind (our judgement)."""

OFTEN = 3
"""Undone sales of one seller to one person that are no customer's change of mind any more (our judgement)."""

TOLERANCE = 0.1
"""By how much amounts may differ from step to step, and the last from the first (our judgement)."""

_ROUNDED = 1e-12
"""Amounts exactly one tolerance apart are within it, however their logarithms are rounded."""

CAR_STEP, MONEY_STEP = "invoice of the circle", "payment of the circle"
"""The roles of the rows that prove a circle, in the order of its steps."""

STEP = ("table", "row_key", "from_id", "to_id", "on_date", "kind", "vin", "amount", "currency")
"""What is told of a step; ``kind`` is that of the invoice, or the purpose of the payment."""


@dataclass(frozen=True)
class Bounds:
    """What counts as a circle: ``window_days`` from its first to its last step, inclusive; ``max_length``, its most
    steps; ``tolerance``, by how much amounts may differ, or none where they do not matter.

    Raises ``ValueError`` for a negative window.
    """

    window_days: int = WINDOW_DAYS
    max_length: int = MAX_LENGTH
    tolerance: float | None = None

    def __post_init__(self) -> None:
        """Refuse a window that ends before it begins."""
        if self.window_days < 0:
            raise ValueError(f"window_days must be 0 or more, not {self.window_days}")


BOUNDS = Bounds()
"""Those of circles of cars, unless something else is asked."""


@dataclass(frozen=True)
class Steps:
    """Dated steps between parties that may make up circles, as :func:`of_sales` and :func:`of_payments` give them.

    ``rows``: the columns of ``STEP``; ``scope``, what all steps of a circle share (the car, the currency); ``place``,
    the place within the day from 0. Steps of one day whose order is not known have one place.
    """

    rows: pl.DataFrame

    @property
    def units(self) -> int:
        """How many units of time a day has: twice its places, so that days apart never depend on places."""
        return 2 * (int(self.rows["place"].max() or 0) + 1)  # type: ignore[arg-type]


def of_sales(sales: pl.DataFrame) -> Steps:
    """Every invoice between two known parties; ``sequence`` orders those of one car and day where each has one."""
    rows = sales.select(
        pl.lit("sales").alias("table"), "row_key", "kind", "vin", "currency", "sequence",
        from_id="seller_id", to_id="buyer_id", on_date="invoiced_on", amount="price", scope="vin",
    )  # fmt: skip
    day = ["vin", "on_date"]
    known = pl.when(pl.col("sequence").is_not_null().all().over(day)).then("sequence")
    return _placed(_between_two(rows), day, known)


def of_payments(payments: pl.DataFrame) -> Steps:
    """Every payment between two known parties.

    ``paid_at``, then ``sequence``, orders the payments of one day that hang together, where each of them has one;
    where some have none, it orders none of them.
    """
    rows = _between_two(
        payments.select(
            pl.lit("payments").alias("table"), "row_key", "amount", "currency", "sequence", "paid_at",
            from_id="payer_id", to_id="payee_id", on_date="paid_on", kind="purpose", vin=pl.lit(None, pl.String),
            # a currency that is not given is one of its own
            scope=pl.col("currency").fill_null(""),
        )
    )  # fmt: skip
    if not rows.select(pl.any_horizontal(pl.col("paid_at", "sequence").is_not_null()).any()).item():
        return Steps(rows.with_columns(place=pl.lit(0, pl.Int64())))
    ends = _numbered(rows, "on_date")
    together = components(ends[1], ends[0]["tail"].to_numpy(), ends[0]["head"].to_numpy())
    rows = rows.with_columns(together=pl.Series(together[ends[0]["tail"].to_numpy()]))
    known = [
        pl.when(pl.col(name).is_not_null().all().over("together")).then(name).alias(name)
        for name in ("paid_at", "sequence")
    ]
    return _placed(rows, ["together"], pl.struct(known))


def circles(steps: Steps, groups: pl.DataFrame | None, bounds: Bounds = BOUNDS) -> pl.DataFrame:
    """Every circle, then every loop of unknown order, a row a step.

    ``circle`` and ``step`` (both from 1), ``steps``, ``is_ordered``, then ``STEP``. They are what
    :func:`ordered_circles` and then :func:`unordered_loops` (``is_ordered`` false) give; it raises what those do.

    >>> import datetime as dt
    >>> sales = pl.DataFrame({
    ...     "row_key": ["S1", "S2"], "vin": ["V", "V"], "seller_id": ["D", "C"], "buyer_id": ["C", "D"],
    ...     "invoiced_on": [dt.date(2025, 1, 1), dt.date(2025, 3, 1)], "kind": ["retail", "resale"],
    ...     "sequence": [None, None], "price": [9.0, 8.0], "currency": ["CNY", "CNY"],
    ... })
    >>> circles(of_sales(sales), None).select("circle", "step", "steps", "from_id", "to_id").rows()
    [(1, 1, 2, 'D', 'C'), (1, 2, 2, 'C', 'D')]
    """
    both = [ordered_circles(steps, groups, bounds), unordered_loops(steps, groups, bounds)]
    return pl.concat(both).with_columns(circle=(pl.col("step") == 1).cum_sum().cast(pl.Int64))


def returns(steps: Steps, groups: pl.DataFrame, bounds: Bounds = BOUNDS) -> pl.DataFrame:
    """The circles of :func:`circles` with ``groups``, then those that come back to the very same party by way of its
    own group: with groups they close there, or do not begin. Then what whoever does not know that the second party
    belongs to the group sees leave it and come back: chains of two steps or more, one of them retail, that lie inside
    one group from end to end, and circles that one step inside their group leads into.
    """
    through, alone = circles(steps, groups, bounds), circles(steps, None, bounds)
    rows = pl.col("row_key").sort().str.join("|").over("circle")
    told = through.select(key=rows).unique()
    more = alone.with_columns(key=rows).join(told, on="key", how="anti", maintain_order="left").drop("key")
    both = pl.concat([through, more, _told(_inside(through, steps, groups, bounds), steps.rows, is_ordered=True)])
    return both.with_columns(circle=(pl.col("step") == 1).cum_sum().cast(pl.Int64))


def ordered_circles(steps: Steps, groups: pl.DataFrame | None, bounds: Bounds = BOUNDS) -> pl.DataFrame:
    """Every circle, earliest first: the temporal cycles of :func:`graphkit.algorithms.temporal_cycles` on parties.

    With ``groups`` (``SHAPES["groups"]``) a circle also closes on the first party's control group as of the first step.
    The window counts from date to date. Columns are those of :func:`circles`. Raises ``ValueError`` and
    ``TooManyCyclesError`` as that function does.
    """
    found = _found(steps, groups, bounds, count_only=False).rename({"cycle": "circle"})
    return _told(found, steps.rows, is_ordered=True)


def unordered_loops(steps: Steps, groups: pl.DataFrame | None, bounds: Bounds = BOUNDS) -> pl.DataFrame:
    """Every set of steps of one day and place that would be a circle in some order, which nobody knows: no proof.

    The window has no part in it. Columns are those of :func:`circles`; steps follow one another, the first is that of
    the smallest row or, where a control group is what closes the loop, the one that leaves it. Raises
    ``TooManyCyclesError`` as :func:`graphkit.algorithms.simple_cycles` does.
    """
    rows = _knotted(steps.rows, groups)
    loops = [_party_loops(rows, bounds.max_length), _group_loops(rows, bounds.max_length)]
    joined = pl.concat(loops).join(rows.select("row", "on_date", "amount"), on="row", how="left")
    joined = joined.sort("kind", "circle", "step")
    if bounds.tolerance is not None:
        following = pl.col("amount").shift(-1).fill_null(pl.col("amount").first()).over("kind", "circle")
        is_like = (pl.min_horizontal("amount", following) > 0) & (
            (following / pl.col("amount")).log().abs() <= math.log1p(bounds.tolerance) + _ROUNDED
        )
        joined = joined.filter(is_like.fill_null(False).all().over("kind", "circle"))
    # by day, then by rows
    key = pl.col("row").cast(pl.String).str.zfill(10).str.join().over("kind", "circle")
    ordered = joined.with_columns(key=key).sort("on_date", "key", "step")
    return _told(ordered.with_columns(circle=(pl.col("step") == 1).cum_sum()), steps.rows, is_ordered=False)


def count_circles(steps: Steps, groups: pl.DataFrame | None, bounds: Bounds = BOUNDS) -> pl.DataFrame:
    """How many circles there are, without listing them: ``length``, ``circles``; loops of unknown order are none."""
    return _found(steps, groups, bounds, count_only=True).rename({"cycles": "circles"})


def _found(steps: Steps, groups: pl.DataFrame | None, bounds: Bounds, *, count_only: bool) -> pl.DataFrame:
    rows, units = steps.rows, steps.units
    ends, _ = _numbered(rows, "scope")
    return temporal_cycles(
        ends["tail"],
        ends["head"],
        rows.select(as_number("on_date", 0) * units + pl.col("place")).to_series(),
        # to the last place of the last day
        window=bounds.window_days * units + units // 2 - 1,
        max_length=bounds.max_length,
        amount=rows["amount"] if bounds.tolerance is not None else None,
        tolerance=bounds.tolerance,
        groups=None if groups is None else _homes(rows, ends, groups, units),
        count_only=count_only,
    )


def _inside(through: pl.DataFrame, steps: Steps, groups: pl.DataFrame, bounds: Bounds) -> pl.DataFrame:
    """What begins with a step inside a group and does not return to the same party: circle, step, row."""
    rows = steps.rows.with_row_index("row")
    dated = rows.select(
        "row", "scope", "from_id", "to_id", "place", day=as_number("on_date", 0),
        is_marked=(pl.col("kind") == "retail").fill_null(False),
    )  # fmt: skip
    begun = through.filter("is_ordered").join(rows.select("row", "row_key"), on="row_key")
    begun = begun.select("step", "row", chain="circle")
    held, width = with_numbers(groups), bounds.max_length
    parts = [
        chains_within(dated, held, window=bounds.window_days, max_length=width),
        led_into(begun, dated, held, window=bounds.window_days, max_length=width),
    ]
    # numbers of their own
    return pl.concat(part.with_columns(circle=2 * pl.col("chain") + n) for n, part in enumerate(parts)).drop("chain")


def _between_two(rows: pl.DataFrame) -> pl.DataFrame:
    """The steps between two known and different parties, in an order that is their own."""
    return rows.filter(pl.col("from_id") != pl.col("to_id")).sort("scope", "on_date", "row_key")


def _placed(rows: pl.DataFrame, day: list[str], order: pl.Expr) -> Steps:
    rank = pl.struct(*day, order.alias("order")).rank("dense").cast(pl.Int64)
    rows = rows.with_columns(place=rank)
    return Steps(rows.with_columns(pl.col("place") - pl.col("place").min().over(day)))


def _numbered(rows: pl.DataFrame, within: str, tail: str = "from_id", head: str = "to_id") -> tuple[pl.DataFrame, int]:
    """``tail`` and ``head``: a number for each party within each value of a column; and how many numbers there are."""
    ends = pl.concat([rows.select(within, party_id=end) for end in (tail, head)])
    number = ends.select(pl.struct(within, "party_id").rank("dense").cast(pl.Int64) - 1).to_series()
    return pl.DataFrame({"tail": number[: rows.height], "head": number[rows.height :]}), number.n_unique()


def _homes(rows: pl.DataFrame, ends: pl.DataFrame, groups: pl.DataFrame, units: int) -> pl.DataFrame:
    """The control groups of the numbered parties, as ``temporal_cycles`` takes them."""
    sides = [("from_id", "tail"), ("to_id", "head")]
    numbers = [rows.select("scope", party_id=end).with_columns(vertex=ends[number]) for end, number in sides]
    dated = with_numbers(groups).with_columns(first=pl.col("first") * units, last=(pl.col("last") + 1) * units - 1)
    held = pl.concat(numbers).unique().join(dated, on="party_id")
    return held.select("vertex", "first", "last", group=pl.struct("scope", "group_id").rank("dense"))


def _knotted(rows: pl.DataFrame, groups: pl.DataFrame | None) -> pl.DataFrame:
    """The steps that may lie on a loop of one moment: ``row``, ends, their homes, ``moment``, ``knot``, …"""
    moment = ["scope", "on_date", "place"]
    several = rows.with_row_index("row").filter(pl.len().over(moment) > 1)
    homes = {f"{end}_home": _home_on_the_day(several, f"{end}_id", groups) for end in ("from", "to")}
    several = several.with_columns(moment=pl.struct(moment).rank("dense"), **homes)
    ends, count = _numbered(several, "moment", "from_home", "to_home")
    knots = strongly_connected(count, *(ends[end].to_numpy() for end in ("tail", "head")))
    several = several.with_columns(knot=knots[ends["tail"].to_numpy()], other=knots[ends["head"].to_numpy()])
    # a loop leaves every group that it begins in
    leaves = (pl.col("from_home") != pl.col("to_home")).any().over("knot")
    return several.filter(pl.col("knot") == pl.col("other")).filter(leaves)


def _party_loops(rows: pl.DataFrame, max_length: int) -> pl.DataFrame:
    """Loops that come back to a party: kind, circle, step, row; the smallest row is the first step."""
    ends, _ = _numbered(rows, "knot")
    loops = simple_cycles(ends["tail"], ends["head"], max_length=max_length).rename({"cycle": "circle"})
    loops = loops.with_columns(rows[loops["row"]].select("row", "from_home"))
    # it must be able to begin at a party of whose group it meets nobody else
    is_met_once = (pl.len().over("circle", "from_home") == 1).any().over("circle")
    first = pl.col("step").get(pl.col("row").arg_min()).over("circle")
    return _beginning(loops.filter(is_met_once), 0, first)


def _group_loops(rows: pl.DataFrame, max_length: int) -> pl.DataFrame:
    """Loops that end at another party of the group that they begin in: kind, circle, step, row."""
    members = pl.concat([rows.select("knot", home=f"{end}_home", party_id=f"{end}_id") for end in ("from", "to")])
    several = members.group_by("knot", "home").agg(pl.col("party_id").n_unique()).filter(pl.col("party_id") > 1)
    # each such group is one party in a copy of its knot
    copies = rows.join(several.select("knot", "home").sort("knot", "home"), on="knot", maintain_order="left_right")
    one = [
        pl.when(pl.col(f"{end}_home") == pl.col("home")).then(pl.lit(None)).otherwise(f"{end}_id").alias(f"{end}_id")
        for end in ("from", "to")
    ]
    ends, _ = _numbered(copies.with_columns(within=pl.struct("knot", "home")).with_columns(one), "within")
    loops = simple_cycles(ends["tail"], ends["head"], max_length=max_length).rename({"cycle": "circle"})
    loops = loops.with_columns(copies[loops["row"]].select("row", "from_id", "to_id"))
    before = pl.col("to_id").shift(1).over("circle").fill_null(pl.col("to_id").last().over("circle"))
    loops = loops.with_columns(begins=pl.col("from_id") != before)
    first = pl.col("step").filter("begins").first().over("circle")
    return _beginning(loops.filter(pl.col("begins").any().over("circle")), 1, first)


def _beginning(loops: pl.DataFrame, kind: int, first: pl.Expr) -> pl.DataFrame:
    """The loops turned so that the step ``first`` is their first one."""
    step = (pl.col("step") - first) % pl.len().over("circle") + 1
    return loops.select("circle", step.cast(pl.Int64).alias("step"), "row", kind=pl.lit(kind))


def _home_on_the_day(rows: pl.DataFrame, end: str, groups: pl.DataFrame | None) -> pl.Series:
    """The control group of one end of each step on its day, or the party itself where it is in none."""
    if groups is None:
        return rows[end]
    dated = rows.select("row", day=as_number("on_date", 0), party_id=end).join(with_numbers(groups), on="party_id")
    held = dated.filter(pl.col("day").is_between("first", "last")).select("row", "group_id")
    return rows.join(held, on="row", how="left", maintain_order="left").select(pl.coalesce("group_id", end)).to_series()


def _told(circles: pl.DataFrame, rows: pl.DataFrame, *, is_ordered: bool) -> pl.DataFrame:
    """The rows of the steps, in the order of the listing."""
    steps = circles.with_columns(rows[circles["row"]].select(STEP))
    first = (pl.col("step") == 1).cum_sum().cast(pl.Int64)
    length = pl.len().over("circle").cast(pl.Int64)
    return steps.select(
        first.alias("circle"), "step", length.alias("steps"), pl.lit(is_ordered).alias("is_ordered"), *STEP
    )
