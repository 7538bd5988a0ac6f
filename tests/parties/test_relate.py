import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import CaseError
from graphkit.identity import resolve
from graphkit.model import DEFAULT_REGIME
from graphkit.parties import Parties, relate
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

START = date(2024, 1, 1)
AS_OF = date(2025, 12, 31)
NO_DEALS: list[tuple[str, str]] = []


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    types = TABLES[name].loaded_schema()
    keyed = [{"row_key": "|".join(str(row.get(part) or "") for part in TABLES[name].key)} | row for row in rows]
    return pl.DataFrame([{column: row.get(column) for column in types} for row in keyed], schema=types)


def holding(owner: str, owned: str, share: int | None, **more: Any) -> dict[str, Any]:
    return {"owner_id": owner, "owned_id": owned, "share": share, "valid_from": START} | more


def answer(
    parties: list[dict[str, Any]],
    holdings: list[dict[str, Any]],
    agreements: list[dict[str, Any]] | None = None,
    deals: list[tuple[str, str]] = NO_DEALS,
    regime: str = DEFAULT_REGIME,
) -> Parties:
    who = resolve(
        {
            "parties": loaded("parties", [{"kind": "company", "name": row["party_id"]} | row for row in parties]),
            "ownership": loaded("ownership", holdings),
            "control_agreements": loaded("control_agreements", agreements or []),
        }
    )
    flows = pl.DataFrame(deals, schema={"source_id": pl.String, "target_id": pl.String}, orient="row")
    return relate(who.tables, flows, Coverage((Span("ownership", as_of=START),)), who.identities, regime, AS_OF)


def companies(*ids: str) -> list[dict[str, Any]]:
    return [{"party_id": party} for party in ids]


def path(found: Parties, proof_id: str) -> list[tuple[Any, ...]]:
    return found.proofs.filter(pl.col("proof_id") == proof_id).select("from_id", "to_id", "share_low").rows()


def proof_of(found: Parties, controller: str, controlled: str) -> list[tuple[Any, ...]]:
    row = found.control.row(
        by_predicate=(pl.col("controller_id") == controller) & (pl.col("controlled_id") == controlled), named=True
    )
    return path(found, row["proof_id"])


def test_a_proof_holds_every_holding_that_counted_from_the_top_down_and_no_other() -> None:
    found = answer(
        companies("A", "B", "C", "Z"),
        [
            holding("B", "C", 150_000),
            holding("A", "C", 400_000),
            holding("A", "B", 600_000),
            holding("Z", "C", 450_000),
        ],
    )
    assert proof_of(found, "A", "C") == [("A", "B", 600_000), ("A", "C", 400_000), ("B", "C", 150_000)]


def test_a_proof_of_pooled_votes_holds_the_agreement_and_the_allys_chain() -> None:
    found = answer(
        companies("P", "Q", "S", "E"),
        [holding("P", "E", 300_000), holding("Q", "S", 900_000), holding("S", "E", 250_000)],
        [{"controller_id": "P", "controlled_id": "Q", "basis": "concert", "valid_from": START}],
    )
    assert set(proof_of(found, "P", "E")) == {
        ("P", "Q", None),
        ("P", "E", 300_000),
        ("Q", "S", 900_000),
        ("S", "E", 250_000),
    }
    assert set(found.control.filter(pl.col("controlled_id") == "E")["basis"]) == {"agreement"}


def test_a_relation_shows_both_legs() -> None:
    found = answer(
        companies("A", "B", "C"),
        [holding("A", "B", 600_000), holding("A", "C", 700_000)],
        deals=[("C", "B"), ("B", "C"), ("B", "B")],
    )
    (row,) = found.relations.to_dicts()
    assert (row["party_a"], row["party_b"], row["rule"], row["tier"]) == ("B", "C", "R1", "A")
    assert path(found, row["proof_id"]) == [("A", "B", 600_000), ("A", "C", 700_000)]


def test_a_day_of_a_pair_has_one_row_and_the_nearest_controller_proves_it() -> None:
    found = answer(
        [*companies("T", "A", "B", "C"), {"party_id": "H", "kind": "person"}],
        [
            holding("H", "T", 600_000),
            holding("T", "A", 600_000),
            holding("A", "B", 600_000),
            holding("A", "C", 600_000),
        ],
        deals=[("B", "C")],
    )
    (row,) = found.relations.to_dicts()
    assert row["rule"] == "R1"
    assert [step[0] for step in path(found, row["proof_id"])] == ["A", "A"]


def test_one_stake_reported_under_two_joined_ids_does_not_count_twice() -> None:
    people = [
        {"party_id": "H1", "kind": "person", "person_key": "k"},
        {"party_id": "H2", "kind": "person", "person_key": "k"},
    ]
    found = answer(
        [*people, *companies("B", "C")],
        [
            holding("H1", "B", 300_000),
            holding("H2", "B", 310_000),
            holding("H1", "C", 300_000),
            holding("H2", "C", 300_000),
        ],
    )
    assert found.control.select("controlled_id", "verdict").rows() == [("B", "possible")]


def test_of_one_stake_reported_twice_only_what_both_reports_say_is_certain() -> None:
    people = [{"party_id": party, "kind": "person", "person_key": "k"} for party in ("H1", "H2")]
    end = START + timedelta(days=99)
    found = answer(
        [*people, *companies("B", "C", "D", "E")],
        [
            # one report ends, the other goes on
            holding("H1", "B", 600_000, valid_to=end),
            holding("H2", "B", 600_000),
            # one is a majority, the other is not
            holding("H1", "C", 600_000),
            holding("H2", "C", 400_000),
            # one is exact and the other says nothing, so it is at most what the other holder leaves over
            holding("H1", "D", 100_000),
            holding("H2", "D", None),
            holding("E", "D", 300_000),
        ],
    )
    control = found.control.filter(controller_id="H1").sort("controlled_id", "valid_from")
    assert control.select("controlled_id", "verdict", "valid_from", "valid_to").rows() == [
        ("B", "proven", START, end),
        ("B", "possible", end + timedelta(days=1), None),
        ("C", "possible", START, None),
        ("D", "possible", START, None),
    ]
    step = found.proofs.filter(from_id="H1", to_id="D")
    assert step.select("share_low", "share_high").rows() == [(0, 700_000)]


def test_an_end_is_known_on_its_day_and_a_later_one_is_not() -> None:
    found = answer(
        companies(*"ABCDEFGH"),
        [
            holding("A", "B", 600_000, valid_to=AS_OF),
            holding("A", "C", 600_000, valid_to=AS_OF + timedelta(days=1)),
            holding("A", "D", 600_000, valid_from=AS_OF),
            holding("A", "E", 600_000, valid_from=AS_OF + timedelta(days=1)),
        ],
        [
            {"controller_id": "A", "controlled_id": company, "basis": "contract", "valid_from": first, "valid_to": last}
            for company, first, last in (
                ("F", AS_OF, None),
                ("G", AS_OF + timedelta(days=1), None),
                ("H", START, AS_OF),
            )
        ],
    )
    assert found.control.select("controlled_id", "valid_from", "valid_to").sort("controlled_id").rows() == [
        ("B", START, AS_OF), ("C", START, None), ("D", AS_OF, None), ("F", AS_OF, None), ("H", START, AS_OF),
    ]  # fmt: skip


def test_an_undecided_party_makes_control_at_most_possible() -> None:
    found = answer(
        [*companies("A"), {"party_id": "B", "name": "云帆"}, {"party_id": "B2", "name": "云帆"}],
        [holding("A", "B", 900_000)],
    )
    assert found.control["verdict"].to_list() == ["possible"]
    assert found.groups.is_empty()


def test_one_proof_of_two_periods_has_each_step_once_with_its_widest_bounds() -> None:
    later = START + timedelta(days=100)
    found = answer(
        companies("A", "B", "C"),
        [
            holding("A", "C", None, share_max=900_000),
            holding("B", "C", 450_000, valid_to=START + timedelta(days=9)),
            holding("B", "C", 480_000, valid_from=later, valid_to=later),
            holding("B", "C", 600_000, valid_from=START + timedelta(days=10), valid_to=START + timedelta(days=20)),
        ],
    )
    assert found.control.filter(controller_id="A").height == 2
    (row,) = found.proofs.filter(from_id="A").to_dicts()
    assert (row["ordinal"], row["share_low"], row["share_high"]) == (1, 0, 900_000)


def test_nothing_in_nothing_out() -> None:
    found = answer([], [])
    for name in ("control", "proofs", "groups", "relations"):
        assert getattr(found, name).equals(SHAPES[name].empty())


def test_an_unknown_regime_says_what_to_do() -> None:
    with pytest.raises(CaseError, match="choose from asbe36_current"):
        answer([], [], regime="gaap")


@pytest.mark.no_cover
@settings(derandomize=True, deadline=None, max_examples=12)
@given(seed=st.integers(0, 10**6))
def test_on_every_day_groups_follow_from_that_days_control(seed: int) -> None:
    rng = random.Random(seed)
    nodes = [f"n{i}" for i in range(rng.randint(2, 6))]
    state = set(rng.sample(nodes, rng.randint(0, 1)))
    holdings = []
    for _ in range(rng.randint(1, 8)):
        first = START + timedelta(days=rng.randint(0, 6))
        last = first + timedelta(days=rng.randint(0, 6)) if rng.random() < 0.7 else None
        share = rng.choice([510_000, 600_000, 400_000, 200_000, None])
        holdings.append(holding(rng.choice(nodes), rng.choice(nodes), share, valid_from=first, valid_to=last))
    unique = list({(row["owner_id"], row["owned_id"], row["valid_from"]): row for row in holdings}.values())
    found = answer([{"party_id": node, "is_state": node in state} for node in nodes], unique)
    for offset in range(14):
        day = START + timedelta(days=offset)
        valid = (pl.col("valid_from") <= day).fill_null(True) & (pl.col("valid_to") >= day).fill_null(True)
        today = found.control.filter(valid)
        assert not today.select("controller_id", "controlled_id").is_duplicated().any()
        above: dict[str, set[str]] = {node: set() for node in nodes}
        for controller, controlled in today.filter(verdict="proven").select("controller_id", "controlled_id").rows():
            if controller not in state:
                above[controlled].add(controller)
        tied = {node for node in nodes if above[node]} | {head for heads in above.values() for head in heads}
        expected = {}
        for node in tied:
            heads = {node} | above[node]
            expected[node] = min(head for head in heads if all(head in above[other] for other in above[head]))
        assert dict(found.groups.filter(valid).select("party_id", "group_id").rows()) == expected
