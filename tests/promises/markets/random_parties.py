"""The parties of a random market: who they are, what they are called, and who owns and controls whom."""

from dataclasses import dataclass
from datetime import date

from graphkit.tables.inputs import AGREEMENTS, KINSHIP, POSITIONS
from tests.promises.markets.draft import LAST, Draft

MAKERS = ("M01", "M02")
DEALERS = ("D01", "D'02", "D/03", "D%4|", "店5", 'D"6')
INSURERS = ("I01", "I/2%", "I03")
EXPORTERS = ("E01", "E'2")
VENDORS = ("V01",)
GOVERNMENTS = ("G01", "G02")
COMPANIES = (*(f"C{number:02d}" for number in range(1, 9)), "C|9/%", "公司十")
PERSONS = tuple(f"P{number}" for number in range(1, 9))
UNKNOWN = ("U1", "U'2/")
"""Ids that rows use and nothing defines."""

CITIES = ("示例甲市", "示例乙市", "Sample City", None)
_SHARES = (1_000_000, 600_000, 510_000, 500_001, 500_000, 499_999, 300_000, None)
_ODD_NAMES = ('O\'Hara "示例" \\ {x: $y} // 🚗', "100 % 示例/有限公司|一", "Sample & Söhne GmbH")
_CODE = "91110000600037341L"
NAMESAKES = ("T1", "T2", "T3", "T4")
"""Two companies of one name, and two of one code."""


@dataclass(frozen=True)
class Group:
    """A dealer and companies that one owner holds, all since ``since``."""

    dealer: str
    companies: tuple[str, ...]


def draw_parties(draft: Draft) -> Group:
    """Draw every party and every tie; gives the one group that certainly is one."""
    for ids, roles in (
        (MAKERS, "manufacturer"),
        (DEALERS, "dealer"),
        (INSURERS, "insurer"),
        (EXPORTERS, "exporter"),
        (VENDORS, "vendor"),
    ):
        for party in ids:
            also = draft.pick(("", "", ";exporter", ";vendor", ";lessor")) if roles == "dealer" else ""
            _party(draft, party, "company", f"{party} 示例有限公司", roles + also)
    for number, party in enumerate(COMPANIES):
        odd = _ODD_NAMES[number] if number < len(_ODD_NAMES) else f"示例公司{party}"
        _party(draft, party, "company", odd, draft.maybe(0.2, "lessor"))
    for party in PERSONS:
        # two persons of one name stay two, unless a key says that they are one
        _party(draft, party, "person", draft.pick(("示例人甲", "示例人乙", f"示例人{party}")), None)
    _party(draft, "G01", "government", "示例省人民政府", None)
    _party(draft, "G02", "company", "示例省国资委", None)
    _twins(draft)
    group = _group(draft)
    _holdings(draft)
    _offices(draft)
    return group


def _party(draft: Draft, party: str, kind: str, name: str, roles: str | None, city: str | None = "") -> None:
    is_person = kind == "person"
    draft.add(
        "parties",
        party_id=party,
        kind=kind,
        name=name,
        roles=roles,
        city=draft.pick(CITIES) if city == "" else city,
        person_key=draft.pick(("k1", "k2", None, None, None)) if is_person else None,
        registered_on=None if is_person else draft.maybe(0.7, draft.day()),
        address=draft.pick(("甲路 1 号", "甲路1号", "B/2 'Hof'", None, None)),
        phone=draft.pick(("０００-12345678", "000 12345678", "000-87654321", None, None, None)),
        email=draft.pick(("A@b.example", "a@B.example", None, None)),
        is_listed=draft.pick((True, False, None)) if not is_person else None,
    )


def _twins(draft: Draft) -> None:
    """One name under two ids: told apart by nothing, by cities, by codes, or joined."""
    place = draft.pick(CITIES)
    _party(draft, "T1", "company", "双名示例有限公司", None, place)
    _party(draft, "T2", "company", "双名 示例有限公司", None, draft.pick((place, None, "示例丙市")))
    draft.add("parties", party_id="T3", kind="company", name="同码示例公司", uscc=_CODE)
    draft.add("parties", party_id="T4", kind="company", name="另名示例公司", uscc=_CODE.lower(), roles="exporter")


def _group(draft: Draft) -> Group:
    dealer, companies = draft.pick(DEALERS), tuple(draft.dice.sample(COMPANIES, 3))
    owner = draft.pick((PERSONS[0], "T3", draft.pick([company for company in COMPANIES if company not in companies])))
    for owned in (dealer, *companies):
        share = draft.pick((1_000_000, 510_000, 500_001))
        draft.add("ownership", owner_id=owner, owned_id=owned, share=share, valid_from=date(2023, 3, 1))
    return Group(dealer, companies)


def _holdings(draft: Draft) -> None:
    legal = (*DEALERS, *EXPORTERS, *COMPANIES, *NAMESAKES)
    owners = (*legal, *legal, *PERSONS, *GOVERNMENTS, *UNKNOWN)
    for _ in range(22):
        _holding(draft, draft.pick(owners), draft.pick(legal), draft.pick(_SHARES))
    # a circle of majorities, and two owners of exactly one half each
    circle = draft.dice.sample(COMPANIES, 3)
    for owner, owned in zip(circle, (*circle[1:], circle[0]), strict=True):
        _holding(draft, owner, owned, 600_000)
    for owner in draft.dice.sample(PERSONS, 2):
        _holding(draft, owner, draft.pick(DEALERS), 500_000)
    _holding(draft, "G01", draft.pick(legal), 1_000_000)
    _holding(draft, "G02", draft.pick(legal), 1_000_000)
    for _ in range(5):
        since = draft.maybe(0.6, draft.day(last=date(2025, 12, 31)))
        draft.add(
            "control_agreements",
            controller_id=draft.pick((*legal, *PERSONS)),
            controlled_id=draft.pick(legal),
            basis=draft.pick(AGREEMENTS),
            valid_from=since,
            valid_to=draft.maybe(0.3, draft.day(since or date(2024, 1, 1))),
        )


def _holding(draft: Draft, owner: str, owned: str, share: int | None) -> None:
    since = draft.maybe(0.7, draft.day(last=date(2026, 3, 31)))
    least = draft.pick((None, 400_000, 510_000)) if share is None else None
    draft.add(
        "ownership",
        owner_id=owner,
        owned_id=owned,
        share=share,
        share_min=least,
        share_max=draft.maybe(0.5, 900_000) if least else None,
        votes=draft.maybe(0.15, 510_000),
        valid_from=since,
        valid_to=draft.maybe(0.25, draft.day(since or date(2024, 1, 1), LAST)),
    )


def _offices(draft: Draft) -> None:
    companies = (*DEALERS, *COMPANIES, *NAMESAKES)
    for _ in range(16):
        since = draft.maybe(0.6, draft.day(last=date(2026, 1, 1)))
        draft.add(
            "positions",
            person_id=draft.pick(PERSONS[:5]),
            company_id=draft.pick(companies),
            position=draft.pick(POSITIONS),
            valid_from=since,
            valid_to=draft.maybe(0.3, draft.day(since or date(2024, 1, 1), LAST)),
        )
    for _ in range(5):
        one, other = draft.dice.sample(PERSONS, 2)
        draft.add("kinship", person_id=one, relative_id=other, relation=draft.pick(KINSHIP))
