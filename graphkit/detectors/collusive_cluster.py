"""Cars sold within a small set of companies that deal with one another more than with all others, and kept there.

What it finds
    A retail invoice between two companies of one trade set, after which nobody had the car plated and no invoice took
    it out of the set.
Why it matters
    Companies that no register ties to one another can still book sales for one another: each sells to the next, and
    none to a customer. No car comes back, no buyer is related, and every invoice counts as a sale.
How it decides
    *Trade set*: 3 to 20 companies each of which reaches every other along sales of cars, within one community of all
    companies that deal, and that sell at least half of their cars to other companies within the set
    (``graphkit.trade.trade_sets``). Makers, insurers, the state and persons are in no set. *More than chance*: who
    bought is dealt out anew, a whole pair of companies at a time, and sets are sought again in every shuffle, so that a
    loyal fleet or the mere choice of the closest companies accuses nobody; a set counts where none of 99 shuffles has
    one as dense. *Kept*: no plate by anybody, and no invoice within 180 days to a party outside the set. A seller is
    then judged by the share of such cars that others have.
Lawful look-alikes
    New cars exported as new, declared demo and display cars; returns, swaps, trade-ins and leasebacks by the kind of a
    later invoice. Such invoices make no set, and cars that reach a customer make no hit.
What it misses
    Sets that have the cars plated, or that sell most of their cars to honest companies as well; two companies that
    deal with each other only; sets that stand alone in an extract of few other deals, which every shuffle gives again;
    rings of five or more in which each sells to the next alone, which the communities at times divide.
    A lessor that bought the car may lease it out: such a car is undecided.
References
    Palshikar and Apte 2008 on sets that trade within; AS 2410 on undisclosed ties; Fosdick and others 2018 on shuffles.
"""

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from graphkit.algorithms.frames import Lazy, at_hand, lazy_of, polars_of
from graphkit.algorithms.thresholds import setting
from graphkit.facts.kept_cars import LIFE, unexplained, unread, with_life
from graphkit.facts.outcome import (
    CLEAR,
    evidence_of,
    exposure_of,
    hits_of,
    listed,
    on,
    sentence,
    text,
    with_party,
    with_unit,
    with_verdict,
)
from graphkit.look_alikes import dealer_swap, declared_stock, leaseback, parallel_export, returned_sale, trade_in
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, ReferenceRate
from graphkit.trade.trade_sets import BOUNDS, UNDOES, Bounds, dealers, trade_sets

_DEALS_AFTER = 10


@dataclass(frozen=True)
class Settings:
    """``sets``: what a trade set is; and how long a car is kept."""

    sets: Bounds = BOUNDS
    kept_days: int = setting(180, "days", "half a year, the time within which a car would come back (our judgement)")


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge the first retail invoice of every car between two companies, counted by invoice month and seller."""
    market = market.in_memory(("sales", "parties", "declared_stock"), LIFE)
    sales, parties = (polars_of(market.tables[name]) for name in ("sales", "parties"))
    sets = trade_sets(sales, parties, settings.sets)
    cars = _with_facts(_tested(sales, parties, settings), lazy_of(sets), market)
    judged = _judged(cars, market, settings)
    judged = at_hand(with_unit(judged, "dealer_month", "seller_id", "invoiced_on"))
    rows = evidence_of(
        judged,
        {
            "invoice": ("sales", nw.col("row_key")),
            "export declaration": ("exports", nw.col("export_id")),
            "entry of the demo and display cars": ("declared_stock", nw.col("listed_key")),
        },
    )
    deals = _deals_of_the_set(judged, sales, sets)
    return Outcome(hits_of(judged, "vehicle"), exposure_of(judged), nw.concat([rows, deals], how="vertical"))


def _tested(sales: pl.DataFrame, parties: pl.DataFrame, settings: Settings) -> Lazy:
    """The first retail invoice of each car between two companies."""
    companies = dealers(parties)
    retail = sales.filter(pl.col("kind") == "retail", pl.col("seller_id") != pl.col("buyer_id"))
    between = retail.join(companies, left_on="seller_id", right_on="party_id", how="semi").join(
        companies, left_on="buyer_id", right_on="party_id", how="semi"
    )
    first = between.sort("vin", "invoiced_on", "sequence", "sale_id").unique("vin", keep="first", maintain_order=True)
    return lazy_of(
        first.select("vin", "seller_id", "buyer_id", "invoiced_on", "price", "currency", "row_key").with_columns(
            kept_until=pl.col("invoiced_on") + pl.duration(days=settings.kept_days)
        )
    )


def _with_facts(cars: Lazy, sets: Lazy, market: Market) -> Lazy:
    """The cars with their life, who their seller and buyer are, their set, and what followed."""
    members = with_party(sets, market, "party_id", "member")
    of_set = members.group_by("trade_set_id", "members", "inside", "outside", "first_on", "last_on").agg(
        has_open_member=nw.col("member_open").cast(nw.Int64).max()
    )
    cars = cars.join(sets.select("trade_set_id", seller_id="party_id"), on="seller_id", how="left")
    cars = cars.join(sets.select(buyer_set_id="trade_set_id", buyer_id="party_id"), on="buyer_id", how="left")
    cars = cars.join(of_set, on="trade_set_id", how="left").with_columns(
        is_inside=(nw.col("trade_set_id") == nw.col("buyer_set_id")).fill_null(False)
    )
    found = with_life(cars, market).join(_what_followed(cars, sets, market), on="vin", how="left")
    return found.join(
        _lessors(market).select(buyer_id="party_id", buyer_is_lessor="is_lessor"), on="buyer_id", how="left"
    )


def _lessors(market: Market) -> Lazy:
    known = market.identities.filter(nw.col("party_id") == nw.col("canonical_id"))
    return known.select("party_id", is_lessor=leaseback.may_be_financed(nw.col("roles")))


def _what_followed(cars: Lazy, sets: Lazy, market: Market) -> Lazy:
    """Of each car with later invoices: vin, is_returned, is_swapped, is_leased_back, is_traded_in, is_out (sold to a
    party outside the set), is_leased (sold to a lessor) and is_sold_to_unknown, 0 or 1.
    """
    later = market.tables["sales"].select("vin", "kind", taker_id="buyer_id", sold_on="invoiced_on", sold_key="row_key")
    later = later.join(cars.select("vin", "row_key", "trade_set_id", "invoiced_on", "kept_until"), on="vin").filter(
        nw.col("sold_on") >= nw.col("invoiced_on"),
        nw.col("sold_on") <= nw.col("kept_until"),
        nw.col("sold_key") != nw.col("row_key"),
    )
    later = later.join(sets.select(taker_set_id="trade_set_id", taker_id="party_id"), on="taker_id", how="left")
    later = later.join(_lessors(market).select("is_lessor", taker_id="party_id"), on="taker_id", how="left")
    kind = nw.col("kind")
    undone = {
        "is_returned": returned_sale.given_back(kind),
        "is_swapped": dealer_swap.exchanged(kind),
        "is_leased_back": leaseback.leased_back(kind),
        "is_traded_in": trade_in.traded_in(kind),
    }
    is_undone = nw.any_horizontal(*undone.values(), ignore_nulls=False)
    is_unknown = nw.col("taker_id").is_null()
    stays = (nw.col("taker_set_id") == nw.col("trade_set_id")).fill_null(False)
    marks = undone | {
        "is_out": ~is_undone & ~is_unknown & ~stays,
        "is_leased": nw.col("is_lessor").fill_null(False),
        "is_sold_to_unknown": is_unknown,
    }
    marked = later.select("vin", **{name: mark.cast(nw.Int64) for name, mark in marks.items()})
    return marked.group_by("vin").agg(nw.col(*marks).max())


def _judged(found: Lazy, market: Market, settings: Settings) -> Lazy:
    look_alike = (
        nw.when(nw.col("is_returned") == 1).then(text(returned_sale.LOOK_ALIKE.id))
        .when(nw.col("is_swapped") == 1).then(text(dealer_swap.LOOK_ALIKE.id))
        .when(nw.col("is_leased_back") == 1).then(text(leaseback.LOOK_ALIKE.id))
        .when(nw.col("is_traded_in") == 1).then(text(trade_in.LOOK_ALIKE.id))
        .when(~nw.col("listed_key").is_null()).then(text(declared_stock.LOOK_ALIKE.id))
        .when(parallel_export.exported_as_new()).then(text(parallel_export.LOOK_ALIKE.id))
    )  # fmt: skip
    found = found.with_columns(look_alike=look_alike, missing=_missing(market, settings))
    is_out = (nw.col("is_out") == 1).fill_null(False)
    is_clear = ~nw.col("is_inside") | is_out | ~nw.col("plated_on").is_null()
    return with_verdict(found, is_clear).with_columns(
        is_hit=nw.col("is_inside"),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("seller_id"),
        counterparty_id=nw.col("buyer_id"),
        on_date=nw.col("invoiced_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        rule=text(None),
        value=nw.col("price"),
        value_unit=nw.coalesce(nw.col("currency"), nw.lit("currency not given")),
        reason=sentence(
            nw.col("seller_id"), " sold the car to ", nw.col("buyer_id"), " on ", on(nw.col("invoiced_on")),
            "; both are of a set of companies (", nw.col("members").cast(nw.String), ") that sold ",
            nw.col("inside").cast(nw.String), " cars to one another and dealt in ", nw.col("outside").cast(nw.String),
            " with others; no plate, and no sale out of the set within ", str(settings.kept_days), " days",
        ),
    )  # fmt: skip


def _missing(market: Market, settings: Settings) -> nw.Expr:
    until = nw.max_horizontal("last_on", "kept_until")
    is_read = market.coverage.covers("sales", nw.col("first_on"), until)
    complete = (
        f"sales complete nationwide from the set's first deal on, up to {settings.kept_days} days after the invoice"
    )
    is_leased = nw.col("buyer_is_lessor").fill_null(False) | (nw.col("is_leased") == 1).fill_null(False)
    return listed(
        ("who a company of the set is", (nw.col("has_open_member") == 1).fill_null(False)),
        (complete, ~is_read),
        *unread(market, settings.kept_days),
        ("to whom the car was sold on", (nw.col("is_sold_to_unknown") == 1).fill_null(False)),
        ("whether the lessor leases the car out", is_leased),
        *unexplained(),
    )


def _deals_of_the_set(judged: Lazy, sales: pl.DataFrame, sets: pl.DataFrame) -> Lazy:
    """The first invoice of each pair of companies of the set: what makes it a set."""
    homes = sets.select("party_id", "trade_set_id")
    first = (
        sales.filter(~pl.col("kind").is_in(UNDOES), pl.col("seller_id") != pl.col("buyer_id"))
        .join(homes.rename({"party_id": "seller_id"}), on="seller_id")
        .join(homes.rename({"party_id": "buyer_id"}), on=["buyer_id", "trade_set_id"])
        .sort("trade_set_id", "invoiced_on", "row_key")
        .unique(["seller_id", "buyer_id"], keep="first", maintain_order=True)
        .select("trade_set_id", "row_key", ordinal=pl.int_range(pl.len()).over("trade_set_id") + _DEALS_AFTER)
    )
    hits = judged.filter(nw.col("is_hit"), nw.col("verdict") != CLEAR)
    deals = hits.select("subject_id", "trade_set_id", own_key="row_key").join(lazy_of(first), on="trade_set_id")
    return deals.filter(nw.col("row_key") != nw.col("own_key")).select(
        "subject_id", "ordinal", table=nw.lit("sales"), row_key="row_key", role=nw.lit("deal within the set")
    )


DETECTOR = Detector(
    id="collusive_cluster",
    title="Car kept within companies that deal with one another",
    family="circular_cars",
    accountable="dealer",
    null=Null.RATE,
    severity=0.8,
    confidence=0.6,
    status="stable",
    version="1",
    look_alikes=(
        dealer_swap.LOOK_ALIKE,
        declared_stock.LOOK_ALIKE,
        leaseback.LOOK_ALIKE,
        parallel_export.LOOK_ALIKE,
        returned_sale.LOOK_ALIKE,
        trade_in.LOOK_ALIKE,
    ),
    references=(
        Reference(
            "Palshikar and Apte, Collusion set detection using graph clustering, Data Mining and Knowledge Discovery",
            "2008",
            "volume 16, number 2, pages 135 to 164",
        ),
        Reference(
            "PCAOB, AS 2410 Related Parties, adopted as AS 18 by Release 2014-002",
            "2014-06-10",
            "paragraph .A2, signs of undisclosed related parties",
        ),
        Reference(
            "Fosdick, Larremore, Nishimura and Ugander, Configuring random graph models, SIAM Review",
            "2018",
            "volume 60, number 2, pages 315 to 355",
        ),
    ),
    needs={
        "sales": ("vin", "seller_id", "buyer_id", "kind", "invoiced_on"),
        "parties": ("party_id", "kind"),
        "registrations": ("vin", "plated_on"),
    },
    reads_absence_of=("sales", "registrations", "exports", "declared_stock"),
    floors=Floors(
        min_tested=10,
        min_flagged=10,
        min_share=0.5,
        min_effect=2.0,
        why="ten cars, and half of what the company sold to companies (our judgement): stock may stand for half a year",
    ),
    settings=Settings(),
    detect=detect,
    assumptions=("A company is judged by all its deals in the extract, whenever they were made.",),
    reference_rate=ReferenceRate(
        mean=0.05,
        icc=0.05,
        why=(
            "a car that one dealer books as sold to another may stand unplated for half a year where stock is slow; "
            "few companies that deal have many, and they differ much (our judgement)"
        ),
        source="no published rate found",
    ),
    deduction=Deduction("traded_in_cluster"),
    act_together=(
        "its rule shows that the companies of a set deal with one another more than chance gives, and each flagged car "
        "went from one of them to another and stayed"
    ),
)
