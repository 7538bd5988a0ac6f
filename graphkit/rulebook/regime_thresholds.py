"""The numbers on which it turns whether two parties are related under a regime, with unit and reason."""

from graphkit.algorithms.control import HALF
from graphkit.algorithms.thresholds import Threshold
from graphkit.parties.capacities import STAKES
from graphkit.parties.dealings import A_GREAT_DEAL, FEWEST
from graphkit.parties.holdings import WHOLE
from graphkit.parties.kin import ADULT, SIBLINGS, counted_relatives
from graphkit.parties.regimes import LOOKS_BACK, RULES
from graphkit.parties.relations import MONTHS
from graphkit.parties.shared import MOST

_VOTES = "% of the votes, at least"
_STAKE = {
    "associate": (_VOTES, "significant influence is presumed from a fifth of the votes on (IAS 28.5)"),
    "held_5": ("% held, at least, with those in concert", "the exchange's bound for a holder"),
    "held_over_10": ("% of the votes, more than", "a principal owner holds more than a tenth (ASC 850-10-20)"),
    "held_20": ("% of the votes or the capital, at least", "participation in the sense of the directive"),
}


def regime_thresholds(regime: str) -> tuple[Threshold, ...]:
    """Every threshold that counts under a regime, those of the indicators included."""
    used = {capacity for rule in RULES for way in rule.ways.get(regime, ()) for capacity in (way.one, way.other)}
    found = [
        Threshold(
            "control", 100 * HALF, "% of the votes, more than", "half of the votes can block a resolution and pass none"
        )
    ]
    found += [Threshold(name, 100 * least // WHOLE, *_STAKE[name]) for name, least, _ in STAKES if name in used]
    if set(SIBLINGS) <= set(counted_relatives(regime)):
        found.append(Threshold("adult", ADULT, "years of age, at least", "the exchange counts grown-up children"))
    back = (
        "the regime counts who was or will be related (R8)"
        if regime in LOOKS_BACK
        else "an indicator of tier B: who parted shortly before a deal may have parted for it (our judgement)"
    )
    return (
        *found,
        Threshold("within", int(MONTHS.removesuffix("mo")), "months", back),
        Threshold("sharers", MOST, "parties, at most", "what more share tells nobody apart (our judgement)"),
        Threshold(
            "dependence",
            100 * A_GREAT_DEAL,
            "% of all sales, purchases or payments, at least",
            "IFRS 8.34; it is said beside an answer and relates nobody (R9)",
        ),
        Threshold("dealings", FEWEST, "sales or payments, at least", "of fewer no share is given (our judgement)"),
    )
