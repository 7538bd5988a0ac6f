"""Explaining whatever an id names: a finding, a car or a party."""

import re
from collections.abc import Mapping

import polars as pl

from graphkit.case.explain_finding import explain_finding
from graphkit.case.explain_party import explain_party
from graphkit.case.explain_vehicle import explain_vehicle
from graphkit.case.runs import Run, stamp
from graphkit.case.settings import Settings
from graphkit.detectors import DETECTORS
from graphkit.errors import NotFoundError
from graphkit.explanation import Explanation
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES


def explain(
    what: str,
    tables: Mapping[str, pl.DataFrame],
    quarantine: Mapping[str, pl.DataFrame],
    settings: Settings,
    run: Run | None,
    judgements: pl.DataFrame,
) -> Explanation:
    """Explain the finding, car or party called ``what``; before the first run only cars can be explained.

    ``tables`` are as loaded, so that each row is shown as its file has it. Raises ``NotFoundError`` for anything else.
    """
    files = {entry.source_id: entry.title for entry in settings.source}
    vin = re.sub(r"\s", "", what).upper()
    is_car = any(TABLES[name].has_vin and frame["vin"].eq(vin).any() for name, frame in tables.items())
    if run is not None:
        found = run.frame("findings").filter(pl.col("finding_id") == what)
        if found.height:
            return _finding(found, tables, files, run, judgements)
        who = run.frame("identities").filter((pl.col("party_id") == what) | (pl.col("name") == what))
        if who["canonical_id"].n_unique() == 1:
            party = str(who["canonical_id"][0])
            return explain_party(party, run.frames(), tables, files, settings.denials().get(party))
    if is_car:
        hits = run.frame("hits") if run else SHAPES["hits"].empty()
        return explain_vehicle(vin, hits, tables, quarantine, files)
    hint = "" if run else ", and it has not been run yet"
    raise NotFoundError(f"{what} is no finding, car or party of this case{hint}: look for it with graphkit search")


def _finding(
    found: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    files: Mapping[str, str],
    run: Run,
    judgements: pl.DataFrame,
) -> Explanation:
    finding = found.row(0, named=True)
    detector = next(one for one in DETECTORS if one.id == finding["detector"])
    made = judgements.filter(pl.col("finding_id") == finding["finding_id"])
    made = made.with_columns(is_stale=pl.col("version") != stamp(detector))
    return explain_finding(finding, detector, run.frames(), tables, files, made)
