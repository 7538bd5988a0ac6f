"""The book as a whole: what is in it, one rule by its name, and all of them in order."""

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

from graphkit.detectors import DETECTORS
from graphkit.errors import NotFoundError
from graphkit.explanation import Explanation, Section
from graphkit.model import REGIMES
from graphkit.parties.regime_sources import SOURCES
from graphkit.rulebook.dated import dated_rules
from graphkit.rulebook.detectors import CHANCE, detector_rule
from graphkit.rulebook.regimes import regime_rule


def _scores() -> Explanation:
    # the rooms of chance take as long to load as all others together, and other rules need none of them
    from graphkit.rulebook.scores import scores_rule

    return scores_rule()


_RULES: Mapping[str, Callable[[], Explanation]] = {
    **{detector.id: partial(detector_rule, detector) for detector in DETECTORS},
    **{regime: partial(regime_rule, regime) for regime in REGIMES},
    "scores": _scores,
    "dated_rules": dated_rules,
}


def rules(name: str | None = None) -> Explanation:
    """The rule of a detector or a regime (or ``scores``, ``dated_rules``); without a name what the book holds.

    Raises ``NotFoundError`` for another name.

    >>> rules("ias24").title
    'International accounting: IAS 24 (ias24)'
    """
    if name is None:
        return _contents()
    if name not in _RULES:
        raise NotFoundError(f"there is no rule {name}: the book has {', '.join(_RULES)}")
    return _RULES[name]()


def every_rule() -> tuple[Explanation, ...]:
    """All rules: detectors, regimes, scores, dated rules."""
    return tuple(rule() for rule in _RULES.values())


def _contents() -> Explanation:
    detectors = [
        (one.id, one.title, one.status, one.family, one.accountable.replace("_", " "), CHANCE[one.null])
        for one in DETECTORS
    ]
    columns = ("detector", "title", "status", "family", "who answers", "chance is judged by")
    text = pl.String()
    sections = (
        Section("Detectors", (), pl.DataFrame(detectors, schema=dict.fromkeys(columns, text), orient="row")),
        Section(
            "Regimes: who counts as related",
            (),
            pl.DataFrame([(one, SOURCES[one].title) for one in REGIMES], schema=["regime", "title"], orient="row"),
        ),
        Section(
            "More",
            (
                "graphkit rules pre_insured          a whole rule: numbers and reasons, look-alikes, a worked car",
                "graphkit rules ias24                a whole regime: which ties relate, and which never do",
                "graphkit rules scores               chance, weights, bands and the export gate",
                "graphkit rules dated_rules          rules of law that begin on a day",
                "graphkit rules --html rules.html    the whole book as a page",
            ),
        ),
    )
    return Explanation("contents", "contents", "The rule book", sections)
