"""What people decided about findings: rows are only ever added, and nothing is applied silently."""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from graphkit.case import decisions
from graphkit.errors import GraphkitError

VERDICTS = ("confirm", "reject", "explain", "undo")
COLUMNS = ("when", "who", "finding_id", "verdict", "why", "detector", "version")
_SCHEMA = {name: pl.String() for name in COLUMNS}


@dataclass(frozen=True)
class Judgement:
    """One decision: ``confirm``, ``reject`` or ``explain`` a finding, or ``undo`` the last one that stands."""

    finding_id: str
    verdict: str
    why: str
    detector: str
    version: str

    def __post_init__(self) -> None:
        """Refuse a decision that says nothing."""
        if self.verdict not in VERDICTS:
            raise GraphkitError(f"{self.verdict} is no judgement: choose from {', '.join(VERDICTS)}")
        if not self.why.strip():
            raise GraphkitError("a judgement needs a reason: say it with --why")


def record(path: Path, judgement: Judgement) -> None:
    """Add a decision to the file at ``path``, with the day and time and the name of the user.

    Raises ``GraphkitError`` where there is nothing to undo.
    """
    held = read(path)
    if judgement.verdict == "undo" and not _in_force(held).get(judgement.finding_id):
        raise GraphkitError(f"no judgement of {judgement.finding_id} stands, so there is nothing to undo")
    made = {
        "finding_id": judgement.finding_id,
        "verdict": judgement.verdict,
        "why": judgement.why,
        "detector": judgement.detector,
        "version": judgement.version,
    }
    decisions.add(path, COLUMNS, made)


def read(path: Path) -> pl.DataFrame:
    """Every decision ever made, oldest first; raises ``CaseError`` where the file was damaged."""
    return decisions.read(path, COLUMNS)


def in_force(path: Path) -> pl.DataFrame:
    """The decision that stands for each finding: finding_id, judgement, why, who, when, version.

    An ``undo`` takes back the last decision that stood, so that the one before it stands again.
    """
    rows = [stack[-1] for stack in _in_force(read(path)).values() if stack]
    frame = pl.DataFrame(rows, schema=_SCHEMA)
    return frame.rename({"verdict": "judgement", "version": "judged_version"}).drop("detector").sort("finding_id")


def with_judgements(findings: pl.DataFrame, path: Path, versions: dict[str, str]) -> pl.DataFrame:
    """``findings`` with ``judgement``, ``judged_why``, ``judged_by``, ``judged_on`` and ``is_stale`` beside each row.

    A decision is stale where it was made under another version of the detector (``versions``, with its settings).
    No finding is changed or left out for a decision.
    """
    made = in_force(path).rename({"why": "judged_why", "who": "judged_by", "when": "judged_on"})
    now = pl.col("detector").replace_strict(versions, default=None, return_dtype=pl.String)
    return (
        findings.join(made, on="finding_id", how="left", maintain_order="left")
        .with_columns(is_stale=pl.col("judged_version") != now)
        .drop("judged_version")
    )


def _in_force(rows: pl.DataFrame) -> dict[str, list[dict[str, str]]]:
    stacks: dict[str, list[dict[str, str]]] = {}
    for row in rows.iter_rows(named=True):
        stack = stacks.setdefault(row["finding_id"], [])
        if row["verdict"] != "undo":
            stack.append(row)
        elif stack:
            stack.pop()
    return stacks
