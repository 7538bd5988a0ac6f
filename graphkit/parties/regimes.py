"""The related-party rules, as data: which ties each rule joins, and under which regime.

A tie joins two parties through what each of them is to one and the same anchor, a company or a person: its member
(the anchor controls it), its associate, its joint venture, managed by it, held by it, or the anchor itself.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal

import polars as pl

from graphkit.errors import CaseError
from graphkit.model import REGIMES

Capacity = Literal[
    "itself", "controlled", "associate", "joint_venture", "held_5", "held_over_10", "held_20", "managed", "directed",
    "directed_listed", "represented",
]  # fmt: skip
"""What a party is to an anchor.

controlled: the anchor controls it; associate: at least 20 % of its votes, not control (IAS 28.5); joint_venture: joint
control by agreement; held_5, held_over_10, held_20: at least 5 %, more than 10 %, at least 20 % (votes, of held_20 also
capital); managed: the anchor is key management (any office); directed: director, manager or legal representative;
directed_listed: a listed company's director, supervisor, manager or legal representative; represented: the anchor is
its legal representative.
"""
Anchor = Literal["company", "person", "state", "any"]
"""Whom a way goes through; only ``state`` allows a state body that both parties are something to."""


@dataclass(frozen=True)
class Way:
    """One way to meet a rule: one party is ``one`` and the other is ``other`` to the same anchor of this kind.

    ``kin`` says to whom the other party may stand instead of the person: ``relatives``, those that the regime
    counts; ``sibling``, a sibling that it does not count, and then not to the person itself. ``least`` is how many
    anchors must join the two at the same time.
    """

    one: Capacity
    other: Capacity
    anchor: Anchor = "any"
    kin: Literal["none", "relatives", "sibling"] = "none"
    least: int = 1


@dataclass(frozen=True)
class Rule:
    """One rule: what it is about, and the ways that meet it under each regime (none where it does not count).

    ``noticed`` are ways that are worth naming where they make nobody related.
    """

    id: str
    condition: str
    ways: Mapping[str, tuple[Way, ...]] = field(default_factory=dict)
    tier: str = "A"
    noticed: tuple[Way, ...] = ()


def _under(*regimes: str, ways: tuple[Way, ...]) -> dict[str, tuple[Way, ...]]:
    return dict.fromkeys(regimes, ways)


_IAS24 = ("ias24", "asbe36_current", "asbe36_2006")
_EXCHANGE, _ASC850, _EU = "cn_exchange", "asc850", "eu_close_link"

_GROUP = (Way("itself", "controlled"), Way("controlled", "controlled", "company"))
_OF_GROUP = (
    Way("itself", "associate", "company"),
    Way("itself", "joint_venture", "company"),
    Way("controlled", "associate", "company"),
    Way("controlled", "joint_venture", "company"),
)
_JOINT = (Way("joint_venture", "joint_venture"), Way("joint_venture", "associate"))
_BY_PERSON = Way("controlled", "controlled", "person", "relatives")
_PERSON = (
    _BY_PERSON,
    Way("controlled", "associate", "person", "relatives"),
    Way("controlled", "joint_venture", "person", "relatives"),
    Way("controlled", "managed", "person", "relatives"),
)
_DIRECTED = Way("controlled", "directed", "person", "relatives")
_BOTH_ASSOCIATES = Way("associate", "associate")
_BOTH_MANAGED = Way("managed", "managed", "person")
_HELD_5 = Way("itself", "held_5")
_HELD_20 = Way("itself", "held_20")

RULES = (
    Rule("R1", "parent, subsidiary, fellow subsidiary", _under(*REGIMES, ways=_GROUP)),
    Rule(
        "R2",
        "associate or joint venture of the other, or of its group member",
        _under(*_IAS24, _ASC850, ways=_OF_GROUP) | _under(_EU, ways=(Way("itself", "held_20", "company"),)),
        noticed=_OF_GROUP,
    ),
    Rule("R3", "both joint ventures, or joint venture and associate, of one party", _under(*_IAS24, ways=_JOINT)),
    Rule(
        "R4",
        "both only associates of one party",
        _under("asbe36_2006", ways=(_BOTH_ASSOCIATES,)),
        noticed=(_BOTH_ASSOCIATES,),
    ),
    Rule(
        "R5",
        "a person controls one and controls, influences or is key management of the other",
        _under(*_IAS24, _ASC850, ways=_PERSON)
        | _under(_EXCHANGE, ways=(_BY_PERSON, _DIRECTED))
        | _under(_EU, ways=(_BY_PERSON,)),
        noticed=_PERSON,
    ),
    Rule(
        "R6",
        "a person is key management of both, nothing else",
        _under(_EXCHANGE, ways=(Way("directed_listed", "directed", "person"),)),
        noticed=(_BOTH_MANAGED,),
    ),
    Rule(
        "R7",
        "holder of a stake",
        _under(*_IAS24, ways=(Way("itself", "associate"), Way("itself", "joint_venture")))
        | _under(_EXCHANGE, ways=(_HELD_5,))
        | _under(_ASC850, ways=(Way("itself", "held_over_10"),))
        | _under(_EU, ways=(_HELD_20,)),
        noticed=(_HELD_5,),
    ),
    Rule("R8", "became or ceased to be related within 12 months"),
    Rule("R9", "dependence only: big customer, dealer, franchisee, lender"),
    Rule(
        "R10",
        "only a common state owner",
        noticed=(Way("controlled", "controlled", "state"), Way("controlled", "associate", "state")),
    ),
    Rule(
        "legal_representative",
        "the same legal representative",
        _under(*REGIMES, ways=(Way("represented", "represented", "person"),)),
        tier="B",
    ),
    Rule(
        "shared_management",
        "at least two key persons in common",
        _under(*REGIMES, ways=(Way("managed", "managed", "person", least=2),)),
        tier="B",
    ),
    Rule(
        "sibling",
        "siblings control them, and the regime does not list siblings",
        _under(*REGIMES, ways=(Way("controlled", "controlled", "person", "sibling"),)),
        tier="B",
    ),
    Rule("ended_within_12_months", "a relation ended within 12 months before", tier="B"),
    Rule("address", "a shared address", tier="C"),
    Rule("phone", "a shared phone number", tier="C"),
    Rule("email_domain", "a shared e-mail domain", tier="C"),
)
"""Every rule, in the order in which a day's relation is put down to a rule."""

LOOKS_BACK = {_EXCHANGE}
"""Regimes under which who was or will be related within 12 months is related (R8)."""


def rule_order(rule: pl.Expr) -> pl.Expr:
    """The place of a rule's id in ``RULES``."""
    return rule.replace_strict({one.id: at for at, one in enumerate(RULES)}, return_dtype=pl.Int32)


def checked(regime: str) -> str:
    """The regime itself; raises ``CaseError`` for one nobody knows."""
    if regime not in REGIMES:
        raise CaseError(f"there is no regime {regime}: choose from {', '.join(REGIMES)}")
    return regime


def ways_of(regime: str, *, noticed: bool = False) -> pl.DataFrame:
    """The ways that make parties related under a regime: rule, tier, one, other, anchor, kin, least, counts.

    With ``noticed`` also those that do not (``counts`` is false). Raises ``CaseError`` for an unknown regime.

    >>> ways_of("eu_close_link").filter(pl.col("tier") == "A")["rule"].unique(maintain_order=True).to_list()
    ['R1', 'R2', 'R5', 'R7']
    """
    checked(regime)
    rows = [
        {"rule": rule.id, "tier": rule.tier, "counts": counts} | asdict(way)
        for rule in RULES
        for counts, ways in ((True, rule.ways.get(regime, ())), (False, rule.noticed if noticed else ()))
        for way in ways
        if counts or way not in rule.ways.get(regime, ())
    ]
    return pl.DataFrame(rows)
