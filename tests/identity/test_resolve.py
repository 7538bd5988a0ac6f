import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.identity import resolve
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from tests.identity.rows import a_lei, a_uscc, answer, are_one, buyers, company, identity, sale, table


def test_a_valid_uscc_joins_other_names_and_says_so() -> None:
    found = answer([company("P2", "云帆汽车", uscc=a_uscc(1)), company("P1", "云帆控股", uscc=a_uscc(1).lower())])
    row = identity(found, "P2")
    assert (row["canonical_id"], row["basis"], row["is_undecided"]) == ("P1", "code", False)
    assert row["reason"] == "A valid USCC joins it to P1."
    assert identity(found, "P1")["basis"] == "self"


def test_an_invalid_uscc_joins_nothing() -> None:
    assert not are_one(answer([company("P1", "云帆", uscc="9" * 18), company("P2", "海风", uscc="9" * 18)]), "P1", "P2")


def test_a_mistyped_lei_joins_nothing() -> None:
    wrong = a_lei(1)[:-1] + ("0" if a_lei(1)[-1] != "0" else "1")
    found = answer([company("P1", "云帆", lei=wrong), company("P2", "海风", lei=wrong)])
    assert not are_one(found, "P1", "P2")
    assert identity(found, "P1")["lei"] is None


def test_a_valid_lei_joins_and_two_usccs_under_it_join_nothing() -> None:
    found = answer([company("P1", "A", lei="2138 00kud8lajwsq9d15"), company("P2", "B", lei="213800KUD8LAJWSQ9D15")])
    assert are_one(found, "P1", "P2")
    assert identity(found, "P2")["reason"] == "A valid LEI joins it to P1."
    assert [identity(found, party)["lei"] for party in ("P1", "P2")] == ["213800KUD8LAJWSQ9D15"] * 2
    found = answer(
        [
            company("P1", "A", lei=a_lei(1), uscc=a_uscc(1)),
            company("P2", "B", lei=a_lei(1), uscc=a_uscc(2)),
            company("P3", "C", lei=a_lei(1)),
        ]
    )
    assert not are_one(found, "P1", "P2")
    assert identity(found, "P3")["is_undecided"]
    assert not identity(found, "P1")["is_undecided"]


def test_name_and_city_join_a_company_without_a_code() -> None:
    found = answer(
        [
            company("P1", "临海云帆（集团）有限公司", city="临海", uscc=a_uscc(1)),
            company("P2", "临海云帆(集团) 有限公司", city="临海市"),
        ]
    )
    assert identity(found, "P2")["basis"] == "name_city"
    assert are_one(found, "P1", "P2")


def test_name_and_city_of_two_codes_join_nothing_and_leave_the_codeless_open() -> None:
    found = answer(
        [company(f"P{n}", "云帆", city="临海", uscc=code) for n, code in enumerate([a_uscc(1), a_uscc(2), None])]
    )
    assert [identity(found, f"P{n}")["canonical_id"] for n in range(3)] == ["P0", "P1", "P2"]
    assert identity(found, "P2")["is_undecided"]


def test_name_and_city_of_two_leis_join_nothing_and_each_keeps_its_own() -> None:
    leis = {"P1": a_lei(1), "P2": a_lei(2), "P3": None}
    found = answer([company(party, "云帆", city="临海", lei=lei) for party, lei in leis.items()])
    assert {party: identity(found, party)["canonical_id"] for party in leis} == {party: party for party in leis}
    assert {party: identity(found, party)["lei"] for party in leis} == leis
    assert {party: identity(found, party)["is_undecided"] for party in leis} == {"P1": True, "P2": True, "P3": True}


def test_a_core_name_and_telephone_of_two_leis_join_nothing() -> None:
    names = {"P1": "临海云帆汽车有限公司", "P2": "云帆（临海）汽车有限公司"}
    rows = [company(party, name, city="临海", phone="0576-85123456") for party, name in names.items()]
    assert are_one(answer(rows), "P1", "P2")
    coded = [row | {"lei": a_lei(number)} for number, row in enumerate(rows)]
    assert not are_one(answer(coded), "P1", "P2")


def test_codes_never_melt_through_a_party_of_two_names() -> None:
    found = answer(
        [
            company("P1", "云帆", city="临海", uscc=a_uscc(1)),
            company("P2", "云帆", city="临海", lei=a_lei(1)),
            company("P3", "海风", city="台州", lei=a_lei(1)),
            company("P4", "海风", city="台州", uscc=a_uscc(2)),
        ]
    )
    assert not are_one(found, "P1", "P4")
    assert are_one(found, "P2", "P3")


@pytest.mark.parametrize(
    ("one", "other", "open_"),
    [
        ({"city": "临海"}, {"city": "台州"}, False),
        ({"city": "临海"}, {"city": None}, True),
        ({"city": "临海", "uscc": a_uscc(1)}, {"city": None, "uscc": a_uscc(2)}, False),
        ({"city": "临海", "uscc": a_uscc(1)}, {"city": "临海", "uscc": a_uscc(2)}, False),
        ({"city": "临海", "uscc": a_uscc(1)}, {"city": None, "lei": a_lei(2)}, True),
    ],
)
def test_equal_names_are_open_unless_codes_or_cities_tell_them_apart(one: Any, other: Any, open_: bool) -> None:
    found = answer([company("P1", "云帆", **one), company("P2", "云帆", **other)])
    assert [identity(found, party)["is_undecided"] for party in ("P1", "P2")] == [open_, open_]
    assert (identity(found, "P1")["reason"] is not None) is open_


def test_persons_join_by_person_key_only() -> None:
    person = {"kind": "person", "name": "陆一鸣", "city": "临海"}
    found = answer(
        [
            {"party_id": "H1", **person},
            {"party_id": "H2", **person},
            {"party_id": "H3", "person_key": "k", **person},
            {"party_id": "H4", "person_key": "k", **person},
        ]
    )
    assert found.tables["parties"]["party_id"].to_list() == ["H1", "H2", "H3"]
    assert (identity(found, "H4")["basis"], identity(found, "H4")["reason"]) == (
        "code",
        "Has the same person_key as H3.",
    )
    assert not identity(found, "H1")["is_undecided"]


def test_a_name_is_found_by_code_then_by_name_and_city() -> None:
    found = answer(
        [
            company("P1", "云帆有限公司", city="临海", uscc=a_uscc(1)),
            company("P2", "海风有限公司", city="台州", uscc=a_uscc(2)),
        ],
        [
            sale("S1", buyer_name="别名", buyer_uscc=a_uscc(2)),
            sale("S2", buyer_name="云帆 有限公司", buyer_city="临海市"),
            sale("S3", buyer_name="云帆有限公司", buyer_city="临海", buyer_uscc=a_uscc(9)),
            sale("S4", buyer_name="海风有限责任公司"),
        ],
    )
    assert buyers(found) == ["P2", "P1", f"uscc:{a_uscc(9)}", "name:海风有限公司"]
    assert identity(found, "name:海风有限公司")["is_undecided"]
    assert not identity(found, "P2")["is_undecided"], "a careless mention does not put a registered company in doubt"


def test_the_name_and_city_of_a_person_find_nobody() -> None:
    person = {"party_id": "H1", "kind": "person", "name": "陆一鸣", "city": "临海"}
    found = answer([person], [sale("S1", buyer_name="陆一鸣", buyer_city="临海")])
    assert buyers(found) == ["name:陆一鸣#sales:S1:buyer"]


def test_an_office_of_the_state_and_a_company_of_its_name_are_two() -> None:
    office = {"party_id": "G1", "kind": "government", "name": "临海云帆", "city": "临海"}
    found = answer([office, company("P1", "临海云帆", city="临海"), company("P2", "临海云帆", city="临海")])
    assert not are_one(found, "G1", "P1")
    assert are_one(found, "P1", "P2")


def test_what_two_parties_share_finds_neither() -> None:
    """A name, a name and city, or a code that two bear says of a row of sales only that it is nobody known."""
    name = "临海云帆汽车有限公司"
    twins = [company("P1", name, uscc=a_uscc(1), city="临海"), company("P2", name, uscc=a_uscc(2), city="临海")]
    one_code = [company("P3", "海风", uscc=a_uscc(3)), company("P4", "松涛", uscc=a_uscc(3))]
    sold = [
        sale("S1", buyer_name=f"{name}台州分公司"),
        sale("S2", buyer_name=name, buyer_city="临海"),
        sale("S3", buyer_uscc=a_uscc(3)),
    ]
    found = answer([*twins, *one_code], sold, apart=("P3 P4",))
    assert buyers(found) == [
        "name:临海云帆汽车有限公司台州分公司",
        "name:临海云帆汽车有限公司@临海",
        f"uscc:{a_uscc(3)}",
    ]


def test_a_company_name_makes_one_stub_a_city_and_another_name_one_a_mention() -> None:
    found = answer(
        [],
        [
            sale("S1", buyer_name="云帆有限公司", buyer_city="临海"),
            sale("S2", buyer_name="云帆有限公司 ", buyer_city="临海"),
            sale("S3", buyer_name="陆一鸣", buyer_city="临海"),
            sale("S4", buyer_name="陆一鸣", buyer_city="临海"),
            sale("S5", buyer_id="X9"),
            sale("S6"),
        ],
    )
    assert buyers(found) == [
        "name:云帆有限公司@临海",
        "name:云帆有限公司@临海",
        "name:陆一鸣#sales:S3:buyer",
        "name:陆一鸣#sales:S4:buyer",
        "X9",
        None,
    ]
    stubs = found.tables["parties"].filter("is_stub")
    assert sorted(stubs["party_id"]) == sorted({*filter(None, buyers(found)), "D1"})
    assert set(stubs["kind"]) == {"unknown"}
    assert identity(found, "X9")["basis"] == "stub"


def test_merged_parties_fill_gaps_and_unite_roles_and_tables_lose_companions() -> None:
    found = answer(
        [
            company("P1", "云帆", uscc=a_uscc(1), roles="exporter"),
            company("P2", "云帆", uscc=a_uscc(1), roles="dealer", city="临海", is_listed=True),
        ],
        [sale("S1", buyer_id="P2")],
    )
    row = found.tables["parties"].row(by_predicate=pl.col("party_id") == "P1", named=True)
    assert (row["roles"], row["city"], row["is_listed"], row["is_state"], row["is_stub"]) == (
        "dealer;exporter",
        "临海",
        True,
        False,
        False,
    )
    assert identity(found, "P1")["city"] == "临海"
    assert buyers(found) == ["P1"]
    assert not set(TABLES["sales"].companions) & set(found.tables["sales"].columns)
    assert found.identities.schema == SHAPES["identities"].schema


def test_government_counts_as_state() -> None:
    found = answer([{"party_id": "G1", "kind": "government", "name": "临海市国资办"}])
    assert identity(found, "G1")["is_state"]
    assert found.tables["parties"]["is_state"].to_list() == [True]


def test_a_body_of_the_state_entered_as_a_company_is_state_unless_the_file_says_otherwise() -> None:
    names = {
        "C1": "示例省国有资产监督管理委员会",
        "C2": "示例省国资委",
        "C3": "示例市国资委大厦物业有限公司",
        "P1": "国资委",
    }
    parties = [
        {"party_id": party, "kind": "person" if party == "P1" else "company", "name": name}
        for party, name in names.items()
    ]
    found = answer([parties[0], parties[1] | {"is_state": False}, *parties[2:]])
    assert {party: identity(found, party)["is_state"] for party in names} == {
        "C1": True, "C2": False, "C3": False, "P1": False,
    }  # fmt: skip
    assert found.tables["parties"]["is_state"].to_list() == [True, False, False, False]


def test_the_insured_of_an_endorsement_is_a_party_like_any_other() -> None:
    change = {"policy_id": "Q1", "changed_on": dt.date(2024, 5, 1)}
    found = resolve(
        {
            "parties": table("parties", [company("P1", "云帆", uscc=a_uscc(1)), company("P2", "云帆", uscc=a_uscc(1))]),
            "endorsements": table(
                "endorsements",
                [
                    change | {"field": "insured", "old": "P2", "new": "陆一鸣"},
                    change | {"field": "plate", "old": "P2", "new": "P2"},
                ],
            ),
        }
    )
    rows = found.tables["endorsements"].select("field", "old", "new").rows()
    assert rows == [("insured", "P1", "name:陆一鸣#endorsements:Q1|2024-05-01|insured:new"), ("plate", "P2", "P2")]
    assert found.tables["endorsements"].columns == list(TABLES["endorsements"].loaded_schema())


CODES = st.sampled_from([None, a_uscc(1), a_uscc(2), "no code"])
PARTY = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["company", "company", "person", "government"]),
        "name": st.sampled_from(["云帆有限公司", "云帆 有限公司", "海风"]),
        "city": st.sampled_from([None, "临海", "台州"]),
        "uscc": CODES,
        "lei": st.sampled_from([None, a_lei(1), a_lei(2)]),
        "person_key": st.sampled_from([None, "k1"]),
    }
)
BUYER = st.fixed_dictionaries(
    {
        "buyer_id": st.sampled_from([None, None, "P0", "P3", "X"]),
        "buyer_name": st.sampled_from([None, "云帆有限公司", "海风", "陆一鸣"]),
        "buyer_uscc": CODES,
        "buyer_city": st.sampled_from([None, "临海"]),
    }
)


@pytest.mark.no_cover
@settings(derandomize=True, deadline=None, max_examples=60)
@given(parties=st.lists(PARTY, max_size=8), sold=st.lists(BUYER, max_size=6), random=st.randoms())
def test_codes_and_persons_never_melt_and_row_order_changes_nothing(parties: Any, sold: Any, random: Any) -> None:
    people = table("parties", [{"party_id": f"P{n}", **row} for n, row in enumerate(parties)])
    sales = table("sales", [sale(f"S{n}", **row) for n, row in enumerate(sold)])
    found = resolve({"parties": people, "sales": sales})
    legal = found.identities.join(people.select("party_id", raw="uscc"), on="party_id").filter(
        pl.col("kind") != "person"
    )
    valid = legal.filter(pl.col("raw").is_in([a_uscc(1), a_uscc(2)]))
    assert valid.group_by("canonical_id").agg(pl.col("raw").n_unique())["raw"].to_list() in ([], [1], [1, 1])
    persons = found.identities.join(people.select("party_id", "person_key"), on="party_id").filter(kind="person")
    assert (
        persons.group_by("canonical_id")
        .agg(pl.len(), pl.col("person_key").first())
        .filter(pl.col("len") > 1, pl.col("person_key").is_null())
        .is_empty()
    )
    assert set(found.tables["sales"]["buyer_id"].drop_nulls()) <= set(found.tables["parties"]["party_id"])
    order = random.sample(range(people.height), people.height)
    shuffled = resolve({"parties": people[order], "sales": sales.reverse()})
    assert shuffled.identities.equals(found.identities)
    assert shuffled.tables["parties"].equals(found.tables["parties"])
    assert shuffled.tables["sales"].sort("sale_id").equals(found.tables["sales"].sort("sale_id"))
