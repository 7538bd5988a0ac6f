"""A run's results against a market's labels: is what was flagged true, and was what is true flagged?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from graphkit.errors import InputError
from graphkit.tables.subjects import car

_CONTRACT: Mapping[str, Mapping[str, pl.DataType]] = {
    "vehicles": {
        "vin": pl.String(),
        "detector": pl.String(),
        "meets_rule": pl.Boolean(),
        "decidable": pl.Boolean(),
    },
    "parties": {
        "party_id": pl.String(),
        "kind": pl.String(),
        "guilty": pl.Boolean(),
        "scheme": pl.String(),
        "cluster": pl.String(),
    },
}


@dataclass(frozen=True)
class Evaluation:
    """How a run did; each frame in a total order.

    ``detectors``: detector, truths (cars that meet the rule), decidable (of these, the data decide), flagged, right
    (flagged and true), wrong (flagged and not true), missed (decidable and not flagged), indeterminate,
    precision (right of flagged) and recall (found of decidable), null where there was nothing to flag or to find.
    ``groups``: cluster (a planted control group), scheme, parties, flagged_parties, exported, found_in (the clusters of
    the run whose core holds one of its parties), found.
    ``innocents``: party_id, kind, is_consumer of every flagged party that is not guilty; it should be empty.
    ``melted``: cluster_id, planted (the planted groups that one cluster's core mixes); it should be empty.
    """

    detectors: pl.DataFrame
    groups: pl.DataFrame
    innocents: pl.DataFrame
    melted: pl.DataFrame

    @property
    def exported_share(self) -> float:
        """The share of planted groups of which a party was exported as flagged; 1 where nothing was planted."""
        return _share(self.groups["exported"])

    @property
    def found_share(self) -> float:
        """The share of planted groups that a cluster of the run has at its core; 1 where nothing was planted."""
        return _share(self.groups["found"])

    @property
    def consumers_flagged(self) -> int:
        """How many consumers were exported as flagged; it should be 0."""
        return int(self.innocents["is_consumer"].sum())


def read_labels(folder: Path) -> dict[str, pl.DataFrame]:
    """The labels that ``simulate.write`` put into ``folder``: ``vehicles`` and ``parties``.

    Raises ``InputError`` where a file is missing or lacks a column.
    """
    return {name: _read(folder / f"{name}.csv", types) for name, types in _CONTRACT.items()}


def evaluate(
    hits: pl.DataFrame,
    scores: pl.DataFrame,
    clusters: pl.DataFrame,
    cluster_members: pl.DataFrame,
    labels: Mapping[str, pl.DataFrame],
) -> Evaluation:
    """Compare the tables of a run with the labels of its market.

    A car that an honest dealer plates late meets the rule too, so ``meets_rule`` judges the hits and ``guilty`` what is
    exported. Every detector of the hits or the labels has a row. Parties that the labels do not know count as innocent.

    >>> import polars as pl
    >>> labels = {
    ...     "vehicles": pl.DataFrame({"vin": ["V1", "V2"], "detector": "d", "meets_rule": True, "decidable": True}),
    ...     "parties": pl.DataFrame(
    ...         {"party_id": ["D1"], "kind": "company", "guilty": True, "scheme": "d", "cluster": "d/D1"}
    ...     ),
    ... }
    >>> hits = pl.DataFrame({"detector": ["d"], "subject_id": ["V1"], "verdict": ["flagged"]})
    >>> scores = pl.DataFrame({"party_id": ["D1"], "flagged": [True]})
    >>> clusters = pl.DataFrame({"cluster_id": ["K"]})
    >>> members = pl.DataFrame({"cluster_id": ["K"], "party_id": ["D1"], "standing": ["core"]})
    >>> result = evaluate(hits, scores, clusters, members, labels)
    >>> result.detectors.select("precision", "recall").row(0), result.exported_share, result.found_share
    ((1.0, 0.5), 1.0, 1.0)
    """
    core = cluster_members.join(clusters.select("cluster_id"), on="cluster_id", how="semi").filter(
        pl.col("standing") == "core"
    )
    guilty = labels["parties"].filter("guilty").select("party_id", "scheme", "cluster")
    planted = core.select("cluster_id", "party_id").join(guilty, on="party_id")
    flagged = scores.filter("flagged").select("party_id").unique()
    return Evaluation(
        detectors=_by_detector(hits, labels["vehicles"]),
        groups=_by_group(guilty, flagged, planted),
        innocents=_innocents(flagged, labels["parties"]),
        melted=_melted(planted),
    )


def _by_detector(hits: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    key = ["detector", "vin"]
    met = truth.filter("meets_rule").select("detector", "vin", "decidable")
    listed = hits.select("detector", "verdict", vin=car())
    flagged = listed.filter(pl.col("verdict") == "flagged").select(key).unique()
    joined = flagged.with_columns(pl.lit(True).alias("is_flagged")).join(
        met.with_columns(pl.lit(True).alias("is_true")), on=key, how="full", coalesce=True
    )
    is_flagged, is_true = pl.col("is_flagged").fill_null(False), pl.col("is_true").fill_null(False)
    decidable = pl.col("decidable").fill_null(False)
    counted = joined.group_by("detector").agg(
        is_true.sum().alias("truths"),
        decidable.sum().alias("decidable"),
        is_flagged.sum().alias("flagged"),
        (is_flagged & is_true).sum().alias("right"),
        (is_flagged & ~is_true).sum().alias("wrong"),
        (decidable & ~is_flagged).sum().alias("missed"),
    )
    open_hits = (
        listed.filter(pl.col("verdict") == "indeterminate").unique(key).group_by("detector").len("indeterminate")
    )
    numbers = pl.exclude("detector").fill_null(0).cast(pl.Int64)
    everything = counted.join(open_hits, on="detector", how="full", coalesce=True).with_columns(numbers)
    return everything.with_columns(
        _ratio(pl.col("right"), pl.col("flagged")).alias("precision"),
        _ratio(pl.col("decidable") - pl.col("missed"), pl.col("decidable")).alias("recall"),
    ).sort("detector")


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    return pl.when(whole > 0).then(part / whole)


def _by_group(guilty: pl.DataFrame, flagged: pl.DataFrame, planted: pl.DataFrame) -> pl.DataFrame:
    is_flagged = flagged.with_columns(pl.lit(True).alias("is_flagged"))
    found = planted.group_by("cluster").agg(
        pl.col("cluster_id").unique().sort().str.join(";").alias("found_in"),
    )
    return (
        guilty.join(is_flagged, on="party_id", how="left")
        .group_by("cluster", "scheme")
        .agg(
            pl.len().cast(pl.Int64).alias("parties"),
            pl.col("is_flagged").fill_null(False).sum().cast(pl.Int64).alias("flagged_parties"),
        )
        .with_columns((pl.col("flagged_parties") > 0).alias("exported"))
        .join(found, on="cluster", how="left")
        .with_columns(pl.col("found_in").is_not_null().alias("found"))
        .sort("cluster", "scheme")
    )


def _innocents(flagged: pl.DataFrame, parties: pl.DataFrame) -> pl.DataFrame:
    known = flagged.join(parties.select("party_id", "kind", "guilty"), on="party_id", how="left")
    innocent = known.filter(~pl.col("guilty").fill_null(False))
    is_consumer = (pl.col("kind") == "person").fill_null(False)
    return innocent.select("party_id", "kind", is_consumer.alias("is_consumer")).sort("party_id")


def _melted(planted: pl.DataFrame) -> pl.DataFrame:
    mixed = planted.group_by("cluster_id").agg(pl.col("cluster").unique().sort().alias("planted"))
    return (
        mixed.filter(pl.col("planted").list.len() > 1).with_columns(pl.col("planted").list.join(";")).sort("cluster_id")
    )


def _share(flags: pl.Series) -> float:
    return float(flags.sum()) / len(flags) if len(flags) else 1.0


def _read(path: Path, types: Mapping[str, pl.DataType]) -> pl.DataFrame:
    try:
        rows = pl.read_csv(path, schema_overrides=dict(types))
    except (OSError, pl.exceptions.PolarsError):
        raise InputError(f"{path} is no readable label file: give a folder that 'graphkit simulate' wrote") from None
    lacking = [name for name in types if name not in rows.columns]
    if lacking:
        raise InputError(f"{path} lacks {', '.join(lacking)}: write the labels again with 'graphkit simulate'")
    return rows.select(list(types))
