"""What a check says that each detector will decide is what a run then decides; and its lines decide what they say."""

import re
import shutil
from pathlib import Path

import polars as pl
import pytest

from graphkit import Case
from graphkit.case.checking import Check
from graphkit.case.deciding import undecidable
from graphkit.detectors import DETECTORS
from graphkit.tables.inputs import TABLES

BOOKS = Path(__file__).parent.parent / "books"


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The market of the books, of which nothing is known to be complete, after a run."""
    found = Case.new(tmp_path_factory.mktemp("deciding") / "books")
    found.import_files([*sorted(BOOKS.glob("*.csv")), BOOKS / "coverage.toml"])
    toml = found.path / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("complete = true", "complete = false"), encoding="utf-8")
    found.run()
    return found


@pytest.fixture(scope="module")
def check(case: Case) -> Check:
    return case.check()


def test_a_check_counts_the_cars_that_a_run_tests_and_leaves_undecided(case: Case, check: Check) -> None:
    told = pl.from_pandas(check.detectors).filter("can_run")
    # a maker's month holds the cars of its dealers again
    exposure = case.frame("exposure").join(
        case.frame("units").filter(pl.col("unit_kind") != "maker_city_month"), on="unit_id"
    )
    counted = exposure.group_by("detector").agg(pl.col("tested", "indeterminate").sum())
    assert sorted(told.select("detector", "tested", "undecided").rows()) == sorted(counted.rows())
    assert told["undecided"].sum() > 0


def test_what_undecided_cars_lack_is_counted_as_in_a_run_and_what_decides_most_comes_first(
    case: Case, check: Check
) -> None:
    hits = case.frame("hits").filter(pl.col("verdict") == "indeterminate")
    named = {one.unlisted for one in DETECTORS if one.unlisted}
    for row in check.wanted[~check.wanted["missing"].isin(named)].itertuples():
        facts = [text.split("; ") for text in hits.filter(pl.col("detector") == row.detector)["missing"]]
        assert row.cars == sum(row.missing in lacked for lacked in facts) > 0
        assert row.alone == sum([row.missing] == lacked for lacked in facts)
    first = check.wanted.groupby("detector")["alone"].first()
    assert (first == check.wanted.groupby("detector")["alone"].max()).all()
    told = check.detectors.set_index("detector")["decided_first_by"]
    assert told["pre_insured"].startswith(check.wanted.groupby("detector")["missing"].first()["pre_insured"])


def test_a_missing_promise_is_told_with_what_there_is_and_its_line_decides(
    case: Case, check: Check, tmp_path: Path
) -> None:
    case, before = Case.open(shutil.copytree(case.path, tmp_path / "case")), check
    promised = before.wanted[before.wanted["missing"].str.contains("complete")]
    assert len(promised) and promised["you_have"].str.contains("complete on no day").all()
    assert before.lines and all(f"\n\n{line}" in str(before) for line in before.lines)
    toml = case.path / "case.toml"
    text = "\n\n".join([toml.read_text(encoding="utf-8"), *before.lines, ""])
    toml.write_text(text, encoding="utf-8")
    # some plates and invoices end months before: what is promised of them is asked about, and of a table without a row
    # the line has confirmed it
    after = case.check()
    assert after.lines == () and set(after.doubted["table"]) == {"registrations", "sales"}
    toml.write_text(re.sub("(complete = true)(?=\n\n|\n*$)", "\\1\nconfirmed = true", text), encoding="utf-8")
    after = case.check()
    assert after.lines == () and after.doubted.empty
    lost = before.detectors.set_index("detector")["undecided"] - after.detectors.set_index("detector")["undecided"]
    assert (lost >= 0).all() and lost["pre_insured"] > 0 and lost["insured_not_plated"] > 0


def test_a_case_without_a_row_says_what_each_detector_lacks(tmp_path: Path) -> None:
    check = Case.new(tmp_path / "empty").check()
    assert not check.detectors["can_run"].any() and (check.detectors["tested"] == 0).all()
    assert check.wanted.empty and check.lines == ()


@pytest.mark.parametrize("lacking", ["nothing", "payments", "payments.amount"])
def test_a_detector_can_run_where_the_resolved_tables_have_all_that_it_needs(lacking: str) -> None:
    filled = {"payments.amount": {"amount": None}}.get(lacking, {})
    tables = {name: table.empty() for name, table in TABLES.items()}
    for name in ("sales", "payments", "parties"):
        if name != lacking:
            schema = TABLES[name].loaded_schema()
            row = {column: _some(kind) for column, kind in schema.items()} | (filled if name == "payments" else {})
            tables[name] = pl.DataFrame([row], schema=schema)
    told = undecidable(tables).detectors.filter(detector="circular_payments").select("can_run", "lacks").row(0)
    assert told == ((True, "") if lacking == "nothing" else (False, lacking))


def _some(kind: pl.DataType) -> object:
    return pl.Series([1]).cast(kind, strict=False)[0] if kind != pl.Boolean else True
