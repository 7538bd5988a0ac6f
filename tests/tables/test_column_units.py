"""The unit of a whole column: money and kilometres by the header, shares by the header and all cells together."""

import pytest

from graphkit.tables.column_units import UNDECIDED, unit_of
from graphkit.tables.inputs import TABLES

PRICE = TABLES["sales"].columns["price"]
KM = TABLES["odometer"].columns["km"]
SHARE = TABLES["ownership"].columns["share"]


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("结算价(万元)", "ten_thousand"),
        ("结算价（万元）", "ten_thousand"),
        ("成交价万元", "ten_thousand"),
        ("Amount (CNY 10k)", "ten_thousand"),
        ("Amount (10,000 CNY)", "ten_thousand"),
        ("金额(千元)", "thousand"),
        ("Sale Price (CNY k)", "thousand"),
        ("Amount (USD '000)", "thousand"),
        ("Amount ('000)", "thousand"),
        ("Amount (1,000 EUR)", "thousand"),
        ("Betrag in TEUR", "thousand"),
        ("Betrag (TEUR)", "thousand"),
        ("Betrag, TEUR", "thousand"),
        ("Цена, тыс. руб.", "thousand"),
        ("Уставный капитал, млн руб.", "million"),
        ("注册资本（百万元）", "million"),
        ("Amount (USD m)", "million"),
        ("金额（亿元）", UNDECIDED),
        ("价格(元)", None),
        ("Цена, руб.", None),
        ("Amount (EUR)", None),
        ("price", None),
        ("万里牌价格", None),
    ],
)
def test_the_factor_of_an_amount_stands_in_what_its_header_says_of_the_unit(header: str, unit: str | None) -> None:
    assert unit_of(PRICE, header, ["1.5", "2"]) == unit


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("表显里程(万公里)", "ten_thousand"),
        ("里程万公里", "ten_thousand"),
        ("里程表读数（公里）", None),
        ("里程(千米)", None),
        ("里程(千公里)", "thousand"),
        ("Odometer (miles)", "mile"),
        ("Mileage (mi)", "mile"),
        ("Miles", "mile"),
        ("Mileage", None),
        ("Mileage (km)", None),
        ("Mileage (thousand miles)", UNDECIDED),
        ("Пробег, км", None),
        ("Пробег, тыс. км", "thousand"),
    ],
)
def test_kilometres_may_stand_in_miles_and_in_ten_thousands(header: str, unit: str | None) -> None:
    assert unit_of(KM, header, ["6.05"]) == unit


@pytest.mark.parametrize("header", ["持股比例(%)", "持股比例（％）", "Share (Percent)", "% Held", "Доля, %", "百分比"])
def test_a_share_column_that_says_percent_is_of_percents_however_small_they_are(header: str) -> None:
    assert unit_of(SHARE, header, ["0.5", "0.6"]) == "percent"
    assert unit_of(SHARE, header, ["13", "1", "0.5"]) == "percent"


def test_a_bare_fraction_beside_cells_with_a_sign_is_asked_about_also_under_a_header_of_percents() -> None:
    assert unit_of(SHARE, "持股比例(%)", ["60%", "0.4"]) == UNDECIDED
    assert unit_of(SHARE, "持股比例(%)", ["60%", "40"]) == "percent"
    assert unit_of(SHARE, "持股比例(%)", ["60%", "40%", "-"]) == "percent"


@pytest.mark.parametrize(
    ("cells", "unit"),
    [
        (["13", "1", "0.5"], "percent"),
        (["1.5", "0.5"], "percent"),
        (["1", "0.5"], UNDECIDED),
        (["1"], UNDECIDED),
        (["80%", "0.6"], UNDECIDED),
        (["80%", "20"], "percent"),
        (["80%", "20.00％", "未公开", "-"], None),
        (["5以下", "未公开"], "percent"),
        (["0,5", "0,25"], UNDECIDED),
        (["0", "-"], None),
        ([], None),
    ],
)
def test_a_share_column_without_a_sign_is_decided_from_all_its_cells_or_asked_about(
    cells: list[str], unit: str | None
) -> None:
    assert unit_of(SHARE, "持股比例", cells) == unit


def test_graphkits_own_share_columns_hold_fractions() -> None:
    assert unit_of(SHARE, "share", ["1", "0.5"]) is None
    assert unit_of(SHARE, "share", ["13", "0.5"]) == "percent"


def test_text_and_dates_have_no_unit() -> None:
    assert unit_of(TABLES["sales"].columns["vin"], "车架号(万元)", []) is None
    assert unit_of(None, "买方(万元)", []) is None
