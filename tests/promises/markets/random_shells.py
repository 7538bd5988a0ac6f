"""Young companies of a random market that mostly just take in cars, on both sides of every bound."""

from datetime import date

from tests.promises.markets.draft import Draft
from tests.promises.markets.random_cars import vin_of
from tests.promises.markets.random_parties import CITIES, DEALERS, MAKERS, PERSONS, UNKNOWN, Group

SHELLS = ("N01", "N'2/%")
CARS = 13
FIRST_NUMBER = 2_000
"""Where the serial numbers of their cars begin: beyond those of all others."""

_ENTERED = (*(-60, -30, -20, -10, -5, 0) * 2, -366, -365, 1)
_LIVES = (*("kept",) * 9, *("back",) * 5, "sold_on", "plated", "exported", "declared", "given_back", "before")


def draw_shells(draft: Draft, group: Group) -> None:
    """Draw the companies and their cars: of the group's dealer, of another of the group, rarely of somebody else."""
    for place, shell in enumerate(SHELLS):
        since = draft.day(date(2024, 10, 1), date(2025, 4, 1))
        entered = draft.later(since, *_ENTERED)
        draft.add(
            "parties",
            party_id=shell,
            kind="company",
            name=f"示例商贸{place}号有限公司",
            roles=draft.maybe(0.1, "vendor"),
            city=draft.pick(CITIES),
            registered_on=draft.maybe(0.95, entered),
        )
        sellers = draft.pick((*((group.dealer,),) * 3, (group.dealer, group.companies[0]), DEALERS[:1], DEALERS[:2]))
        for number in range(CARS):
            vin = vin_of(draft, draft.pick(MAKERS), FIRST_NUMBER + place * CARS + number)
            draft.add("vehicles", vin=vin, manufacturer_id=MAKERS[0], built_on=draft.later(since, -10, -60))
            _car(draft, group, vin, shell, sellers, since if number == 0 else draft.later(since, 0, 1, 30, 60))


def _car(draft: Draft, group: Group, vin: str, shell: str, sellers: tuple[str, ...], on: date) -> None:
    seller, life = draft.pick(sellers), draft.pick(_LIVES)
    if draft.chance(0.05):
        # a customer had the car first, and perhaps on that very day
        _sale(draft, vin, seller, PERSONS[0], "retail", draft.later(on, 0, -30))
    _sale(draft, vin, seller, shell, draft.pick(("retail", "retail", "retail", "retail", "wholesale")), on)
    home = (seller, group.dealer, *group.companies[:2])
    later = draft.later(on, 0, 1, 30, 90, 179, 180, 181, 250)
    if life in ("back", "before"):
        _sale(draft, vin, shell, draft.pick(home), "resale", draft.later(on, -1) if life == "before" else later)
    if life == "sold_on":
        _sale(draft, vin, shell, draft.pick((*PERSONS, *DEALERS, *UNKNOWN, None)), "resale", later)
    if life == "given_back":
        _sale(draft, vin, shell, seller, draft.pick(("return", "swap", "leaseback", "trade_in")), later)
    if life == "plated" or (life == "back" and draft.chance(0.3)):
        draft.add(
            "registrations",
            registration_id=f"R{draft.number('registrations')}|N",
            vin=vin,
            owner_id=draft.pick((shell, PERSONS[1], UNKNOWN[0], None)),
            city="示例甲市",
            plated_on=draft.later(on, -5, 90, 91, 180, 181, 300),
            event=draft.pick(("first", None)),
            first_registered_on=draft.maybe(0.1, draft.later(on, 60)),
        )
    if life == "exported":
        exported = draft.later(on, 20, 200)
        declared_as = draft.pick(("new", "used"))
        draft.add(
            "exports",
            export_id=f"X{draft.number('exports')}|N",
            vin=vin,
            exporter_id=shell,
            cleared_on=exported,
            declared_as=declared_as,
            destination="XX",
        )
    if life == "declared":
        first = draft.later(on, -30, 0, 180, 181)
        until = draft.maybe(0.6, draft.later(first, 29, 30, 60))
        draft.add("declared_stock", vin=vin, holder_id=shell, status="demo", valid_from=first, valid_to=until)


def _sale(draft: Draft, vin: str, seller: str, buyer: str | None, kind: str, on: date) -> None:
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
