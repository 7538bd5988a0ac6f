"""Where a cell by which a car is judged could not be read, the car is undecided, whatever the rest of it says."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from graphkit.algorithms.frames import lazy_of
from graphkit.tables.absence import NOTHING_UNREAD, READ_FOR_ABSENCE, shadows
from graphkit.tables.inputs import TABLES
from tests.detectors.markets import BY_ID, CASES, found, found_in, market_of, tables_of

DOUBTS = [
    ("vehicles", "built_on"),
    ("sales", "handed_over_on"),
    ("sales", "price"),
    ("policies", "use"),
    ("registrations", "use"),
    ("exports", "applied_on"),
]
JUDGED_BY_ABSENCE = [
    CASES / "pre_insured" / "dealer_insures_first",
    CASES / "insured_not_plated" / "never_plated",
    CASES / "related_party_sales" / "companies_of_the_group",
    CASES / "shell_buyer" / "companies_without_another_life",
    CASES / "collusive_cluster" / "kept_among_four_companies",
]


def test_these_are_the_columns_that_leave_a_car_undecided() -> None:
    told = [(table.name, field) for table in TABLES.values() for field in table.columns if table.doubts_car(field)]
    assert sorted(told) == sorted(DOUBTS)
    assert all(TABLES[table].has_vin and not TABLES[table].costs_row(field) for table, field in DOUBTS)


def unread(rows: pl.DataFrame, table: str, column: str) -> pl.DataFrame:
    """Every cell of a column, as one that could not be read."""
    told = rows.select("source_id", "line", table=pl.lit(table), column=pl.lit(column), text=pl.lit("?!"))
    return pl.concat([NOTHING_UNREAD, told], how="diagonal_relaxed")


@pytest.mark.parametrize("folder", JUDGED_BY_ABSENCE, ids=lambda folder: folder.parent.name)
def test_a_car_is_not_flagged_where_a_cell_of_it_could_not_be_read(folder: Path) -> None:
    market, detector = market_of(folder), BY_ID[folder.parent.name]
    tables = tables_of(market)
    flagged = found(folder).hits.filter(verdict="flagged")
    assert flagged.height
    looked_at = 0
    for table, column in DOUBTS:
        cells = unread(tables[table], table, column)
        doubted = flagged.join(tables[table], left_on="subject_id", right_on="vin", how="semi")["subject_id"]
        looked_at += doubted.len()
        hits = found_in(replace(market, shadows=lazy_of(shadows(tables, {}, cells))), detector).hits
        now = hits.filter(pl.col("subject_id").is_in(doubted.implode()))
        assert set(now["verdict"]) <= {"indeterminate"}, (table, column)
        assert now.height == doubted.len()
    assert looked_at


def test_a_cell_by_which_no_car_is_judged_shadows_none_and_one_shadows_its_own_car_alone() -> None:
    tables = tables_of(market_of(CASES / "pre_insured" / "dealer_insures_first"))
    before = shadows(tables, {})
    assert shadows(tables, {}, unread(tables["vehicles"], "vehicles", "list_price")).equals(before)
    cells = unread(tables["policies"].head(1), "policies", "use")
    added = shadows(tables, {}, cells).join(before, on=["table", "vin"], how="anti")
    assert added["vin"].unique().to_list() == tables["policies"]["vin"].head(1).to_list()
    assert added["table"].to_list() == sorted(READ_FOR_ABSENCE)
    assert set(added["reason"]) == {"use of policies could not be read of this car: ?!"}
