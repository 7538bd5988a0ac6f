import numpy as np
import polars as pl
import pytest
from stdnum.cn import uscc

from graphkit.identity.codes import valid_uscc
from graphkit.identity.contacts import phone_key, street_key
from graphkit.identity.name_parts import known_places, name_parts, parent_name
from graphkit.identity.names import city_key, name_key
from tests.identity.rows import a_uscc


def parts(name: str, city: str | None = None) -> tuple[str | None, ...]:
    return name_parts(pl.Series([name]), known_places(pl.Series([city], dtype=pl.String))).row(0)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臨海雲帆汽車銷售有限公司", "临海云帆汽车销售有限公司"),
        ("临海云帆有限责任公司", "临海云帆有限公司"),
        ("云帆（临海）有限公司", "云帆(临海) 有限公司"),
        ("ＢＬＵＥ Pine Motors Company Limited", "Blue Pine Motors Co., Ltd."),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    keys = pl.DataFrame({"name": [one, other]}).select(name_key(pl.col("name")))["name"]
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("云帆有限公司", "云帆股份有限公司"), ("云帆集团有限公司", "云帆有限公司"), ("Cisnco", "Cisn Co")],
)
def test_different_forms_and_groups_stay_apart(one: str, other: str) -> None:
    assert parts(one) != parts(other)


def test_a_city_loses_its_last_sign_only_where_two_remain() -> None:
    cities = pl.DataFrame({"city": ["临海市", " 臨海 ", "津市", "津市市", "BERLIN", " "]})
    keys = cities.select(city_key(pl.col("city")))["city"].to_list()
    assert keys == ["临海", "临海", "津市", "津市", "berlin", None]


def test_a_key_does_not_depend_on_the_characters_around() -> None:
    """OpenCC's phrases turn 乾 into 干 in one word and keep it in another; a key may not."""
    keys = pl.DataFrame({"name": ["乾坤", "乾", "坤"]}).select(name_key(pl.col("name")))["name"].to_list()
    assert keys[0] == keys[1] + keys[2]


@pytest.mark.parametrize(
    ("name", "city", "expected"),
    [
        ("浙江省临海市示例汽车有限公司", "临海", ("示例汽车", "有限公司", "临海")),
        ("示例（临海）汽车有限公司", "临海", ("示例汽车", "有限公司", "临海")),
        ("示例（二期）汽车有限公司", "临海", ("示例二期汽车", "有限公司", None)),
        ("上海有限公司", None, ("上海", "有限公司", None)),
        ("示例租赁（有限合伙）", None, ("示例租赁", "有限合伙", None)),
        ("Blue Pine S.A.", None, ("bluepine", "sa", None)),
        ("有限公司", None, ("有限公司", "有限公司", None)),
        ("示例汽车", None, ("示例汽车", None, None)),
    ],
)
def test_a_name_comes_apart(name: str, city: str | None, expected: tuple[str | None, ...]) -> None:
    assert parts(name, city) == expected


def test_of_two_places_the_longer_one_is_taken_off_a_name() -> None:
    places = known_places(pl.Series(["示例", "示例新城"]))
    names = pl.Series(["示例新城云帆汽车有限公司", "云帆（示例新城）汽车有限公司", "示例云帆汽车有限公司"])
    assert name_parts(names, places).select("core", "region").rows() == [
        ("云帆汽车", "示例新城"),
        ("云帆汽车", "示例新城"),
        ("云帆汽车", "示例"),
    ]


@pytest.mark.parametrize(
    ("name", "company"),
    [
        ("临海云帆汽车有限公司台州分公司", "临海云帆汽车有限公司"),
        ("临海云帆汽车有限公司一分店", "临海云帆汽车有限公司"),
        ("临海云帆汽车有限责任公司（台州）分公司", "临海云帆汽车有限公司"),
        ("云帆汽车销售公司第二营业部", "云帆汽车销售公司"),
        ("临海云帆汽车有限公司", None),
        ("云帆分公司", None),
        ("分公司之友有限公司", None),
    ],
)
def test_a_branch_names_its_company(name: str, company: str | None) -> None:
    assert pl.DataFrame({"name": [name]}).select(parent_name(pl.col("name"))).item() == company


def test_a_code_may_begin_with_a_letter_and_its_check_character_decides() -> None:
    body = f"N2{a_uscc(7)[2:17]}"
    good = [body + last for last in "0123456789ABCDEFGHJKLMNPQRTUWXY" if valid_uscc(pl.Series([body + last])).item()]
    assert len(good) == 1
    assert valid_uscc(pl.Series([f"I{good[0][1:]}", good[0].lower(), f"{good[0]}0"])).to_list() == [None, good[0], None]


def test_codes_hold_as_python_stdnum_says_where_it_knows_the_authority() -> None:
    draw = np.random.default_rng(5)
    alphabet = list("0123456789ABCDEFGHJKLMNPQRTUWXY")
    bodies = ["9" + "".join(draw.choice(alphabet[:10], 7)) + "".join(draw.choice(alphabet, 9)) for _ in range(300)]
    right = [body + uscc.calc_check_digit(body) for body in bodies]
    wrong = [body + alphabet[(alphabet.index(uscc.calc_check_digit(body)) + 1) % 31] for body in bodies]
    mixed = [*right, *wrong, "", "9" * 18, "91110000600037341", "I1110000600037341L", " 9111-0000-6000-37341Ｌ"]
    expected = [
        uscc.compact(text.replace("Ｌ", "L")) if uscc.is_valid(text.replace("Ｌ", "L")) else None for text in mixed
    ]
    assert valid_uscc(pl.Series(mixed)).to_list() == expected
    assert valid_uscc(pl.Series([], dtype=pl.String)).to_list() == []
    assert valid_uscc(pl.Series([None, None])).to_list() == [None, None]


def test_telephones_and_streets_are_compared_however_they_are_written() -> None:
    rows = pl.DataFrame(
        {
            "phone": ["0576-8512 3456", "+86（576）85123456", "（0576）85123456", "030 901820", "12", None],
            "country": [None, "CN", "XX", " de", None, None],
            "address": [
                "临海市大洋街道样例路12号",
                "浙江臨海樣例路 12號 3幢",
                "样例路12号-1",
                "样例路",
                "7 Sample Rd.",
                " ",
            ],
            "city": ["临海"] * 6,
        }
    )
    assert phone_key(rows).to_list() == ["+8657685123456"] * 3 + ["+4930901820", None, None]
    assert street_key(rows["address"], known_places(rows["city"])).to_list() == ["样例路12号"] * 3 + [
        "样例路",
        "7samplerd",
        None,
    ]


def test_one_house_number_in_two_parts_of_a_town_is_two_addresses() -> None:
    addresses = ["东区12号", "西区12号", "东区样例路12号", "西区样例路12号", "东区示例街道样例路12号"]
    # a street lies in one part of its town, whichever of them are written
    keys = ["东区12号", "西区12号", "样例路12号", "样例路12号", "样例路12号"]
    addresses = pl.Series([f"临海市{address}" for address in addresses])
    assert street_key(addresses, known_places(pl.Series(["临海"]))).to_list() == keys


def test_what_stands_behind_the_first_house_number_is_no_street() -> None:
    addresses = pl.Series(["样例路12号", "样例路12号院3号楼", "临海市样例路12号2幢5号", "样例路5号"])
    keys = ["样例路12号"] * 3 + ["样例路5号"]
    assert street_key(addresses, known_places(pl.Series(["临海"]))).to_list() == keys
