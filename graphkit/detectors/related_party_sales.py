"""Cars that a dealer sold to companies it is tied to: inventory absorbed, counted as retail.

What it finds
    A retail invoice whose seller and buyer were related parties, tier A, on the invoice day.
Why it matters
    A sale inside a control group moves no car to a customer. Of one city's 2,737 sales of a
    December most went to companies linked to the dealer, and 271 cars were plated.
How it decides
    The relation is judged on the sale's own day by the regime's rules (R1 to R8), with a dated proof path. The car is
    undecided where the relation is only possible (undated link, unknown share, open identity), and where the plate does
    not say to whom or for which use.
Lawful look-alikes
    A group's own fleet, plated to the buyer for fleet use and kept. State siblings, dependent dealers and shared
    directors are no related parties: the regime's rules leave them out.
What it misses
    A second retail invoice of the same car; nominees, and owners that no register lists; tiers B and C are shown
    elsewhere and never counted here.
References
    IAS 24, ASBE 36 and the Company Law on who is related, and on companies that only the state has in common.
"""

from dataclasses import dataclass

import narwhals as nw

from graphkit.algorithms.dates import days_between, plus_days
from graphkit.algorithms.frames import Lazy
from graphkit.algorithms.thresholds import setting
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
from graphkit.look_alikes import fleet_use
from graphkit.model import Deduction, Detector, Floors, Grade, Market, Null, Outcome, Reference, ReferenceRate, Verdict

# the links of a path come after the car's own rows
_PROOF_AFTER = 10


@dataclass(frozen=True)
class Settings:
    """The threshold that tells a group's own fleet."""

    plated_within_days: int = setting(
        fleet_use.PLATED_WITHIN_DAYS,
        "days",
        "a group's own fleet is on the road by then, also in cities with a quota (our judgement)",
    )


def detect(market: Market, settings: Settings) -> Outcome:
    """Judge every retail invoice on its own day, counted by invoice month and seller."""
    sales = _with_facts(market, settings)
    judged = sales.with_columns(
        verdict=nw.when(nw.col("relation").is_null() & ~nw.col("buyer_open"))
        .then(nw.lit(CLEAR))
        .when(nw.col("relation").is_null())
        .then(nw.lit(Verdict.INDETERMINATE.value))
        .when(nw.col("is_own_fleet") & nw.col("missing").is_null())
        .then(nw.lit(Verdict.EXPLAINED.value))
        .when(~nw.col("missing").is_null())
        .then(nw.lit(Verdict.INDETERMINATE.value))
        .otherwise(nw.lit(Verdict.FLAGGED.value)),
        # a buyer that no register knows is counted as undecided, but nothing points at it, so it is not listed
        is_hit=~nw.col("relation").is_null(),
        look_alike=nw.when(nw.col("is_own_fleet") & nw.col("missing").is_null()).then(
            nw.lit(fleet_use.LOOK_ALIKE.id)
        ),
        subject_id=nw.col("vin"),
        accountable_id=nw.col("seller_id"),
        counterparty_id=nw.col("buyer_id"),
        on_date=nw.col("invoiced_on"),
        grade=nw.lit(Grade.PRACTICE.value),
        value=nw.col("price"),
        value_unit=nw.coalesce(nw.col("currency"), nw.lit("currency not given")),
        reason=sentence(
            nw.col("seller_id"), " sold to ", nw.col("buyer_id"), " on ", on(nw.col("invoiced_on")),
            "; related by rule ", nw.col("rule"), " (", nw.col("relation"), ")",
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
                },
            ),
            _proof_rows(judged, market),
        ],
        how="vertical",
    )
    return Outcome(hits_of(judged, "vehicle"), exposure_of(judged), evidence)


def _with_facts(market: Market, settings: Settings) -> Lazy:
    first = (
        market.tables["sales"]
        .filter(nw.col("kind") == "retail", ~nw.col("seller_id").is_null(), ~nw.col("buyer_id").is_null())
        .unique(subset=["vin"], keep="first", order_by=["invoiced_on", "sequence", "sale_id"])
        .select("sale_id", "vin", "seller_id", "buyer_id", "invoiced_on", "price", "currency", "row_key")
    )
    life = market.ledger.select(
        "vin", "first_plated_on", "first_owner_id", "first_registration_id", "use", "resold_on", "deregistered_on",
        "exported_on", "awaiting_export_on",
    )  # fmt: skip
    sales = first.join(life, on="vin", how="left").join(_related(first, market), on="sale_id", how="left")
    sales = with_party(sales, market, "buyer_id", "buyer")
    sales = with_party(sales, market, "first_owner_id", "owner")
    sales = with_shadows(sales, market, "registrations")
    invoiced_on = nw.col("invoiced_on")
    days_to_plate = days_between(invoiced_on, nw.col("first_plated_on"))
    sales = sales.with_columns(
        fleet_by=plus_days(invoiced_on, settings.plated_within_days),
        kept_until=plus_days(nw.col("first_plated_on"), fleet_use.KEPT_DAYS),
        is_plated=(days_to_plate <= settings.plated_within_days).fill_null(False),
        is_in_fleet=fleet_use.plated_for_fleet(nw.col("buyer_id"), invoiced_on),
        is_given_up=fleet_use.given_up_early(),
    )
    covers = market.coverage.covers
    plate_unread = ~nw.col("is_plated") & ~covers("registrations", invoiced_on, nw.col("fleet_by"))
    still_open = (
        nw.col("is_in_fleet")
        & ~nw.col("is_given_up")
        & ~covers("registrations", nw.col("first_plated_on"), nw.col("kept_until"))
    )
    return sales.with_columns(
        is_own_fleet=nw.col("is_in_fleet") & ~nw.col("is_given_up"),
        missing=listed(
            ("dates, shares or identities that would prove the relation", nw.col("relation") == "possible"),
            ("registrations complete nationwide, to tell the group's own fleet", plate_unread | still_open),
            (
                "an unreadable registrations row could be this car",
                nw.col("registrations_shadowed") & ~nw.col("is_plated"),
            ),
            (
                "owner and use of the first plate, to tell the group's own fleet",
                fleet_use.plate_leaves_open(nw.col("buyer_id"), nw.col("owner_open"), nw.col("use"), invoiced_on)
                & ~nw.col("is_given_up"),
            ),
        ),
    )


def _related(sales: Lazy, market: Market) -> Lazy:
    """The relation that held on the invoice day: sale_id, relation (proven, possible), rule, proof_id."""
    forward = nw.col("seller_id") < nw.col("buyer_id")
    pairs = sales.select(
        "sale_id",
        "invoiced_on",
        party_a=nw.when(forward).then(nw.col("seller_id")).otherwise(nw.col("buyer_id")),
        party_b=nw.when(forward).then(nw.col("buyer_id")).otherwise(nw.col("seller_id")),
    )
    tier_a = market.relations.filter(nw.col("tier") == "A", nw.col("regime") == market.regime)
    held = pairs.join(tier_a, on=["party_a", "party_b"], how="inner").filter(
        nw.col("valid_from").is_null() | (nw.col("valid_from") <= nw.col("invoiced_on")),
        nw.col("valid_to").is_null() | (nw.col("valid_to") >= nw.col("invoiced_on")),
    )
    # "proven" sorts after "possible", so the stronger verdict wins
    best = held.unique(subset=["sale_id"], keep="last", order_by=["verdict", "rule", "proof_id"])
    return best.select("sale_id", nw.col("verdict").alias("relation"), "rule", "proof_id")


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
    version="1",
    look_alikes=(fleet_use.LOOK_ALIKE,),
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
    reads_absence_of=("registrations",),
    floors=Floors(
        min_tested=10,
        min_flagged=10,
        min_share=0.2,
        min_effect=2.0,
        why="at least 10 units and a fifth of the sales (our judgement)",
    ),
    settings=Settings(),
    detect=detect,
    assumptions=("A relation is judged on the invoice day.",),
    reference_rate=ReferenceRate(
        mean=0.05,
        icc=0.05,
        why=(
            "an honest dealer sells a few cars to companies of its own group (staff cars, a sister's rental fleet); "
            "groups differ much (our judgement)"
        ),
        source="no published rate found",
    ),
    deduction=Deduction("related_party_absorbed"),
)
