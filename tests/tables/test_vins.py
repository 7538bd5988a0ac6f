"""VINs: one spelling, form, check digit by region."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.tables import vins


@pytest.mark.parametrize(
    ("text", "vin", "check"),
    [
        ("1M8GDM9AXKP042788", "1M8GDM9AXKP042788", "valid"),
        ("11111111111111111", "11111111111111111", "valid"),
        ("1m8gdm9axkp042788", "1M8GDM9AXKP042788", "valid"),
        ("１Ｍ８ＧＤＭ９ＡＸＫＰ０４２７８８", "1M8GDM9AXKP042788", "valid"),
        (" 1M8-GDM9AXKP 042788 ", "1M8GDM9AXKP042788", "valid"),
        ("1M8‐GDM9‑AX–KP—042788", "1M8GDM9AXKP042788", "valid"),
        ("1M8GDM9A1KP042788", "1M8GDM9A1KP042788", "invalid"),
        ("LMVAA1AA0RA000001", "LMVAA1AA0RA000001", "invalid"),
        ("WM8GDM9A1KP042788", "WM8GDM9A1KP042788", "not_applicable"),
        ("LMVAA1AA0RA00000", "LMVAA1AA0RA00000", None),
        ("LMVAA1AA0RAO00001", "LMVAA1AA0RAO00001", None),
        ("-", None, None),
        (None, None, None),
    ],
)
def test_spelling_and_check_digit(text: str | None, vin: str | None, check: str | None) -> None:
    frame = pl.DataFrame({"vin": [text]}, schema={"vin": pl.String}).select(vins.normalised(pl.col("vin")))
    assert frame.item() == vin
    assert frame.select(vins.check(pl.col("vin"))).item() == check


def plainly(vin: str) -> str:
    """The check digit by the published rule, a character at a time."""
    values = dict(
        zip(
            "ABCDEFGHJKLMNPRSTUVWXYZ0123456789",
            [*range(1, 9), *range(1, 6), 7, 9, *range(2, 10), *range(10)],
            strict=True,
        )
    )
    weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2]
    return "0123456789X"[sum(values[letter] * weight for letter, weight in zip(vin, weights, strict=True)) % 11]


codes = st.text("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", min_size=17, max_size=17)


@given(st.lists(codes, min_size=1, max_size=20))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_columns_agree_with_the_rule_a_character_at_a_time(texts: list[str]) -> None:
    frame = pl.DataFrame({"vin": ["x", *texts, None]})
    assert frame.select(vins.check_digit(pl.col("vin"))).to_series().to_list() == [None, *map(plainly, texts), None]
    made = frame.slice(1, len(texts)).select(vin=vins.with_check_digit(pl.col("vin")))
    assert set(made.select(vins.check(pl.col("vin"))).to_series()) <= {"valid", "not_applicable"}
    assert [vin[:8] + vin[9:] for vin in made["vin"]] == [vin[:8] + vin[9:] for vin in texts]


def test_china_and_north_america_have_mandatory_check_digits_and_nobody_else() -> None:
    first = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    frame = pl.DataFrame({"vin": [letter + "MVAA1AA0RA000001" for letter in first]})
    checks = frame.select(vins.check(pl.col("vin"))).to_series()
    mandatory = {letter for letter, check in zip(first, checks, strict=True) if check != "not_applicable"}
    assert mandatory == set("L12345")
