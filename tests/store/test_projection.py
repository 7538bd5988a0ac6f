"""The graph of a case against a plain reading of its rows: every node and tie, with every property."""

import csv
import gzip
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.store.batches import Nodes
from graphkit.store.bulk import write_bulk
from graphkit.store.projection import projection
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from tests.store.conftest import Tiny, silent, tiny_tables
from tests.store.plain_graph import PlainGraph, drawn
from tests.store.random_results import random_case

Frames = Mapping[str, pl.DataFrame]


def assert_alike(tables: Frames, results: Frames) -> PlainGraph:
    nodes, ties = drawn(projection(tables, results))
    expected = PlainGraph(tables, results)
    assert nodes.keys() == expected.nodes.keys()
    for key, node in nodes.items():
        assert node == expected.nodes[key], (key, set(node[1]) ^ set(expected.nodes[key][1]))
    only, missed = ties - expected.ties, expected.ties - ties
    assert not only + missed, (next(iter(only), None), next(iter(missed), None))
    return expected


@pytest.mark.parametrize("seed", range(4))
def test_every_node_and_tie_is_what_a_plain_reading_gives(seed: int) -> None:
    read = assert_alike(*random_case(seed))
    # the markets have what is tried
    labels = Counter(label for labels, _ in read.nodes.values() for label in labels)
    types = Counter(type_ for type_, *_ in read.ties.elements())
    assert min(labels[label] for label in (
        "Party", "Manufacturer", "Dealer", "Insurer", "Exporter", "Vendor", "Person", "Government", "Vehicle", "Sale",
        "Policy", "Identifier", "ReportedCount", "Cluster", "Finding", "Run",
    )) > 0, labels  # fmt: skip
    assert min(types[type_] for type_ in (
        "BUILT", "SOLD", "BOUGHT_BY", "OF", "ISSUED", "INSURES", "COVERS", "PLATED_TO", "EXPORTED", "LISTED", "CLAIMED",
        "HELD_AS", "OWNS", "HOLDS_POSITION", "FAMILY_OF", "CONTROLS_BY_AGREEMENT", "PAID", "HAS", "REPORTED", "ABOUT",
        "CONTROLS", "RELATED_TO", "IN_GROUP_OF", "TRADED", "HAS_MEMBER", "CONCERNS", "FOUND",
    )) > 1, types  # fmt: skip
    assert (len(labels), len(types)) == (16, 27)


def test_the_tiny_market_is_what_a_plain_reading_gives(tiny: Tiny) -> None:
    assert_alike(tiny.tables, tiny.results)


@pytest.mark.parametrize("seed", range(2))
def test_rows_in_another_order_give_the_same_batches(seed: int) -> None:
    def mixed(frames: Frames) -> Frames:
        return {name: frame.sample(fraction=1, shuffle=True, seed=7) for name, frame in frames.items()}

    tables, results = random_case(seed)
    pairs = list(zip(projection(tables, results), projection(mixed(tables), mixed(results)), strict=True))
    assert [one.what for one, other in pairs if not one.frame.equals(other.frame)] == []


def test_a_row_without_a_readable_vin_may_be_every_vehicle_and_another_its_own_only() -> None:
    """Else a query reads as absence what was not loaded, and a car is accused for it."""
    tables, results = random_case(0)
    own = tables["vehicles"]["vin"].sort()[0]
    rows = [("exports", "*"), ("sales", own), ("exports", own)]
    shadows = pl.DataFrame(
        [dict.fromkeys(SHAPES["shadows"].schema) | {"table": table, "vin": vin} for table, vin in rows],
        schema=dict(SHAPES["shadows"].schema),
    )
    assert_alike(tables, {**results, "shadows": shadows})
    nodes, _ = drawn(projection(tables, {**results, "shadows": shadows}))
    hidden = {key: dict(facts)["shadowed_in"] for (label, key), (_, facts) in nodes.items() if label == "Vehicle"}
    assert hidden.pop(own) == ("exports", "sales")
    assert "*" not in hidden
    assert set(hidden.values()) == {("exports",)}


def test_whom_the_first_endorsement_replaced_is_told_whatever_its_field_is_called() -> None:
    rows = [("B1", date(2025, 2, 1), "insured", "later"), ("B1", date(2025, 1, 1), "insured_name", "first")]
    # of one day the field decides; what is no insured, or replaces nobody, is left out
    rows += [("B2", date(2025, 1, 1), "insured_name", "by name"), ("B2", date(2025, 1, 1), "insured_id", "by id")]
    rows += [("B2", date(2024, 1, 1), "city", "elsewhere"), ("B2", date(2024, 1, 1), "insured", None)]
    issued = pl.DataFrame({"policy_id": ["B1", "B2", "B3"], "vin": ["V1", "V2", "V3"]})
    changes = pl.DataFrame(rows, schema=["policy_id", "changed_on", "field", "old"], orient="row")
    tables = {
        "policies": pl.concat([TABLES["policies"].empty(), issued], how="diagonal"),
        "endorsements": pl.concat([TABLES["endorsements"].empty(), changes], how="diagonal"),
    }
    nodes, _ = drawn(projection(tables, {}))
    told = {key: dict(facts)["insured_before"] for (label, key), (_, facts) in nodes.items() if label == "Policy"}
    assert told == {"B1": "first", "B2": "by id", "B3": None}


def test_two_reported_counts_have_two_keys_whatever_signs_their_names_have() -> None:
    parts = ["reporter_id", "subject_id", "period", "series", "statistic", "city"]
    rows = [("M|1", "D", *["x"] * 4), ("M", "1|D", *["x"] * 4), ("M%7C1", "D", *["x"] * 4), ("M", None, *["x"] * 4)]
    counts = pl.DataFrame(rows, schema=parts, orient="row")
    table = pl.concat([TABLES["reported_counts"].empty(), counts], how="diagonal")
    nodes, _ = drawn(projection({"reported_counts": table}, {}))
    assert {key for label, key in nodes if label == "ReportedCount"} == {
        "M%7C1|D|x|x|x|x", "M|1%7CD|x|x|x|x", "M%257C1|D|x|x|x|x", "M||x|x|x|x",
    }  # fmt: skip


def test_what_is_missing_is_not_drawn() -> None:
    everything = projection(*random_case(0))
    nothing = list(projection({}, {}))
    assert all(batch.frame.is_empty() for batch in nothing)
    assert {batch.what for batch in nothing} == {batch.what for batch in everything}
    tables, results = random_case(1)
    for name in results:
        assert_alike(tables, {other: frame for other, frame in results.items() if other != name})
    for name in tables:
        assert_alike({other: frame for other, frame in tables.items() if other != name}, results)


def test_a_party_has_a_label_for_each_role_and_kind_that_is_one() -> None:
    parties = tiny_tables()["parties"].filter(pl.col("party_id").is_in(["D01", "P1", "S01", "H01"]))
    parties = parties.with_columns(
        roles=pl.col("party_id").replace_strict(
            {"D01": "dealer;exporter;lessor", "P1": "vendor", "S01": "dealership"}, default=None
        )
    )
    nodes, _ = drawn(projection({"parties": parties}, {}))
    assert {key: set(labels) for (_, key), (labels, _) in nodes.items()} == {
        "D01": {"Party", "Dealer", "Exporter"},
        "P1": {"Party", "Vendor", "Person"},
        "S01": {"Party", "Government"},
        "H01": {"Party"},
    }
    # a label that a party had and has no more is taken from it
    batches = [batch for batch in projection({"parties": parties}, {}) if batch.what == "Party"]
    roles = {"Manufacturer", "Dealer", "Insurer", "Exporter", "Vendor", "Person", "Government"}
    assert all(isinstance(batch, Nodes) and set(batch.roles) == roles for batch in batches[1:])


def known(facts: tuple[tuple[str, Any], ...]) -> dict[str, Any]:
    return {name: value for name, value in facts if value is not None}


def test_ties_of_the_tiny_market_told_in_full(tiny: Tiny) -> None:
    nodes, ties = drawn(projection(tiny.tables, tiny.results))
    told = {(type_, start[1], end[1]): known(facts) for type_, start, end, facts in ties}
    policy = dict(nodes["Policy", "Q12"][1])
    assert (policy["insured_id"], policy["insured_before"]) == ("P8", "C03")
    assert dict(nodes["Policy", "Q1"][1])["insured_before"] is None
    assert told["PAID", "P2", "D01"] == {
        "payment_id": "Y5", "paid_on": date(2025, 6, 1), "amount": 100.0, "currency": "CNY", "purpose": "车款",
        "sale_id": "R2", "row_key": "Y5", "order_on_day": 0, "pays_for": "R2",
        "matched_by": "invoice",
    }  # fmt: skip
    assert told["PAID", "C01", "D01"] == {
        "payment_id": "Y1", "paid_on": date(2025, 12, 7), "amount": 5.5, "row_key": "Y1", "order_on_day": 0,
        "purpose_says": "nothing",
    }  # fmt: skip
    assert told["CONTROLS", "P9", "C01"] == {
        "basis": "majority", "verdict": "proven", "valid_from": date(2025, 3, 1), "proof_id": "p-C01",
        "row_key": "2025-03-01||proven|majority", "proof": ("P9 -> C01 51.0 % (ownership/P9|C01|2025-03-01)",),
        "proof_rows": ("ownership/P9|C01|2025-03-01",),
    }  # fmt: skip
    assert told["TRADED", "M01", "D01"] == {
        "kind": "wholesale", "currency": "CNY", "units": 13, "amount": 1300.0, "first_on": date(2025, 2, 1),
        "last_on": date(2025, 2, 1), "fan_out": 1, "fan_in": 1, "scatter_gather": 1, "row_key": "wholesale|CNY",
    }  # fmt: skip
    assert told["EXPORTED", "D01", "LSAMP000000000011"] == {
        "export_id": "X11", "cleared_on": date(2026, 1, 20), "applied_on": date(2026, 1, 8), "declared_as": "used",
        "destination": "XX", "maker_letter": True, "row_key": "X11",
    }  # fmt: skip
    assert told["IN_GROUP_OF", "D01", "P9"] == {"valid_from": date(2024, 6, 1), "row_key": "2024-06-01"}
    assert told["CONCERNS", "f1", "D01"] == told["CONCERNS", "f1", "LSAMP000000000006"] == {}
    assert told["ABOUT", "M01|M01|2025-12|retail||", "M01"] == told["SOLD", "D01", "R2"] == {}
    assert told["HAS_MEMBER", "k1", "D01"] == {"standing": "core", "units": 2}


def test_the_bulk_files_hold_the_tiny_market_as_a_plain_reading_gives_it(tiny: Tiny, tmp_path: Path) -> None:
    batches = list(projection(tiny.tables, tiny.results))
    write_bulk(batches, tmp_path / "bulk", "", silent)
    nodes: dict[tuple[str, str], dict[str, str]] = {}
    ties: Counter[tuple[Any, ...]] = Counter()
    for header in sorted((tmp_path / "bulk").glob("*.header.csv")):
        (fields,) = csv.reader(header.read_text(encoding="utf-8").splitlines())
        type_ = header.name.split("-")[1].removesuffix(".header.csv").upper()
        with gzip.open(header.with_name(header.name.replace(".header.csv", ".csv.gz")), "rt", encoding="utf-8",
                       newline="") as lines:  # fmt: skip
            for row in csv.reader(lines):
                told = {field.split(":")[0]: cell for field, cell in zip(fields, row, strict=True) if cell}
                at = {field.split(":")[1].split("(")[0]: (field[field.index("(") + 1 : -1], cell)
                      for field, cell in zip(fields, row, strict=True) if "(" in field}  # fmt: skip
                if "ID" in at:
                    nodes[at["ID"]] = told
                else:
                    told.pop("")
                    ties[type_, at["START_ID"], at["END_ID"], tuple(sorted(told.items()))] += 1
    read = PlainGraph(tiny.tables, tiny.results)
    assert nodes == {key: written(facts) for key, (_, facts) in read.nodes.items()}
    assert ties == Counter(
        (type_, start, end, tuple(written(facts).items())) for type_, start, end, facts in read.ties.elements()
    )


def written(facts: tuple[tuple[str, Any], ...]) -> dict[str, str]:
    def text(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return "\x1f".join(value) if isinstance(value, tuple) else str(value)

    return {name: text(value) for name, value in known(facts).items() if value != ""}
