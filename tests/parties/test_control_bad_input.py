"""Bad rows of an ownership register, imported as a user does: quarantined with a reason, or reported; none is lost."""

from datetime import date
from pathlib import Path

import pytest

from graphkit.identity import resolve
from graphkit.identity.resolve import Resolved
from graphkit.parties.control import control_over_time
from graphkit.parties.misplaced import misplaced_holdings
from graphkit.parties.overheld import overheld
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.load import Loaded, load
from graphkit.tables.proposal import propose_entries
from graphkit.tables.readers import read
from graphkit.tables.sources import Source

AS_OF = date(2025, 12, 31)
COVERAGE = Coverage((Span("ownership", as_of=date(2024, 1, 1)),))
PARTIES = "party_id,kind,name\nA,company,Alder\nB,company,Birch\nC,company,Cedar\nP,person,Pine\n"
HEADER = "owner_id,owned_id,share,share_min,share_max,valid_from,valid_to\n"


def loaded(folder: Path, table: str, text: str) -> Loaded:
    path = folder / f"{table}.csv"
    path.write_text(text, encoding="utf-8")
    raw = read(path)
    mapping = propose_entries(raw.header, raw.rows, table=table).entries[0]
    return load(TABLES[table], [Source(table, path.name, path, mapping.columns, mapping.units)])


def who(folder: Path, rows: str) -> Resolved:
    tables = {
        "parties": loaded(folder, "parties", PARTIES).rows,
        "ownership": loaded(folder, "ownership", HEADER + rows).rows,
    }
    return resolve(tables)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,B,,30%,20%,2024-01-01,", "share_max: lies before share_min"),
        ("A,B,60%,,,2024-02-01,2024-01-01", "valid_to: lies before valid_from"),
        (",B,60%,,,2024-01-01,", "owner_id: neither an id nor a name is given"),
    ],
)
def test_a_holding_that_contradicts_itself_or_has_no_owner_is_quarantined_with_its_reason(
    tmp_path: Path, row: str, reason: str
) -> None:
    found = loaded(tmp_path, "ownership", f"{HEADER}{row}\nA,C,60%,,,2024-01-01,\n")
    assert found.rows["owned_id"].to_list() == ["C"]
    (text,) = found.quarantine["reason"]
    assert reason in text


@pytest.mark.parametrize(("row", "column"), [("-5%,,", "share"), ("130%,,", "share"), (",,130%", "share_max")])
def test_a_holding_whose_share_cannot_be_read_is_one_of_an_unknown_share_and_proves_no_control(
    tmp_path: Path, row: str, column: str
) -> None:
    text = f"{HEADER}A,B,{row},2024-01-01,\nA,C,60%,,,2024-01-01,\n"
    found = loaded(tmp_path, "ownership", text)
    assert found.quarantine.is_empty()
    assert found.unread.select("column", "line").rows() == [(column, 2)]
    assert found.rows.sort("owned_id")[column].to_list()[0] is None
    tables = who(tmp_path, text.removeprefix(HEADER))
    control = control_over_time(tables.tables, COVERAGE, tables.identities, AS_OF)[0]
    assert ("A", "B", "proven") not in control.select("controller_id", "controlled_id", "verdict").rows()


def test_a_company_that_owns_itself_and_a_person_that_is_owned_are_reported_and_control_nothing(tmp_path: Path) -> None:
    found = who(
        tmp_path, "A,A,60%,,,2024-01-01,\nA,P,60%,,,2024-01-01,\nA,B,60%,,,2024-01-01,\nP,C,60%,,,2024-01-01,\n"
    )
    reported = misplaced_holdings(found.tables, found.identities)
    assert reported.select("row_key", "line", "reason").rows() == [
        ("A|A|2024-01-01", 2, "a company cannot own itself"),
        ("A|P|2024-01-01", 3, "a person cannot be owned"),
    ]
    control = control_over_time(found.tables, COVERAGE, found.identities, AS_OF)[0]
    assert control.select("controller_id", "controlled_id").rows() == [("A", "B"), ("P", "C")]


def test_holders_of_more_than_all_are_reported_with_their_rows_and_prove_nothing(tmp_path: Path) -> None:
    found = who(tmp_path, "A,C,60%,,,2024-01-01,\nB,C,50%,,,2024-01-01,\n")
    reported = overheld(found.tables, COVERAGE, AS_OF)
    assert reported.select("company_id", "held").rows() == [("C", 1_100_000)]
    assert reported["row_keys"].to_list() == [["A|C|2024-01-01", "B|C|2024-01-01"]]
    control = control_over_time(found.tables, COVERAGE, found.identities, AS_OF)[0]
    assert control.select("controller_id", "controlled_id", "verdict").rows() == [("A", "C", "possible")]
