from typing import Any

import polars as pl
import pytest

from graphkit.identity import resolve
from graphkit.identity.judged import JUDGED, NOTHING_JUDGED
from graphkit.identity.suggestions import suggested
from tests.identity.rows import a_uscc, company, sale, table

COMPANY = "临海云帆汽车有限公司"


def found(parties: list[dict[str, Any]], judged: pl.DataFrame = NOTHING_JUDGED, **tables: Any) -> pl.DataFrame:
    rows = table("parties", parties)
    made = {name: table(name, held) for name, held in tables.items()}
    return suggested(rows, resolve({"parties": rows, **made}, judged), judged)


def pairs(suggestions: pl.DataFrame) -> list[tuple[str, str]]:
    return suggestions.select("party_a", "party_b").rows()


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"city": "临海"}, {"name": "云帆（临海）汽车有限公司", "city": "台州"}, "same core name"),
        ({"city": "临海"}, {"name": "临海云航汽车有限公司", "city": "临海"}, "one character apart"),
        ({"city": "临海"}, {"name": "临海云帆汽车贸有限公司", "city": "临海"}, "one character apart"),
        ({"city": "临海"}, {"name": "临海帆云汽车有限公司", "city": "临海"}, "one character apart"),
        ({"phone": "057685123456", "city": "临海"}, {"name": "云航汽车有限公司", "phone": "057685123456"}, "telephone"),
        ({"uscc": a_uscc(1)}, {"name": "海风", "uscc": a_uscc(1)[:10] + "X" + a_uscc(1)[11:]}, "a code one character"),
        (
            {"phone": "0576-85123456", "address": "样例路1号", "city": "临海"},
            {"name": "海风商贸有限公司", "phone": "0576-85123456", "address": "样例路1号", "city": "临海"},
            "same telephone; same address",
        ),
    ],
)  # fmt: skip
def test_what_looks_alike_is_suggested_with_its_reason(one: Any, other: Any, reason: str) -> None:
    rows = found([company("P1", COMPANY, **one), company("P2", **({"name": COMPANY} | other))])
    assert pairs(rows) == [("P1", "P2")]
    assert reason in rows["reason"].item()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"uscc": a_uscc(1)}, {"name": "云帆（临海）汽车有限公司", "uscc": a_uscc(2)}),
        ({"phone": "0576-85123456"}, {"name": "海风商贸有限公司", "phone": "0576-85123456"}),
        ({}, {"name": "海风商贸有限公司"}),
        ({"city": "临海"}, {"city": "临海"}),
        ({"name": "临海云帆1店有限公司", "city": "临海"}, {"name": "临海云帆2店有限公司", "city": "临海"}),
    ],
)
def test_different_codes_a_telephone_alone_and_what_is_merged_are_not_suggested(one: Any, other: Any) -> None:
    rows = [company(party, **({"name": COMPANY} | facts)) for party, facts in (("P1", one), ("P2", other))]
    assert pairs(found(rows)) == []


def test_what_differs_is_said() -> None:
    rows = found([company("P1", COMPANY, city="临海"), company("P2", "台州云帆汽车股份有限公司", city="台州")])
    assert rows["against"].item() == "city differs; place in the name differs; legal form differs"


TWO_CITIES = [company(party, COMPANY, uscc=a_uscc(1), city=city) for party, city in (("P1", "临海"), ("P2", "台州"))]


def test_a_party_of_two_cities_differs_from_none_in_either() -> None:
    rows = found([*TWO_CITIES, company("P3", "云帆汽车有限公司", city="台州")])
    assert rows.select("party_a", "party_b", "against").rows() == [("P1", "P3", None)]
    rows = found([*TWO_CITIES, company("P3", "云帆汽车有限公司", city="温州")])
    assert rows.select("party_a", "party_b", "against").rows() == [("P1", "P3", "city differs")]


def test_the_more_two_have_in_common_and_the_less_differs_the_earlier_they_come() -> None:
    elsewhere = [company("A1", "示例松涛商贸有限公司", city="温州"), company("A2", "示例松涛商贸有限公司", city="宁波")]
    unknown = [company("B1", "示例海风物流有限公司"), company("B2", "示例海风物流有限公司", city="宁波")]
    rows = found([*elsewhere, *unknown, *TWO_CITIES, company("P3", "云帆汽车有限公司", city="台州")])
    assert rows.select("party_a", "party_b", "strength", "against").rows() == [
        ("P1", "P3", 5, None),
        ("B1", "B2", 3, None),
        ("A1", "A2", 3, "city differs"),
    ]


def test_a_decided_pair_is_not_suggested_again() -> None:
    rows = [company("P1", COMPANY, city="临海"), company("P2", COMPANY, city="台州")]
    apart = pl.DataFrame([("P1", "P2", False, "seen")], schema=JUDGED, orient="row")
    assert pairs(found(rows)) == [("P1", "P2")]
    assert pairs(found(rows, apart)) == []


def test_a_name_without_an_id_is_suggested_to_be_the_party_of_that_name() -> None:
    alike = [company(f"P{n}", COMPANY, uscc=a_uscc(n), city=city) for n, city in ((1, "临海"), (2, "台州"))]
    rows = found(alike, sales=[sale("S1", buyer_name=COMPANY)])
    assert pairs(rows) == [("P1", f"name:{COMPANY}"), ("P2", f"name:{COMPANY}")]


def test_a_branch_of_one_of_several_namesakes_is_suggested_to_each() -> None:
    alike = [company(f"P{n}", COMPANY, uscc=a_uscc(n), city=city) for n, city in ((1, "临海"), (2, "台州"))]
    rows = found([*alike, company("P3", f"{COMPANY}温州分公司", uscc=a_uscc(3), city="温州")])
    assert pairs(rows) == [("P1", "P3"), ("P2", "P3")]
    assert set(rows["reason"]) == {"a branch of a company of this name"}


def test_persons_are_suggested_by_birth_year_or_a_company_in_common_only() -> None:
    def person(party_id: str, **more: Any) -> dict[str, Any]:
        return {"party_id": party_id, "kind": "person", "name": "陆一鸣", "city": "临海"} | more

    offices = [{"person_id": who, "company_id": "P1", "position": "director"} for who in ("H3", "H4")]
    people = [person("H1", birth_year=1970), person("H2", birth_year=1970), person("H3"), person("H4"), person("H5")]
    assert pairs(found([company("P1", COMPANY), *people], positions=offices)) == [("H3", "H4"), ("H1", "H2")]


@pytest.mark.parametrize(("bearers", "pairs_found"), [(10, 45), (11, 0)])
def test_ten_bearers_of_a_name_are_suggested_and_eleven_are_not(bearers: int, pairs_found: int) -> None:
    many = [company(f"P{n:02}", "云帆汽车有限公司", city=f"城{chr(0x4E00 + n)}") for n in range(bearers)]
    assert len(pairs(found(many))) == pairs_found


def test_names_of_four_characters_may_be_one_apart_and_of_three_they_may_not() -> None:
    def twins(one: str, other: str) -> list[tuple[str, str]]:
        return pairs(
            found([company(f"P{n}", f"临海{name}有限公司", city="临海") for n, name in enumerate((one, other))])
        )

    assert twins("云帆商行", "云航商行") == [("P0", "P1")]
    assert twins("云帆行", "云航行") == []


@pytest.mark.parametrize("typed", [a_uscc(1)[:4] + a_uscc(1)[5:], a_uscc(1)[:4] + "7" + a_uscc(1)[4:]])
def test_a_code_with_a_character_lost_or_too_many_is_one_character_apart(typed: str) -> None:
    rows = found([company("P1", COMPANY, uscc=a_uscc(1)), company("P2", "海风商贸有限公司", uscc=typed)])
    assert (pairs(rows), rows["reason"].to_list()) == ([("P1", "P2")], ["a code one character apart"])


def test_a_name_that_many_bear_suggests_nothing() -> None:
    many = [company(f"P{n:02}", "汽车销售有限公司", city=f"城{n}", uscc=a_uscc(n)) for n in range(11)]
    assert pairs(found([*many, company("P99", "汽车销售有限公司")])) == []


def test_the_order_of_rows_changes_nothing() -> None:
    rows = [
        company(f"P{n}", name, city="临海")
        for n, name in enumerate([COMPANY, "临海云航汽车有限公司", "云帆汽车有限公司"])
    ]
    assert found(rows).equals(found(rows[::-1]))
    assert found(rows).height == 3
