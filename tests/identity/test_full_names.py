"""A company that a row names without a city: found by its full name, or by the car, and by nothing less."""

from typing import Any

import pytest

from tests.identity.rows import a_uscc, answer, buyers, company, sale

LINHAI = company("P1", "临海示例云帆汽车有限公司", city="临海市", uscc=a_uscc(1))
NATIONAL = company("P2", "示例松涛租赁有限公司", city="北京", uscc=a_uscc(2))
CAR = "LMVAA1AA0RA000001"


def insured(name: str, *parties: dict[str, Any], seller: str = "P1", **more: Any) -> str:
    """Who is the insured of a car that ``seller`` sold."""
    policy = {"policy_id": "A1", "vin": CAR, "insured_name": name} | more
    sold = sale("S1", vin=CAR, seller_id=seller, buyer_name="陆一鸣")
    return str(answer([*parties], [sold], policies=[policy]).tables["policies"]["insured_id"].item())


@pytest.mark.parametrize(
    "name",
    [
        "临海示例云帆汽车有限公司",
        "临海示例云帆 汽车有限公司 ",
        "Linhai Sample Cloudsail Motors (临海示例云帆汽车有限公司)",
        "临海示例云帆汽车有限公司 (Linhai Sample Cloudsail Motors Co., Ltd.)",
        "临海示例云帆汽车有限公司台州分公司",
    ],
)
def test_the_full_name_with_its_place_in_it_is_the_one_company_that_has_it(name: str) -> None:
    assert buyers(answer([LINHAI, NATIONAL], [sale("S1", buyer_name=name)])) == ["P1"]


@pytest.mark.parametrize(
    "name",
    [
        "臨海示例雲帆汽車有限公司",
        "临海示例云帆汽车有限责任公司",
        "示例云帆汽车有限公司",
        "台州示例云帆汽车有限公司",
        "陆一鸣",
    ],
)
def test_another_name_is_not(name: str) -> None:
    assert buyers(answer([LINHAI, NATIONAL], [sale("S1", buyer_name=name)]))[0].startswith("name:")


def test_a_name_that_two_companies_have_is_neither() -> None:
    other = LINHAI | {"party_id": "P3", "uscc": a_uscc(3), "city": "台州"}
    assert buyers(answer([LINHAI, other], [sale("S1", buyer_name=LINHAI["name"])])) == ["name:临海示例云帆汽车有限公司"]


def test_another_code_or_city_beside_the_name_contradicts_it() -> None:
    rows = [
        sale("S1", buyer_name=LINHAI["name"], buyer_uscc=a_uscc(9)),
        sale("S2", buyer_name=LINHAI["name"], buyer_city="台州"),
    ]
    assert buyers(answer([LINHAI], rows)) == [f"uscc:{a_uscc(9)}", "name:临海示例云帆汽车有限公司@台州"]


def test_a_registered_name_without_a_place_is_one_company_s_unless_another_differs_by_its_place_alone() -> None:
    sister = company("P3", "临海示例松涛租赁有限公司", city="临海", uscc=a_uscc(3))
    sold = [sale("S1", buyer_name=NATIONAL["name"])]
    assert buyers(answer([NATIONAL], sold)) == ["P2"]
    assert buyers(answer([NATIONAL | {"uscc": None}], sold)) == ["name:示例松涛租赁有限公司"]
    assert buyers(answer([NATIONAL, sister], sold)) == ["name:示例松涛租赁有限公司"]
    # a register writes names as they were registered
    held = [{"owner_name": NATIONAL["name"], "owned_id": "P1", "share": 600_000}]
    found = answer([LINHAI, NATIONAL, sister], ownership=held)
    assert found.tables["ownership"]["owner_id"].to_list() == ["P2"]


def test_a_foreign_name_is_not_found_without_its_place() -> None:
    pine = company("P4", "Blue Pine Motors Ltd", city="Riga")
    assert buyers(answer([pine], [sale("S1", buyer_name="Blue Pine Motors Ltd")])) == ["name:bluepinemotorsltd"]


def test_an_insured_named_without_its_place_is_the_company_that_dealt_with_the_same_car() -> None:
    short = "示例云帆汽车有限公司"
    assert insured(short, LINHAI, NATIONAL) == "P1"
    assert insured(short, LINHAI, NATIONAL, seller="P2") == f"name:{short}", "it did not deal with the car"
    assert insured(short, LINHAI, NATIONAL, insured_city="台州") == f"name:{short}@台州"
    assert insured("示例云帆汽车贸易有限公司", LINHAI) == "name:示例云帆汽车贸易有限公司"


def test_two_companies_that_differ_by_their_place_are_told_by_no_car() -> None:
    other = company("P3", "台州示例云帆汽车有限公司", city="台州", uscc=a_uscc(3))
    assert insured("示例云帆汽车有限公司", LINHAI, other) == "name:示例云帆汽车有限公司"


def test_a_whole_name_is_the_company_that_dealt_with_the_car_though_another_differs_by_its_place() -> None:
    sister = company("P3", "临海示例松涛租赁有限公司", city="临海", uscc=a_uscc(3))
    assert insured(NATIONAL["name"], NATIONAL, sister, seller="P2") == "P2"
    assert insured(NATIONAL["name"], NATIONAL, sister, seller="P3") == "name:示例松涛租赁有限公司"
    assert insured(NATIONAL["name"], NATIONAL, NATIONAL | {"party_id": "P4", "uscc": None}, seller="P2") == "P2"


def test_the_other_side_of_a_sale_is_nobody_by_a_short_name() -> None:
    sold = [sale("S1", vin=CAR, seller_id="P1", buyer_name="示例云帆汽车有限公司")]
    assert buyers(answer([LINHAI], sold)) == ["name:示例云帆汽车有限公司"]


def test_a_company_named_in_full_on_the_car_is_known_to_have_dealt_with_it() -> None:
    sold = [sale("S1", vin=CAR, seller_id=None, seller_name=LINHAI["name"], buyer_name="陆一鸣")]
    plates = [{"registration_id": "R1", "vin": CAR, "event": "first", "owner_name": "示例云帆汽车有限公司"}]
    found = answer([LINHAI], sold, registrations=plates)
    assert found.tables["registrations"]["owner_id"].to_list() == ["P1"]
