"""Cells of a register that name several persons or offices, or nobody: a row each, no line lost or counted twice."""

from pathlib import Path

import polars as pl
import pytest

from graphkit.tables.holders import in_pieces
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Loaded, load
from graphkit.tables.sources import Source

OFFICERS = {
    "公司": "company_name",
    "姓名": "person_name",
    "职务": "position",
    "任职日期": "valid_from",
    "止": "valid_to",
}
HOLDERS = {"公司": "owned_name", "股东": "owner_name", "比例": "share"}


def loaded(folder: Path, table: str, columns: dict[str, str], *files: str) -> Loaded:
    sources = []
    for number, text in enumerate(files, start=1):
        path = folder / f"{number}.csv"
        path.write_text(text, encoding="utf-8")
        header = next(iter(text.splitlines())).split(",")
        mapped = {head: to for head, to in columns.items() if head in header}
        sources.append(Source(f"s{number}", path.name, path, mapped))
    return load(TABLES[table], sources)


def names(text: str) -> list[str]:
    cells = pl.DataFrame({"person_name": [text], "line": [2]})
    return in_pieces(TABLES["positions"], cells).cells["person_name"].to_list()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("示大文、示小文", ["示大文", "示小文"]),
        ("示大文；示小文;例美玲", ["示大文", "示小文", "例美玲"]),
        ("John Smith｜Mary Jones", ["John Smith", "Mary Jones"]),
        ("示大文\n示小文", ["示大文", "示小文"]),
        ("示大文,示小文", ["示大文", "示小文"]),
        ("示大文/示例江海汽车销售有限公司", ["示大文", "示例江海汽车销售有限公司"]),
        ("示大文、示小文、示大文", ["示大文", "示小文"]),
        ("Иванов И.И., Петров П.П.", ["Иванов И.И.", "Петров П.П."]),
        ("Sample Motors Ltd, Example Cars GmbH", ["Sample Motors Ltd", "Example Cars GmbH"]),
        # one name each
        ("Smith, John", ["Smith, John"]),
        ("García Márquez, José Luis", ["García Márquez, José Luis"]),
        ("Sample Shipping A/S", ["Sample Shipping A/S"]),
        ("Sample Motors Co., Ltd.", ["Sample Motors Co., Ltd."]),
        ("示例江海汽车销售\n有限公司", ["示例江海汽车销售\n有限公司"]),
        ("古丽·阿依", ["古丽·阿依"]),
    ],
)
def test_names_are_parted_only_where_each_part_is_a_name(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("执行董事兼总经理", ["director", "manager"]),
        ("执行董事,总经理", ["director", "manager"]),
        ("董事长/法定代表人", ["director", "legal_representative"]),
        ("Director and CEO", ["director", "manager"]),
        ("财务负责人", ["other"]),
        # two words for one office are one row
        ("董事、董事长", ["director"]),
    ],
)
def test_each_office_of_a_cell_is_a_row_of_its_line(tmp_path: Path, text: str, expected: list[str]) -> None:
    found = loaded(tmp_path, "positions", OFFICERS, f'公司,姓名,职务\n示例公司,示大文,"{text}"\n')
    assert sorted(found.rows["position"]) == sorted(expected)
    assert found.rows["line"].unique().to_list() == [2]
    assert found.counts.select("rows", "loaded", "quarantined").row(0) == (1, 1, 0)


@pytest.mark.parametrize("order", [1, -1])
def test_an_office_that_another_list_has_alone_takes_no_other_office_of_its_line_with_it(
    tmp_path: Path, order: int
) -> None:
    both = '公司,姓名,职务\n示例公司,示大文,"执行董事,总经理"\n'
    alone = "公司,姓名,职务\n示例公司,示大文,执行董事\n"
    found = loaded(tmp_path, "positions", OFFICERS, *[both, alone][::order])
    assert found.rows["position"].to_list() == ["director", "manager"]
    counts = found.counts.sort("source_id").select("rows", "loaded", "quarantined").rows()
    assert counts == [[(1, 1, 0), (1, 0, 1)], [(1, 1, 0), (1, 1, 0)]][order < 0]


def test_what_is_not_read_of_one_office_costs_that_office_and_its_line_is_told_once(tmp_path: Path) -> None:
    found = loaded(tmp_path, "positions", OFFICERS, "公司,姓名,职务\n示例公司,示大文,执行董事兼示例职\n")
    assert found.rows["position"].to_list() == ["director"]
    assert found.quarantine.select("line", "column", "text").rows() == [
        (2, "position", "示例公司,示大文,执行董事兼示例职")
    ]
    assert "'示例职' is not one of" in found.quarantine["reason"].item()
    assert found.counts.select("rows", "loaded", "quarantined").row(0) == (1, 0, 1)


def test_a_fault_of_a_whole_line_costs_all_its_rows_and_is_told_once(tmp_path: Path) -> None:
    text = "公司,姓名,职务,任职日期,止\n示例公司,示大文,执行董事兼总经理,2024-02-01,2024-01-01\n"
    found = loaded(tmp_path, "positions", OFFICERS, text)
    assert found.rows.is_empty()
    assert found.quarantine["reason"].to_list() == ["valid_to: lies before valid_from"]


def test_an_unread_cell_of_a_line_with_several_rows_is_listed_once(tmp_path: Path) -> None:
    text = "公司,姓名,职务,任职日期,止\n示例公司,示大文、示小文,监事,,\n示例公司,例美玲,执行董事兼经理,,2024-99\n"
    found = loaded(tmp_path, "positions", OFFICERS, text)
    assert found.rows.height == 2
    assert found.quarantine["line"].to_list() == [3]
    holdings = "公司,股东,比例\n示例公司,示大文,很多\n示例乙公司,示大文、示小文,\n"
    found = loaded(tmp_path, "ownership", HOLDERS, holdings)
    assert found.unread.select("line", "column").rows() == [(2, "share")]


def test_several_persons_with_several_offices_are_kept_apart_undivided(tmp_path: Path) -> None:
    found = loaded(tmp_path, "positions", OFFICERS, "公司,姓名,职务\n示例公司,示大文、示小文,董事、经理\n")
    assert found.rows.is_empty()
    assert found.quarantine["reason"].str.contains("nobody can tell which belong together").to_list() == [True]


def test_of_several_holders_with_one_share_none_is_given_it(tmp_path: Path) -> None:
    text = "公司,股东,比例\n示例甲公司,示大文、示小文,60%\n示例乙公司,示大文、示小文,\n"
    found = loaded(tmp_path, "ownership", HOLDERS, text)
    assert found.rows.select("owner_name", "share", "line").sort("owner_name").rows() == [
        ("示大文", None, 3),
        ("示小文", None, 3),
    ]
    assert found.quarantine.select("line", "column").rows() == [(2, "owner_name")]
    assert "'示大文、示小文' are several holders with one share" in found.quarantine["reason"].item()


def test_a_company_of_a_register_without_a_holder_is_told_and_a_missing_holder_is_kept_apart(tmp_path: Path) -> None:
    register = "公司,股东,比例\n示例甲公司,-,-\n示例乙公司,示大文,60%\n示例丙公司,,100%\n"
    found = loaded(tmp_path, "ownership", HOLDERS, register)
    assert found.skipped.filter(pl.col("kind") != "header").select("line", "kind", "text").rows() == [
        (2, "no holder", "示例甲公司,-,-")
    ]
    assert found.quarantine.select("line", "reason").rows() == [(4, "owner_id: neither an id nor a name is given")]
    # where a company has a row a holder, a row without one is none of a register
    of_holders = "公司,股东,比例\n示例甲公司,-,-\n示例甲公司,示大文,60%\n"
    assert loaded(tmp_path, "ownership", HOLDERS, of_holders).quarantine["line"].to_list() == [2]
