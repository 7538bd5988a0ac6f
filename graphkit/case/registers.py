"""The registers of a case as a run saw them, as they were known on a day."""

from datetime import date

import polars as pl

from graphkit.case.runs import Run
from graphkit.errors import CaseError, NotFoundError
from graphkit.parties.answers import Registers
from graphkit.tables.coverage import Coverage
from graphkit.tables.coverage_entries import REGISTERS, from_entries
from graphkit.tables.known_on import known_on


def registers_of(run: Run, as_of: date | None) -> Registers:
    """What an answer is computed from; raises ``CaseError`` for a day after that of the run."""
    day = as_of or run.as_of
    if day > run.as_of:
        raise CaseError(f"the last run looked from {run.as_of}: for a later day run again with --as-of {day}")
    coverage = Coverage(from_entries(run.about["settings"]["coverage"])).known_on(day)
    tables = {name: frame.lazy() for name, frame in run.resolved(*REGISTERS).items()}
    known = {name: frame.lazy().collect() for name, frame in known_on(tables, day).items()}
    return Registers(known, run.frame("identities"), coverage, day)


def canonical(party: str, registers: Registers) -> str:
    """The id under which a party's rows stand; raises ``NotFoundError`` for one that the run does not know."""
    found = registers.identities.filter(pl.col("party_id") == party)["canonical_id"]
    if found.is_empty():
        raise NotFoundError(f"the last run has no party {party}: look for it with graphkit search")
    return str(found[0])


def name_of(party_id: str, registers: Registers) -> str:
    """A party's name, or its id where it has none."""
    names = registers.identities.filter(pl.col("party_id") == party_id)["name"]
    return str(names[0] or party_id)
