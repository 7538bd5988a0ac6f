"""The rule of a detector: what it says of itself, its numbers with reasons, its look-alikes and one worked car."""

import polars as pl

from graphkit.algorithms.thresholds import Threshold, thresholds
from graphkit.explanation import Explanation, Section
from graphkit.model import Detector, LookAlike, Null
from graphkit.rulebook.docstring import paragraphs, parts, summary
from graphkit.rulebook.threshold_table import number, threshold_table
from graphkit.rulebook.worked import worked_car
from graphkit.scores.sentences import percent, titled
from graphkit.tables.inputs import TABLES

CHANCE = {
    Null.RATE: "the share of hits among peers",
    Null.COUNT: "a count over time",
    Null.SHUFFLE: "shuffles of who deals with whom",
    Null.DETERMINISTIC: "nothing: it is a plain fact",
}
"""How chance is judged, in words."""

_HIT = {
    "verdict": "Verdict",
    "grade": "Grade",
    "rule": "Rule",
    "accountable_id": "Who answers",
    "counterparty_id": "Counterparty",
    "unit_id": "Counted in",
}
"""What is said of a worked car's hit, as far as the case states it."""


def detector_rule(detector: Detector) -> Explanation:
    """Everything that the rule book says of a detector."""
    said = {title: paragraphs(text) for title, text in parts(detector).items()}
    look_alikes = tuple(line for one in detector.look_alikes for line in _look_alike(one))
    sections = (
        Section("In short", (summary(detector), *_stated(detector))),
        *(Section(title, said[title]) for title in ("What it finds", "Why it matters", "How it decides")),
        Section("Thresholds", (), threshold_table(thresholds(detector.settings))),
        Section("Floors", _floors_why(detector), _floors(detector)),
        Section("Reference rate", _reference_rate(detector)),
        Section("What is taken out of the booked sales", _deduction(detector)),
        Section("What others are found in that the export gate counts", _of_others(detector)),
        Section("What it needs to run", tuple(f"- {table}: {', '.join(of)}" for table, of in detector.needs.items())),
        Section("Where a missing row is read as a missing event", _absence(detector)),
        Section("Lawful look-alikes", (*said["Lawful look-alikes"], *look_alikes)),
        Section("What it misses", said["What it misses"]),
        Section("Rests on", tuple(f"- {one}" for one in detector.assumptions) or ("no assumption beyond the rule",)),
        Section("References", (*said["References"], *(f"- {reference}" for reference in detector.references))),
        _worked(detector),
    )
    return Explanation("detector", detector.id, f"{titled(detector)} ({detector.id})", sections)


def _stated(detector: Detector) -> tuple[str, ...]:
    return (
        f"- Status: {detector.status}, version {detector.version}",
        f"- Family of evidence: {detector.family}",
        f"- Who answers: the {detector.accountable.replace('_', ' ')}",
        f"- Chance is judged by: {CHANCE[detector.null]}",
        f"- Severity, the harm if it is true: {number(detector.severity)} of 1",
        f"- Confidence, the chance that a flagged hit is what it says: {number(detector.confidence)} of 1",
    )


def _floors(detector: Detector) -> pl.DataFrame:
    floors = detector.floors
    against = "of those tested" if detector.null is Null.DETERMINISTIC else "times what is expected"
    units = {"min_tested": "cars", "min_flagged": "cars", "min_share": "of those tested", "min_effect": against}
    rows = [Threshold(name, getattr(floors, name), unit, floors.why) for name, unit in units.items()]
    return threshold_table(rows).drop("why")


def _floors_why(detector: Detector) -> tuple[str, ...]:
    return (f"A unit (or a party) below any of these is never flagged, however small its p: {detector.floors.why}.",)


def _reference_rate(detector: Detector) -> tuple[str, ...]:
    rate = detector.reference_rate
    if rate is None:
        return (f"none: chance is judged by {CHANCE[detector.null]}",)
    return (
        f"Where peers are few, an honest unit is taken to have {percent(rate.mean)} hits, with a correlation of "
        f"{number(rate.icc)} among the cars of one unit: {rate.why}.",
        *(
            (f"Peers are those of the same city where it has ten: {near}.",)
            if (near := detector.peers_of_a_city)
            else ()
        ),
        f"Source: {rate.source}.",
    )


def _deduction(detector: Detector) -> tuple[str, ...]:
    if detector.deduction is None:
        return ("nothing: its cars stay in what was booked",)
    moved_to = detector.deduction.moved_to
    stays = f"; only the date was wrong where there is {moved_to}: the car is then counted in that month" * bool(
        moved_to
    )
    if unused := detector.deduction.unused:
        stays += (
            f"; a car in breach that ran more than {unused.max_km} km stays, since the sale was one, and one that was "
            f"not read within {unused.reading_days} days before it left is left open"
        )
    return (f"Its flagged cars, in the column {detector.deduction.column} of the restatement{stays}.",)


def _of_others(detector: Detector) -> tuple[str, ...]:
    said = ["- the flagged cars of the members of one control group, together"]
    if detector.act_together:
        said.append(
            "- the flagged cars of companies whom they join, as seller and buyer, together: " + detector.act_together
        )
    if detector.binds_seller:
        said.append(
            "- for the seller, what the buyer is found in on the same cars, as a second family: "
            + detector.binds_seller
        )
    return tuple(said)


def _absence(detector: Detector) -> tuple[str, ...]:
    named = [f"- {table}: {TABLES[table].title}" for table in detector.reads_absence_of]
    if not named:
        return ("nowhere: it rests on rows that are there",)
    return (
        "Where the coverage does not say that these hold every event, a car that such a row would decide is "
        "indeterminate, and never flagged:",
        *named,
    )


def _look_alike(one: LookAlike) -> tuple[str, ...]:
    references = "; ".join(map(str, one.references))
    return (
        f"- {one.title[:1].upper()}{one.title[1:]} ({one.id}). Told apart by: {one.told_apart_by}. "
        f"Tables needed: {', '.join(one.needs)}. References: {references}.",
    )


def _worked(detector: Detector) -> Section:
    car = worked_car(detector.id)
    said = tuple(f"- {word}: {car.hit[name]}" for name, word in _HIT.items() if car.hit.get(name))
    lines = (
        f"Case {car.case}, as known on {car.as_of}: {car.title}.",
        f"Car {car.vin}: {car.reason}.",
        *said,
        "The rows on it, on what proves it, and on the parties in them, in the order of their days:",
    )
    return Section("One worked car", lines, car.rows)
