"""The numbers beside a finding: each hit that is decided counts where the tally holds, by month and by party."""

from datetime import date

import narwhals as nw
import polars as pl
import pytest

from graphkit.model import Tally
from graphkit.scores.tallies import in_words, of_findings, tally
from graphkit.tables.outputs import SHAPES

LATE = Tally("late", "late", nw.col("value") > 30)
NEVER = Tally("never", "never", nw.col("value").is_null())


@pytest.fixture
def hits() -> pl.DataFrame:
    rows = [
        ("1", "dealer_month/D/1/2025-01", "D/1", "flagged", 31.0),
        ("2", "dealer_month/D/1/2025-01", "D/1", "explained", None),
        ("3", "dealer_month/D/1/2025-02", "D/1", "flagged", 30.0),
        ("4", "dealer_month/D/1/2025-02", "D/1", "indeterminate", None),
        ("5", "dealer_month/?/2025-02", None, "flagged", None),
        ("6", "dealer_month/D2/2025-02", "D2", "flagged", 12.0),
    ]
    columns = ["subject_id", "unit_id", "accountable_id", "verdict", "value"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        detector=pl.lit("a"), on_date=date(2025, 1, 1)
    )
    return pl.concat([SHAPES["hits"].empty(), frame], how="diagonal_relaxed")


def test_decided_hits_count_by_month_and_by_party(detector, hits) -> None:
    detectors = [detector("a", tallies=(LATE, NEVER)), detector("b")]
    told = in_words(detectors, tally(detectors, hits))
    assert told == {
        ("a", "dealer_month/D/1/2025-01"): ("1 late", "1 never"),
        ("a", "dealer_month/D/1/2025-02"): ("0 late", "0 never"),
        ("a", "dealer_month/?/2025-02"): ("0 late", "1 never"),
        ("a", "dealer_month/D2/2025-02"): ("0 late", "0 never"),
        ("a", "party/D%2F1"): ("1 late", "1 never"),
        ("a", "party/D2"): ("0 late", "0 never"),
    }


def test_a_tally_of_none_is_left_out_of_the_sentence_where_it_says_so(detector, hits) -> None:
    detectors = [detector("a", tallies=(Tally("late", "late", nw.col("value") > 30, tells_none=False), NEVER))]
    counts = tally(detectors, hits)
    told = in_words(detectors, counts)
    assert told["a", "party/D%2F1"] == ("1 late", "1 never")
    assert told["a", "party/D2"] == ("0 never",)
    assert counts.filter(unit_id="party/D2", tally="late")["cars"].item() == 0


def test_a_tally_stands_with_its_finding_and_nowhere_else(detector, hits) -> None:
    findings = pl.DataFrame(
        [("f1", "a", "party/D%2F1"), ("f2", "b", "party/D2")],
        schema=["finding_id", "detector", "unit_id"],
        orient="row",
    )
    table = of_findings(tally([detector("a", tallies=(LATE, NEVER)), detector("b")], hits), findings)
    assert table.rows() == [("f1", "a", "party/D%2F1", "late", 1), ("f1", "a", "party/D%2F1", "never", 1)]


def test_a_tally_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="words"):
        Tally("late", "", nw.col("value") > 30)
