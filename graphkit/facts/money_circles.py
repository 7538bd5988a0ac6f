"""What speaks for and against circles of payments: each payment's purpose and invoice, each party, and none twice."""

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from graphkit.algorithms.frames import polars_of
from graphkit.look_alikes import cash_pooling, dealer_swap, floor_plan, leaseback, refund, returned_sale, trade_in
from graphkit.model import Market, Verdict
from graphkit.tables.payment_purposes import says_nothing
from graphkit.trade.money_rounds import Rounds
from graphkit.trade.paid_sales import NEAR_AMOUNT, SURE

WHOSE_PRICE = "whose price the payment is"
"""What is missing where only an amount near the price, or a choice among equals, matches a payment with a car."""

_RANKS = [str(verdict) for verdict in (Verdict.FLAGGED, Verdict.INDETERMINATE, Verdict.EXPLAINED)]


@dataclass(frozen=True)
class Facts:
    """``payments``: number, vin (whose price it is), is_sure (of that), look_alike, is_silent. ``parties``: place,
    is_open, is_lessor.
    """

    payments: pl.DataFrame
    parties: pl.DataFrame


def facts_of(rounds: Rounds, paid: pl.DataFrame, sales: pl.DataFrame, market: Market) -> Facts:
    """What is known of the payments and their parties; ``paid`` as ``graphkit.trade.paid_sales`` gives it."""
    return Facts(_of_payments(rounds, paid, sales), _of_parties(rounds, market))


def _of_payments(rounds: Rounds, paid: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    back = nw.from_native(sales).filter(returned_sale.given_back(nw.col("kind"))).select("vin").unique().to_native()
    rows = (
        rounds.rows.select("number", "row_key", "purpose", "sale_id")
        .join(paid.select("vin", "matched_by", row_key="payment_key"), on="row_key", how="left")
        .join(sales.select("sale_id", "kind"), on="sale_id", how="left")
        .join(back.with_columns(is_back=True), on="vin", how="left")
    )
    kind, purpose = nw.col("kind"), pl.col("purpose")
    by_kind = (
        nw.when(returned_sale.given_back(kind)).then(nw.lit(returned_sale.LOOK_ALIKE.id))
        .when(dealer_swap.exchanged(kind)).then(nw.lit(dealer_swap.LOOK_ALIKE.id))
        .when(leaseback.leased_back(kind)).then(nw.lit(leaseback.LOOK_ALIKE.id))
        .when(trade_in.traded_in(kind)).then(nw.lit(trade_in.LOOK_ALIKE.id))
    )  # fmt: skip
    by_purpose = (
        pl.when(floor_plan.lent(purpose)).then(pl.lit(floor_plan.LOOK_ALIKE.id))
        .when(refund.refunded(purpose)).then(pl.lit(refund.LOOK_ALIKE.id))
        .when(cash_pooling.pooled(purpose)).then(pl.lit(cash_pooling.LOOK_ALIKE.id))
        .when(pl.col("is_back")).then(pl.lit(returned_sale.LOOK_ALIKE.id))
    )  # fmt: skip
    told = nw.from_native(rows).with_columns(by_kind=by_kind).to_native()
    return told.select(
        "number",
        "vin",
        is_sure=pl.col("matched_by").is_in(SURE).fill_null(False),
        look_alike=pl.coalesce(by_purpose, "by_kind"),
        # a price needs no purpose; an amount near one may be anything
        is_silent=(pl.col("matched_by").fill_null(NEAR_AMOUNT) == NEAR_AMOUNT) & says_nothing(purpose),
    )


def _of_parties(rounds: Rounds, market: Market) -> pl.DataFrame:
    who = market.identities.filter(nw.col("party_id") == nw.col("canonical_id")).select(
        "party_id",
        is_open=nw.col("is_stub") | nw.col("is_undecided"),
        is_lessor=leaseback.may_be_financed(nw.col("roles")),
    )
    known = rounds.parties.to_frame().join(polars_of(who), on="party_id", how="left", maintain_order="left")
    return known.select(
        pl.int_range(pl.len()).alias("place"), pl.col("is_open").fill_null(True), pl.col("is_lessor").fill_null(False)
    )


def judged_circles(steps: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """One row a circle with a price on it: circle, draw, steps, verdict, look_alike, missing, first_on, last_on."""
    known = steps.join(facts.payments, on="number", how="left", maintain_order="left")
    for end in ("from", "to"):
        known = known.join(facts.parties.select(pl.all().name.prefix(f"{end}_")), on=f"{end}_place", how="left")
    judged = known.group_by("circle").agg(
        pl.col("draw", "steps", "is_ordered").first(),
        look_alike=pl.col("look_alike").drop_nulls().min(),
        is_priced=pl.col("vin").is_not_null().any(),
        is_unsure=~pl.col("is_sure").any(),
        is_silent=pl.col("is_silent").any(),
        is_open=(pl.col("from_is_open") | pl.col("to_is_open")).any(),
        is_financed=pl.col("from_is_lessor").any(),
        first_on=pl.col("on_date").min(),
        last_on=pl.col("on_date").max(),
    )
    facts_missing = (
        ("the order of the payments within the day", ~pl.col("is_ordered")),
        ("who a party of the circle is", pl.col("is_open")),
        (WHOSE_PRICE, pl.col("is_unsure")),
        ("the purpose of every payment of the circle", pl.col("is_silent")),
        ("whether the lessor financed the car", pl.col("is_financed")),
    )
    missing = pl.concat_str(
        [pl.when(fact).then(pl.lit(name)) for name, fact in facts_missing], separator="; ", ignore_nulls=True
    )
    is_lawful = pl.col("look_alike").is_not_null()
    verdict = (
        pl.when(is_lawful)
        .then(pl.lit(Verdict.EXPLAINED.value))
        .when(pl.col("missing") != "")
        .then(pl.lit(Verdict.INDETERMINATE.value))
        .otherwise(pl.lit(Verdict.FLAGGED.value))
    )
    told = judged.filter("is_priced").with_columns(missing=pl.when(~is_lawful).then(missing).otherwise(pl.lit("")))
    return told.with_columns(verdict=verdict, missing=pl.col("missing").replace("", None))


def taken_circles(steps: pl.DataFrame, judged: pl.DataFrame, rounds: Rounds) -> pl.DataFrame:
    """The judged circles that are taken, so that no payment is in two: flagged ones first, then first in, first out."""
    from graphkit.algorithms.disjoint import first_disjoint

    rows = steps.join(judged.select("circle"), on="circle", how="semi")
    keys = rows.with_columns(rounds.rows["row_key"][rows["number"]].alias("key")).sort("circle", "step")
    names = keys.group_by("circle").agg(pl.col("key").str.join("|"))
    rank = pl.col("verdict").replace_strict(_RANKS, range(len(_RANKS)), return_dtype=pl.Int64)
    ordered = judged.join(names, on="circle").with_columns(rank=rank)
    ordered = ordered.sort("draw", "rank", "first_on", "last_on", "key").with_row_index("at")
    members = rows.join(ordered.select("circle", "at"), on="circle").sort("at", "step")["row_key"]
    return ordered.filter(first_disjoint(ordered["steps"].to_numpy(), members.to_numpy()))
