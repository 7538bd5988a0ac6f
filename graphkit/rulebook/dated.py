"""The rules of law that begin on a day, as ``data/reference/rules.csv`` has them."""

from graphkit.explanation import Explanation, Section
from graphkit.tables.reference import reference_csv


def dated_rules() -> Explanation:
    """The rules of law that begin on a day."""
    rules = reference_csv("rules").select("rule", "place", "in_force_on", "what", "source")
    lines = (
        "A detector that knows such a rule calls a hit a breach from its day on, and a practice before. The others are "
        "context, and decide nothing.",
    )
    section = Section("In force from a day on", lines, rules.sort("in_force_on", "rule"))
    return Explanation("dated_rules", "dated_rules", "Rules of law by date (dated_rules)", (section,))
