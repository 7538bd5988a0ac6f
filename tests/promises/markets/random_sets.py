"""Companies of a random market that sell cars to one another, and honest deals around them."""

from datetime import date

from tests.promises.markets.draft import Draft
from tests.promises.markets.random_cars import vin_of
from tests.promises.markets.random_lives import declare, export, plate, sell
from tests.promises.markets.random_parties import CITIES, DEALERS, MAKERS, PERSONS, UNKNOWN

MEMBERS = ("K01", "K'2/%", "K03", "K04")
CARS = 28
FIRST_NUMBER = 3_000
"""Where the serial numbers of their cars begin: beyond those of all others."""

CUSTOMERS = 24
"""Companies that each bought a car of a dealer: without them every shuffle would give the set again."""

_LIVES = (*("kept",) * 14, *("moved",) * 4, "sold_on", "plated", "exported", "declared", "given_back", "before")


def draw_sets(draft: Draft) -> None:
    """Draw the companies, their cars and their surroundings."""
    for place, member in enumerate(MEMBERS):
        _company(draft, member, place, draft.pick(("dealer", None, None, None, "vendor")))
    if draft.chance(0.15):
        # one of them is known from the invoices alone, or may lease the cars out
        _company(draft, "K05", 5, "lessor")
    members = (*MEMBERS[:3], draft.pick((MEMBERS[3],) * 8 + ("K05", UNKNOWN[0])))
    since = draft.day(date(2024, 9, 1), date(2025, 4, 1))
    for number in range(CARS):
        seller = members[number % len(members)]
        buyer = (
            members[(number + 1) % len(members)]
            if number < len(members)
            else draft.pick([other for other in members if other != seller])
        )
        _car(draft, members, _vin(draft, number, since), seller, buyer, draft.later(since, 0, 1, 30, 60, 120))
    for number in range(CUSTOMERS):
        customer = f"L{number:02}"
        _company(draft, customer, number, None)
        vin = _vin(draft, CARS + number, since)
        sell(draft, vin, draft.pick((*DEALERS, *members[:1])), customer, "retail", draft.later(since, 0, 60, 200))


def _company(draft: Draft, party: str, place: int, roles: str | None) -> None:
    name = f"示例实业{party}{place}号有限公司"
    draft.add("parties", party_id=party, kind="company", name=name, roles=roles, city=draft.pick(CITIES))


def _vin(draft: Draft, number: int, since: date) -> str:
    vin = vin_of(draft, MAKERS[0], FIRST_NUMBER + number)
    draft.add("vehicles", vin=vin, manufacturer_id=MAKERS[0], built_on=draft.later(since, -10, -60))
    return vin


def _car(draft: Draft, members: tuple[str, ...], vin: str, seller: str, buyer: str, on: date) -> None:
    life = draft.pick(_LIVES)
    if draft.chance(0.1):
        # the maker's invoice, or one to a customer, of that very day
        first = draft.pick(((MAKERS[0], seller, "wholesale"), (seller, PERSONS[0], "retail")))
        sell(draft, vin, *first, draft.later(on, 0, -30))
    sell(draft, vin, seller, buyer, draft.pick(("retail", "retail", "retail", "wholesale")), on)
    later = draft.later(on, 0, 1, 30, 90, 179, 180, 181, 250)
    if life in ("moved", "before"):
        taker = draft.pick(members)
        sell(
            draft,
            vin,
            buyer,
            taker,
            draft.pick(("resale", "retail")),
            draft.later(on, -1) if life == "before" else later,
        )
    if life == "sold_on":
        sell(draft, vin, buyer, draft.pick((*PERSONS, *DEALERS, *UNKNOWN, None)), "resale", later)
    if life == "given_back":
        sell(draft, vin, buyer, seller, draft.pick(("return", "swap", "leaseback", "trade_in")), later)
    if life == "plated":
        plate(draft, vin, draft.pick((buyer, PERSONS[1])), on)
    if life == "exported":
        export(draft, vin, buyer, on)
    if life == "declared":
        declare(draft, vin, buyer, on)
