"""The runs of a case and what each of them found, so that a graph can say what changed between two of them."""

from collections.abc import Iterator, Mapping

import polars as pl

from graphkit.store.batches import End, Links, Nodes

RUNS: Mapping[str, pl.DataType] = {
    "run_id": pl.String(),
    "as_of": pl.Date(),
    "regime": pl.String(),
    "is_current": pl.Boolean(),
}
"""The columns of the frame ``runs``: one row a run of the case; the graph holds the tables of the current one."""

FOUND: Mapping[str, pl.DataType] = {
    "run_id": pl.String(),
    "finding_id": pl.String(),
    "detector": pl.String(),
    "unit_id": pl.String(),
    "party_id": pl.String(),
    "verdict": pl.String(),
    "observed": pl.Int64(),
    "n": pl.Int64(),
    "effect": pl.Float64(),
    "q": pl.Float64(),
}
"""The columns of the frame ``found``: one row a run and finding."""


def run_nodes(results: Mapping[str, pl.DataFrame]) -> Iterator[Nodes]:
    """The runs of the case."""
    yield Nodes(("Run",), "run_id", _of(results, "runs", RUNS).sort("run_id"))


def found_links(results: Mapping[str, pl.DataFrame]) -> Iterator[Links]:
    """``(:Run)-[:FOUND]->(:Party)``: a finding belongs to one run, and its id is the same in the next.

    They lead to the party, since a finding of an earlier run need not be there any more.
    """
    found = _of(results, "found", FOUND).drop_nulls(["party_id"]).sort("run_id", "finding_id")
    yield Links(
        "FOUND",
        End("Run", "run_id", "run_id"),
        End("Party", "party_id", "party_id"),
        found.with_columns(row_key="finding_id"),
    )


def _of(results: Mapping[str, pl.DataFrame], name: str, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return results[name].select(list(columns)) if name in results else pl.DataFrame(schema=columns)
