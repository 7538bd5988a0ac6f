"""The related-party rules of DOMAIN section 2, as data: what each regime says about each."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphkit.errors import CaseError
from graphkit.model import REGIMES

_IAS24, _EXCHANGE, _ASC850, _EU = "ias24", "cn_exchange", "asc850", "eu_close_link"


@dataclass(frozen=True)
class Rule:
    """One rule: what it is about, what each column of the table says, and whether graphkit tests it yet.

    ``says`` has the columns of the table; the two regimes without a column read that of ``ias24`` unless they stand
    in it themselves.
    """

    id: str
    condition: str
    says: Mapping[str, str]
    is_tested: bool = False

    def under(self, regime: str) -> str:
        """What the rule amounts to under a regime."""
        return self.says.get(regime, self.says[_IAS24])


def _row(ias24: str, cn_exchange: str, asc850: str, eu_close_link: str) -> dict[str, str]:
    return {_IAS24: ias24, _EXCHANGE: cn_exchange, _ASC850: asc850, _EU: eu_close_link}


RULES = (
    Rule("R1", "parent, subsidiary, fellow subsidiary", _row("yes", "yes", "yes", "yes"), is_tested=True),
    Rule(
        "R2",
        "associate or joint venture of the other, or of its group member",
        _row("yes", "no unless 5 %", "equity method", "20 % of votes or capital"),
    ),
    Rule(
        "R3", "both joint ventures of one party; joint venture and associate of one party", _row("yes", "no", "-", "no")
    ),
    Rule("R4", "both only associates of one party", _row("no", "no", "no", "no") | {"asbe36_2006": "yes"}),
    Rule(
        "R5",
        "a person controls one and controls, influences or is key management of the other",
        _row("yes", "control, director or manager", "yes", "control"),
        is_tested=True,
    ),
    Rule(
        "R6",
        "a person is key management of both, nothing else",
        _row("no", "yes if one is listed and the person is its connected person", "facts", "no"),
    ),
    Rule("R7", "holder", _row("influence", "5 %, with concert parties", "10 %", "20 %")),
    Rule("R8", "became or ceased to be related within 12 months", _row("no", "yes", "no", "no")),
    Rule("R9", "dependence only: big customer, dealer, franchisee, lender", _row("no", "no", "no", "no")),
    Rule("R10", "only a common state owner", _row("no", "no", "-", "-")),
)
"""In the order in which a day's relation is put down to a rule."""


def rules_of(regime: str) -> tuple[str, ...]:
    """The ids of the rules that a regime has and graphkit tests, in order.

    R5 is tested for control of both, which every regime counts. Raises ``CaseError`` for a regime nobody knows.

    >>> rules_of("asbe36_current")
    ('R1', 'R5')
    """
    if regime not in REGIMES:
        raise CaseError(f"The regime {regime!r} is not known; set regime in case.toml to one of {', '.join(REGIMES)}.")
    return tuple(rule.id for rule in RULES if rule.is_tested and rule.under(regime) not in ("no", "-"))
