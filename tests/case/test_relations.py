"""What is said of two parties, on answers that can be read by eye."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.case.relations import _sections, _verdict
from graphkit.parties.answers import Answer, Registers
from graphkit.parties.dealings import dealings
from graphkit.tables.coverage import Coverage
from graphkit.tables.outputs import SHAPES

NO_FLOWS = SHAPES["flows"].empty().lazy()
NOTHING = dealings("A", "B", NO_FLOWS)
DAY = date(2025, 6, 30)


def shaped(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = dict(SHAPES[name].schema)
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def answer(*rows: tuple[str, str, str], **more: Any) -> Answer:
    """Ties of A and B as tier, rule, verdict."""
    told = [
        {"party_a": "A", "party_b": "B", "tier": tier, "rule": rule, "verdict": verdict} for tier, rule, verdict in rows
    ]
    return Answer(shaped("relations", *(row | more for row in told)), shaped("proofs"))


@pytest.mark.parametrize(
    ("ties", "said"),
    [
        ([("A", "R1", "proven")], "related under ias24, proven: see the rule and the days"),
        ([("B", "R1", "possible"), ("A", "R1", "possible"), ("A", "R2", "proven")], "related under ias24, proven: "),
        ([("A", "R1", "possible"), ("B", "S1", "proven")], "possibly related under ias24: dates, shares or identities"),
        # an indicator is no relation, however sure it is
        (
            [("B", "S1", "proven")],
            "not related (there are indicators of tier B or C, which prove nothing): no register",
        ),
        ([("C", "S2", "possible")], "not related (there are indicators of tier B or C, which prove nothing): no "),
        ([], "not related: no register ties them by a rule of ias24"),
    ],
)
def test_only_a_tie_of_tier_a_relates_and_only_a_proven_one_for_certain(ties: list[Any], said: str) -> None:
    assert _verdict(answer(*ties), "ias24", NOTHING).startswith(said)


def test_why_two_are_not_related_is_said_once_for_each_rule() -> None:
    ties = [("none", "R10", "excluded"), ("none", "R3", "excluded"), ("none", "R10", "excluded")]
    said = _verdict(answer(*ties), "ias24", NOTHING)
    assert said.startswith("not related: ")
    assert [said.count(f"rule {rule} does not relate them under ias24") for rule in ("R10", "R3")] == [1, 1]


def test_what_two_deal_is_told_with_its_share_on_either_side() -> None:
    sold = [("A", "B", "retail")] * 9 + [("A", "X", "retail")] * 3 + [("A", "B", "wholesale")]
    flows = [{"source_id": a, "target_id": b, "kind": kind, "on_date": DAY} for a, b, kind in sold]
    paid = [("B", "A", 1500.0)] * 11 + [("B", "X", 1500.0)] * 11
    flows += [
        {"source_id": a, "target_id": b, "kind": "payment", "on_date": DAY, "amount": amount, "currency": "CNY"}
        for a, b, amount in paid
    ]
    said = _verdict(answer(), "ias24", dealings("A", "B", shaped("flows", *flows).lazy()))
    assert "A sold B 9 cars (retail), of this kind 75.0 % of all that A sold; " in said
    assert "B paid A 16,500 CNY, of this kind 50.0 % of all that B paid and 100.0 % of all that A was paid)" in said, (
        said
    )
    assert "wholesale" not in said, "of one car no share is given"


def test_ties_that_count_stand_apart_from_those_that_do_not_each_with_the_rows_that_prove_it() -> None:
    names = [{"party_id": one, "canonical_id": canonical, "name": f"示例 {one}"}
             for one, canonical in (("A", "A"), ("B", "B"), ("C", "C"), ("B2", "B"))]  # fmt: skip
    identities = shaped("identities", *names)
    rows = [
        {"party_a": "A", "party_b": "C", "tier": "B", "rule": "R1", "verdict": "possible", "proof_id": "p1"},
        {"party_a": "A", "party_b": "B", "tier": "A", "rule": "R1", "verdict": "proven", "valid_from": DAY,
         "proof_id": "p2"},
        {"party_a": "A", "party_b": "B", "tier": "A", "rule": "R2", "verdict": "proven", "proof_id": "p3"},
        {"party_a": "A", "party_b": "C", "tier": "none", "rule": "R10", "verdict": "excluded", "proof_id": "p4"},
    ]  # fmt: skip
    steps = [{"proof_id": proof, "ordinal": at, "from_id": f"{proof}{at}", "to_id": "x", "table": "ownership"}
             for proof in ("p2", "p4", "p9") for at in (0, 1)]  # fmt: skip
    found = Answer(shaped("relations", *rows), shaped("proofs", *steps))
    related, apart, proof = _sections(found, Registers({}, identities, Coverage(), DAY), {}, "A")
    assert related.frame is not None and apart.frame is not None and proof.frame is not None
    assert related.frame.select("party_id", "name", "rule", "verdict").rows() == [
        ("B", "示例 B", "R2", "proven"), ("B", "示例 B", "R1", "proven"), ("C", "示例 C", "R1", "possible"),
    ]  # fmt: skip
    assert apart.frame.select("party_id", "rule", "verdict").rows() == [("C", "R10", "excluded")]
    assert proof.frame.select("party_id", "from_id").rows() == [
        ("B", "p20"), ("B", "p21"), ("C", "p40"), ("C", "p41"),
    ]  # fmt: skip
    nobody = _sections(answer(("none", "R10", "excluded")), Registers({}, identities, Coverage(), DAY), {}, "A")
    assert nobody[0].lines == ("none",)


def test_of_each_tie_the_other_party_is_named_on_whichever_side_it_stands() -> None:
    registers = Registers({}, shaped("identities"), Coverage(), DAY)
    tie = {"tier": "A", "rule": "R1", "verdict": "proven"}
    rows = [tie | {"party_a": one, "party_b": other} for one, other in ("AB", "BC")]
    related, *_ = _sections(Answer(shaped("relations", *rows), shaped("proofs")), registers, {}, "B")
    assert related.frame is not None
    assert related.frame["party_id"].to_list() == ["A", "C"]
