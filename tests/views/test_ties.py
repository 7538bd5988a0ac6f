"""The ties of a cluster on rows that can be read by hand: which steps are drawn, in which words, on whose line."""

from datetime import date
from typing import Any

import polars as pl

from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.views.edges import tie_edges
from graphkit.views.frames import Frames
from graphkit.views.ties import ties_of

SINCE, UNTIL = date(2021, 5, 1), date(2024, 2, 3)
MEMBERS = (("D1", "core"), ("B1", "counterparty"), ("P1", "context"))


def shaped(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = SHAPES[name].schema
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=dict(schema))


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    lined = [{"source_id": "f", "line": at + 2} | row for at, row in enumerate(rows)]
    return pl.DataFrame([dict.fromkeys(schema) | row for row in lined], schema=schema)


def drawn(results: dict[str, pl.DataFrame], **tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    members = shaped("cluster_members", [{"party_id": party, "standing": standing} for party, standing in MEMBERS])
    read = {name: loaded(name, rows) for name, rows in tables.items()}
    sources = shaped("sources", [{"source_id": "f", "table": "ownership", "name": "register.csv"}])
    frames = Frames(results | {"sources": sources}, read)
    return tie_edges(ties_of(members, members.filter(standing="core")["party_id"], frames), frames)


def related(*rows: tuple[str, str, str, str | None]) -> pl.DataFrame:
    return shaped("relations", [
        {"party_a": one, "party_b": other, "rule": "article 4", "verdict": verdict, "proof_id": proof,
         "valid_from": SINCE, "valid_to": UNTIL}
        for one, other, verdict, proof in rows
    ])  # fmt: skip


def step(proof: str, one: str, other: str, table: str, key: str, **more: Any) -> dict[str, Any]:
    return {"proof_id": proof, "ordinal": 0, "from_id": one, "to_id": other, "table": table, "row_key": key} | more


def test_each_step_of_a_relation_is_a_link_in_the_words_of_its_register() -> None:
    proofs = shaped("proofs", [
        step("r", "P1", "D1", "ownership", "o", share_low=300_000, share_high=300_000),
        step("r", "P1", "B1", "positions", "p"), step("r", "P1", "P2", "kinship", "k"),
        step("r", "P2", "B1", "control_agreements", "a", share_low=300_000), step("r", "D1", "B1", "parties", "gone"),
    ])  # fmt: skip
    told = drawn(
        {"relations": related(("D1", "B1", "proven", "r")), "proofs": proofs},
        ownership=[{"row_key": "o", "valid_from": SINCE, "valid_to": UNTIL}],
        positions=[{"row_key": "p", "position": "director", "valid_from": SINCE}],
        kinship=[{"row_key": "k", "relation": "spouse"}],
        control_agreements=[{"row_key": "a", "basis": "contract"}],
    )
    facts = ("source", "target", "kind", "detail", "share", "first_on", "last_on", "line")
    assert [tuple(tie[fact] for fact in facts) for tie in told] == [
        ("party/D1", "party/B1", "is tied to", "", "", None, None, None),
        ("party/P1", "party/B1", "holds office in", "director", "", "2021-05-01", None, 2),
        ("party/P1", "party/D1", "owns", "", "30 %", "2021-05-01", "2024-02-03", 2),
        ("party/P1", "party/P2", "is family of", "spouse", "", None, None, 2),
        ("party/P2", "party/B1", "controls by agreement", "contract", "", None, None, 2),
    ]
    assert {tie["verdict"] for tie in told} == {"proven"}
    assert [tie["file"] for tie in told] == ["", *["register.csv"] * 4]


def test_only_what_relates_two_members_and_may_be_so_is_drawn() -> None:
    rows = [("D1", "B1", "proven", None), ("P1", "B1", "possible", None), ("D1", "P1", "excluded", None),
            ("D1", "X", "proven", None), ("X", "B1", "proven", None)]  # fmt: skip
    told = drawn({"relations": related(*rows)})
    facts = ("source", "target", "kind", "detail", "verdict", "first_on", "last_on")
    assert [tuple(tie[fact] for fact in facts) for tie in told] == [
        ("party/D1", "party/B1", "is related to", "article 4", "proven", "2021-05-01", "2024-02-03"),
        ("party/P1", "party/B1", "is related to", "article 4", "possible", "2021-05-01", "2024-02-03"),
    ]


def test_of_one_row_in_two_files_the_first_is_shown_and_a_link_once() -> None:
    proofs = [step("c", "P1", "D1", "ownership", "o", share_low=1, share_high=2)]
    held = {"controller_id": "P1", "controlled_id": "D1", "basis": "majority", "verdict": "possible", "proof_id": "c"}
    twice = [{"row_key": "o", "source_id": name, "line": line} for name, line in (("g", 9), ("f", 7), ("f", 8))]
    told = drawn({"control": shaped("control", [held]), "proofs": shaped("proofs", proofs)}, ownership=twice)
    assert [(tie["file"], tie["line"], tie["verdict"]) for tie in told] == [("register.csv", 7, "possible")]


def test_of_several_proofs_of_one_step_the_strongest_bounds_are_shown() -> None:
    proofs = [
        step("c", "P1", "D1", "ownership", "o", share_low=100_000, share_high=400_000),
        step("d", "P1", "D1", "ownership", "o", share_low=300_000, share_high=300_000),
    ]
    held = {"controller_id": "P1", "controlled_id": "D1", "basis": "majority", "verdict": "possible"}
    control = shaped("control", [held | {"proof_id": proof} for proof in ("c", "d")])
    told = drawn({"control": control, "proofs": shaped("proofs", proofs)}, ownership=[{"row_key": "o"}])
    assert [tie["share"] for tie in told] == ["30–40 %"]
