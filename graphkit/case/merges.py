"""What people decided about who is one party: recorded, replayed on every run, taken back, never contradictory."""

from pathlib import Path

import polars as pl

from graphkit.case import decisions
from graphkit.case.merge_conflicts import contradiction
from graphkit.errors import GraphkitError, NotFoundError
from graphkit.identity.judged import JUDGED
from graphkit.identity.resolve import Resolved

COLUMNS = ("when", "who", "party_a", "party_b", "decision", "why")
SAME, APART, UNDO = "same", "apart", "undo"


def record(path: Path, decision: str, pair: tuple[str, str], why: str, resolved: Resolved) -> None:
    """Add a decision about two party ids to the file at ``path``: ``same``, ``apart``, or ``undo`` the last one.

    ``resolved`` is what identity makes of the case now. Raises ``NotFoundError`` for an id that the case has not, and
    ``GraphkitError`` where there is nothing to undo, or where what would stand contradicts itself, with the chain.
    """
    party_a, party_b = sorted(pair)
    if party_a == party_b:
        raise GraphkitError(f"{party_a} is one party already: name two different ones")
    held = read(path)
    stack = _stacks(held).get((party_a, party_b), [])
    if decision == UNDO and not stack:
        raise GraphkitError(f"nothing decided about {party_a} and {party_b} stands, so there is nothing to undo")
    for party in (party_a, party_b) if decision != UNDO else ():
        if resolved.identities.filter(pl.col("party_id") == party).is_empty():
            raise NotFoundError(f"the case has no party {party}: find its id with graphkit search")
    made = {"party_a": party_a, "party_b": party_b, "decision": decision, "why": why}
    latest = pl.DataFrame([{"when": "now", "who": "you", **made}], schema=held.schema)
    conflict = contradiction(_in_force(pl.concat([held, latest])), (party_a, party_b), resolved)
    if conflict:
        raise GraphkitError(conflict)
    decisions.add(path, COLUMNS, made)


def read(path: Path) -> pl.DataFrame:
    """Every decision ever made, oldest first; raises ``CaseError`` where the file was damaged."""
    return decisions.read(path, COLUMNS)


def in_force(path: Path) -> pl.DataFrame:
    """The pairs that are decided now, with the columns of ``JUDGED``; ``said`` gives the reason, who and when.

    An ``undo`` takes back the last decision about a pair that stood, so that the one before it stands again.
    """
    return _in_force(read(path))


def _in_force(rows: pl.DataFrame) -> pl.DataFrame:
    stand = [
        (*pair, stack[-1]["decision"] == SAME, f"{stack[-1]['why']} ({stack[-1]['who']}, {stack[-1]['when'][:10]})")
        for pair, stack in _stacks(rows).items()
        if stack
    ]
    return pl.DataFrame(stand, schema=JUDGED, orient="row").sort("party_a", "party_b")


def _stacks(rows: pl.DataFrame) -> dict[tuple[str, str], list[dict[str, str]]]:
    stacks: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows.iter_rows(named=True):
        stack = stacks.setdefault((row["party_a"], row["party_b"]), [])
        if row["decision"] != UNDO:
            stack.append(row)
        elif stack:
            stack.pop()
    return stacks
