"""Which undated register rows are asked about, once; and that the line it names answers."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphkit import Case
from graphkit.cli.main import app

FILES = {
    "sales": "sale_id,vin,seller_id,buyer_id,kind,invoiced_on\n"
    "S1,WMVAA1AA0RA000001,D01,C01,retail,2024-01-05\nS2,WMVAA1AA0RA000002,D01,C02,retail,2024-12-30\n",
    "parties": "party_id,name,kind\nD01,Harbour Cars,company\nC01,Hill Cars,company\nH01,Hill Holding,company\n",
    "ownership": "owner_id,owned_id,share,valid_from\nH01,D01,100%,\nH01,C01,100%,\nH01,C02,60%,2020-01-01\n",
    "positions": "person_id,company_id,position,valid_from\nP01,D01,director,\n",
}


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return [str(tmp_path / f"{name}.csv") for name in FILES]


def test_undated_holdings_and_offices_are_one_question(files: list[str], tmp_path: Path) -> None:
    case = Case.new(tmp_path / "case")
    shown = CliRunner().invoke(app, ["import", str(case.path), *files]).stdout
    (asked,) = [line for line in shown.splitlines() if "since when" in line]
    assert "(2 of 3 in ownership, 1 of 1 in positions)" in asked
    told = case.check().undated
    assert told[["table", "undated", "rows"]].values.tolist() == [["ownership", 2, 3], ["positions", 1, 1]]
    assert told["counts_from"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2024-12-30"]
    assert "Since when may rows without valid_from be assumed?" in str(case.check())


def test_what_is_answered_is_not_asked_again(files: list[str], tmp_path: Path) -> None:
    case = Case.new(tmp_path / "case")
    case.import_files(files)
    toml = case.path / "case.toml"
    text = toml.read_text(encoding="utf-8")
    for table in ("ownership", "positions"):
        head = f'table = "{table}"\nplace'
        assert head in text
        text = text.replace(head, f'table = "{table}"\nassume_since = 2019-01-01\nplace')
    toml.write_text(text, encoding="utf-8")
    assert case.check().undated.empty and case.undated().empty


def test_a_register_that_was_drawn_before_every_sale_is_not_asked_about(files: list[str], tmp_path: Path) -> None:
    case = Case.new(tmp_path / "case")
    case.import_files(files)
    toml = case.path / "case.toml"
    text = toml.read_text(encoding="utf-8")
    assert "as_of = 2024-12-30" in text
    toml.write_text(text.replace("as_of = 2024-12-30", "as_of = 2024-01-05"), encoding="utf-8")
    assert case.undated().empty
    toml.write_text(text.replace("as_of = 2024-12-30", "as_of = 2024-01-06"), encoding="utf-8")
    assert len(case.undated()) == 2
