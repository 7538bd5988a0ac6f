"""The graph of a case: its resolved tables and its results as batches of nodes and relationships."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from graphkit.parties.shared import reached
from graphkit.store.batches import Batch, End, Links, Nodes
from graphkit.store.history import found_links, run_nodes
from graphkit.store.payments import payment_attributes
from graphkit.store.results import party_attributes, result_links, result_nodes, vehicle_attributes
from graphkit.store.shared import identifier_links, identifiers
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.trade.trade_sets import trade_sets
from graphkit.trade.undone_sales import often_undone

ROLE_LABELS: Mapping[str, str] = {
    "manufacturer": "Manufacturer",
    "dealer": "Dealer",
    "insurer": "Insurer",
    "exporter": "Exporter",
    "vendor": "Vendor",
}
"""The roles that a party is also labelled by."""

KIND_LABELS: Mapping[str, str] = {"person": "Person", "government": "Government"}
"""The kinds that a party is also labelled by."""

_ROLES = (*ROLE_LABELS.values(), *KIND_LABELS.values())

_ROW_LINKS: Sequence[tuple[str, str, tuple[str, str], tuple[str, str]]] = (
    ("registrations", "PLATED_TO", ("Vehicle", "vin"), ("Party", "owner_id")),
    ("exports", "EXPORTED", ("Party", "exporter_id"), ("Vehicle", "vin")),
    ("listings", "LISTED", ("Party", "vendor_id"), ("Vehicle", "vin")),
    ("claims", "CLAIMED", ("Party", "claimant_id"), ("Vehicle", "vin")),
    ("declared_stock", "HELD_AS", ("Vehicle", "vin"), ("Party", "holder_id")),
    ("ownership", "OWNS", ("Party", "owner_id"), ("Party", "owned_id")),
    ("positions", "HOLDS_POSITION", ("Party", "person_id"), ("Party", "company_id")),
    ("kinship", "FAMILY_OF", ("Party", "person_id"), ("Party", "relative_id")),
    ("control_agreements", "CONTROLS_BY_AGREEMENT", ("Party", "controller_id"), ("Party", "controlled_id")),
)
"""The tables whose rows are relationships: table, type, and label and column of either end."""

_EVENTS: Sequence[tuple[str, str, str, tuple[tuple[str, str, bool], ...]]] = (
    ("sales", "Sale", "sale_id", (("SOLD", "seller_id", True), ("BOUGHT_BY", "buyer_id", False))),
    ("policies", "Policy", "policy_id", (("ISSUED", "insurer_id", True), ("INSURES", "insured_id", False))),
)
"""Events of three participants are nodes: table, label, key, and each party's type, column and whether it points in."""

_KEYS: Mapping[str, str] = {"Party": "party_id", "Vehicle": "vin"}


def projection(tables: Mapping[str, pl.DataFrame], results: Mapping[str, pl.DataFrame]) -> Iterator[Batch]:
    """Every node and then every relationship of the graph, in a fixed order.

    ``tables`` are resolved tables by the names of ``tables.inputs``, ``results`` the frames of a run by the names of
    ``tables.outputs``; what rests on one that is missing is left out, and so is a relationship without one of its ends.
    """
    yield from _parties(tables, results)
    yield Nodes(("Vehicle",), "vin", vehicle_attributes(_content(tables, "vehicles"), _vins(tables), results))
    for name, label, key, _ in _EVENTS:
        rows = _content(tables, name).sort(key)
        more = _often_undone(tables, results) if name == "sales" else _insured_before(tables)
        rows = rows.join(more, on=key, how="left", maintain_order="left")
        yield Nodes((label,), key, rows)
    yield Nodes(("Identifier",), "identifier_id", identifiers(_content(tables, "parties")))
    counts = _reported(tables)
    yield Nodes(("ReportedCount",), "reported_count_id", counts)
    yield from result_nodes(results)
    yield from run_nodes(results)

    built = _content(tables, "vehicles").select("manufacturer_id", "vin")
    yield _links("BUILT", ("Party", "manufacturer_id"), ("Vehicle", "vin"), built)
    for name, label, key, participants in _EVENTS:
        frame = _content(tables, name)
        for type_, column, points_in in participants:
            ends = (End("Party", "party_id", column), End(label, key, key))
            start, end = ends if points_in else ends[::-1]
            yield Links(type_, start, end, frame.select(column, key).drop_nulls().sort(key))
        type_ = "OF" if label == "Sale" else "COVERS"
        yield Links(type_, End(label, key, key), End("Vehicle", "vin", "vin"), frame.select(key, "vin").sort(key))
    for name, type_, start_at, end_at in _ROW_LINKS:
        yield _links(type_, start_at, end_at, _rows(tables, name))
    paid = payment_attributes(_rows(tables, "payments"), _rows(tables, "sales"))
    yield _links("PAID", ("Party", "payer_id"), ("Party", "payee_id"), paid)
    yield identifier_links(_content(tables, "parties"))
    of_count = End("ReportedCount", "reported_count_id", "reported_count_id")
    for type_, column in (("REPORTED", "reporter_id"), ("ABOUT", "subject_id")):
        party = End("Party", "party_id", column)
        rows = counts.select("reported_count_id", column).drop_nulls()
        yield Links(type_, party, of_count, rows) if type_ == "REPORTED" else Links(type_, of_count, party, rows)
    yield from result_links(results)
    yield from found_links(results)


def _content(tables: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    """A table's contract columns (and ``is_stub``, where it has one), without lineage; no rows where it is missing."""
    frame = tables[name] if name in tables else TABLES[name].empty()
    return frame.select(column for column in (*TABLES[name].columns, "is_stub") if column in frame.columns)


def _rows(tables: Mapping[str, pl.DataFrame], name: str) -> pl.DataFrame:
    """The same with ``row_key``, which tells parallel relationships apart and names the row in a proof."""
    frame = tables[name] if name in tables else TABLES[name].empty()
    return frame.select(*TABLES[name].columns, "row_key")


def _links(type_: str, start: tuple[str, str], end: tuple[str, str], frame: pl.DataFrame) -> Links:
    (start_label, start_column), (end_label, end_column) = start, end
    rows = frame.drop_nulls([start_column, end_column]).sort(frame.columns, nulls_last=False)
    return Links(
        type_, End(start_label, _KEYS[start_label], start_column), End(end_label, _KEYS[end_label], end_column), rows
    )


def _insured_before(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Whom the first endorsement of the insured replaced: policy_id, insured_before."""
    changes = _content(tables, "endorsements").filter(
        pl.col("field").is_in(["insured", "insured_id", "insured_name"]), pl.col("old").is_not_null()
    )
    first = changes.sort("policy_id", "changed_on", "field").unique("policy_id", keep="first", maintain_order=True)
    return first.select("policy_id", insured_before="old")


def _often_undone(tables: Mapping[str, pl.DataFrame], results: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """The sales to persons with whom their seller's sales are undone again and again: sale_id, is_often_undone."""
    groups = results.get("groups", SHAPES["groups"].empty())
    sales, parties = _rows(tables, "sales"), _content(tables, "parties")
    often = often_undone(sales, parties, _rows(tables, "payments"), groups, reached(parties, sales))
    return often.select("sale_id", is_often_undone=pl.lit(True))


def _vins(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    seen = [_content(tables, name).select("vin") for name, table in TABLES.items() if table.has_vin]
    return pl.concat(seen).unique()


def _parties(tables: Mapping[str, pl.DataFrame], results: Mapping[str, pl.DataFrame]) -> Iterator[Nodes]:
    parties = party_attributes(_content(tables, "parties"), results).join(
        trade_sets(_content(tables, "sales"), _content(tables, "parties")).select("party_id", "trade_set_id"),
        on="party_id",
        how="left",
        maintain_order="left",
    )
    roles = pl.col("roles").fill_null("").str.split(";")
    labels = pl.concat_list(
        [pl.when(roles.list.contains(role)).then(pl.lit(label)) for role, label in ROLE_LABELS.items()]
        + [pl.when(pl.col("kind") == kind).then(pl.lit(label)) for kind, label in KIND_LABELS.items()]
    )
    labelled = parties.with_columns(_labels=labels.list.drop_nulls().list.join(":")).sort("_labels", "party_id")
    # also where there are none: a database that held some learns that they are gone
    yield Nodes(("Party",), "party_id", parties.clear())
    for (also,), rows in labelled.group_by("_labels", maintain_order=True):
        has = str(also).split(":") if also else []
        yield Nodes(("Party", *has), "party_id", rows.drop("_labels"), roles=_ROLES)


def _reported(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    key = TABLES["reported_counts"].key
    counts = _content(tables, "reported_counts")
    parts = [pl.col(column).fill_null("").str.replace_all("%", "%25").str.replace_all(r"\|", "%7C") for column in key]
    return counts.with_columns(reported_count_id=pl.concat_str(parts, separator="|")).sort("reported_count_id")
