"""Cells as they come, through the product: a case folder, its files, check, run, and what becomes of each car."""

from pathlib import Path

import pytest

from graphkit import Case
from tests.detectors.markets import CASES

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
