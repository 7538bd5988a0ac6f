"""The source lines behind the hits of a cluster: in which file, on which line."""

from collections.abc import Mapping

import polars as pl

from graphkit.views.frames import Frames

Lines = Mapping[str, list[list[int]]]


def source_lines(hits: pl.DataFrame, frames: Frames) -> tuple[Lines, list[str]]:
    """For each ``hit_id`` its evidence rows as (file number, line) in their order, and the file names by number.

    A row whose file no longer stands among the sources goes by the name of its table.
    """
    evidence = frames.result("evidence").join(hits.select("hit_id"), on="hit_id", how="semi")
    names = (
        frames.result("sources")
        .select("source_id", "table", "name")
        .sort(pl.all())
        .unique(["source_id", "table"], keep="first", maintain_order=True)
    )
    named = evidence.join(names, on=["source_id", "table"], how="left").with_columns(
        pl.col("name").fill_null(pl.col("table")), pl.col("line").cast(pl.Int64)
    )
    files = named["name"].unique().sort()
    numbers = pl.DataFrame({"name": files, "file": pl.arange(0, files.len(), eager=True).cast(pl.Int64)})
    rows = (
        named.join(numbers, on="name")
        .sort("hit_id", "ordinal", "file", "line")
        .group_by("hit_id", maintain_order=True)
        .agg(pl.concat_list("file", "line").alias("lines"))
    )
    return dict(rows.iter_rows()), files.to_list()
