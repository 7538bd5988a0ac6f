"""The ways in which a regime relates two parties, in words."""

from collections.abc import Iterable

from graphkit.parties.capacities import OF_LISTED, OFFICES, STAKES
from graphkit.parties.holdings import WHOLE
from graphkit.parties.kin import counted_relatives
from graphkit.parties.regimes import Way


def _percent(capacity: str) -> str:
    return f"{next(least for name, least, _ in STAKES if name == capacity) * 100 // WHOLE} %"


def _offices(offices: Iterable[str]) -> str:
    *first, last = (office.replace("_", " ") for office in offices)
    return f"{', '.join(first)} or {last}" if first else last


_DOES = {
    "controlled": "controls {}",
    "associate": f"holds at least {_percent('associate')} of the votes of {{}} without control",
    "joint_venture": "has joint control of {} by agreement",
    "held_5": f"holds, with those it acts in concert with, at least {_percent('held_5')} of the votes of {{}}",
    "held_over_10": f"holds more than {_percent('held_over_10')} of the votes of {{}}",
    "held_20": f"holds at least {_percent('held_20')} of the votes or the capital of {{}}",
    "managed": f"is {_offices(OFFICES['managed'])} of {{}}",
    "directed": f"is {_offices(OFFICES['directed'])} of {{}}",
    "directed_listed": f"is {_offices(OF_LISTED)} of {{}}, a listed company,",
    "represented": "is the legal representative of {}",
}
_WHO = {"company": "a company", "person": "a person", "state": "a state body", "any": "a company or a person"}
_AND_WHO = {"none": "and", "relatives": "and that person or a relative", "sibling": "and a sibling of that person"}


def way_in_words(way: Way) -> str:
    """What must hold of two parties so that they meet a rule in this way.

    >>> way_in_words(Way("controlled", "managed", "person", "relatives"))[:62]
    'a person controls one and that person or a relative is legal r'
    """
    if way.one == "itself":
        who = "one" if way.anchor == "any" else f"one ({_WHO[way.anchor]})"
        return f"{who} {_DOES[way.other].format('the other')}"
    who = _WHO[way.anchor] if way.least == 1 else f"each of at least {way.least} persons"
    if way.one == way.other and way.kin == "none":
        return f"{who} {_DOES[way.one].format('both')}"
    return f"{who} {_DOES[way.one].format('one')} {_AND_WHO[way.kin]} {_DOES[way.other].format('the other')}"


def ways_in_words(ways: Iterable[Way]) -> str:
    """Several ways, any of which is enough."""
    return "; or ".join(way_in_words(way) for way in ways)


def relatives(regime: str) -> tuple[str, ...]:
    """The relatives that a regime counts, each by the steps that lead to it.

    >>> relatives("ias24")
    ('spouse', 'child', 'parent', "spouse's child", "parent's spouse")
    """
    return tuple(
        "'s ".join(step.replace("in_law", "in-law") for step in word.split()) for word in counted_relatives(regime)
    )
