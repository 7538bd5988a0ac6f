"""A car explained: its whole life in date order, each event with file and line, and what was found about it."""

from collections.abc import Mapping

import polars as pl

from graphkit.explanation import Explanation, Section, named_file, row_text
from graphkit.tables.inputs import TABLES, Table
from graphkit.tables.subjects import car

_LIFE = {
    "on_date": pl.Date(),
    "event": pl.String(),
    "says": pl.String(),
    "table": pl.String(),
    "file": pl.String(),
    "line": pl.Int64(),
}

EVENTS = {"starts_on": "insured", "read_on": "odometer read", "cleared_on": "exported", "valid_from": "held as stock"}
"""What a day is called where the column's own name does not say it."""


def explain_vehicle(
    vin: str,
    hits: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    quarantine: Mapping[str, pl.DataFrame],
    files: Mapping[str, str],
) -> Explanation:
    """Explain one car; ``hits`` are those of the current run (none before the first one)."""
    life = life_of(vin, tables, files)
    found = hits.filter(car() == vin).select(
        "detector", "verdict", "grade", "look_alike", "missing", "reason", "unit_id"
    )
    sections = [
        Section("Its life", (f"{life.height} events",), life),
        Section("What was found", ("no detector lists it",) if found.is_empty() else (), found),
    ]
    refused = _refused(vin, quarantine)
    if refused.height:
        sections.append(Section("Rows that could not be loaded", (), refused))
    return Explanation("vehicle", vin, f"The car {vin}", tuple(sections))


def life_of(vin: str, tables: Mapping[str, pl.DataFrame], files: Mapping[str, str]) -> pl.DataFrame:
    """Every dated fact about a car: on_date, event, says, table, file, line; what has no day comes first."""
    events = [pl.DataFrame(schema=_LIFE)]
    policies: list[str] = []
    for name, frame in tables.items():
        table = TABLES[name]
        if not table.has_vin:
            continue
        rows = frame.filter(pl.col("vin") == vin)
        if name == "policies":
            policies = rows["policy_id"].to_list()
        events += _events(table, rows, files)
    if policies and "endorsements" in tables:
        rows = tables["endorsements"].filter(pl.col("policy_id").is_in(policies))
        events += _events(TABLES["endorsements"], rows, files)
    order = list(TABLES)
    return (
        pl.concat(events)
        .with_columns(place=pl.col("table").replace_strict({n: i for i, n in enumerate(order)}, return_dtype=pl.Int64))
        .sort("on_date", "place", "event", "line", nulls_last=False)
        .drop("place")
    )


def _events(table: Table, rows: pl.DataFrame, files: Mapping[str, str]) -> list[pl.DataFrame]:
    own = table.dated or ("built_on" if "built_on" in table.columns else None)
    days = [own, *(later for later in table.later if rows[later].is_not_null().any())]
    events = []
    for day in days:
        kept = rows if day is None or day == own else rows.filter(pl.col(day).is_not_null())
        events.append(
            kept.select(
                on_date=pl.col(day) if day else pl.lit(None, dtype=pl.Date()),
                event=pl.lit(EVENTS.get(day, day.removesuffix("_on").replace("_", " ")) if day else table.name),
                says=row_text(kept, table.name),
                table=pl.lit(table.name),
                file=named_file(files),
                line=pl.col("line"),
            )
        )
    return events


def _refused(vin: str, quarantine: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    parts = [
        frame.filter((pl.col("vin") == vin) | pl.col("text").str.to_uppercase().str.contains(vin, literal=True)).select(
            "table", "column", "reason", "text", file=pl.col("name"), line=pl.col("line")
        )
        for frame in quarantine.values()
    ]
    return pl.concat(parts) if parts else pl.DataFrame()
