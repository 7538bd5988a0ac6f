"""What may happen to a car that a company took in: sold, plated, exported, declared; on both sides of every bound."""

from datetime import date

from tests.promises.markets.draft import Draft


def sell(draft: Draft, vin: str, seller: str, buyer: str | None, kind: str, on: date) -> None:
    """An invoice, some with a place within the day."""
    draft.add(
        "sales",
        sale_id=f"S{draft.number('sales')}|N",
        vin=vin,
        seller_id=seller,
        buyer_id=buyer,
        kind=kind,
        invoiced_on=on,
        sequence=draft.pick((None, None, None, 1, 2)),
        price=100_000.0,
        currency="CNY",
    )


def plate(draft: Draft, vin: str, owner: str | None, on: date) -> None:
    """A plate about 90 or 180 days after ``on``, or before it."""
    draft.add(
        "registrations",
        registration_id=f"R{draft.number('registrations')}|N",
        vin=vin,
        owner_id=owner,
        city="示例甲市",
        plated_on=draft.later(on, -5, 90, 91, 180, 181, 300),
        event=draft.pick(("first", None)),
        first_registered_on=draft.maybe(0.1, draft.later(on, 60)),
    )


def export(draft: Draft, vin: str, exporter: str, on: date) -> None:
    """A customs declaration, as new or as used."""
    exported = draft.later(on, 20, 200)
    draft.add(
        "exports",
        export_id=f"X{draft.number('exports')}|N",
        vin=vin,
        exporter_id=exporter,
        cleared_on=exported,
        declared_as=draft.pick(("new", "used")),
        destination="XX",
    )


def declare(draft: Draft, vin: str, holder: str, on: date) -> None:
    """An entry as demo stock that begins or ends about the half-year after ``on``."""
    first = draft.later(on, -30, 0, 180, 181)
    until = draft.maybe(0.6, draft.later(first, 29, 30, 60))
    draft.add("declared_stock", vin=vin, holder_id=holder, status="demo", valid_from=first, valid_to=until)
