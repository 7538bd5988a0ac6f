"""A finding explained: the rule, the counts, the evidence with file and line, what was and was not ruled out."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from graphkit.explanation import Explanation, Section, cited
from graphkit.model import Detector
from graphkit.rulebook.docstring import written
from graphkit.scores.sentences import titled


def explain_finding(
    finding: Mapping[str, Any],
    detector: Detector,
    frames: Mapping[str, pl.DataFrame],
    tables: Mapping[str, pl.DataFrame],
    files: Mapping[str, str],
    judgements: pl.DataFrame,
) -> Explanation:
    """Explain one row of ``findings``; ``files`` gives the sources' names."""
    hits = hits_of(finding, frames)
    evidence = frames["evidence"].filter(pl.col("hit_id").is_in(hits["hit_id"].to_list()))
    proof = hits.select("hit_id", "subject_id", "verdict", "look_alike", "missing", "reason").join(
        evidence.select("hit_id", "ordinal", "role", "table", "row_key"), on="hit_id", how="left"
    )
    proof = cited(proof.sort("hit_id", "ordinal"), tables, files).drop("hit_id", "ordinal", "row_key")
    sections = [
        Section("What was found", (finding["reason"] or "",)),
        Section(
            "The rule", (*written(detector), "", f"With its thresholds and a worked car: graphkit rules {detector.id}")
        ),
        Section("Is it more than chance?", _counts(finding)),
        Section("Evidence", (f"{hits.height:,} hits, {proof.height:,} rows",), proof),
        Section("Look-alikes", _look_alikes(finding, hits)),
        Section("Rests on", _listed(finding, "assumptions", "no assumption beyond the rule")),
        Section("Missing", _listed(finding, "missing", "nothing that decides")),
        Section("Denial", (finding["denial"] or "none is on record",)),
    ]
    if judgements.height:
        sections.append(Section("Judgements", (), judgements))
    title = f"{titled(detector)}: {finding['unit_id']} ({finding['verdict']})"
    return Explanation("finding", finding["finding_id"], title, tuple(sections))


def hits_of(finding: Mapping[str, Any], frames: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The hits that a finding counts: those of its unit, or all of its party's where the unit is the party, or those of
    its window of months where it speaks of one.

    A maker has no hits of its own: its units count those of its dealers' cars, by maker, city and month of the policy.
    """
    hits = frames["hits"].filter(pl.col("detector") == finding["detector"])
    if finding["first_month"] is not None:
        first, last = pl.lit(finding["first_month"]), pl.lit(finding["last_month"])
        hits = hits.filter(pl.col("on_date").dt.strftime("%Y-%m").is_between(first, last))
    if finding["unit_kind"] == "party":
        own = hits.filter(pl.col("accountable_id") == finding["party_id"])
    else:
        own = hits.filter(pl.col("unit_id") == finding["unit_id"])
    if own.height:
        return own
    built = frames["ledger"].filter(pl.col("manufacturer_id") == finding["party_id"])
    if finding["unit_kind"] == "maker_city_month":
        cities = frames["units"].filter(pl.col("unit_id") == finding["unit_id"])["city"].to_list()
        built = built.filter(pl.col("first_policy_city").is_in(cities))
        hits = hits.filter(pl.col("on_date").dt.strftime("%Y-%m") == finding["month"])
    return hits.join(built, left_on="subject_id", right_on="vin", how="semi")


def _counts(finding: Mapping[str, Any]) -> tuple[str, ...]:
    window = "" if finding["first_month"] is None else f" from {finding['first_month']} to {finding['last_month']}"
    lines = [f"{finding['observed']:,} of {finding['n']:,} tested{window}"]
    if finding["expected"] is not None:
        peers = f", {finding['peers_n']} peers" if finding["peers_n"] is not None else ""
        lines.append(f"expected {finding['expected']:.1f} ({finding['baseline'] or 'no baseline named'}{peers})")
    if finding["effect"] is not None:
        low, high = finding["effect_low"], finding["effect_high"]
        interval = f" ({low:.2f} to {high:.2f})" if low is not None and high is not None else ""
        lines.append(f"effect {finding['effect']:.2f}{interval}")
    numbers = ("p", "q", "q_without_one", "eb05")
    known = [f"{name} = {finding[name]:.3g}" for name in numbers if finding[name] is not None]
    lines.append(", ".join(known) or "a plain fact: no test of chance applies")
    lines.append(f"regime {finding['regime']}, as of {finding['as_of']}")
    return tuple(lines)


def _look_alikes(finding: Mapping[str, Any], hits: pl.DataFrame) -> tuple[str, ...]:
    found = hits.filter(pl.col("look_alike").is_not_null()).group_by("look_alike").len().sort("look_alike")
    lines = [
        f"tested: {finding['look_alikes_tested'] or 'none'}",
        f"not tested: {finding['look_alikes_untested'] or 'none'}",
    ]
    lines += [f"{count:,} explained by {name}" for name, count in found.iter_rows()]
    return tuple(lines)


def _listed(finding: Mapping[str, Any], column: str, otherwise: str) -> tuple[str, ...]:
    parts = [part.strip() for part in (finding[column] or "").split(";")]
    return tuple(part for part in parts if part) or (otherwise,)
