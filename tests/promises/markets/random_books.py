"""The books of a random market: what was paid, and what was reported."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from graphkit.tables.inputs import SERIES
from tests.promises.markets.draft import Draft
from tests.promises.markets.random_parties import CITIES, COMPANIES, DEALERS, INSURERS, MAKERS, PERSONS, UNKNOWN

PURPOSES = ("咨询费", "咨询费", "Marketing", "floor plan loan", "退款", "资金归集", "转账", None)
"""What payments are said to be for: something, something lawful, nothing."""


def draw_payments(draft: Draft) -> None:
    """Money there and back, money round a circle that a price lies on or none does, money that leads nowhere."""
    parties = (*COMPANIES, *DEALERS, *PERSONS[:2], *UNKNOWN[:1])
    for _ in range(12):
        ring = draft.dice.sample(parties, draft.pick((2, 2, 3, 4)))
        on, amount = draft.day(date(2024, 6, 1), date(2026, 5, 1)), draft.pick((1_000.0, 50_000.0, 123_456.78))
        for payer, payee in zip(ring, (*ring[1:], ring[0]), strict=True):
            _payment(draft, payer, payee, on, amount)
            on, amount = draft.later(on, 0, 1, 5), amount * draft.pick((1.0, 1.0, 0.95, 0.9, 0.5))
    for _ in range(12):
        _payment(draft, draft.pick(parties), draft.pick((*parties, None)), draft.day(), draft.pick((0.1, 7.0, 1e6)))
    retail = [sale for sale in draft.rows("sales") if sale["kind"] == "retail" and sale["price"] and sale["seller_id"]]
    for sale in draft.dice.sample(retail, min(40, len(retail))):
        _paid_round(draft, sale)
    for sale in draft.dice.sample(draft.rows("sales"), 15):
        # the seller pays the buyer around the invoice, or the buyer the seller
        ends = (sale["seller_id"], sale["buyer_id"])
        payer, payee = ends if draft.chance(0.7) else ends[::-1]
        _payment(draft, payer, payee, draft.later(sale["invoiced_on"], -5, 0, 10), 5_000.0, sale["sale_id"])


def _paid_round(draft: Draft, sale: Mapping[str, Any]) -> None:
    """The price of a car, which the seller's money paid by way of none to four others, or comes back to the buyer."""
    others = [party for party in (*COMPANIES, *DEALERS) if party not in (sale["seller_id"], sale["buyer_id"])]
    between = draft.dice.sample(others, draft.pick((0, 1, 1, 1, 2, 4)))
    chain = [sale["seller_id"], *between, sale["buyer_id"]]
    amount, purpose = sale["price"] * draft.pick((1.0, 0.97, 1.0, 1.05, 1.2)), draft.pick(PURPOSES[:3])
    on = draft.later(sale["invoiced_on"], -30, -20, -10)
    for payer, payee in pairwise(chain):
        _payment(draft, payer, payee, on, amount, purpose=draft.pick((purpose, purpose, purpose, draft.pick(PURPOSES))))
        on = draft.later(on, 0, 1, 2, 3, 3)
    named, price = draft.maybe(0.7, sale["sale_id"]), sale["price"]
    _payment(
        draft, sale["buyer_id"], sale["seller_id"], draft.later(sale["invoiced_on"], -1, 0, 3), price, named,
        purpose="车款", currency=sale["currency"],
    )  # fmt: skip


def _payment(
    draft: Draft,
    payer: str | None,
    payee: str | None,
    on: date,
    amount: float,
    sale: str | None = None,
    **facts: Any,
) -> None:
    draft.add(
        "payments",
        payment_id=f"Y{draft.number('payments')}",
        payer_id=payer,
        payee_id=payee,
        paid_on=on,
        sequence=draft.pick((None, 1)),
        amount=round(amount, 2),
        **{"currency": draft.pick(("CNY", "CNY", "CNY", None)), "purpose": draft.pick(PURPOSES)} | facts,
        sale_id=draft.maybe(0.8, sale) if sale else None,
    )


def draw_reports(draft: Draft) -> None:
    """What makers and an insurer reported about makers, dealers and somebody unknown."""
    for subject in (*MAKERS, *DEALERS[:3], UNKNOWN[0]):
        for _ in range(2):
            draft.add(
                "reported_counts",
                reporter_id=draft.pick((*MAKERS, INSURERS[0], None)),
                subject_id=subject,
                period=draft.pick(("2025-12", "2025", "2024-01/2025-03")),
                series=draft.pick(SERIES),
                city=draft.pick(CITIES),
                units=draft.pick((12.0, 3.5, None)),
                share=draft.pick((None, 123_400)),
                source=draft.pick(("示例 'x'", None)),
            )
