"""One party's answer, computed from its neighbourhood, is what the whole registers give; a pair's says why not."""

from itertools import combinations
from typing import Any

import polars as pl
import pytest

from graphkit.errors import CaseError
from graphkit.parties.answers import EXCLUDED, Registers, between, related_to
from graphkit.tables.coverage import Coverage
from tests.parties.test_relation_rules import AS_OF, START, World, answer, resolved

CN, DEFAULT = "cn_exchange", "asbe36_current"
FACTS = ["party_a", "party_b", "tier", "rule", "verdict", "valid_from", "valid_to"]


def registers(world: World) -> Registers:
    who = resolved((world,))
    return Registers(who.tables, who.identities, Coverage(), AS_OF)


@pytest.mark.no_cover
@pytest.mark.parametrize("regime", [DEFAULT, CN])
def test_the_answer_of_a_party_is_that_of_the_whole_registers(regime: str) -> None:
    for seed in range(2):
        world = World(seed)
        whole, known = answer((world,), regime).relations, registers(world)
        for party in world.parties:
            found = related_to(party, known, regime)
            counted = found.relations.filter(pl.col("verdict") != EXCLUDED)
            expected = whole.filter((pl.col("party_a") == party) | (pl.col("party_b") == party))
            assert counted.select(FACTS).equals(expected.select(FACTS)), (seed, party)
            # the same rows prove it, so it has the same name
            assert set(counted["proof_id"]) == set(expected["proof_id"])
            assert set(found.relations["proof_id"]) == set(found.proofs["proof_id"])


@pytest.mark.no_cover
def test_a_pair_is_answered_as_the_whole_registers_answer() -> None:
    world = World(3)
    whole, known = answer((world,), DEFAULT).relations, registers(world)
    assert not whole.is_empty()
    for one, other in combinations(world.parties, 2):
        counted = between(other, one, known, DEFAULT).relations.filter(pl.col("verdict") != EXCLUDED)
        expected = whole.filter(party_a=min(one, other), party_b=max(one, other))
        assert counted.select(FACTS).equals(expected.select(FACTS))


class TwoAssociates(World):
    """Two companies of which one parent holds 30 % each, a director sits in both, and a state body owns both."""

    def __init__(self) -> None:
        self.companies, self.persons, self.state = ["a", "b", "t"], ["p"], ["g"]
        self.listed: set[str] = set()
        self.ownership = [("t", "a", 300_000, START, None), ("t", "b", 300_000, START, None)]
        self.ownership += [("g", "a", 600_000, START, None), ("g", "b", 600_000, START, None)]
        self.positions = [("p", company, "director", START, None) for company in ("a", "b")]
        self.kinship: list[tuple[str, str, str]] = []
        self.joint: list[tuple[str, str]] = []
        self.parties = [*self.companies, *self.persons, *self.state]


class Relatives(World):
    """Two companies, each of a person; one is the other's parent, and no register names both companies."""

    def __init__(self) -> None:
        self.companies, self.persons, self.state = ["a", "b"], ["p", "q"], list[str]()
        self.listed: set[str] = set()
        self.ownership = [("p", "a", 600_000, START, None), ("q", "b", 600_000, START, None)]
        self.positions: list[Any] = []
        self.kinship = [("p", "q", "parent")]
        self.joint: list[Any] = []
        self.parties = [*self.companies, *self.persons]


def test_a_party_is_told_of_the_companies_of_its_owners_relatives() -> None:
    for party, other in (("a", "b"), ("b", "a")):
        found = related_to(party, registers(Relatives()), DEFAULT).relations
        told = found.filter((pl.col("party_a") == other) | (pl.col("party_b") == other))
        assert told.select("rule", "verdict").rows() == [("R5", "proven")]


def test_why_two_parties_are_not_related_is_said_by_rule() -> None:
    known = registers(TwoAssociates())
    found = between("a", "b", known, DEFAULT)
    assert found.relations.select("rule", "verdict").rows() == [(rule, EXCLUDED) for rule in ("R10", "R4", "R6")]
    assert found.proofs.filter(proof_id=found.relations.filter(rule="R4")["proof_id"][0])["from_id"].to_list() == [
        "t",
        "t",
    ]
    assert between("a", "b", known, "asbe36_2006").relations.filter(rule="R4")["verdict"].to_list() == ["proven"]
    # a list is not flooded with all that the state owns
    listed = related_to("a", known, DEFAULT).relations
    assert listed.filter(party_b="b")["rule"].to_list() == ["R4", "R6"]
    assert listed.filter(party_b="g").select("rule", "verdict").rows() == [("R1", "proven")]


def test_an_unknown_regime_is_named() -> None:
    with pytest.raises(CaseError, match="gaap"):
        related_to("a", registers(TwoAssociates()), "gaap")
