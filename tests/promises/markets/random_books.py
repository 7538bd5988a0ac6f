"""The books of a random market: what was paid, and what was reported."""

from datetime import date

from graphkit.tables.inputs import SERIES
from tests.promises.markets.draft import Draft
from tests.promises.markets.random_parties import CITIES, COMPANIES, DEALERS, INSURERS, MAKERS, PERSONS, UNKNOWN


def draw_payments(draft: Draft) -> None:
    """Money there and back, money round a circle, money that leads nowhere."""
    parties = (*COMPANIES, *DEALERS, *PERSONS[:2], *UNKNOWN[:1])
    for _ in range(12):
        ring = draft.dice.sample(parties, draft.pick((2, 2, 3, 4)))
        on, amount = draft.day(date(2024, 6, 1), date(2026, 5, 1)), draft.pick((1_000.0, 50_000.0, 123_456.78))
        for payer, payee in zip(ring, (*ring[1:], ring[0]), strict=True):
            _payment(draft, payer, payee, on, amount)
            on, amount = draft.later(on, 0, 1, 5), amount * draft.pick((1.0, 1.0, 0.95, 0.9, 0.5))
    for _ in range(12):
        _payment(draft, draft.pick(parties), draft.pick((*parties, None)), draft.day(), draft.pick((0.1, 7.0, 1e6)))
    for sale in draft.dice.sample(draft.rows("sales"), 15):
        # the seller pays the buyer around the invoice, or the buyer the seller
        ends = (sale["seller_id"], sale["buyer_id"])
        payer, payee = ends if draft.chance(0.7) else ends[::-1]
        _payment(draft, payer, payee, draft.later(sale["invoiced_on"], -5, 0, 10), 5_000.0, sale["sale_id"])


def _payment(
    draft: Draft, payer: str | None, payee: str | None, on: date, amount: float, sale: str | None = None
) -> None:
    draft.add(
        "payments",
        payment_id=f"Y{draft.number('payments')}",
        payer_id=payer,
        payee_id=payee,
        paid_on=on,
        sequence=draft.pick((None, 1)),
        amount=round(amount, 2),
        currency=draft.pick(("CNY", "CNY", "CNY", None)),
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
