"""The rule of a regime: which ties relate, which only indicate, what never relates, and where regimes differ."""

import polars as pl

from graphkit.explanation import Explanation, Section
from graphkit.model import DEFAULT_REGIME, REGIMES
from graphkit.parties.kin import SIBLINGS, counted_relatives
from graphkit.parties.regime_sources import SOURCES
from graphkit.parties.regimes import LOOKS_BACK, RULES, Rule
from graphkit.parties.relations import MONTHS
from graphkit.parties.shared import MOST
from graphkit.rulebook.regime_thresholds import regime_thresholds
from graphkit.rulebook.threshold_table import threshold_table
from graphkit.rulebook.ways import relatives, ways_in_words

_ALWAYS = (
    "Nothing passes through a state body: two companies of one state owner are strangers.",
    f"A person with an office in more than {MOST} companies, and an address or a number that more than {MOST} parties "
    "share, indicate nothing.",
    "A tie counts on the days on which every row that it rests on holds. Where a date, a share or an identity is "
    "missing it is possible only, and accuses nobody.",
)


def regime_rule(regime: str) -> Explanation:
    """Everything that the rule book says of a regime."""
    source = SOURCES[regime]
    proves = [rule for rule in RULES if rule.tier == "A" and _relates(rule, regime)]
    never = [rule for rule in RULES if rule.tier == "A" and not _relates(rule, regime)]
    hints = [rule for rule in RULES if rule.tier != "A" and _indicates(rule, regime)]
    default = " (unless case.toml names another)" if regime == DEFAULT_REGIME else ""
    sections = (
        Section(
            "What it is",
            (
                f"{source.title}. It decides which companies and persons are related parties in a run{default}: "
                f"graphkit run CASE --regime {regime}.",
            ),
        ),
        Section("Ties that relate (tier A)", tuple(f"- {_said(rule, regime)}" for rule in proves)),
        Section(
            "Ties that only indicate (tiers B and C)",
            (
                "They are shown beside the others and prove nothing.",
                *(f"- {_said(rule, regime)} (tier {rule.tier})" for rule in hints),
            ),
        ),
        Section("What never relates", (*(f"- {rule.id}: {rule.condition}" for rule in never), *_ALWAYS)),
        Section("Family", (_family(regime),)),
        Section("Thresholds", (), threshold_table(regime_thresholds(regime))),
        Section(
            "Where regimes differ",
            ("yes: it relates; otherwise: it relates in other ways than under this regime; no: it relates nobody.",),
            _compared(regime),
        ),
        Section("References", tuple(f"- {reference}" for reference in source.references)),
    )
    return Explanation("regime", regime, f"{source.title} ({regime})", sections)


def _relates(rule: Rule, regime: str) -> bool:
    return bool(rule.ways.get(regime)) or (rule.id == "R8" and regime in LOOKS_BACK)


def _indicates(rule: Rule, regime: str) -> bool:
    if rule.id == "ended_within_12_months":
        return regime not in LOOKS_BACK
    if rule.id == "sibling":
        return not set(SIBLINGS) <= set(counted_relatives(regime))
    return True


def _said(rule: Rule, regime: str) -> str:
    ways = ways_in_words(rule.ways.get(regime, ()))
    if rule.id == "R8":
        months = MONTHS.removesuffix("mo")
        ways = f"the {months} months after a tie of tier A ended; of the {months} before it began it is possible only"
    return f"{rule.id}, {rule.condition}" + (f": {ways}" if ways else "")


def _family(regime: str) -> str:
    adults = " A child counts from the year in which it is surely grown up." if regime in LOOKS_BACK else ""
    return f"A relative is a {', '.join(relatives(regime))}; whoever one counts, the other counts too.{adults}"


def _compared(regime: str) -> pl.DataFrame:
    rows = [
        {"rule": rule.id, "condition": rule.condition} | {one: _beside(rule, regime, one) for one in REGIMES}
        for rule in RULES
        if rule.tier == "A"
    ]
    family = {one: "yes" if counted_relatives(one) == counted_relatives(regime) else "otherwise" for one in REGIMES}
    return pl.DataFrame([*rows, {"rule": "family", "condition": "who is a relative"} | family])


def _beside(rule: Rule, regime: str, other: str) -> str:
    if not _relates(rule, other):
        return "no"
    here, there = rule.ways.get(regime, ()), rule.ways.get(other, ())
    return "yes" if here == there or not _relates(rule, regime) else "otherwise"
