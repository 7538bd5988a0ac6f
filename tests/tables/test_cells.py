"""An id is one id however its cell is written: spaces, invisible and full-width characters, dashes, ``.0``."""

from pathlib import Path

import polars as pl
import pytest

from graphkit.tables.cells import one_spelling, trimmed
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import load
from graphkit.tables.sources import Source

SALES = ("sale_id", "vin", "seller_id", "buyer_name", "buyer_uscc", "kind", "invoiced_on")
PLAIN = ("12345678", "LMVAA1AA0RA000001", "P-1", "示例公司", "91110000600037341L", "retail", "2024-01-05")


def loaded(folder: Path, *rows: tuple[str, ...]) -> pl.DataFrame:
    path = folder / "sales.csv"
    path.write_text("\n".join("\t".join(row) for row in (SALES, *rows)) + "\n", encoding="utf-8")
    found = load(TABLES["sales"], [Source("0" * 64, "sales.csv", path, {name: name for name in SALES})])
    # what is written in two ways is one key twice, and only the first of equal rows stays
    assert found.rows.height + found.quarantine.height == len(rows)
    return found.rows


@pytest.mark.parametrize(
    "written",
    [
        ("１２３４５６７８", "ＬＭＶＡＡ１ＡＡ０ＲＡ０００００１", "Ｐ－１", *PLAIN[3:]),
        ("\ufeff12345678", "LMVAA1AA0RA000001\u200b", "P\u200c-1\u00a0", "\u202a示例公司\u202c", *PLAIN[4:]),
        ("1234 5678", " LMV AA1AA0RA 000001", "P–1", "示例公司", "９１１１ 0000 6000 37341L", *PLAIN[5:]),
        ("12345\u3000678", "lmv-aa1aa0ra000001", "\u3000P\u20111", "示例公司\u2060", *PLAIN[4:]),
        ("'12345678", "'LMVAA1AA0RA000001", "'P-1", *PLAIN[3:]),
        (*PLAIN[:5], "re\u00adtail", "\u200e2024-01-05"),
    ],
)
def test_an_id_is_one_id_however_it_is_written(tmp_path: Path, written: tuple[str, ...]) -> None:
    columns = ["sale_id", "vin", "seller_id", "buyer_name", "kind", "invoiced_on"]
    plain = loaded(tmp_path, PLAIN).select(columns)
    assert loaded(tmp_path, written).select(columns).rows() == plain.rows()


def test_decimals_are_dropped_only_where_the_whole_column_has_them(tmp_path: Path) -> None:
    rest = PLAIN[2:]
    vins = [f"LMVAA1AA0RA00000{number}" for number in (1, 2)]
    both = loaded(tmp_path, ("71.0", vins[0], *rest), ("72.0", vins[1], *rest))
    assert both["sale_id"].to_list() == ["71", "72"]
    one = loaded(tmp_path, ("71.0", vins[0], *rest), ("A72", vins[1], *rest))
    assert one["sale_id"].to_list() == ["71.0", "A72"]


def test_what_tells_two_ids_apart_stays() -> None:
    cells = pl.DataFrame({"id": ["a", "A", "01", "1", "1.10", "A 1", "A1", "1-2", "12", "", None]})
    assert cells.select(one_spelling(pl.col("id")))["id"].to_list() == cells["id"].to_list()
    assert cells.select(trimmed(pl.col("id")))["id"].to_list()[-2:] == [None, None]
