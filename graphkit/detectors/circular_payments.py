"""Cars paid with money that goes round: the seller's group pays, and its own money comes back as the price.

What it finds
    A retail car whose price lies on a circle of payments: two to six of them, within 180 days, in one currency, each
    within 10 % of the one before and the last within 10 % of the first, back to the first payer or its control group.
Why it matters
    Who pays a price with the seller's own money has bought nothing: the sale is on paper, and the next one can be paid
    with the same money.
How it decides
    A payment pays for a car where it names the invoice or the VIN, or has its parties, its amount and its time; where
    its amount is only near the price, or another car or payment would do as well, the car is undecided, which holds
    back no export. Payments make a chain where each begins with the payee of the one before it, later in time; the
    order within one day counts only where ``paid_at`` or ``sequence`` tells it. The chain closes on the first payer, or
    on a party of its control group as of the first payment (proven control only). No payment is in two circles, since
    the same money pays once: the circles are taken in the order in which their money went out and came back. Of circles
    too many to list in 180 days the detector lists those within half the time, or a quarter, and so on, and then clears
    no car. Chance is judged by shuffles: who is paid by whom in a month is dealt out anew, everybody as often as
    before, and the prices on circles are counted.
Lawful look-alikes
    Floor-plan and purchase finance, refunds and cash pooling, where the purpose of a payment says so; returns, swaps,
    leasebacks and trade-ins, where an invoice does. The car is undecided where the purpose of a payment says nothing,
    and where a lessor in the circle may have financed it.
What it misses
    Cash; money that is split, gathered or mixed with other money on its way, or travels for more than 180 days; prices
    without a payment in the extract; amounts near a price among parties with more than 100,000 possible
    pairs. In an extract of few other payments a shuffle deals the same circles again, and nothing stands out.
References
    AS 2410 on sellers that fund their buyers; Devaynes v Noble on tracing money first in, first out; Fosdick and others
    2018 on shuffles.
"""

from dataclasses import dataclass, replace
from functools import partial

import narwhals as nw
import polars as pl

from graphkit.algorithms.cycle_threads import TooManyCyclesError
from graphkit.algorithms.frames import Lazy, lazy_of, polars_of
from graphkit.algorithms.thresholds import setting
from graphkit.facts.control_on_day import home_rows
from graphkit.facts.money_circles import WHOSE_PRICE, Facts, facts_of, judged_circles, taken_circles
from graphkit.facts.outcome import CLEAR, exposure_of, hits_of, on, sentence, with_party, with_unit
from graphkit.look_alikes import cash_pooling, dealer_swap, floor_plan, leaseback, refund, returned_sale, trade_in
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, Verdict
from graphkit.trade import circles
from graphkit.trade.money_rounds import Numbers, Rounds, circles_of, dealt, rounds_of
from graphkit.trade.paid_sales import SURE, TIE_DAYS, paid_sales


@dataclass(frozen=True)
class Settings:
    """What a circle of payments is, which payment pays for which car, and how often chance is asked."""

    window_days: int = setting(
        circles.WINDOW_DAYS,
        "days",
        "from the first to the last payment, inclusive: half a year, as for cars (our judgement)",
    )
    max_length: int = setting(
        circles.MAX_LENGTH, "payments", "longer chains of like amounts are ordinary trade (our judgement)"
    )
    tolerance: float = setting(
        circles.TOLERANCE,
        "share of the amount",
        "fees and rounding change a sum that is passed on, or a price, by less (our judgement)",
    )
    tie_days: int = setting(
        TIE_DAYS,
        "days",
        "between an invoice and the payment of its price that does not name it: a month's terms (our judgement)",
    )
    draws: int = setting(99, "shuffles", "so many that the draws themselves show a p of 0.01")

    @property
    def bounds(self) -> circles.Bounds:
        """What a circle is."""
        return circles.Bounds(self.window_days, self.max_length, self.tolerance)


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every retail car whose price was seen paid, counted by invoice month and seller."""
    market = market.in_memory(("sales", "payments"))
    sales, payments = (polars_of(market.tables[name]) for name in ("sales", "payments"))
    paid = paid_sales(sales, payments, tie_days=settings.tie_days, tolerance=settings.tolerance)
    rounds = rounds_of(payments, polars_of(market.groups))
    facts = facts_of(rounds, paid, sales, market)
    steps, listed = _listed(rounds, settings)
    is_listed = listed.window_days == settings.window_days
    hits = _hits(steps, facts, rounds)
    judged = _tested(paid, hits, market).join(lazy_of(hits), on="vin", how="left").with_columns(
        is_hit=~nw.col("verdict").is_null(),
        # of circles too many to list no car is cleared
        verdict=nw.coalesce("verdict", nw.lit(CLEAR if is_listed else Verdict.INDETERMINATE.value)),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("seller_id"),
        counterparty_id=nw.col("buyer_id"),
        on_date=nw.col("invoiced_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        rule=nw.lit(None, dtype=nw.String),
        value_unit=nw.coalesce(nw.col("currency"), nw.lit("currency not given")),
        reason=sentence(
            nw.col("seller_id"), " sold the car to ", nw.col("buyer_id"), " on ", on(nw.col("invoiced_on")),
            ", and its price lies on a circle of payments from ", nw.col("first_id"), " on ", on(nw.col("first_on")),
            " to ", nw.col("last_id"), " on ", on(nw.col("last_on")), " (payments: ",
            nw.col("steps").cast(nw.String), ")",
        ),
    )  # fmt: skip
    judged = with_unit(judged, "dealer_month", "seller_id", "invoiced_on")
    is_drawn = (hits["verdict"] == Verdict.FLAGGED.value).any()
    units = polars_of(judged.select("vin", "unit_id"))
    return Outcome(
        hits_of(judged, "vehicle"),
        exposure_of(judged),
        _evidence(judged, steps, rounds, market),
        shuffled=lazy_of(_shuffled(rounds, facts, units, listed)) if is_drawn else None,
        draws=settings.draws if is_drawn else 0,
    )


def _listed(rounds: Rounds, settings: Settings) -> tuple[pl.DataFrame, Settings]:
    """The circles and unordered loops of the payments as they are, within the longest time in which they can be listed.

    That is the window of the settings, else its half, its quarter, and so on; the settings come back with it.
    """
    find = partial(circles.circles, bounds=settings.bounds)
    try:
        return circles_of(rounds, rounds.payees[None, :], find), settings
    except TooManyCyclesError:
        if settings.window_days:
            return _listed(rounds, replace(settings, window_days=settings.window_days // 2))
        none = replace(rounds, rows=rounds.rows.clear())
        return circles_of(none, none.payees[None, :], find), settings


def _tested(paid: pl.DataFrame, hits: pl.DataFrame, market: Market) -> Lazy:
    """The cars whose price was surely seen paid, which alone may be flagged; and all that lie on a circle."""
    seen = paid.filter(pl.col("matched_by").is_in(SURE) | pl.col("vin").is_in(hits["vin"].implode()))
    cars = seen.select("vin", "seller_id", "buyer_id", "invoiced_on", "sale_key").unique("vin", keep="any")
    tested = with_party(lazy_of(cars), market, "seller_id", "seller")
    return tested.filter((nw.col("seller_kind") != "person").fill_null(True))


def _hits(steps: pl.DataFrame, facts: Facts, rounds: Rounds) -> pl.DataFrame:
    """One circle a car: vin, verdict, look_alike, missing, value, currency, circle, steps, first_id, last_id, …"""
    taken = taken_circles(steps, judged_circles(steps, facts), rounds).drop("draw", "steps", "is_ordered")
    mine = steps.join(taken, on="circle")
    ends = [
        mine.filter(pl.col("step") == step).select("circle", place=place)
        for step, place in ((1, "from_place"), (pl.col("steps"), "to_place"))
    ]
    for name, end in zip(("first_id", "last_id"), ends, strict=True):
        at = end.with_columns(rounds.parties[end["place"]].alias(name)).drop("place")
        mine = mine.join(at, on="circle")
    cars = mine.join(facts.payments.select("number", "vin", "is_sure").drop_nulls(), on="number")
    cars = _unless_unsure(cars).sort("at", "step")
    return cars.unique("vin", keep="first", maintain_order=True).select(
        "vin", "verdict", "look_alike", "missing", "currency", "circle", "steps", "first_id", "first_on", "last_id",
        "last_on", value="amount",
    )  # fmt: skip


def _unless_unsure(cars: pl.DataFrame) -> pl.DataFrame:
    """Where another price proves the circle, a car whose own price is not sure is undecided all the same."""
    is_open = ~pl.col("is_sure") & (pl.col("verdict") == Verdict.FLAGGED.value)
    return cars.with_columns(
        missing=pl.when(is_open).then(pl.lit(WHOSE_PRICE)).otherwise("missing"),
        verdict=pl.when(is_open).then(pl.lit(Verdict.INDETERMINATE.value)).otherwise("verdict"),
    )


def _shuffled(rounds: Rounds, facts: Facts, units: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """What shuffles flag of the cars whose prices are where they happen to be: unit_id, draw, flagged."""
    counts, drawn = [], 0
    for payees in dealt(rounds, settings.draws):
        counts.append(_counts(rounds, payees, facts, units, settings).with_columns(pl.col("draw") + drawn))
        drawn += len(payees)
    return pl.concat(counts)


def _counts(rounds: Rounds, payees: Numbers, facts: Facts, units: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    try:
        steps = circles_of(rounds, payees, partial(circles.ordered_circles, bounds=settings.bounds))
    except TooManyCyclesError:
        if len(payees) == 1:
            # a draw with circles beyond number could flag every car
            return _by_unit(units.with_columns(draw=pl.lit(0, pl.Int64())))
        half = len(payees) // 2
        parts = [_counts(rounds, part, facts, units, settings) for part in (payees[:half], payees[half:])]
        return pl.concat([parts[0], parts[1].with_columns(pl.col("draw") + half)])
    judged = judged_circles(steps, facts).filter(pl.col("verdict") == Verdict.FLAGGED.value)
    taken = taken_circles(steps, judged, rounds).select("circle")
    cars = steps.join(taken, on="circle", how="semi").select("draw", "number")
    priced = facts.payments.filter("is_sure").select("number", "vin")
    cars = cars.join(priced, on="number").select("draw", "vin").unique()
    return _by_unit(cars.join(units, on="vin"))


def _by_unit(cars: pl.DataFrame) -> pl.DataFrame:
    return cars.group_by("unit_id", "draw").agg(flagged=pl.len().cast(pl.Int64))


def _evidence(judged: Lazy, steps: pl.DataFrame, rounds: Rounds, market: Market) -> Lazy:
    """The invoice, the payments of the circle in their order, and what proves that it came home."""
    hits = judged.filter(nw.col("is_hit")).select("subject_id", "sale_key", "circle", "first_id", "first_on", "last_id")
    invoices = hits.select(
        "subject_id", ordinal=nw.lit(0).cast(nw.Int64), table=nw.lit("sales"), row_key="sale_key",
        role=nw.lit("invoice"),
    )  # fmt: skip
    keys = steps.join(rounds.rows.select("number", key="row_key"), on="number").select("circle", "step", "key")
    payments = hits.join(lazy_of(keys), on="circle").select(
        "subject_id", ordinal="step", table=nw.lit("payments"), row_key="key", role=nw.lit(circles.MONEY_STEP)
    )
    away = hits.filter(nw.col("first_id") != nw.col("last_id")).select("subject_id", "first_id", "last_id", "first_on")
    return nw.concat([invoices, payments, home_rows(away, market)], how="vertical")


DETECTOR = Detector(
    id="circular_payments",
    title="Car paid with money that went round",
    family="circular_money",
    accountable="dealer",
    null=Null.SHUFFLE,
    severity=0.9,
    confidence=0.7,
    status="stable",
    version="2",
    look_alikes=(
        cash_pooling.LOOK_ALIKE,
        dealer_swap.LOOK_ALIKE,
        floor_plan.LOOK_ALIKE,
        leaseback.LOOK_ALIKE,
        refund.LOOK_ALIKE,
        returned_sale.LOOK_ALIKE,
        trade_in.LOOK_ALIKE,
    ),
    references=(
        Reference(
            "PCAOB, AS 2410 Related Parties, adopted as AS 18 by Release 2014-002",
            "2014-06-10",
            "paragraph .A2, signs of undisclosed related parties",
        ),
        Reference("Devaynes v Noble, English Reports", "1816", "35 ER 781"),
        Reference(
            "Fosdick, Larremore, Nishimura and Ugander, Configuring random graph models, SIAM Review",
            "2018",
            "volume 60, number 2, pages 315 to 355",
        ),
    ),
    needs={
        "sales": ("sale_id", "vin", "seller_id", "buyer_id", "kind", "invoiced_on"),
        "payments": ("payer_id", "payee_id", "paid_on", "amount"),
        "parties": ("party_id", "kind"),
    },
    reads_absence_of=(),
    floors=Floors(
        min_tested=10,
        min_flagged=5,
        min_share=0.05,
        min_effect=2.0,
        why="five cars and one in twenty of those whose price was seen paid (our judgement): some money comes back",
    ),
    settings=Settings(),
    detect=detect,
    unlisted="all circles of payments: there are too many to list over the whole window",
    doubts=(WHOSE_PRICE,),
    assumptions=(
        "Control is that of the day of the first payment.",
        "A payment that names no invoice and no car settles the nearest open one of its parties with its amount.",
    ),
    deduction=Deduction("paid_in_circle"),
    binds_seller=(
        "its rule shows that the price of that very sale went round by way of the seller, who therefore has a part in "
        "what the buyer did with the car"
    ),
)
