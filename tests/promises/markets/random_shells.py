"""Young companies of a random market that mostly just take in cars, on both sides of every bound."""

from datetime import date

from tests.promises.markets.draft import Draft
from tests.promises.markets.random_cars import vin_of
from tests.promises.markets.random_lives import declare, export, plate, sell
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
        sell(draft, vin, seller, PERSONS[0], "retail", draft.later(on, 0, -30))
    sell(draft, vin, seller, shell, draft.pick(("retail", "retail", "retail", "retail", "wholesale")), on)
    home = (seller, group.dealer, *group.companies[:2])
    later = draft.later(on, 0, 1, 30, 90, 179, 180, 181, 250)
    if life in ("back", "before"):
        sell(draft, vin, shell, draft.pick(home), "resale", draft.later(on, -1) if life == "before" else later)
    if life == "sold_on":
        sell(draft, vin, shell, draft.pick((*PERSONS, *DEALERS, *UNKNOWN, None)), "resale", later)
    if life == "given_back":
        sell(draft, vin, shell, seller, draft.pick(("return", "swap", "leaseback", "trade_in")), later)
    if life == "plated" or (life == "back" and draft.chance(0.3)):
        plate(draft, vin, draft.pick((shell, PERSONS[1], UNKNOWN[0], None)), on)
    if life == "exported":
        export(draft, vin, shell, on)
    if life == "declared":
        declare(draft, vin, shell, on)
