from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.identity import resolve
from graphkit.identity.judged import JUDGED
from tests.identity.rows import a_lei, a_uscc, answer, are_one, buyers, company, identity, sale, table

COMPANY = "临海云帆汽车有限公司"
BRANCH = "临海云帆汽车有限公司台州分公司"


@pytest.mark.parametrize(
    ("other", "joined"),
    [
        ({"phone": "+86 576 85123456"}, True),
        ({"phone": "0576-85123456", "name": "云帆（临海）汽车有限公司"}, True),
        ({"phone": "0576-85123456", "name": "台州云帆汽车有限公司"}, False),
        ({"phone": "0576-85123456", "name": "临海云帆汽车股份有限公司"}, False),
        ({"phone": "0576-85123456", "name": "临海云帆汽贸有限公司"}, False),
        ({"phone": "0576-85123456", "uscc": a_uscc(2)}, False),
        ({"phone": "0576-85123456", "city": "台州"}, False),
        ({"address": "临海市样例路12号", "city": "临海", "name": "云帆汽车有限公司"}, True),
        ({"address": "临海市样例路12号", "city": "台州", "name": "云帆汽车有限公司"}, False),
        ({"address": "样例路13号", "city": "临海", "name": "云帆汽车有限公司"}, False),
    ],
)
def test_a_core_name_with_a_telephone_or_street_joins_unless_something_differs(other: Any, joined: bool) -> None:
    facts = {"uscc": a_uscc(1), "city": "临海", "phone": "0576-85123456", "address": "样例路12号"}
    found = answer([company("P1", COMPANY, **facts), company("P2", **({"name": COMPANY} | other))])
    assert are_one(found, "P1", "P2") is joined
    if joined:
        assert identity(found, "P2")["basis"] == "contact"
        what = "telephone" if "phone" in other else "address"
        said = f"Has the same core name and {what}, and nothing else that differs, as P1."
        assert identity(found, "P2")["reason"] == said


def test_a_mall_of_three_hundred_firms_joins_nobody() -> None:
    mall = [
        company(
            f"P{n:03}",
            f"临海{'云海松岚川山湖竹枫银'[n // 30]}帆{n}汽车有限公司",
            city="临海",
            address="样例路1号",
            phone="057685123456",
        )
        for n in range(300)
    ]
    assert answer(mall).identities["canonical_id"].n_unique() == 300


def test_a_branch_belongs_to_its_company_whatever_its_own_code_and_city() -> None:
    found = answer(
        [
            company("P9", COMPANY, uscc=a_uscc(1), city="临海", roles="dealer"),
            company("P1", BRANCH, uscc=a_uscc(2), city="台州", phone="057685123456", roles="vendor"),
        ],
        [
            sale("S1", buyer_id="P1"),
            sale("S2", buyer_uscc=a_uscc(2)),
            sale("S3", buyer_name="臨海雲帆汽車有限公司溫州分公司"),
        ],
    )
    assert identity(found, "P1")["canonical_id"] == "P9"
    assert identity(found, "P1")["basis"] == "branch"
    assert "Company Law" in identity(found, "P1")["reason"]
    assert buyers(found) == ["P9", "P9", "P9"]
    row = found.tables["parties"].row(by_predicate=pl.col("party_id") == "P9", named=True)
    assert (row["uscc"], row["city"], row["phone"], row["roles"]) == (a_uscc(1), "临海", None, "dealer;vendor")
    assert identity(found, "P9")["uscc"] == a_uscc(1)


@pytest.mark.parametrize("code", [a_uscc(2), None])
def test_the_codes_of_a_branch_are_not_those_of_its_company(code: str | None) -> None:
    found = answer([company("P9", COMPANY, uscc=code), company("P1", BRANCH, uscc=a_uscc(1), lei=a_lei(1))])
    assert are_one(found, "P1", "P9")
    assert (identity(found, "P9")["uscc"], identity(found, "P9")["lei"]) == (code, None)
    assert (identity(found, "P1")["uscc"], identity(found, "P1")["lei"]) == (a_uscc(1), a_lei(1))


def test_branches_of_a_company_that_no_file_defines_are_a_party_with_what_their_rows_say() -> None:
    found = answer([company("P1", BRANCH, city="台州", roles="dealer"), company("P2", BRANCH, city="台州", phone="1")])
    assert are_one(found, "P1", "P2")
    row = found.tables["parties"].row(by_predicate=pl.col("party_id") == "P1", named=True)
    assert (row["name"], row["city"], row["phone"], row["roles"]) == (BRANCH, "台州", "1", "dealer")


def test_two_branches_of_one_name_and_city_with_codes_of_their_own_are_two() -> None:
    for code, other in (({"uscc": a_uscc(1)}, {"uscc": a_uscc(2)}), ({"lei": a_lei(1)}, {"lei": a_lei(2)})):
        rows = [company(party, BRANCH, city="台州", **own) for party, own in (("P1", code), ("P2", other))]
        assert not are_one(answer(rows), "P1", "P2")
        assert are_one(answer([row | {"uscc": None, "lei": None} for row in rows]), "P1", "P2")


def test_a_branch_of_one_of_several_namesakes_goes_to_none_unless_the_city_tells() -> None:
    alike = [company("P1", COMPANY, uscc=a_uscc(1), city="临海"), company("P2", COMPANY, uscc=a_uscc(2), city="台州")]
    found = answer([*alike, company("P3", BRANCH, city="温州"), company("P4", BRANCH, city="台州")])
    assert identity(found, "P3")["basis"] == "self"
    assert identity(found, "P4")["canonical_id"] == "P2"


@pytest.mark.parametrize("kind", ["person", "government"])
def test_who_is_no_company_has_no_branch(kind: str) -> None:
    found = answer([{"party_id": "P1", "kind": kind, "name": COMPANY}, company("P2", BRANCH)])
    assert not are_one(found, "P1", "P2")
    found = answer([company("P1", COMPANY), {"party_id": "P2", "kind": kind, "name": BRANCH}])
    assert not are_one(found, "P1", "P2")


def test_a_branch_does_not_join_its_company_to_another() -> None:
    """The branch's row bears the code of a third company."""
    found = answer(
        [
            company("P1", COMPANY, uscc=a_uscc(1)),
            company("P2", BRANCH, uscc=a_uscc(2)),
            company("P3", "台州海风有限公司", uscc=a_uscc(2)),
        ]
    )
    assert not are_one(found, "P1", "P3")


def test_two_parties_with_one_code_are_merged_and_different_kinds_reported() -> None:
    found = answer(
        [
            company("P1", "云帆", uscc=a_uscc(1)),
            {"party_id": "P2", "kind": "government", "name": "局", "uscc": a_uscc(1)},
        ]
    )
    assert are_one(found, "P1", "P2")
    assert "entered as government and the other as company" in identity(found, "P2")["reason"]


def test_a_person_with_the_code_of_a_company_is_reported_and_not_joined() -> None:
    found = answer(
        [
            company("P1", "云帆", uscc=a_uscc(1)),
            company("P2", "云帆二", uscc=a_uscc(1)),
            {"party_id": "H1", "kind": "person", "name": "陆一鸣", "uscc": a_uscc(1).lower()},
        ]
    )
    assert not are_one(found, "P1", "H1")
    assert identity(found, "H1")["is_undecided"]
    said = "Has the valid USCC of P1 but is entered as a person, so it was joined to nobody."
    assert identity(found, "H1")["reason"] == said


def person(party_id: str, **more: Any) -> dict[str, Any]:
    return {"party_id": party_id, "kind": "person", "name": "陆一鸣", "city": "临海"} | more


def held(person_id: str, company_id: str) -> dict[str, Any]:
    return {"person_id": person_id, "company_id": company_id, "position": "director"}


@pytest.mark.parametrize(
    ("one", "other", "companies", "joined"),
    [
        ({"birth_year": 1970}, {"birth_year": 1970}, ("P1", "P2"), True),
        ({"birth_year": 1970}, {"birth_year": 1970}, ("P1", "P3"), False),
        ({"birth_year": 1970}, {"birth_year": 1971}, ("P1", "P1"), False),
        ({"birth_year": 1970}, {}, ("P1", "P1"), False),
        ({}, {}, ("P1", "P1"), False),
        ({"birth_year": 1970, "person_key": "a"}, {"birth_year": 1970, "person_key": "b"}, ("P1", "P1"), False),
    ],
)
def test_persons_join_by_name_birth_year_and_a_company_in_common(
    one: Any, other: Any, companies: Any, joined: bool
) -> None:
    """P1 and P2 are one company by their code, so an office in the one is an office in the other."""
    firms = [company("P1", "云帆", uscc=a_uscc(1)), company("P2", "云帆二", uscc=a_uscc(1)), company("P3", "海风")]
    offices = [held("H1", companies[0]), held("H2", companies[1])]
    found = answer([*firms, person("H1", **one), person("H2", **other)], positions=offices)
    assert are_one(found, "H1", "H2") is joined
    rows = found.tables["positions"].filter(pl.col("person_id") == "H2")
    assert rows.is_empty() is joined


NAMES = [
    "临海云帆有限公司",
    "云帆（临海）有限公司",
    "臨海雲帆有限公司",
    "临海云帆有限公司台州分公司",
    "台州云帆有限公司",
]
PARTY = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["company", "company", "company", "person"]),
        "name": st.sampled_from(NAMES),
        "city": st.sampled_from([None, "临海", "台州"]),
        "uscc": st.sampled_from([None, None, a_uscc(1), a_uscc(2)]),
        "phone": st.sampled_from([None, "0576-85123456"]),
        "address": st.sampled_from([None, "样例路1号"]),
    }
)
IDS = st.sampled_from([f"P{n}" for n in range(7)])


@pytest.mark.no_cover
@settings(derandomize=True, deadline=None, max_examples=40)
@given(
    parties=st.lists(PARTY, max_size=7),
    pairs=st.lists(st.tuples(IDS, IDS, st.booleans()), max_size=4),
    random=st.randoms(),
)
def test_codes_judgements_and_kinds_hold_whatever_the_rows(parties: Any, pairs: Any, random: Any) -> None:
    rows = table("parties", [{"party_id": f"P{n}", **row} for n, row in enumerate(parties)])
    told = {tuple(sorted(pair[:2])): pair[2] for pair in pairs if pair[0] != pair[1]}
    judged = pl.DataFrame([(*pair, is_same, "seen") for pair, is_same in told.items()], schema=JUDGED, orient="row")
    found = resolve({"parties": rows}, judged).identities
    canonical = dict(found.select("party_id", "canonical_id").iter_rows())
    for (one, other), is_same in told.items():
        if one in canonical and other in canonical and not is_same:
            assert canonical[one] != canonical[other]
    known = found.join(rows.select("party_id", raw="uscc"), on="party_id").filter(
        ~pl.col("name").str.ends_with("分公司")
    )
    legal = known.filter(pl.col("kind") == "company")
    assert legal.group_by("canonical_id").agg(pl.col("raw").drop_nulls().n_unique())["raw"].max() in (None, 0, 1)
    assert found.group_by("canonical_id").agg((pl.col("kind") == "person").n_unique().alias("n"))["n"].max() in (
        None,
        1,
    )
    order = random.sample(range(rows.height), rows.height)
    assert resolve({"parties": rows[order]}, judged[::-1]).identities.equals(found)
