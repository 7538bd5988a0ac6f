"""A case's results written out as a folder of files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from graphkit.detectors import DETECTORS
from graphkit.errors import GraphkitError
from graphkit.exports.csv import write_csv
from graphkit.exports.networks import write_gexf, write_graphml
from graphkit.exports.parquet import write_parquet
from graphkit.exports.publishable import publishable, publishable_graph
from graphkit.exports.settled import settled
from graphkit.exports.xlsx import write_xlsx

FORMATS = ("csv", "parquet", "xlsx", "graphml", "gexf")
"""The formats a case can be written in."""

WORKBOOK = (
    "flagged_parties",
    "findings",
    "tallies",
    "scores",
    "contributions",
    "clusters",
    "cluster_members",
    "restatement",
    "reported",
    "tiers",
    "aggregates",
)
"""The sheets of the workbook: what is read by eye; the car-by-car tables go out as CSV and Parquet."""


def write_folder(
    frames: Mapping[str, pl.DataFrame],
    graph: Any,
    folder: Path,
    formats: Sequence[str] = ("csv", "xlsx", "graphml"),
) -> list[Path]:
    """Write what may leave a run into ``folder`` and give the files, in order of writing.

    ``frames`` are the tables of a run by name and ``graph`` the networkx graph of its clusters. Raises
    ``GraphkitError`` for a format that is not one of ``FORMATS``.
    """
    for name in formats:
        if name not in FORMATS:
            raise GraphkitError(f"{name} is no export format: choose from {', '.join(FORMATS)}")
    tables = publishable(settled(frames, DETECTORS))
    written: list[Path] = []
    for name, frame in tables.items():
        if "csv" in formats:
            written.append(folder / f"{name}.csv")
            write_csv(frame, written[-1])
        if "parquet" in formats:
            written.append(folder / f"{name}.parquet")
            write_parquet(frame, written[-1])
    if "xlsx" in formats:
        written.append(folder / "graphkit.xlsx")
        write_xlsx({name: tables[name] for name in WORKBOOK if name in tables}, written[-1])
    for name, write in (("graphml", write_graphml), ("gexf", write_gexf)):
        if name in formats:
            written.append(folder / f"clusters.{name}")
            write(publishable_graph(graph, frames), written[-1])
    return written
