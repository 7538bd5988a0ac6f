"""The ties of a cluster: who holds, controls, manages or is family of whom, with share, dates, file and line."""

from collections.abc import Mapping

import polars as pl

from graphkit.views.frames import Frames

_WORDS: Mapping[str, str] = {
    "ownership": "owns",
    "positions": "holds office in",
    "kinship": "is family of",
    "control_agreements": "controls by agreement",
}
_DETAIL: Mapping[str, str] = {"positions": "position", "kinship": "relation", "control_agreements": "basis"}
_STEP = ("from_id", "to_id", "table", "row_key")


def ties_of(members: pl.DataFrame, core: pl.Series, frames: Frames) -> pl.DataFrame:
    """Every step that proves control or relation among the members, and control over the anchor group.

    A step is one register row. Columns: from_id, to_id, word (owns, controls, …), detail (an office, a basis, a rule),
    share_low, share_high (parts per million), verdict (proven where any proof that uses the step is), valid_from,
    valid_to, source_id, line; in canonical order. A verdict that names no step is drawn as one link of its own.
    """
    verdicts = _verdicts(members, core, frames)
    proofs = frames.result("proofs").rename({"table": "table_name"})
    steps = verdicts.join(proofs, on="proof_id", how="inner").rename({"table_name": "table"})
    whole = verdicts.join(proofs.select("proof_id").unique(), on="proof_id", how="anti")
    found = (
        steps.group_by(_STEP)
        .agg(pl.col("share_low").max(), pl.col("share_high").max(), pl.col("verdict").max())
        .join(_register_rows(frames), on=["table", "row_key"], how="left")
        .with_columns(pl.col("table").replace_strict(_WORDS, default="is tied to").alias("word"))
    )
    bare = whole.group_by("a", "b", "word", "detail").agg(
        pl.col("verdict").max(), pl.col("valid_from").min(), pl.col("valid_to").max()
    )
    columns = [
        "from_id",
        "to_id",
        "word",
        "detail",
        "share_low",
        "share_high",
        "verdict",
        "valid_from",
        "valid_to",
        "source_id",
        "line",
    ]
    both = pl.concat([found, bare.rename({"a": "from_id", "b": "to_id"})], how="diagonal_relaxed")
    return both.select(columns).filter(pl.col("from_id") != pl.col("to_id")).sort(columns[:9])


def _verdicts(members: pl.DataFrame, core: pl.Series, frames: Frames) -> pl.DataFrame:
    # "proven" sorts after "possible", so a maximum of verdicts is the stronger one
    ids = members["party_id"].implode()
    control = frames.result("control").filter(
        pl.col("controlled_id").is_in(core.implode())
        | (pl.col("controlled_id").is_in(ids) & pl.col("controller_id").is_in(ids))
    )
    relations = frames.result("relations").filter(
        pl.col("party_a").is_in(ids) & pl.col("party_b").is_in(ids), pl.col("verdict").is_in(["proven", "possible"])
    )
    dates = ("verdict", "valid_from", "valid_to", "proof_id")
    return pl.concat(
        [
            control.select(
                pl.col("controller_id").alias("a"),
                pl.col("controlled_id").alias("b"),
                pl.lit("controls").alias("word"),
                pl.col("basis").alias("detail"),
                *dates,
            ),
            relations.select(
                pl.col("party_a").alias("a"),
                pl.col("party_b").alias("b"),
                pl.lit("is related to").alias("word"),
                pl.col("rule").alias("detail"),
                *dates,
            ),
        ]
    )


def _register_rows(frames: Frames) -> pl.DataFrame:
    rows = []
    for name in _WORDS:
        table = frames.table(name)
        dated = [
            pl.col(column) if column in table.columns else pl.lit(None, pl.Date()).alias(column)
            for column in ("valid_from", "valid_to")
        ]
        detail = pl.col(_DETAIL[name]) if name in _DETAIL else pl.lit(None, pl.String())
        rows.append(
            table.select(pl.lit(name).alias("table"), "row_key", detail.alias("detail"), *dated, "source_id", "line")
        )
    # the same link may stand in two files: the first in order is shown
    return pl.concat(rows).sort(pl.all()).unique(["table", "row_key"], keep="first", maintain_order=True)
