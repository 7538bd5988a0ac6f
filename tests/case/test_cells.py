"""Cells as they come, through the product: a case folder, its files, check, run, and what becomes of each car."""

from pathlib import Path

import pytest

from graphkit import Case
from tests.detectors.markets import CASES

NEVER_PLATED = CASES / "insured_not_plated" / "never_plated"
GROUP = CASES / "related_party_sales" / "companies_of_the_group"


def run(folder: Path, market: Path, edits: dict[str, dict[str, str]]) -> Case:
    """A case of a market's files, in which the lines of a table are replaced, and its run."""
    folder.mkdir()
    for path in sorted(market.glob("*.csv")):
        if not path.stem.startswith("expected_"):
            text = path.read_text("utf-8")
            for line, other in edits.get(path.stem, {}).items():
                assert line in text, line
                text = text.replace(line, other)
            (folder / path.name).write_text(text, "utf-8")
    case = Case.new(folder / "case")
    case.import_files([*sorted(folder.glob("*.csv")), market / "coverage.toml"])
    case.run()
    return case


def verdict(case: Case, number: int) -> str:
    """What the only detector that knows it says of a car."""
    found = case.hits().set_index("subject_id")["verdict"]
    return str(found.get(f"LSAAA1230R{number:07d}", "clear"))


@pytest.mark.parametrize("nothing", ["1900-01-01", "-", "至今", "9999-12-31 00:00:00"])
def test_a_holding_whose_end_is_a_null_day_or_word_lasts_and_one_that_ended_does_not(
    tmp_path: Path, nothing: str
) -> None:
    lasting, ended = "H01,D01,60%,2020-01-01,", "H01,C14,80%,2020-01-01,2025-01-09"
    case = run(tmp_path / "market", GROUP, {"ownership": {lasting: lasting + nothing}})
    assert case.check().quarantined.empty
    assert verdict(case, 1) == "flagged"
    assert ended in (GROUP / "ownership.csv").read_text("utf-8") and verdict(case, 4) == "clear"


def test_an_end_before_its_begin_is_listed_and_proves_nothing(tmp_path: Path) -> None:
    holding = "H01,C15,80%,2020-01-01,2025-01-10"
    case = run(tmp_path / "market", GROUP, {"ownership": {holding: "H01,C15,80%,2020-01-01,2019-12-31"}})
    assert case.check().quarantined["reason"].tolist() == ["valid_to: lies before valid_from"]
    assert (verdict(case, 1), verdict(case, 5)) == ("flagged", "clear")


def with_uses(first: str) -> dict[str, dict[str, str]]:
    """A column of uses: that of the first car, and for all others one that is known."""
    head, one, *others = (NEVER_PLATED / "policies.csv").read_text("utf-8").splitlines()
    known = {row: f"{row},非营运" for row in others}
    return {"policies": {head: f"{head},use", one: f"{one},{first}"} | known}


def test_an_unread_use_costs_the_cell_and_leaves_its_car_undecided_and_no_other(tmp_path: Path) -> None:
    case = run(tmp_path / "market", NEVER_PLATED, with_uses("某种用途"))
    checked = case.check()
    assert checked.quarantined.empty
    assert checked.unread.values.tolist() == [["policies", "use: 1 of 10 not read", "某种用途", "policies.csv", 2]]
    assert "use: 1 of 10 not read" in str(checked)
    assert (verdict(case, 1), verdict(case, 8)) == ("indeterminate", "flagged")
    cells = case.table("unread_cells")
    assert cells.drop(columns=["source_id", "reason"]).values.tolist() == [
        ["policies.csv", "policies", 2, "use", "某种用途"]
    ]
    assert cells["reason"][0].startswith("use: '某种用途' is not one of private, ")
    sources = case.table("sources").set_index("name").loc["policies.csv"]
    assert (sources["rows"], sources["loaded"], sources["quarantined"]) == (10, 10, 0)


def test_a_corrected_extract_has_no_unread_cell_any_more(tmp_path: Path) -> None:
    case = run(tmp_path / "market", NEVER_PLATED, with_uses("某种用途"))
    path = tmp_path / "market" / "policies.csv"
    path.write_text(path.read_text("utf-8").replace("某种用途", "非营运"), "utf-8")
    case.import_files([path], replace=True)
    case.run()
    assert case.check().unread.empty and case.table("unread_cells").empty
    assert verdict(case, 1) == "flagged"


def test_a_share_that_cannot_be_read_relates_nobody_for_certain_and_an_unread_end_costs_the_holding(
    tmp_path: Path,
) -> None:
    share, end = "H02,C11,51%,2020-01-01,", "H01,C15,80%,2020-01-01,2025-01-10"
    edits = {share: "H02,C11,多数,2020-01-01,", end: "H01,C15,80%,2020-01-01,2025年某日"}
    case = run(tmp_path / "market", GROUP, {"ownership": edits})
    assert verdict(case, 1) == "indeterminate"
    assert case.check().unread["cells"].tolist() == ["share: 1 of 15 not read"]
    assert case.check().quarantined["reason"].str.startswith("valid_to: '2025年某日' is not a date").tolist() == [True]
    assert (verdict(case, 5), verdict(case, 12)) == ("clear", "flagged")


@pytest.mark.parametrize(
    ("share", "control", "expected"),
    [
        # more than half is a majority; half or more may be none, and is influence all the same
        (">50%", ["proven"], "flagged"),
        ("more than 50 %", ["proven"], "flagged"),
        ("50%以上", ["possible"], "flagged"),
        ("25-50%", [], "flagged"),
        # a fifth is influence
        ("20%以下", [], "indeterminate"),
        ("<20%", [], "clear"),
    ],
)
def test_a_range_of_shares_proves_what_all_of_it_proves(
    tmp_path: Path, share: str, control: list[str], expected: str
) -> None:
    holding = "H02,C11,51%,2020-01-01,"
    case = run(tmp_path / "market", GROUP, {"ownership": {holding: f"H02,C11,{share},2020-01-01,"}})
    assert case.check().unread.empty and case.check().quarantined.empty
    pairs = case.frame("control").filter(controller_id="H02", controlled_id="C11")
    assert (pairs["verdict"].to_list(), verdict(case, 1)) == (control, expected)


def test_currencies_by_any_of_their_words_are_one_currency(tmp_path: Path) -> None:
    edits = {"100000,CNY\nS2": "100000,人民币\nS2", "100000,CNY\nS3": "100000,RMB\nS3"}
    case = run(tmp_path / "market", GROUP, {"sales": edits})
    assert set(case.table("sales")["currency"].dropna()) == {"CNY"}
