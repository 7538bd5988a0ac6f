"""Rows of parties and sales, and what identity makes of them."""

import datetime as dt
from typing import Any

import polars as pl
from stdnum.cn import uscc
from stdnum.iso7064 import mod_97_10

from graphkit.identity import Resolved, resolve
from graphkit.identity.judged import JUDGED
from graphkit.tables.inputs import TABLES


def a_uscc(number: int) -> str:
    body = f"9133108{number:010d}"
    return body + uscc.calc_check_digit(body)


def a_lei(number: int) -> str:
    body = f"2138{number:014d}"
    return body + mod_97_10.calc_check_digits(body)


def table(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    types = TABLES[name].loaded_schema()
    key = TABLES[name].key
    keyed = [
        {"row_key": "|".join(str(row.get(part) or "") for part in key), "source_id": "f", "line": n + 2} | row
        for n, row in enumerate(rows)
    ]
    return pl.DataFrame([{column: row.get(column) for column in types} for row in keyed], schema=types)


def company(party_id: str, name: str, **more: Any) -> dict[str, Any]:
    return {"party_id": party_id, "kind": "company", "name": name} | more


def sale(sale_id: str, **more: Any) -> dict[str, Any]:
    return {"sale_id": sale_id, "kind": "retail", "invoiced_on": dt.date(2024, 5, 1), "seller_id": "D1"} | more


def answer(
    parties: list[dict[str, Any]],
    sales: list[dict[str, Any]] | None = None,
    *,
    same: tuple[str, ...] = (),
    apart: tuple[str, ...] = (),
    **more: list[dict[str, Any]],
) -> Resolved:
    """Resolve rows; ``same`` and ``apart`` are judged pairs such as ``P1 P2``."""
    judged = [
        (*sorted(pair.split()), is_same, "seen") for is_same, pairs in ((True, same), (False, apart)) for pair in pairs
    ]
    tables = {"parties": table("parties", parties), "sales": table("sales", sales or [])}
    tables |= {name: table(name, rows) for name, rows in more.items()}
    return resolve(tables, pl.DataFrame(judged, schema=JUDGED, orient="row"))


def identity(found: Resolved, party_id: str) -> dict[str, Any]:
    return found.identities.row(by_predicate=pl.col("party_id") == party_id, named=True)


def are_one(found: Resolved, *ids: str) -> bool:
    return len({identity(found, party_id)["canonical_id"] for party_id in ids}) == 1


def buyers(found: Resolved) -> list[str | None]:
    return found.tables["sales"]["buyer_id"].to_list()
