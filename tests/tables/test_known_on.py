"""As of a day: no later rows, no later facts, parties stay."""

from datetime import date

import polars as pl

from graphkit.tables.inputs import TABLES
from graphkit.tables.known_on import known_on

AS_OF = date(2024, 6, 30)
EARLIER, LATER = date(2024, 6, 30), date(2024, 7, 1)


def test_rows_dated_later_go_from_every_dated_table_and_later_facts_become_null() -> None:
    for table in TABLES.values():
        if table.dated:
            facts = {name: pl.Series([LATER, LATER], dtype=pl.Date) for name in table.later}
            frame = pl.DataFrame({table.dated: [EARLIER, LATER], **facts})
            known = known_on({table.name: frame.lazy()}, AS_OF)[table.name].collect()
            assert known.rows() == [(EARLIER, *[None] * len(table.later))], table.name


def test_facts_known_by_then_stay() -> None:
    frame = pl.DataFrame({"invoiced_on": [EARLIER], "handed_over_on": [EARLIER]})
    assert known_on({"sales": frame}, AS_OF)["sales"].equals(frame)


def test_links_that_begin_later_go_and_undated_ones_stay() -> None:
    for name in ("ownership", "positions", "control_agreements"):
        frame = pl.DataFrame({"valid_from": [EARLIER, LATER, None], "valid_to": [LATER, LATER, None]})
        assert known_on({name: frame}, AS_OF)[name].rows() == [(EARLIER, LATER), (None, None)]


def test_parties_registered_later_stay() -> None:
    frame = pl.DataFrame({"party_id": ["D01"], "registered_on": [LATER]})
    assert known_on({"parties": frame}, AS_OF)["parties"].equals(frame)
