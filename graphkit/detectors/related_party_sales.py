"""Cars that a dealer sold to companies it is tied to: inventory absorbed, counted as retail.

What it finds
    A retail invoice whose seller and buyer were related parties, tier A, on the invoice day.
Why it matters
    A sale inside a control group moves no car to a customer. Of one city's 2,737 sales of a
    December most went to companies linked to the dealer, and 271 cars were plated.
How it decides
    The relation is judged on the sale's own day by the regime's rules (R1 to R8), with a dated proof path. The car is
    undecided where the relation is only possible (undated link, unknown share, open identity), where the plate does not
    say to whom, and where nothing tells whether the buyer uses the car. A buyer known only by a person's name is tied
    to nobody where no owner and no officer of the case has that name, and the registers tell of the seller on that day.
    A later sale to somebody outside is told; where invoices do not reach so far, a car that bears no customer's name on
    a policy and no plate until a customer would have plated it was not sold on.
Lawful look-alikes
    A group's own fleet, plated to the buyer for fleet use and kept; company cars that the buyer plates, keeps and
    drives; cars that an outlet of the group sells on to a customer within 30 days. State siblings, dependent dealers
    and shared directors are no related parties: the regime's rules leave them out.
What it misses
    Related parties of whom only a later invoice of the car tells; nominees, and owners that no register lists; tiers B
    and C are shown elsewhere and never counted here.
References
    IAS 24, ASBE 36 and the Company Law on who is related, and on companies that only the state has in common.
"""

from dataclasses import dataclass

import narwhals as nw

from graphkit.algorithms.dates import days_between, plus_days
from graphkit.algorithms.frames import Lazy
from graphkit.algorithms.thresholds import setting
from graphkit.facts.later_sales import LATER_COLUMNS, related_on_day, with_later_sale
from graphkit.facts.outcome import (
    CLEAR,
    evidence_of,
    exposure_of,
    hits_of,
    listed,
    on,
    sentence,
    with_party,
    with_shadows,
    with_unit,
)
from graphkit.facts.registers_read import registers_read
from graphkit.look_alikes import company_cars, fleet_use, sold_on
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, ReferenceRate, Verdict

# the links of a path come after the car's own rows
_PROOF_AFTER = 10


@dataclass(frozen=True)
class Settings:
    """The thresholds that tell a group's own cars, and cars that it only passed on."""

    plated_within_days: int = setting(
        fleet_use.PLATED_WITHIN_DAYS,
        "days",
        "a group's own cars are on the road by then, also in cities with a quota (our judgement)",
    )
    sold_on_days: int = setting(
        30,
        "days",
        "an outlet that sells on within a month has a customer for the car; later it was stock (our judgement)",
    )


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every retail invoice on its own day, counted by invoice month and seller."""
    sales = _with_facts(market, settings)
    is_explained = ~nw.col("look_alike").is_null()
    judged = sales.with_columns(
        verdict=nw.when(nw.col("relation").is_null() & ~nw.col("buyer_open"))
        .then(nw.lit(CLEAR))
        .when(nw.col("relation").is_null())
        .then(nw.lit(Verdict.INDETERMINATE.value))
        .when(is_explained)
        .then(nw.lit(Verdict.EXPLAINED.value))
        .when(~nw.col("missing").is_null())
        .then(nw.lit(Verdict.INDETERMINATE.value))
        .otherwise(nw.lit(Verdict.FLAGGED.value)),
        # a buyer that no register knows is counted as undecided, but nothing points at it, so it is not listed
        is_hit=~nw.col("relation").is_null(),
        missing=nw.when(~is_explained).then(nw.col("missing")),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("seller_id"),
        counterparty_id=nw.col("buyer_id"),
        on_date=nw.col("invoiced_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        value=nw.col("price"),
        value_unit=nw.coalesce(nw.col("currency"), nw.lit("currency not given")),
        reason=sentence(
            nw.col("seller_id"), " sold to ", nw.col("buyer_id"), " on ", on(nw.col("invoiced_on")),
            "; related by rule ", nw.col("rule"), " (", nw.col("relation"), ")", _sold_later(),
        ),
    )  # fmt: skip
    judged = with_unit(judged, "dealer_month", "seller_id", "invoiced_on")
    evidence = nw.concat(
        [
            evidence_of(
                judged,
                {
                    "invoice": ("sales", nw.col("row_key")),
                    "first plate": ("registrations", nw.col("first_registration_id")),
                    "later invoice to somebody outside": ("sales", nw.col("later_key")),
                },
            ),
            _proof_rows(judged, market),
        ],
        how="vertical",
    )
    # only a car that bears the outsider's name on a policy or a plate is known to have reached it
    reached = nw.when(nw.col("is_theirs") & ~nw.col("later_open")).then(nw.col("later_on"))
    return Outcome(hits_of(judged, "vehicle", reached), exposure_of(judged), evidence)


def _sold_later() -> nw.Expr:
    told = nw.concat_str([nw.lit("; sold to "), nw.col("later_buyer_id"), nw.lit(" on "), on(nw.col("later_on"))])
    return nw.when(nw.col("later_on").is_null()).then(nw.lit("")).otherwise(told)


def _with_facts(market: Market, settings: Settings) -> Lazy:
    first = (
        market.tables["sales"]
        .filter(
            nw.col("kind") == "retail",
            ~nw.col("seller_id").is_null(),
            ~nw.col("buyer_id").is_null(),
            nw.col("seller_id") != nw.col("buyer_id"),
        )
        .unique(subset=["vin"], keep="first", order_by=["invoiced_on", "sequence", "sale_id"])
        .select("sale_id", "vin", "seller_id", "buyer_id", "invoiced_on", "sequence", "price", "currency", "row_key")
    )
    life = market.ledger.select(
        "vin", "first_plated_on", "first_owner_id", "first_registration_id", "use", "resold_on", "deregistered_on",
        "exported_on", "awaiting_export_on", "km_first_owner", "km_first_owner_on", "renewed_on",
    )  # fmt: skip
    related = related_on_day(first, market, "seller_id", "buyer_id", "invoiced_on")
    later = with_later_sale(first.join(related.select("sale_id"), on="sale_id", how="inner"), market)
    sales = first.join(life, on="vin", how="left").join(related, on="sale_id", how="left")
    sales = sales.join(later.select("sale_id", *LATER_COLUMNS), on="sale_id", how="left")
    sales = with_party(sales, market, "buyer_id", "buyer")
    sales = with_party(sales, market, "first_owner_id", "owner")
    for table in ("registrations", "policies", "sales"):
        sales = with_shadows(sales, market, table)
    sales = sales.join(_insured_elsewhere(first, market), on="sale_id", how="left")
    sales = sales.join(registers_read(first, market), on=["seller_id", "invoiced_on"], how="left")
    # of a customer whose name stands in no register the seller's own can tell that it is nobody of the group
    sales = sales.with_columns(
        buyer_open=nw.col("buyer_open") & ~(nw.col("buyer_private") & nw.col("registers_read").fill_null(False)),
        owner_open=nw.col("owner_open") & ~nw.col("owner_private"),
    )
    sales = _with_life(sales, settings, market)
    is_read = market.coverage.covers("registrations", nw.col("first_plated_on"), nw.col("kept_until"))
    return sales.with_columns(
        look_alike=nw.when(nw.col("relation") == "proven").then(
            nw.when(nw.col("is_sold_on"))
            .then(nw.lit(sold_on.LOOK_ALIKE.id))
            .when(nw.col("is_fleet") & nw.col("stays") & is_read)
            .then(nw.lit(fleet_use.LOOK_ALIKE.id))
            .when(
                nw.col("is_owned") & ~fleet_use.given_up_early() & is_read & company_cars.in_use(nw.col("kept_until"))
            )
            .then(nw.lit(company_cars.LOOK_ALIKE.id))
        ),
        missing=_missing(market),
    )


def _insured_elsewhere(sales: Lazy, market: Market) -> Lazy:
    """Sales of whose car a policy names neither of the two parties as its insured: sale_id, is_insured_elsewhere."""
    policies = market.tables["policies"].select("vin", "insured_id")
    pairs = policies.join(sales.select("sale_id", "vin", "seller_id", "buyer_id"), on="vin")
    is_theirs = (nw.col("insured_id") == nw.col("seller_id")) | (nw.col("insured_id") == nw.col("buyer_id"))
    elsewhere = pairs.filter(~is_theirs.fill_null(False)).select("sale_id", is_insured_elsewhere=nw.lit(True))
    return elsewhere.unique(subset=["sale_id"], keep="any")


def _with_life(sales: Lazy, settings: Settings, market: Market) -> Lazy:
    """The first sales with what became of the car: plated, kept by its buyer, sold on."""
    invoiced_on = nw.col("invoiced_on")
    is_plated = days_between(invoiced_on, nw.col("first_plated_on")) <= settings.plated_within_days
    is_own = (nw.col("first_owner_id") == nw.col("buyer_id")).fill_null(False)
    sales = sales.with_columns(
        fleet_by=plus_days(invoiced_on, settings.plated_within_days),
        kept_until=plus_days(nw.col("first_plated_on"), fleet_use.KEPT_DAYS),
        sold_on_by=plus_days(invoiced_on, settings.sold_on_days),
        theirs_by=plus_days(nw.col("later_on"), settings.plated_within_days),
        customers_by=plus_days(invoiced_on, settings.sold_on_days + settings.plated_within_days),
        is_plated=is_plated.fill_null(False),
        is_owned=is_plated.fill_null(False) & is_own,
        is_fleet=fleet_use.plated_for_fleet(nw.col("buyer_id"), invoiced_on),
        is_passed_on=sold_on.within(settings.sold_on_days, invoiced_on),
    )
    return sales.with_columns(
        stays=~fleet_use.given_up_early() & ~company_cars.idle(nw.col("kept_until"))
    ).with_columns(
        is_kept=nw.col("is_owned") & nw.col("stays"),
        may_be_kept=nw.col("is_plated") & ~is_own & nw.col("owner_open") & nw.col("stays"),
        is_sold_on=(
            nw.col("is_passed_on") & nw.col("is_theirs") & (~nw.col("later_open") | nw.col("later_private"))
        ).fill_null(False),
        stayed=_stayed(market),
    )


def _stayed(market: Market) -> nw.Expr:
    """Whether plates and policies tell that no customer got the car in time, where the invoices do not reach so far."""
    covers, invoiced_on = market.coverage.covers, nw.col("invoiced_on")
    is_plated = (nw.col("first_plated_on") <= nw.col("customers_by")).fill_null(False)
    return (
        covers("policies", invoiced_on, nw.col("sold_on_by"))
        & covers("registrations", invoiced_on, nw.col("customers_by"))
        & ~nw.col("policies_shadowed")
        & ~nw.col("registrations_shadowed")
        & ~nw.col("is_insured_elsewhere").fill_null(False)
        & ~is_plated
    )


def _missing(market: Market) -> nw.Expr:
    covers, invoiced_on = market.coverage.covers, nw.col("invoiced_on")
    plate_unread = ~nw.col("is_plated") & ~covers("registrations", invoiced_on, nw.col("fleet_by"))
    still_open = nw.col("is_kept") & ~covers("registrations", nw.col("first_plated_on"), nw.col("kept_until"))
    is_whose_unread = (
        ~covers("registrations", nw.col("later_on"), nw.col("theirs_by"))
        | ~covers("policies", nw.col("later_on"), nw.col("theirs_by"))
        | nw.col("registrations_shadowed")
    )
    return listed(
        ("dates, shares or identities that would prove the relation", nw.col("relation") == "possible"),
        ("registrations complete nationwide, to tell the group's own cars", plate_unread | still_open),
        (
            "an unreadable registrations row could be this car",
            nw.col("registrations_shadowed") & ~nw.col("is_plated"),
        ),
        ("owner of the first plate, to tell the group's own cars", nw.col("may_be_kept")),
        (
            "whether the car was used",
            nw.col("is_kept") & ~still_open & ~nw.col("is_fleet") & ~company_cars.in_use(nw.col("kept_until")),
        ),
        (
            "sales complete nationwide, to tell a car that was sold on",
            ~nw.col("is_sold_on") & ~nw.col("stayed") & ~covers("sales", invoiced_on, nw.col("sold_on_by")),
        ),
        ("an unreadable sales row could be this car", nw.col("sales_shadowed") & ~nw.col("is_sold_on")),
        (
            "who the next buyer is",
            (nw.col("is_passed_on") & nw.col("later_open")).fill_null(False) & ~nw.col("is_sold_on"),
        ),
        (
            "policies and registrations complete nationwide, to tell whose car it then was",
            (nw.col("is_passed_on") & ~nw.col("is_theirs")).fill_null(False) & is_whose_unread,
        ),
    )


def _proof_rows(judged: Lazy, market: Market) -> Lazy:
    hits = judged.filter(nw.col("is_hit"), nw.col("verdict") != CLEAR).select("subject_id", "proof_id")
    rows = market.proofs.filter(~nw.col("row_key").is_null()).select(
        "proof_id",
        (nw.col("ordinal") + _PROOF_AFTER).cast(nw.Int64).alias("ordinal"),
        "table",
        "row_key",
        nw.lit("link of the control path").alias("role"),
    )
    return hits.join(rows, on="proof_id", how="inner").select("subject_id", "ordinal", "table", "row_key", "role")


DETECTOR = Detector(
    id="related_party_sales",
    title="Sold to a related party",
    family="buyer",
    accountable="dealer",
    null=Null.RATE,
    severity=0.8,
    confidence=0.9,
    status="stable",
    version="4",
    look_alikes=(company_cars.LOOK_ALIKE, fleet_use.LOOK_ALIKE, sold_on.LOOK_ALIKE),
    references=(
        Reference("IASB, IAS 24 Related Party Disclosures", "2009-11-04", "paragraphs 9 to 12"),
        Reference(
            "Ministry of Finance of China, ASBE 36 Related Party Disclosures",
            "2006-02-15",
            "财会〔2006〕3号, articles 3 to 6",
        ),
        Reference("Company Law of China", "2023-12-29", "article 265"),
    ),
    needs={
        "sales": ("vin", "seller_id", "buyer_id", "kind", "invoiced_on"),
        "ownership": ("owner_id", "owned_id"),
        "parties": ("party_id", "kind"),
    },
    reads_absence_of=("registrations", "sales"),
    floors=Floors(
        min_tested=10,
        min_flagged=10,
        min_share=0.2,
        min_effect=2.0,
        why="at least 10 units and a fifth of the sales (our judgement)",
    ),
    settings=Settings(),
    detect=detect,
    unlisted="who the buyer is",
    assumptions=(
        "A relation is judged on the invoice day.",
        "A customer of whose name the case has no owner and no officer is tied to nobody, where the registers tell of "
        "the seller and its heads on that day.",
    ),
    reference_rate=ReferenceRate(
        mean=0.05,
        icc=0.05,
        why=(
            "an honest dealer sells a few cars to companies of its own group (staff cars, a sister's rental fleet); "
            "groups differ much (our judgement)"
        ),
        source="no published rate found",
    ),
    deduction=Deduction(
        "related_party_absorbed",
        moved_to="a later invoice to somebody outside, in whose name the car was insured or plated",
    ),
)
