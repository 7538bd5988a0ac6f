"""What a cell that cannot be read costs: its row, or itself alone. Every column of every table is asked."""

from pathlib import Path

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES, Table
from graphkit.tables.load import Loaded, load
from graphkit.tables.sources import Source

OPTIONAL_AND_COSTS_ROW = {
    "parties": ["roles", "birth_year", "dissolved_on", "is_listed", "is_state"],
    "ownership": ["votes", "valid_to"],
    "positions": ["valid_to"],
    "control_agreements": ["valid_to"],
    "sales": ["sequence"],
    "policies": ["cancelled_on", "kind"],
    "registrations": ["event", "first_registered_on", "deregistered_on", "awaiting_export_on"],
    "exports": ["maker_letter"],
    "declared_stock": ["valid_to"],
    "payments": ["paid_at", "sequence"],
    "reported_counts": ["units", "units_high", "share", "share_high"],
}
COSTS_THE_CELL = {
    "parties": ["registered_on", "capital"],
    "ownership": ["share", "share_min", "share_max"],
    "vehicles": ["built_on", "list_price"],
    "sales": ["handed_over_on", "price", "price_includes_vat"],
    "policies": ["issued_on", "ends_on", "use"],
    "registrations": ["use"],
    "listings": ["km", "price"],
    "exports": ["applied_on", "licensed_on", "value"],
    "claims": ["rate", "amount"],
}
NEVER_UNREAD = pl.String()
"""A text without a list of words is always read."""


def cell(table: Table, field: str) -> str:
    column = table.columns.get(field)
    meta = (column.metadata if column is not None else None) or {}
    if meta.get("vin"):
        return "WMVAA1AA0RA000001"
    if "one_of" in meta:
        return str(meta["one_of"][0])
    if meta.get("unit") == "ppm":
        return "10%"
    if field in ("roles", "period"):
        return {"roles": "dealer", "period": "2024-01"}[field]
    if column is None or column.dtype == pl.String():
        return f"{field} 1"
    return {pl.Date: "2024-01-05", pl.Datetime: "2024-01-05 10:00", pl.Boolean: "yes"}.get(type(column.dtype), "7")


def loaded_with(folder: Path, table: Table, field: str, text: str) -> Loaded:
    """One row of a table with every column readable but one."""
    cells = {name: text if name == field else cell(table, name) for name in table.columns}
    path = folder / f"{table.name}.csv"
    path.write_text("\n".join([",".join(cells), ",".join(cells.values())]) + "\n", "utf-8")
    return load(table, [Source("s1", path.name, path, {name: name for name in cells})])


def is_text(table: Table, field: str) -> bool:
    meta = table.columns[field].metadata or {}
    return table.columns[field].dtype == NEVER_UNREAD and not ({"one_of", "vin"} & set(meta)) and field != "roles"


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_every_column_costs_its_row_or_its_cell_as_the_contract_says(tmp_path: Path, table: Table) -> None:
    costly = OPTIONAL_AND_COSTS_ROW.get(table.name, [])
    cheap = COSTS_THE_CELL.get(table.name, [])
    for field in table.columns:
        must = field in table.key or field in table.parties or not table.columns[field].nullable
        if is_text(table, field):
            assert field not in costly + cheap, field
            assert bool(table.costs_row(field)) == must, field
            continue
        assert must + (field in costly) + (field in cheap) == 1, field
        loaded = loaded_with(tmp_path, table, field, "!?")
        assert bool(table.costs_row(field)) == (must or field in costly), field
        assert (loaded.rows.height, loaded.quarantine.height) == ((1, 0) if field in cheap else (0, 1)), field
        assert loaded.unread["column"].to_list() == ([field] if field in cheap else []), field
        if field in cheap:
            assert loaded.rows[field].to_list() == [None]
            assert loaded.unread.select("source_id", "name", "table", "line", "text").row(0) == (
                "s1", f"{table.name}.csv", table.name, 2, "!?",
            )  # fmt: skip
            assert loaded.unread["reason"][0].startswith(f"{field}: '!?' is not ")


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_readable_row_of_every_table_is_loaded_whole(tmp_path: Path, table: Table) -> None:
    loaded = loaded_with(tmp_path, table, "", "")
    assert (loaded.rows.height, loaded.quarantine.height, loaded.unread.height) == (1, 0, 0)


def write(folder: Path, *lines: str) -> Path:
    path = folder / "policies.csv"
    path.write_text("\n".join(["policy_id,vin,insurer_id,insured_id,starts_on,kind,use", *lines]), "utf-8")
    return path


def load_policies(path: Path) -> Loaded:
    fields = ("policy_id", "vin", "insurer_id", "insured_id", "starts_on", "kind", "use")
    return load(TABLES["policies"], [Source("s1", path.name, path, {name: name for name in fields})])


def test_rows_are_loaded_or_quarantined_and_a_lost_row_tells_all_its_unread_cells(tmp_path: Path) -> None:
    vin = "WMVAA1AA0RA00000"
    loaded = load_policies(
        write(
            tmp_path,
            f"K1,{vin}1,I1,C1,2024-01-05,compulsory,other words",
            f"K2,{vin}2,I1,C1,someday,compulsory,other words",
            f"K3,{vin}3,I1,C1,2024-01-05,compulsory,private",
            f"K4,{vin}4,I1,C1,,compulsory,other words",
        )
    )
    assert loaded.counts.select("rows", "loaded", "quarantined").row(0) == (4, 2, 2)
    assert loaded.unread.select("line", "column").rows() == [(2, "use")]
    assert loaded.quarantine.select("line", "column").rows() == [(3, "starts_on;use"), (5, "starts_on;use")]


def test_an_identical_copy_of_a_row_with_an_unread_cell_is_an_identical_copy(tmp_path: Path) -> None:
    line = "K1,WMVAA1AA0RA000001,I1,C1,2024-01-05,compulsory,other words"
    loaded = load_policies(write(tmp_path, line, line))
    assert loaded.unread["line"].to_list() == [2]
    assert loaded.quarantine["reason"].to_list() == ["is an identical copy of a loaded row"]
