"""What an id names: a finding before a party, a party before a car, and nothing where two parties bear a name."""

from types import SimpleNamespace
from typing import Any, cast

import polars as pl
import pytest

from graphkit.case.explain import explain
from graphkit.case.runs import stamp
from graphkit.case.settings import DenialEntry, Settings
from graphkit.detectors import DETECTORS
from graphkit.errors import NotFoundError
from graphkit.explanation import Explanation
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

VIN = "LSAAA1230R0000001"
SETTINGS = Settings(name="harbour", denial=(DenialEntry(party_id="D1", text="for display"),))
JUDGEMENTS = dict.fromkeys(("finding_id", "verdict", "version"), pl.String)


def shaped(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    schema = dict(SHAPES[name].schema)
    return pl.DataFrame([dict.fromkeys(schema) | row for row in rows], schema=schema)


def party(one: str, name: str, canonical: str | None = None) -> dict[str, Any]:
    return {"party_id": one, "canonical_id": canonical or one, "name": name, "kind": "company"}


FINDING = {
    "detector": "pre_insured", "unit_id": "party/D1", "unit_kind": "party", "party_id": "D1", "verdict": "flagged",
    "observed": 1, "n": 2,
}  # fmt: skip


def explained(what: str, judgements: list[tuple[str, str, str]] | None = None, *, has_run: bool = True) -> Explanation:
    frames = {name: shape.empty() for name, shape in SHAPES.items()} | {
        "findings": shaped("findings", FINDING | {"finding_id": "f1"}, FINDING | {"finding_id": "D2"}),
        "identities": shaped(
            "identities",
            party("D1", "示例"),
            party("D1b", "示例二", "D1"),
            party("D2", "另一个"),
            party("D3", "同名"),
            party("D4", "同名"),
            party("D5", VIN),
        ),
        "hits": shaped("hits", {"subject_id": VIN, "detector": "pre_insured"}),
    }
    run = cast(Any, SimpleNamespace(frame=frames.__getitem__, frames=lambda: frames)) if has_run else None
    tables = {name: table.empty() for name, table in TABLES.items()}
    schema = TABLES["odometer"].loaded_schema()
    cars = [dict.fromkeys(schema) | {"vin": vin} for vin in (VIN, "LSAAA1230R0000002")]
    tables["odometer"] = pl.DataFrame(cars, schema=schema)
    made = pl.DataFrame(judgements or [], schema=JUDGEMENTS, orient="row")
    return explain(what, tables, {}, SETTINGS, run, made)


@pytest.mark.parametrize(
    ("what", "kind", "subject"),
    [
        ("f1", "finding", "f1"),
        # an id that a finding and a party have is the finding's
        ("D2", "finding", "D2"),
        ("D1", "party", "D1"), ("D1b", "party", "D1"), ("示例二", "party", "D1"), ("另一个", "party", "D2"),
        # a party may be called like a car
        (VIN, "party", "D5"),
        ("lsaaa 1230 r000 0002", "vehicle", "LSAAA1230R0000002"),
    ],
)  # fmt: skip
def test_an_id_or_a_name_of_one_party_is_explained_as_what_it_is(what: str, kind: str, subject: str) -> None:
    told = explained(what)
    assert (told.kind, told.subject_id) == (kind, subject)


@pytest.mark.parametrize("what", ["同名", "LSAAA1230R0000003", "nothing", ""])
def test_what_two_parties_are_called_or_nobody_is_no_answer(what: str) -> None:
    with pytest.raises(NotFoundError, match="is no finding, car or party of this case: look for it"):
        explained(what)


def test_before_a_run_only_cars_are_explained_and_no_hit_is_told() -> None:
    told = explained(VIN, has_run=False)
    assert (told.kind, "no detector lists it" in str(told)) == ("vehicle", True)
    with pytest.raises(NotFoundError, match="and it has not been run yet"):
        explained("D1", has_run=False)


def test_a_denial_stands_with_its_own_party_and_a_judgement_with_its_own_finding() -> None:
    assert "for display" in str(explained("D1b"))
    assert "for display" not in str(explained("另一个"))
    now = stamp(next(one for one in DETECTORS if one.id == "pre_insured"))
    made = [("f1", "reject", now), ("f1", "confirm", "0+older"), ("D2", "confirm", now)]
    told = explained("f1", made).rows("Judgements")
    assert told[["verdict", "is_stale"]].to_numpy().tolist() == [["reject", False], ["confirm", True]]
    assert "Judgements" not in [section.title for section in explained("f1").sections]
