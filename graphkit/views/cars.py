"""The cars of a cluster: which passed through its anchor group, which are flagged, and which are drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from graphkit.views.evidence import Lines
from graphkit.views.frames import Frames, month_number, text_day

_LIFE: Mapping[str, tuple[str, str | None]] = {
    "built_on": ("built", "manufacturer_id"),
    "wholesaled_on": ("sold to the dealer", "dealer_id"),
    "first_insured_on": ("first insured in the name of", "first_insured_id"),
    "end_sale_on": ("invoiced to the end buyer", "end_buyer_id"),
    "handed_over_on": ("handed over", None),
    "first_registered_on": ("first registered", None),
    "first_plated_on": ("first plate we hold, to", "first_owner_id"),
    "resold_on": ("resold", None),
    "listed_on": ("advertised as used", None),
    "applied_on": ("export applied for", "exporter_id"),
    "awaiting_export_on": ("transferred, awaiting export", None),
    "exported_on": ("cleared for export by", "exporter_id"),
    "foreign_registered_on": ("registered abroad", None),
}


@dataclass(frozen=True)
class Cars:
    """The cars of one cluster.

    ``vins`` are all that a core party bought, sold, insured, owned or exported, and the flagged ones; ``hits`` the
    flagged hits that its members answer for on flagged cars; ``drawn`` the VINs shown as dots, those with most hits
    first; ``flagged`` how many are flagged.
    """

    vins: pl.Series
    hits: pl.DataFrame
    drawn: pl.Series
    flagged: int


def cars_of(members: pl.DataFrame, core: pl.Series, frames: Frames, limit: int) -> Cars:
    """The cars of a cluster, at most ``limit`` of them drawn."""
    inside = core.implode()
    flagged = frames.result("hits").filter(pl.col("subject_kind") == "vehicle", pl.col("verdict") == "flagged")
    own = _own(core, members, flagged, frames)
    # what other members of the cluster answer for on the same cars belongs to the picture too
    hits = flagged.filter(
        pl.col("subject_id").is_in(own["subject_id"].implode()),
        pl.col("accountable_id").is_in(members["party_id"].implode()),
    ).sort("detector", "subject_id", "unit_id")
    ranked = hits.group_by("subject_id").len().sort(["len", "subject_id"], descending=[True, False])
    return Cars(
        vins=_touched(inside, own, frames),
        hits=hits,
        drawn=ranked["subject_id"].head(limit).sort(),
        flagged=ranked.height,
    )


def _own(core: pl.Series, members: pl.DataFrame, flagged: pl.DataFrame, frames: Frames) -> pl.DataFrame:
    # the cars that made the cluster: hits of a detector whose finding against the anchor group is flagged
    found = frames.result("findings").filter(
        pl.col("unit_kind") == "party",
        pl.col("verdict") == "flagged",
        pl.col("status") == "stable",
        pl.col("party_id").is_in(core.implode()),
    )
    built = frames.result("ledger").select(pl.col("vin").alias("subject_id"), "manufacturer_id")
    made = built.filter(pl.col("manufacturer_id").is_in(core.implode()))["subject_id"]
    by_core = pl.col("accountable_id").is_in(core.implode())
    # a maker answers for what its dealers did with the cars it built
    on_its_cars = pl.col("subject_id").is_in(made.implode()) & pl.col("accountable_id").is_in(
        members["party_id"].implode()
    )
    return flagged.filter(pl.col("detector").is_in(found["detector"].unique().implode()), by_core | on_its_cars)


def _touched(inside: pl.Series, own: pl.DataFrame, frames: Frames) -> pl.Series:
    flows, policies = frames.result("flows"), frames.table("policies")
    registrations, exports = frames.table("registrations"), frames.table("exports")
    found = [
        own.select(pl.col("subject_id").alias("vin")),
        flows.filter(pl.col("source_id").is_in(inside) | pl.col("target_id").is_in(inside)).select("vin"),
        policies.filter(pl.col("insured_id").is_in(inside)).select("vin"),
        registrations.filter(pl.col("owner_id").is_in(inside)).select("vin"),
        exports.filter(pl.col("exporter_id").is_in(inside)).select("vin"),
    ]
    return pl.concat(found).drop_nulls().unique().sort("vin")["vin"]


def car_nodes(cars: Cars) -> list[dict[str, Any]]:
    """One node a drawn car: id, kind, ref (the VIN), label, hits, months of its hits."""
    months = (
        cars.hits.filter(pl.col("subject_id").is_in(cars.drawn.implode()))
        .group_by("subject_id")
        .agg(pl.len().alias("hits"), month_number("on_date").unique().sort().drop_nulls().alias("months"))
        .sort("subject_id")
    )
    return [
        {"id": f"vehicle/{vin}", "kind": "vehicle", "ref": vin, "label": vin, "hits": hits, "months": month}
        for vin, hits, month in months.iter_rows()
    ]


def car_links(cars: Cars, parties: list[str], frames: Frames) -> pl.DataFrame:
    """From each drawn car to the drawn parties around it: source_id, target_id, vin, kind, on_date.

    ``kind`` is sold (dealer → car), bought (car → buyer), insured (car → insurer) or exported (car → exporter).
    """
    ledger = frames.result("ledger").filter(pl.col("vin").is_in(cars.drawn.implode()))
    car = pl.format("vehicle/{}", "vin")
    legs = (
        (pl.coalesce("end_seller_id", "dealer_id"), "sold", pl.coalesce("end_sale_on", "wholesaled_on")),
        (pl.col("end_buyer_id"), "bought", pl.col("end_sale_on")),
        (pl.col("first_insurer_id"), "insured", pl.col("first_insured_on")),
        (pl.col("exporter_id"), "exported", pl.col("exported_on")),
    )
    links = []
    for who, kind, day in legs:
        leg = ledger.select(
            who.alias("party"), "vin", car.alias("car"), pl.lit(kind).alias("kind"), day.alias("on_date")
        )
        leg = leg.filter(pl.col("party").is_in(parties))
        party = pl.format("party/{}", "party")
        ends = (party, pl.col("car")) if kind == "sold" else (pl.col("car"), party)
        links.append(leg.select(ends[0].alias("source_id"), ends[1].alias("target_id"), "vin", "kind", "on_date"))
    return pl.concat(links).sort(pl.all())


def car_panels(cars: Cars, names: Mapping[str, str], lines: Lines, frames: Frames) -> dict[str, dict[str, Any]]:
    """What stands beside the picture for a drawn car: its life in order of days, each hit with its source lines.

    ``names`` are the drawn parties' names; nobody else is named, so that no consumer is.
    """
    drawn = cars.drawn.implode()
    ledger = frames.result("ledger").filter(pl.col("vin").is_in(drawn)).sort("vin")
    life = {row["vin"]: _life(row, names) for row in ledger.iter_rows(named=True)}
    hits = cars.hits.filter(pl.col("subject_id").is_in(drawn)).select(
        "subject_id", "detector", "reason", "grade", text_day("on_date"), "hit_id"
    )
    why: dict[str, list[dict[str, Any]]] = {}
    for vin, detector, reason, grade, day, hit in hits.iter_rows():
        found = {"detector": detector, "reason": reason, "grade": grade, "day": day, "lines": lines.get(hit, [])}
        why.setdefault(vin, []).append(found)
    return {f"vehicle/{vin}": {"life": life.get(vin, []), "why": why.get(vin, [])} for vin in cars.drawn}


def _life(row: Mapping[str, Any], names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    events = [
        (row[day].isoformat(), word, names.get(row[who], "") if who else "")
        for day, (word, who) in _LIFE.items()
        if row[day] is not None
    ]
    if row["km_last"] is not None and row["km_on"] is not None:
        events.append((row["km_on"].isoformat(), f"odometer {row['km_last']:,} km", ""))
    return sorted(events)


def months_of(cars: Cars) -> list[tuple[int, int]]:
    """Flagged cars per month, from the first month to the last without a gap: month number, cars."""
    counted = (
        cars.hits.select(month_number("on_date").alias("month"), "subject_id")
        .drop_nulls("month")
        .group_by("month")
        .agg(pl.col("subject_id").n_unique())
        .sort("month")
    )
    if counted.is_empty():
        return []
    found = dict(counted.iter_rows())
    return [(month, found.get(month, 0)) for month in range(min(found), max(found) + 1)]
