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
from graphkit.tables.mapping import propose
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
    mapping = propose(raw.header, raw.rows, table=table)
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
        ("A,B,-5%,,,2024-01-01,", "share: '-5%' is not a share from 0 to 100 %"),
        ("A,B,130%,,,2024-01-01,", "share: '130%' is not a share from 0 to 100 %"),
        ("A,B,,,130%,2024-01-01,", "share_max: '130%' is not a share from 0 to 100 %"),
        ("A,B,,30%,20%,2024-01-01,", "share_max: lies before share_min"),
        ("A,B,60%,,,2024-02-01,2024-01-01", "valid_to: lies before valid_from"),
        (",B,60%,,,2024-01-01,", "owner_id: neither an id nor a name is given"),
    ],
)
def test_a_holding_that_cannot_be_read_is_quarantined_with_its_reason(tmp_path: Path, row: str, reason: str) -> None:
    found = loaded(tmp_path, "ownership", f"{HEADER}{row}\nA,C,60%,,,2024-01-01,\n")
    assert found.rows["owned_id"].to_list() == ["C"]
    (text,) = found.quarantine["reason"]
    assert reason in text


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
