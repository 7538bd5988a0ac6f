"""Ranges in one cell of shares: both ends, which of them is included, and what is no range."""

from pathlib import Path

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES
from graphkit.tables.load import load
from graphkit.tables.share_ranges import bounds
from graphkit.tables.sources import Source


def ends(text: str, unit: str | None = None) -> tuple[int | None, int | None]:
    low, high = bounds(pl.col("s"), pl.lit(None), unit)
    found: tuple[int | None, int | None] = pl.DataFrame({"s": [text]}).select(low=low, high=high).row(0)
    return found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("25-50%", 250_000, 500_000),
        ("25%~50%", 250_000, 500_000),
        ("25％－50％", 250_000, 500_000),
        ("25 % to 50 %", 250_000, 500_000),
        ("between 25 and 50 percent", 250_000, 500_000),
        ("12.5%至20%之间", 125_000, 200_000),
        ("0.2-0.25", 200_000, 250_000),
        (">50%", 500_001, None),
        ("＞50％", 500_001, None),
        ("more than 50 %", 500_001, None),
        ("超过50%", 500_001, None),
        (">=50%", 500_000, None),
        ("50%以上", 500_000, None),
        ("at least 25 %", 250_000, None),
        ("75% or more", 750_000, None),
        ("<5%", None, 49_999),
        ("不足5%", None, 49_999),
        ("≤5%", None, 50_000),
        ("5%以下", None, 50_000),
        ("up to 5 per cent", None, 50_000),
        ("More than 25% but not more than 50%", 250_001, 500_000),
        ("Ownership of shares – 75% or more", 750_000, None),
        ("超过25%但不超过50%", 250_001, 500_000),
        ("20%以上不满50%", 200_000, 499_999),
        ("100%以上", 1_000_000, None),
    ],
)
def test_a_range_is_its_two_ends(text: str, low: int | None, high: int | None) -> None:
    assert ends(text) == (low, high)


@pytest.mark.parametrize(
    "text", ["20~25", "5以下", ">100%", "<0%", "50-25%", "about 5%", "约5%", "50%", "多数", "2024-01"]
)
def test_what_needs_its_unit_or_is_no_range_has_no_ends(text: str) -> None:
    assert ends(text) == (None, None)


def test_a_unit_of_the_mapping_makes_bare_ends_percent() -> None:
    assert ends("20~25", "percent") == (200_000, 250_000)
    assert ends("5以下", "percent") == (None, 50_000)
    assert ends("0.5以上", "percent") == (5_000, None)


def test_a_range_fills_its_ends_and_never_the_share_and_the_columns_of_the_file_come_first(tmp_path: Path) -> None:
    path = tmp_path / "holders.csv"
    lines = ["P1,D1,25-50%,", "P2,D1,<5%,1%", "P3,D1,30%,", "P4,D1,many,", "P5,D1,,", "P6,D1,<5%,6%"]
    path.write_text("\n".join(["owner_id,owned_id,share,share_min", *lines]), "utf-8")
    fields = {name: name for name in ("owner_id", "owned_id", "share", "share_min")}
    loaded = load(TABLES["ownership"], [Source("s1", path.name, path, fields)])
    assert loaded.rows.select("owner_id", "share", "share_min", "share_max").rows() == [
        ("P1", None, 250_000, 500_000),
        ("P2", None, 10_000, 49_999),
        ("P3", 300_000, None, None),
        ("P4", None, None, None),
        ("P5", None, None, None),
    ]
    assert loaded.unread.select("line", "column", "text").rows() == [(5, "share", "many")]
    assert loaded.quarantine["reason"].to_list() == ["share_max: lies before share_min"]
