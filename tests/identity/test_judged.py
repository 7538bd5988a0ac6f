from typing import Any

import polars as pl
import pytest

from tests.identity.rows import a_lei, a_uscc, answer, are_one, buyers, company, identity, sale

NAMESAKES = [company("P1", "云帆有限公司", city="临海"), company("P2", "云帆有限公司", city="临海")]


def test_a_judged_pair_is_one_party_and_the_reason_is_kept() -> None:
    found = answer([company("P1", "云帆"), company("P2", "海风")], [sale("S1", buyer_id="P2")], same=("P1 P2",))
    assert (identity(found, "P2")["basis"], buyers(found)) == ("judged", ["P1"])
    assert identity(found, "P2")["reason"] == "Judged to be one party with P1: seen"


def test_a_pair_judged_apart_is_joined_by_no_rule_and_is_in_no_doubt() -> None:
    assert are_one(answer(NAMESAKES), "P1", "P2")
    found = answer(NAMESAKES, apart=("P1 P2",))
    assert not are_one(found, "P1", "P2")
    assert not identity(found, "P1")["is_undecided"]


def test_a_branch_judged_apart_from_the_company_of_its_name_stays_apart() -> None:
    rows = [company("P1", "临海云帆有限公司"), company("P2", "临海云帆有限公司台州分公司")]
    assert are_one(answer(rows), "P1", "P2")
    assert not are_one(answer(rows, apart=("P1 P2",)), "P1", "P2")


@pytest.mark.parametrize(
    ("one", "third"),
    [({"uscc": a_uscc(1)}, {"uscc": a_uscc(2)}), ({"city": "临海"}, {"city": "台州"})],
)
def test_whom_a_person_set_apart_from_one_namesake_is_in_no_doubt_for_one_that_code_or_city_tells_apart(
    one: Any, third: Any
) -> None:
    rows = [company("P1", "云帆", **one), company("P2", "云帆"), company("P3", "云帆", **third)]
    assert identity(answer(rows), "P1")["is_undecided"]
    assert not identity(answer(rows, apart=("P1 P2",)), "P1")["is_undecided"]


def test_a_third_that_could_be_either_of_two_judged_apart_is_undecided() -> None:
    found = answer([*NAMESAKES, company("P3", "云帆有限公司", city="临海")], apart=("P1 P2",))
    assert not are_one(found, "P3", "P1")
    assert not are_one(found, "P3", "P2")
    assert identity(found, "P3")["is_undecided"]


def test_even_a_code_joins_nobody_whom_a_person_set_apart() -> None:
    rows = [company(f"P{n}", f"云帆{n}", uscc=a_uscc(1)) for n in (1, 2)]
    found = answer(rows, [sale("S1", buyer_uscc=a_uscc(1))], apart=("P1 P2",))
    assert not are_one(found, "P1", "P2")
    assert buyers(found) == [f"uscc:{a_uscc(1)}"], "the code no longer says which of the two is meant"
    # but of themselves it was said who they are, and of a third with that code it was not
    third = company("P3", "云帆3", uscc=a_uscc(1))
    found = answer([*rows, third], apart=("P1 P2",))
    assert [identity(found, party)["is_undecided"] for party in ("P1", "P2", "P3")] == [False, False, True]


@pytest.mark.parametrize(
    ("one", "other"), [({"uscc": a_uscc(1)}, {"uscc": a_uscc(2)}), ({"lei": a_lei(1)}, {"lei": a_lei(2)})]
)
def test_a_judged_merge_of_different_codes_is_not_applied_and_says_so(one: Any, other: Any) -> None:
    """The data changed after the judgement was made."""
    found = answer([company("P1", "云帆", **one), company("P2", "海风", **other)], same=("P1 P2",))
    assert not are_one(found, "P1", "P2")
    assert "was not applied" in identity(found, "P2")["reason"]
    assert identity(found, "P2")["is_undecided"]


def test_a_judged_merge_with_one_row_of_a_company_asks_for_the_codes_of_its_other_rows() -> None:
    rows = [company("P1", "云帆", uscc=a_uscc(1)), company("P2", "云帆二", uscc=a_uscc(1), lei=a_lei(1))]
    found = answer([*rows, company("P3", "海风", lei=a_lei(2))], same=("P1 P3",))
    assert (are_one(found, "P1", "P2"), are_one(found, "P1", "P3")) == (True, False)


def test_a_person_and_a_company_are_not_one_whoever_said_so() -> None:
    person = {"party_id": "H1", "kind": "person", "name": "陆一鸣"}
    found = answer([company("P1", "云帆"), person], same=("H1 P1",))
    assert not are_one(found, "H1", "P1")
    assert identity(found, "H1")["is_undecided"]


def test_a_party_one_of_whose_rows_could_not_be_joined_is_undecided_as_a_whole() -> None:
    rows = [company("P1", "云帆", uscc=a_uscc(1))]
    rows += [company(party, name, uscc=a_uscc(2)) for party, name in (("P2", "海风"), ("P3", "松涛"))]
    found = answer(rows, same=("P1 P3",))
    assert (are_one(found, "P2", "P3"), are_one(found, "P1", "P3")) == (True, False)
    assert identity(found, "P2")["is_undecided"]


def test_a_name_that_nothing_defines_is_judged_to_be_a_party() -> None:
    rows = [company("P1", "云帆有限公司", city="临海")]
    mention = [sale("S1", buyer_name="云帆有限公司")]
    assert buyers(answer(rows, mention)) == ["name:云帆有限公司"]
    found = answer(rows, mention, same=("P1 name:云帆有限公司",))
    assert buyers(found) == ["P1"]
    row = identity(found, "name:云帆有限公司")
    assert (row["canonical_id"], row["is_stub"], row["basis"]) == ("P1", False, "judged")
    assert found.tables["parties"]["party_id"].to_list() == ["D1", "P1"]


def test_an_id_that_nothing_defines_is_judged_to_be_a_party_though_its_own_comes_first() -> None:
    found = answer([company("P1", "云帆")], [sale("S1", buyer_id="A0")], same=("A0 P1",))
    assert buyers(found) == ["P1"]
    assert found.tables["parties"]["party_id"].to_list() == ["D1", "P1"]


def test_two_names_that_nothing_defines_are_judged_one() -> None:
    mentions = [sale("S1", buyer_name="甲公司"), sale("S2", buyer_name="乙公司")]
    found = answer([], mentions, same=("name:乙公司 name:甲公司",))
    assert buyers(found) == ["name:乙公司"] * 2
    assert identity(found, "name:乙公司")["is_stub"]


def test_two_parties_meet_in_a_name_that_is_both() -> None:
    rows = [company("P1", "云帆"), company("P2", "海风")]
    found = answer(rows, [sale("S1", buyer_name="某公司")], same=("P1 name:某公司", "P2 name:某公司"))
    assert are_one(found, "P1", "P2", "name:某公司")


def test_a_name_that_is_said_to_be_two_parties_that_are_not_one_is_neither() -> None:
    """As when the data changed after the judgements were made."""
    rows = [company("P1", "云帆"), company("P2", "海风")]
    both = ("P1 name:某公司", "P2 name:某公司")
    found = answer(rows, [sale("S1", buyer_name="某公司")], same=both, apart=("P1 P2",))
    assert buyers(found) == ["name:某公司"]
    assert not are_one(found, "P1", "P2")


def test_a_name_with_a_code_of_its_own_is_not_the_party_of_another_code() -> None:
    rows = [company("P1", "云帆", uscc=a_uscc(1)), company("P2", "海风")]
    coded, plain = f"uscc:{a_uscc(2)}", "name:某公司"
    mentions = [sale("S1", buyer_uscc=a_uscc(2)), sale("S2", buyer_name="某公司")]
    found = answer(rows, mentions, same=(f"P1 {coded}",))
    assert buyers(found) == [coded, plain]
    assert identity(found, coded)["is_stub"]
    # nor where two names are one and only the other has the code
    assert buyers(answer(rows, mentions, same=(f"P1 {plain}", f"{plain} {coded}"))) == [coded, plain]
    # a party without a code may have that one
    assert buyers(answer(rows, mentions, same=(f"P2 {coded}",))) == ["P2", plain]
    # and the code of its branch is not its own
    branch = company("P0", "海风有限公司台州分公司", uscc=a_uscc(3))
    found = answer([company("P2", "海风有限公司"), branch], mentions, same=(f"P2 {coded}",))
    assert are_one(found, "P0", "P2", coded)


def test_a_name_judged_apart_from_a_party_is_not_that_party() -> None:
    rows = [company("P1", "云帆", uscc=a_uscc(1)), company("P2", "海风", uscc=a_uscc(1))]
    found = answer(rows, [sale("S1", buyer_name="某公司")], same=("P2 name:某公司",), apart=("P1 name:某公司",))
    assert buyers(found) == ["name:某公司"]


def test_two_persons_judged_apart_are_not_joined_by_their_birth_year_and_company() -> None:
    people = [{"party_id": one, "kind": "person", "name": "陆一鸣", "birth_year": 1970} for one in ("H1", "H2")]
    offices = [{"person_id": one, "company_id": "P1", "position": "director"} for one in ("H1", "H2")]
    rows = [company("P1", "云帆"), *people]
    assert are_one(answer(rows, positions=offices), "H1", "H2")
    assert not are_one(answer(rows, positions=offices, apart=("H1 H2",)), "H1", "H2")


def test_judgements_about_ids_that_are_gone_change_nothing() -> None:
    plain = answer(NAMESAKES)
    judged = answer(NAMESAKES, same=("P1 GONE", "GONE AWAY"), apart=("P2 GONE",))
    assert judged.identities.equals(plain.identities)
    assert (
        pl.concat([judged.tables["parties"], plain.tables["parties"]]).unique().height == plain.tables["parties"].height
    )
