"""What a run found, as nodes, relationships and further properties of parties and vehicles."""

from collections.abc import Iterable, Iterator, Mapping

import polars as pl

from graphkit.store.batches import End, Links, Nodes
from graphkit.tables.outputs import SHAPES
from graphkit.tables.subjects import STEP, VEHICLE, car

_OF_IDENTITY = ("party_id", "name_key", "is_undecided", "is_private")
_OF_SCORE = ("party_id", "score", "band", "q", "families", "flagged", "gate_failed", "reason_1", "reason_2", "reason_3")


def party_attributes(parties: pl.DataFrame, results: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The parties with their normalised name, whether their identity is open, and their score; one row a party."""
    return (
        parties.sort("party_id")
        .join(_of(results, "identities").select(_OF_IDENTITY), on="party_id", how="left")
        .join(_of(results, "scores").select(_OF_SCORE), on="party_id", how="left")
    )


def vehicle_attributes(vehicles: pl.DataFrame, vins: pl.DataFrame, results: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every vehicle that a table names, with the columns of ``vehicles`` and of the ledger.

    ``shadowed_in`` lists the tables in which an unreadable row could be this vehicle, so that its absence from them
    says nothing.
    """
    ledger = _of(results, "ledger")
    seen = pl.concat([vins, ledger.select("vin")]).unique().sort("vin")
    twice = [name for name in ledger.columns if name in vehicles.columns and name != "vin"]
    joined = seen.join(ledger, on="vin", how="left").join(vehicles, on="vin", how="left", suffix="_in_table")
    return (
        joined.with_columns(pl.coalesce(name, f"{name}_in_table").alias(name) for name in twice)
        .drop([f"{name}_in_table" for name in twice])
        .join(_shadows(_of(results, "shadows"), seen), on="vin", how="left")
        .sort("vin")
    )


def _shadows(shadows: pl.DataFrame, vins: pl.DataFrame) -> pl.DataFrame:
    # a row whose VIN cannot be read is listed under "*" and could be any vehicle
    of_any = shadows.filter(pl.col("vin") == "*").select("table").unique()
    pairs = pl.concat([shadows.select("vin", "table"), vins.join(of_any, how="cross")]).unique().sort("vin", "table")
    return pairs.group_by("vin", maintain_order=True).agg(shadowed_in=pl.col("table"))


def result_nodes(results: Mapping[str, pl.DataFrame]) -> Iterator[Nodes]:
    """The clusters and findings of a run."""
    yield Nodes(("Cluster",), "cluster_id", _of(results, "clusters"))
    yield Nodes(("Finding",), "finding_id", _of(results, "findings"))


def result_links(results: Mapping[str, pl.DataFrame]) -> Iterator[Links]:
    """What a run derived: control, relations, control groups, trade, members of clusters, and what findings concern."""
    for name, type_, start, end in (
        ("control", "CONTROLS", "controller_id", "controlled_id"),
        ("relations", "RELATED_TO", "party_a", "party_b"),
    ):
        ties = _told_apart(_of(results, name), (start, end), SHAPES[name].order)
        yield Links(type_, _party(start), _party(end), ties.join(_proofs(results), on="proof_id", how="left"))
    homes = _told_apart(_of(results, "groups"), ("party_id", "group_id"), SHAPES["groups"].order)
    yield Links("IN_GROUP_OF", _party("party_id"), _party("group_id"), homes)
    yield Links("TRADED", _party("source_id"), _party("target_id"), _traded(_of(results, "flows")))
    members = _of(results, "cluster_members")
    cluster = End("Cluster", "cluster_id", "cluster_id")
    yield Links("HAS_MEMBER", cluster, _party("party_id"), members)
    finding = End("Finding", "finding_id", "finding_id")
    findings = _of(results, "findings")
    weights = _of(results, "contributions").select("finding_id", "party_id", "weight", "counted", "sentence")
    concerned = (
        findings.select("finding_id", "party_id")
        .drop_nulls()
        .join(weights.unique(["finding_id", "party_id"]), on=["finding_id", "party_id"], how="left")
        .sort("finding_id")
    )
    yield Links("CONCERNS", finding, _party("party_id"), concerned)
    hits = _of(results, "hits").filter(pl.col("subject_kind").is_in([VEHICLE, STEP]), pl.col("verdict") == "flagged")
    proving = (
        findings.select("finding_id", "detector", "unit_id")
        .join(hits.select("detector", "unit_id", vin=car()), on=["detector", "unit_id"])
        .select("finding_id", "vin")
        .unique()
        .sort("finding_id", "vin")
    )
    yield Links("CONCERNS", finding, End("Vehicle", "vin", "vin"), proving)


def _traded(flows: pl.DataFrame) -> pl.DataFrame:
    """Flows of one kind and currency between two parties as one: units, amount, first and last day, largest shapes."""
    keys = ["source_id", "target_id", "kind", "currency"]
    traded = (
        flows.sort(SHAPES["flows"].order)
        .group_by(keys, maintain_order=True)
        .agg(
            units=pl.len().cast(pl.Int64),
            amount=pl.when(pl.col("amount").count() > 0).then(pl.col("amount").sum()),
            first_on=pl.col("on_date").min(),
            last_on=pl.col("on_date").max(),
            **{shape: pl.col(shape).max() for shape in ("fan_out", "fan_in", "scatter_gather")},
        )
        .sort(keys, nulls_last=False)
    )
    return _told_apart(traded, ("source_id", "target_id"), ("kind", "currency"))


def _told_apart(frame: pl.DataFrame, ends: tuple[str, str], by: Iterable[str]) -> pl.DataFrame:
    """The rows with ``row_key``, which tells those between the same two parties apart."""
    parts = [pl.col(name).cast(pl.String).fill_null("") for name in by if name not in ends]
    return frame.with_columns(row_key=pl.concat_str(parts, separator="|"))


def _proofs(results: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """What each proof says: proof_id, proof (a text a step), proof_rows (the rows it cites, as ``table/row_key``)."""
    share = pl.col("share_low") / 10_000
    most = pl.col("share_high") / 10_000
    held = (
        pl.when(pl.col("share_low").is_null())
        .then(pl.lit(""))
        .when(pl.col("share_low") == pl.col("share_high"))
        .then(pl.format(" {} %", share))
        .otherwise(pl.format(" {} to {} %", share, most))
    )
    row = pl.format("{}/{}", "table", "row_key")
    return (
        _of(results, "proofs")
        .with_columns(proof=pl.format("{} -> {}{} ({})", "from_id", "to_id", held, row), proof_rows=row)
        .group_by("proof_id", maintain_order=True)
        .agg("proof", "proof_rows")
    )


def _party(column: str) -> End:
    return End("Party", "party_id", column)


def _of(results: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    """The frame of a shape in canonical order, or no rows where the run did not make it."""
    return SHAPES[name].canonical(results[name]) if name in results else SHAPES[name].empty()
