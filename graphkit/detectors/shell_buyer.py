"""Cars invoiced to a company that has no life besides taking them in.

What it finds
    A retail invoice whose buyer is a company without any role, registered shortly before it began to buy, that buys
    from one control group only; the car was neither plated nor sold on to anybody else.
Why it matters
    Such a buyer is no customer: it holds the cars until they can be counted again, or gives them back.
How it decides
    *Young*: at most 365 days from its registration to its first purchase of any car. *One group*: every car that it
    bought up to the end of the data came from one seller, or from sellers of one proven control group as of each day.
    *Not plated*: nobody plated the car by 90 days after the invoice. *Kept*: no sale within 180 days to a party outside
    the seller's group; a car sold back into it was absorbed all the same. The car is undecided where the buyer is
    registered after its first purchase: registers also write the day of a change there, so one of the two days is
    wrong. It is undecided, too, where a day, an identity, the control of the sellers or a complete register is missing.
Lawful look-alikes
    New cars exported as new, declared demo and display cars, sales undone, swaps and leasebacks (by the kind of the
    buyer's own invoice), and late plates: in the buyer's name on any later day, in another's within the 180 days
    unless the car went back before. Fleets plate their cars.
What it misses
    Shells bought ready-made or that also buy a car elsewhere; cars passed to a second shell; persons, who are never
    accused. A buyer that no file defines may be a person: from ten cars on it is tested, and its cars are undecided. A
    seller whose group changed, where the buyer has another seller as well, counts as two groups.
References
    AS 2410 on buyers that the seller funds, and on deals that are soon unwound.
"""

from dataclasses import dataclass

import narwhals as nw

from graphkit.algorithms.dates import days_between, plus_days
from graphkit.algorithms.frames import Lazy, at_hand
from graphkit.algorithms.thresholds import setting
from graphkit.facts.buyer_histories import purchases_of, with_what_followed
from graphkit.facts.control_on_day import control_rows
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
from graphkit.look_alikes import dealer_swap, declared_stock, late_plating, leaseback, parallel_export, returned_sale
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, ReferenceRate

# the links of a path come after the car's own rows
_PROOF_AFTER = 10


@dataclass(frozen=True)
class Settings:
    """Who is young, and how long a car may wait."""

    young_days: int = setting(
        365,
        "days",
        "from the buyer's registration to its first purchase: a company of more than a year has a life of its own "
        "(our judgement)",
    )
    plated_within_days: int = setting(90, "days", "cities with a quota plate late (our judgement)")
    kept_days: int = setting(180, "days", "half a year, the time within which a car would come back (our judgement)")
    unknown_from: int = setting(
        10,
        "cars",
        "nobody buys as many for himself, so a buyer that no file defines is tested from then on (our judgement)",
    )


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge the first retail invoice of every car that such a company bought, counted by invoice month and buyer."""
    market = market.in_memory(("sales", "parties", "declared_stock"), LIFE)
    cars = _with_facts(_tested(market, settings), market)
    look_alike = (
        nw.when(nw.col("is_returned") == 1).then(text(returned_sale.LOOK_ALIKE.id))
        .when(nw.col("is_swapped") == 1).then(text(dealer_swap.LOOK_ALIKE.id))
        .when(nw.col("is_leased_back") == 1).then(text(leaseback.LOOK_ALIKE.id))
        .when(~nw.col("listed_key").is_null()).then(text(declared_stock.LOOK_ALIKE.id))
        .when(parallel_export.exported_as_new()).then(text(parallel_export.LOOK_ALIKE.id))
        .when(nw.col("is_plated_late")).then(text(late_plating.LOOK_ALIKE.id))
    )  # fmt: skip
    cars = cars.with_columns(look_alike=look_alike, missing=_missing(market, settings))
    judged = with_verdict(cars, _is_clear(settings)).with_columns(
        is_hit=nw.lit(True),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("buyer_id"),
        counterparty_id=nw.col("seller_id"),
        on_date=nw.col("invoiced_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        rule=text(None),
        value=nw.col("price"),
        value_unit=nw.coalesce(nw.col("currency"), nw.lit("currency not given")),
        reason=_reason(settings),
    )
    # three tables and the proof of each of three parties are read off it
    judged = at_hand(with_unit(judged, "buyer_month", "buyer_id", "invoiced_on"))
    rows = evidence_of(
        judged,
        {
            "invoice": ("sales", nw.col("row_key")),
            "the buyer in the register": ("parties", nw.col("buyer_key")),
            "sold back into the seller's group": ("sales", nw.col("back_key")),
            "first plate, after the window": ("registrations", nw.col("first_registration_id")),
            "export declaration": ("exports", nw.col("export_id")),
            "entry of the demo and display cars": ("declared_stock", nw.col("listed_key")),
        },
    )
    evidence = nw.concat([rows, _control_rows(judged, market)], how="vertical")
    return Outcome(hits_of(judged, "vehicle"), exposure_of(judged), evidence)


def _tested(market: Market, settings: Settings) -> Lazy:
    """The first retail invoice of each car that a company without any role bought, with its entry in the register."""
    first = (
        market.tables["sales"]
        .filter(
            nw.col("kind") == "retail",
            ~nw.col("seller_id").is_null(),
            ~nw.col("buyer_id").is_null(),
            nw.col("seller_id") != nw.col("buyer_id"),
        )
        .unique(subset=["vin"], keep="first", order_by=["invoiced_on", "sequence", "sale_id"])
        .select("vin", "seller_id", "buyer_id", "invoiced_on", "price", "currency", "row_key")
    )
    buyers = market.tables["parties"].filter(
        nw.col("kind").is_in(("company", "unknown")),
        nw.col("roles").fill_null("") == "",
        ~nw.col("is_state").fill_null(False),
    )
    cars = first.join(
        buyers.select("registered_on", "is_stub", buyer_id="party_id", buyer_key="row_key"), on="buyer_id"
    )
    cars = cars.with_columns(cars=nw.len().over("buyer_id"))
    return cars.filter(~nw.col("is_stub") | (nw.col("cars") >= settings.unknown_from)).with_columns(
        plated_by=plus_days(nw.col("invoiced_on"), settings.plated_within_days),
        kept_until=plus_days(nw.col("invoiced_on"), settings.kept_days),
    )


def _with_facts(cars: Lazy, market: Market) -> Lazy:
    found = with_life(cars, market).join(purchases_of(cars, market), on="buyer_id", how="left")
    found = with_what_followed(found, market)
    found = with_party(with_party(found, market, "buyer_id", "buyer"), market, "first_owner_id", "owner")
    holder_id, plated_by, kept_until, back_on = (
        nw.col(name) for name in ("buyer_id", "plated_by", "kept_until", "back_on")
    )
    return found.with_columns(
        is_plated=(nw.col("plated_on") <= plated_by).fill_null(False),
        is_plated_late=late_plating.plated_late(holder_id, plated_by, kept_until, back_on),
        may_be_own_plate=late_plating.leaves_open(holder_id, nw.col("owner_open"), plated_by, kept_until, back_on),
    )


def _is_clear(settings: Settings) -> nw.Expr:
    """What is known of the buyer or the car shows that the rule is not met."""
    is_old = nw.col("first_bought_on") > plus_days(nw.col("registered_on"), settings.young_days)
    elsewhere = nw.col("has_several_groups") & ~nw.col("may_be_one_group")
    return nw.col("is_plated") | (nw.col("is_sold_on") == 1) | is_old.fill_null(False) | elsewhere


def _missing(market: Market, settings: Settings) -> nw.Expr:
    covers, kept_until = market.coverage.covers, nw.col("kept_until")
    registered_on = nw.col("registered_on")
    complete = f"complete nationwide up to {settings.kept_days} days after the invoice"
    return listed(
        ("who the buyer is", nw.col("buyer_open")),
        ("the day on which the buyer was registered", registered_on.is_null() & ~nw.col("buyer_open")),
        (
            "which day is wrong: the buyer's registration comes after its first purchase",
            (registered_on > nw.col("first_bought_on")).fill_null(False),
        ),
        ("who sold to the buyer", nw.col("has_open_seller")),
        ("whether the buyer's sellers were under one control", nw.col("has_several_groups")),
        (
            f"sales {complete}, from the buyer's registration on",
            ~registered_on.is_null() & ~covers("sales", registered_on, kept_until),
        ),
        *unread(market, settings.kept_days),
        ("to whom the buyer sold the car", nw.col("is_sold_to_unknown") == 1),
        ("the order of the invoices: the buyer sold the car before it bought it", nw.col("is_sold_before") == 1),
        ("in whose name the car was plated late", nw.col("may_be_own_plate")),
        *unexplained(),
    )


def _reason(settings: Settings) -> nw.Expr:
    days = days_between(nw.col("registered_on"), nw.col("invoiced_on"))
    entered = (
        nw.when(days >= 0)
        .then(nw.concat_str([nw.lit(", "), days.cast(nw.String), nw.lit(" days after its entry in the register")]))
        .when(days < 0)
        .then(nw.concat_str([nw.lit(", before its entry in the register of "), on(nw.col("registered_on"))]))
        .otherwise(nw.lit(", with no day of its entry in a register"))
    )
    back = nw.concat_str([nw.lit("; sold back to "), nw.col("back_to_id"), nw.lit(" on "), on(nw.col("back_on"))])
    return sentence(
        nw.col("buyer_id"), " bought the car from ", nw.col("seller_id"), " on ", on(nw.col("invoiced_on")),
        entered, f"; no plate within {settings.plated_within_days} days",
        nw.when(nw.col("back_to_id").is_null()).then(nw.lit("")).otherwise(back),
    )  # fmt: skip


def _control_rows(judged: Lazy, market: Market) -> Lazy:
    """What proves that several sellers, or the seller and the party that got the car back, were of one group."""
    hits = judged.filter(nw.col("verdict") != CLEAR)
    went_back = hits.filter(nw.col("back_to_id") != nw.col("seller_id"))
    members = [
        hits.filter(nw.col("has_several_sellers")).select(
            subject_id="vin", party_id="seller_id", on_date="invoiced_on"
        ),
        went_back.select(subject_id="vin", party_id="seller_id", on_date="back_on"),
        went_back.select(subject_id="vin", party_id="back_to_id", on_date="back_on"),
    ]
    return control_rows(nw.concat(members, how="vertical"), market, _PROOF_AFTER)


DETECTOR = Detector(
    id="shell_buyer",
    title="Bought by a young company that neither plated nor sold it",
    family="buyer",
    accountable="buyer_company",
    null=Null.RATE,
    severity=0.8,
    confidence=0.7,
    status="stable",
    version="1",
    look_alikes=(
        dealer_swap.LOOK_ALIKE,
        declared_stock.LOOK_ALIKE,
        late_plating.LOOK_ALIKE,
        leaseback.LOOK_ALIKE,
        parallel_export.LOOK_ALIKE,
        returned_sale.LOOK_ALIKE,
    ),
    references=(
        Reference(
            "PCAOB, AS 2410 Related Parties, adopted as AS 18 by Release 2014-002",
            "2014-06-10",
            "paragraph .A2, signs of undisclosed related parties",
        ),
    ),
    needs={
        "sales": ("vin", "seller_id", "buyer_id", "kind", "invoiced_on"),
        "parties": ("party_id", "kind", "registered_on"),
        "registrations": ("vin", "plated_on"),
    },
    reads_absence_of=("sales", "registrations", "exports", "declared_stock"),
    floors=Floors(
        min_tested=10,
        min_flagged=10,
        min_share=0.5,
        min_effect=2.0,
        why="ten cars, and half of what the company bought (our judgement): a young firm may be slow to plate a few",
    ),
    settings=Settings(),
    detect=detect,
    assumptions=("Control is that of the day of each invoice.", "A company without a recorded role has none."),
    reference_rate=ReferenceRate(
        mean=0.05,
        icc=0.05,
        why=(
            "a young company plates or sells on most of what it buys within months; a small one may leave a few cars "
            "unused, and companies differ much (our judgement)"
        ),
        source="no published rate found",
    ),
    deduction=Deduction("bought_by_shell"),
)
