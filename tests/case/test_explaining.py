"""What is told of a car, of a party and of a finding, on rows that can be read by eye."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.case.explain_finding import _counts, _look_alikes, hits_of
from graphkit.case.explain_party import explain_party
from graphkit.case.explain_vehicle import explain_vehicle, life_of
from graphkit.explanation import row_text
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.tables.quarantine import QUARANTINE_SCHEMA

FILES = {"s1": "sales.csv", "p1": "policies.csv"}
VIN, OTHER = "LSAAA1230R0000001", "LSAAA1230R0000002"


def loaded(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def shaped(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = dict(SHAPES[name].schema)
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def test_a_share_is_told_in_per_cent() -> None:
    held = {"owner_id": "P1", "owned_id": "D1", "share": 62_500, "share_max": 1_000_000}
    rows = loaded("ownership", held)
    told = rows.select(told=row_text(rows, "ownership"))["told"].to_list()
    assert told == ["owner_id=P1; owned_id=D1; share=6.25 %; share_max=100.0 %"]


SALE = {"sale_id": "S1", "vin": VIN, "invoiced_on": date(2025, 3, 1), "source_id": "s1", "line": 7}
TABLES_OF_A_CAR = {
    "vehicles": loaded("vehicles", {"vin": VIN, "built_on": date(2025, 1, 5), "source_id": "gone", "line": 2}),
    "sales": loaded("sales", SALE | {"handed_over_on": date(2025, 3, 4)}, SALE | {"sale_id": "S2", "vin": OTHER}),
    "policies": loaded(
        "policies",
        {"policy_id": "B1", "vin": VIN, "starts_on": date(2025, 3, 1), "source_id": "p1", "line": 3},
        {"policy_id": "B2", "vin": OTHER, "starts_on": date(2025, 3, 1), "source_id": "p1", "line": 4},
    ),
    "endorsements": loaded(
        "endorsements",
        {"policy_id": "B1", "changed_on": date(2025, 4, 1), "field": "insured", "source_id": "p1", "line": 9},
        {"policy_id": "B2", "changed_on": date(2025, 4, 1), "field": "insured", "source_id": "p1", "line": 8},
    ),
    "listings": loaded("listings", {"listing_id": "L1", "vin": VIN, "source_id": "s1", "line": 5}),
}


def test_the_life_of_a_car_is_told_in_order_of_days_with_file_and_line() -> None:
    life = life_of(VIN, TABLES_OF_A_CAR, FILES)
    assert life.select("on_date", "event", "table", "file", "line").rows() == [
        # what has no day comes first
        (None, "listed", "listings", "sales.csv", 5),
        (date(2025, 1, 5), "built", "vehicles", "gone", 2),
        # of one day in the order in which tables are told
        (date(2025, 3, 1), "invoiced", "sales", "sales.csv", 7),
        (date(2025, 3, 1), "insured", "policies", "policies.csv", 3),
        (date(2025, 3, 4), "handed over", "sales", "sales.csv", 7),
        (date(2025, 4, 1), "changed", "endorsements", "policies.csv", 9),
    ]
    assert life["says"][2] == "sale_id=S1; invoiced_on=2025-03-01; handed_over_on=2025-03-04"


def test_a_car_is_shown_with_its_own_hits_and_the_rows_that_could_not_be_loaded() -> None:
    hits = shaped("hits", {"subject_id": VIN, "detector": "pre_insured"}, {"subject_id": OTHER, "detector": "other"})
    rows = [(3, VIN, "x"), (4, None, f"torn {VIN.lower()} row"), (5, OTHER, "another"), (6, None, "nobody's")]
    lost = pl.DataFrame(
        [{"name": "a.csv", "line": line, "vin": vin, "text": text} for line, vin, text in rows],
        schema=dict(QUARANTINE_SCHEMA),
    )
    told = explain_vehicle(VIN, hits, {}, {"sales": lost}, FILES)
    assert told.rows("What was found")["detector"].tolist() == ["pre_insured"]
    assert told.rows("Rows that could not be loaded")["line"].tolist() == [3, 4]
    assert [section.title for section in explain_vehicle(OTHER, hits, {}, {}, FILES).sections] == [
        "Its life", "What was found",
    ]  # fmt: skip
    assert "no detector lists it" in str(explain_vehicle("V", hits, {}, {}, FILES))


def frames(**given: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {name: shape.empty() for name, shape in SHAPES.items()} | given


def test_a_party_is_told_with_flagged_findings_first_and_the_weights_of_its_score() -> None:
    rows = [
        ("f1", "explained", "party", 0.01),
        ("f2", "flagged", "dealer_month", 0.001),
        ("f3", "flagged", "party", 0.2),
        ("f4", "flagged", "party", 0.1),
        ("f5", "flagged", "party", None),
    ]
    findings = [
        {"finding_id": name, "verdict": verdict, "unit_kind": kind, "q": q, "party_id": "D1", "unit_id": name}
        for name, verdict, kind, q in rows
    ]
    weights = [{"party_id": who, "weight": weight} for who, weight in (("D1", 0.5), ("D1", 2.0), ("D2", 9.0))]
    score = {"party_id": "D1", "score": 2.5, "band": "strong", "flagged": False, "gate_failed": "one family alone"}
    # what a seller answers for at its buyer stands in no finding of its own
    score |= {"reason_1": "The buyer C9 is itself found in it."}
    control = [("P1", "D1", "p1"), ("D1", "C1", None), ("P1", "C9", "p9")]
    given = frames(
        identities=shaped(
            "identities",
            {"party_id": "D1", "canonical_id": "D1", "name": "示例", "kind": "company"},
            {"party_id": "D1b", "canonical_id": "D1", "name": "示例二", "kind": "company"},
            {"party_id": "P1", "canonical_id": "P1", "name": "示例人", "kind": "person"},
        ),
        findings=shaped("findings", *findings, {"finding_id": "f9", "verdict": "flagged", "party_id": "D2"}),
        contributions=shaped("contributions", *weights),
        scores=shaped("scores", score, score | {"party_id": "D2", "flagged": True}),
        control=shaped("control", *({"controller_id": a, "controlled_id": b, "proof_id": p} for a, b, p in control)),
        proofs=shaped(
            "proofs", *({"proof_id": p, "ordinal": n, "from_id": f"{p}{n}"} for p in ("p1", "p9") for n in (1, 0))
        ),
    )
    told = explain_party("D1", given, {}, FILES, "It was all for display.")
    assert told.title == "示例 (D1)"
    assert told.rows("Identity")["party_id"].tolist() == ["D1", "D1b"]
    assert told.rows("Findings")["finding_id"].tolist() == ["f4", "f3", "f5", "f2", "f1"]
    assert told.rows("Score")["weight"].tolist() == [2.0, 0.5]
    assert "2.50 (strong), not exported as flagged: one family alone" in str(told)
    assert "The buyer C9 is itself found in it." in str(told)
    assert "exported as flagged" in str(explain_party("D2", given, {}, FILES, None))
    assert told.rows("Control")["controlled_id"].tolist() == ["D1", "C1"]
    assert told.rows("Control")["controller_name"].tolist() == ["示例人", "示例"]
    assert told.rows("Proof")["from_id"].tolist() == ["p10", "p11"]
    assert "It was all for display." in str(told)
    assert "none is on record" in str(explain_party("D2", given, {}, FILES, None))
    assert "a person is never scored" in str(explain_party("P1", given, {}, FILES, None))


HITS = [
    ("h1", "a", "D1", "dealer_month/D1/2025-03", VIN, date(2025, 3, 31)),
    ("h2", "a", "D1", "dealer_month/D1/2025-04", VIN, date(2025, 4, 1)),
    ("h3", "a", "D2", "dealer_month/D2/2025-03", OTHER, date(2025, 3, 1)),
    ("h4", "b", "D1", "dealer_month/D1/2025-03", VIN, date(2025, 3, 1)),
]


@pytest.mark.parametrize(
    ("unit_kind", "unit_id", "party_id", "window", "expected"),
    [
        ("party", "party/D1", "D1", None, ["h1", "h2"]),
        ("dealer_month", "dealer_month/D1/2025-03", "D1", None, ["h1"]),
        # a maker's are those of the cars that it built, of the city and month of its unit
        ("maker_city_month", "maker/M1/临海/2025-03", "M1", None, ["h1"]),
        ("maker_city_month", "maker/M1/台州/2025-03", "M1", None, []),
        ("party", "party/M1", "M1", None, ["h1", "h2"]),
        # a window has those of its months, the first and the last among them
        ("party", "party/D1", "D1", ("2025-03", "2025-03"), ["h1"]),
        ("party", "party/D1", "D1", ("2025-03", "2025-04"), ["h1", "h2"]),
        ("party", "party/M1", "M1", ("2025-04", "2025-05"), ["h2"]),
    ],
)
def test_a_finding_shows_the_hits_that_it_counts(
    unit_kind: str, unit_id: str, party_id: str, window: tuple[str, str] | None, expected: list[str]
) -> None:
    names = ("hit_id", "detector", "accountable_id", "unit_id", "subject_id", "on_date")
    built = [(VIN, "M1", "临海"), (OTHER, "M2", "临海")]
    given = frames(
        hits=shaped("hits", *(dict(zip(names, row, strict=True)) for row in HITS)),
        ledger=shaped(
            "ledger", *({"vin": vin, "manufacturer_id": maker, "first_policy_city": city} for vin, maker, city in built)
        ),
        units=shaped("units", *({"unit_id": f"maker/M1/{city}/2025-03", "city": city} for city in ("临海", "台州"))),
    )
    first, last = window or (None, None)
    finding = dict.fromkeys(SHAPES["findings"].schema) | {
        "detector": "a", "unit_kind": unit_kind, "unit_id": unit_id, "party_id": party_id, "month": "2025-03",
        "first_month": first, "last_month": last,
    }  # fmt: skip
    assert hits_of(finding, given)["hit_id"].to_list() == expected


def test_counts_are_told_with_what_chance_would_give_and_what_was_not_tested() -> None:
    finding = dict.fromkeys(SHAPES["findings"].schema) | {
        "observed": 1200, "n": 2400, "expected": 72.04, "peers_n": 14, "baseline": "peers", "effect": 16.667,
        "effect_low": 15.5, "effect_high": 17.9, "p": 1e-9, "q": 3.21e-8, "regime": "ias24", "as_of": "2025-12-31",
        "look_alikes_tested": "fleet_use", "look_alikes_untested": "demo_use",
    }  # fmt: skip
    assert _counts(finding) == (
        "1,200 of 2,400 tested", "expected 72.0 (peers, 14 peers)", "effect 16.67 (15.50 to 17.90)",
        "p = 1e-09, q = 3.21e-08", "regime ias24, as of 2025-12-31",
    )  # fmt: skip
    bare = finding | dict.fromkeys(("expected", "effect", "p", "q"))
    assert _counts(bare)[1] == "a plain fact: no test of chance applies"
    found = shaped("hits", *({"look_alike": name} for name in ("fleet_use", None, "demo_use", "fleet_use")))
    assert _look_alikes(finding, found) == (
        "tested: fleet_use", "not tested: demo_use", "1 explained by demo_use", "2 explained by fleet_use",
    )  # fmt: skip
