"""The cars of a random market: what happened to each."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from graphkit.tables.inputs import SALE_KINDS, STOCK_STATUSES, USES
from graphkit.tables.vins import CHECK_POSITION, with_check_digit
from tests.promises.markets.draft import Draft
from tests.promises.markets.random_parties import (
    CITIES,
    COMPANIES,
    DEALERS,
    EXPORTERS,
    GOVERNMENTS,
    INSURERS,
    MAKERS,
    NAMESAKES,
    PERSONS,
    UNKNOWN,
    VENDORS,
    Group,
)

_LIVES = ("plain", "insured_early", "never_plated", "absorbed", "exported", "circled", "circled")
_BUYERS = (*COMPANIES, *PERSONS, *PERSONS, *NAMESAKES, *UNKNOWN, *DEALERS, *GOVERNMENTS)
_WAIT = (0, 0, 1, 3, 7, 8, 29, 30, 31, 60, 89, 90, 91, 120)
_STAY = (0, 5, 30, 90, 91, 170, 179, 180, 181, 300)


@dataclass
class _Car:
    """What the rows of one car share: its life's kind, and whether it is one of many alike, whose gaps are fewer."""

    vin: str
    life: str
    maker: str
    dealer: str
    buyer: str
    built: date
    is_alike: bool

    def gap(self, draft: Draft, share: float) -> bool:
        """Whether something is missing or odd here."""
        return draft.chance(share / 6 if self.is_alike else share)


def draw_cars(draft: Draft, group: Group, count: int, alike: int, life: str) -> None:
    """Draw ``count`` cars of any life, and ``alike`` more of one dealer, one month and one ``life``."""
    for number in range(count):
        built = draft.day(date(2024, 1, 1), date(2026, 3, 1))
        kind = draft.pick(_LIVES)
        dealer = group.dealer if kind == "absorbed" and draft.chance(0.7) else draft.pick(DEALERS)
        _car(draft, group, number, kind, dealer, built, is_alike=False)
    for number in range(count, count + alike):
        _car(draft, group, number, life, group.dealer, draft.day(date(2025, 9, 1), date(2025, 9, 20)), is_alike=True)


def _car(draft: Draft, group: Group, number: int, life: str, dealer: str, built: date, *, is_alike: bool) -> None:
    maker = draft.pick(MAKERS)
    buyer = draft.pick(group.companies) if life == "absorbed" else draft.pick(_BUYERS)
    vin = vin_of(draft, maker, number)
    car = _Car(vin, life, maker, dealer, buyer, built, is_alike)
    is_stub = car.gap(draft, 0.06)
    if not is_stub:
        draft.add(
            "vehicles",
            vin=vin,
            manufacturer_id=None if car.gap(draft, 0.05) else maker,
            brand=draft.maybe(0.8, "Sample"),
            model=draft.pick(("A", "B/'b'", None)),
            built_on=None if car.gap(draft, 0.08) else built,
        )
    wholesaled = draft.later(built, 0, 1, 5, 20)
    if not car.gap(draft, 0.08):
        _sale(draft, car, maker, dealer, "wholesale", wholesaled)
    if car.gap(draft, 0.2):
        # handed on among dealers, also on the very day
        _sale(draft, car, dealer, draft.pick(DEALERS), draft.pick(("swap", "wholesale")), draft.later(wholesaled, 0, 3))
    sold = draft.later(wholesaled, 20, 30, 45, 60, 75) if life != "plain" else draft.later(wholesaled, *_WAIT)
    is_sold = not car.gap(draft, 0.15)
    if is_sold:
        handed = draft.pick((None, sold, draft.later(sold, -10, -1, 2, 14)))
        _sale(draft, car, dealer, buyer, "retail", sold, handed_over_on=None if is_alike else handed)
    if life == "circled":
        _round_trip(draft, car, sold, group)
    elif car.gap(draft, 0.35):
        _afterwards(draft, car, sold)
    insured_on = _policies(draft, car, wholesaled, sold, group)
    plated_on = _registrations(draft, car, insured_on, sold)
    _departure(draft, car, plated_on)
    _records(draft, car, insured_on, sold)


def vin_of(draft: Draft, maker: str, number: int) -> str:
    """The VIN of a maker's car by number; a few are misspelt."""
    vin: str = pl.select(with_check_digit(pl.lit(f"L{maker[1:]}AA1AA0RA{number:06d}"))).item()
    if draft.chance(0.97):
        return vin
    # a wrong check digit: a VIN that may be another car's
    wrong = "0" if vin[CHECK_POSITION] != "0" else "1"
    return vin[:CHECK_POSITION] + wrong + vin[CHECK_POSITION + 1 :]


def _sale(draft: Draft, car: _Car, seller: str | None, buyer: str | None, kind: str, on: date, **more: Any) -> None:
    number = draft.number("sales")
    draft.add(
        "sales",
        sale_id=draft.pick((f"S{number}", f"S/{number}'")),
        vin=car.vin,
        seller_id=None if car.gap(draft, 0.02) else seller,
        buyer_id=None if car.gap(draft, 0.05) else buyer,
        kind=kind,
        invoiced_on=on,
        sequence=draft.pick((None, None, 1, 2)),
        price=draft.pick((None, 100_000.0, 123_456.78, 99_999.99)),
        currency=draft.pick(("CNY", "CNY", "EUR", None)),
        price_includes_vat=draft.pick((True, False, None)),
        **more,
    )


def _round_trip(draft: Draft, car: _Car, sold: date, group: Group) -> None:
    """On through a few hands, mostly companies', and back to the dealer or to another of its group."""
    holder, on = car.buyer, sold
    home = (car.dealer, car.dealer, *group.companies[:2]) if car.dealer == group.dealer else (car.dealer,)
    for other in (*draft.dice.sample((*COMPANIES, *PERSONS[:3]), draft.pick((0, 0, 1, 2))), draft.pick(home)):
        on = draft.later(on, 0, 1, 5, 30, 60, 89, 90, 179, 180)
        kind = draft.pick((*("resale",) * 20, *SALE_KINDS))
        _sale(draft, car, holder, other, kind, on)
        holder = other


def _afterwards(draft: Draft, car: _Car, sold: date) -> None:
    """Resales, returns and swaps: back to where the car came from, on to others, also on one day."""
    holder, on = car.buyer, sold
    for _ in range(draft.dice.randint(1, 3)):
        on = draft.later(on, 0, 1, 10, 30, 100)
        kind = draft.pick(SALE_KINDS[1:])
        other = draft.pick((car.dealer, *draft.dice.sample(_BUYERS, 3)))
        _sale(draft, car, holder, other, kind, on)
        holder = other


def _policies(draft: Draft, car: _Car, wholesaled: date, sold: date, group: Group) -> date:
    starts = {
        "insured_early": draft.later(wholesaled, 0, 1, 5, 10),
        "never_plated": draft.later(wholesaled, 3, 6, 10),
        "absorbed": sold,
    }.get(car.life, draft.later(sold, -8, -7, -3, 0, 0, 0, 2, 10))
    if car.gap(draft, 0.12):
        return starts
    insured = car.buyer
    if car.life == "insured_early":
        insured = draft.pick((car.dealer, *group.companies, "T1", *PERSONS[:3], *UNKNOWN[:1]))
    insurer = INSURERS[0] if car.is_alike else draft.pick(INSURERS)
    for number, starts_on in enumerate((starts, draft.later(starts, 0, 0, 200, 366))):
        if number and not draft.chance(0.3):
            break
        policy = f"Q{draft.number('policies')}"
        draft.add(
            "policies",
            policy_id=policy,
            vin=car.vin,
            insurer_id=None if car.gap(draft, 0.04) else insurer,
            insured_id=None if car.gap(draft, 0.04) else insured,
            starts_on=starts_on,
            issued_on=draft.maybe(0.5, draft.later(starts_on, -3, 0)),
            ends_on=draft.maybe(0.7, draft.later(starts_on, 365)),
            cancelled_on=draft.later(starts_on, -1, 0, 5, 40) if car.gap(draft, 0.1) else None,
            kind=draft.pick(("voluntary", None)) if number or car.gap(draft, 0.1) else "compulsory",
            use="private" if car.is_alike else draft.pick((*USES, "private", "private", None)),
            city=draft.pick(CITIES),
        )
        if car.gap(draft, 0.2):
            _endorsement(draft, policy, starts_on, insured)
    return starts


def _endorsement(draft: Draft, policy: str, starts_on: date, insured: str) -> None:
    for field in draft.pick((("insured",), ("insured", "use"), ("insured", "insured"))):
        old = draft.pick(("示例人甲", "T2", draft.pick(COMPANIES), draft.pick(PERSONS), None))
        draft.add(
            "endorsements",
            policy_id=policy,
            changed_on=draft.later(starts_on, 0, 3, 20),
            field=field,
            old=old if field == "insured" else "private",
            new=insured if field == "insured" else "rental",
        )


def _registrations(draft: Draft, car: _Car, insured_on: date, sold: date) -> date | None:
    if car.life == "never_plated" and not draft.chance(0.1 if car.is_alike else 0.3):
        return None
    if car.life != "exported" and car.gap(draft, 0.25):
        return None
    plated_on = draft.later(max(insured_on, sold), *((0, 3, 10) if car.is_alike else _WAIT))
    owner = draft.pick((draft.pick(PERSONS), None, draft.pick(UNKNOWN))) if car.gap(draft, 0.25) else car.buyer
    use = "private" if car.is_alike and draft.chance(0.9) else draft.pick((*USES, "private", None))
    _plate(draft, car, owner, plated_on, None if car.gap(draft, 0.2) else "first", use)
    if car.gap(draft, 0.3):
        event = draft.pick(("transfer", "re_registration", None))
        _plate(draft, car, draft.pick(_BUYERS), draft.later(plated_on, 0, 20, 89, 90, 91), event, use)
    return plated_on


def _plate(draft: Draft, car: _Car, owner: str | None, on: date, event: str | None, use: str | None) -> None:
    draft.add(
        "registrations",
        registration_id=f"R{draft.number('registrations')}|%",
        vin=car.vin,
        owner_id=owner,
        city=draft.pick(CITIES[:3]),
        plated_on=on,
        event=event,
        first_registered_on=draft.later(on, 0, -40, -200) if car.gap(draft, 0.15) else None,
        use=use,
        deregistered_on=draft.later(on, 30, 90, 91, 400) if car.gap(draft, 0.1) else None,
        awaiting_export_on=draft.later(on, 5, 100, 180) if car.gap(draft, 0.08) else None,
    )


def _departure(draft: Draft, car: _Car, plated_on: date | None) -> None:
    if not draft.chance(0.95 if car.life == "exported" else 0.1):
        return
    applied = draft.later(plated_on or car.built, *((5, 30, 90) if car.is_alike else _STAY))
    cleared = draft.later(applied, 0, 5, 20)
    draft.add(
        "exports",
        export_id=f"X{draft.number('exports')}",
        vin=car.vin,
        exporter_id=EXPORTERS[0] if car.is_alike else draft.pick((*EXPORTERS, "D01", "T4", UNKNOWN[0], None)),
        cleared_on=cleared,
        applied_on=None if car.gap(draft, 0.3) else applied,
        declared_as="used" if plated_on and not car.gap(draft, 0.15) else "new",
        destination=draft.pick(("XX", "示例国", "Y'Z/%")),
        value=draft.maybe(0.6, 55_555.55),
        maker_letter=False if car.is_alike else draft.pick((True, False, False, None)),
    )
    if not car.gap(draft, 0.15):
        far = 0 if car.is_alike else draft.pick((0, 0, 0, 40))
        draft.add(
            "odometer", vin=car.vin, read_on=draft.later(cleared, -far, 0, -3), km=draft.pick((5, 12, 99, 100, 8_000))
        )
    if draft.chance(0.5):
        country = draft.pick(("XX", "示例国"))
        draft.add("foreign_registrations", vin=car.vin, country=country, registered_on=draft.later(cleared, -5, 10, 60))


def _records(draft: Draft, car: _Car, insured_on: date, sold: date) -> None:
    """What else was noted of a car: readings, advertisements, claims, and that it was a demo car or a fleet's."""
    for _ in range(draft.pick((0, 0, 1, 2))):
        if not car.is_alike:
            draft.add("odometer", vin=car.vin, read_on=draft.later(sold, 0, 5, 60), km=draft.pick((0, 10, 101, 20_000)))
    if draft.chance(0.25):
        draft.add(
            "listings",
            listing_id=f"L{draft.number('listings')}",
            vin=car.vin,
            vendor_id=draft.pick((*VENDORS, "D01", UNKNOWN[1], None)),
            listed_on=draft.later(sold, -1, 0, 10, 30, 31),
            km=draft.pick((None, 9, 5_000)),
        )
    if draft.chance(0.3):
        draft.add(
            "claims",
            claim_id=f"K{draft.number('claims')}",
            vin=car.vin,
            claimant_id=draft.pick((car.dealer, car.buyer, None)),
            kind=draft.pick(("rebate", "示例补贴")),
            claimed_on=draft.later(sold, 0, 15),
            rate=draft.pick((None, 50_000)),
            amount=draft.pick((None, 3_000.0)),
        )
    if car.gap(draft, 0.15):
        since = draft.later(insured_on, -20, 0, 1)
        draft.add(
            "declared_stock",
            vin=car.vin,
            holder_id=draft.pick((car.dealer, car.buyer)),
            status=draft.pick(STOCK_STATUSES),
            valid_from=since,
            valid_to=draft.maybe(0.5, draft.later(since, 0, 60)),
        )
