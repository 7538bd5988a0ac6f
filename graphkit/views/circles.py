"""A circle as a picture: its parties in a ring, each step a line with its number, day, kind and amount."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from graphkit.views.answer import answer_network
from graphkit.views.network import Network
from graphkit.views.ownership import party_labels

_TYPES = {"sales": "TRADED", "payments": "PAID"}
_UNKNOWN = "The order within the day is not on record: this is no proof."


def circle_view(
    steps: pl.DataFrame, identities: pl.DataFrame, homes: Mapping[str, str], *, title: str, case_name: str
) -> Network:
    """The picture's data of one circle.

    Parameters
    ----------
    steps
        A row a step, in order: ``step``, ``is_ordered``, ``from_id``, ``to_id``, ``on_date``, ``kind``, ``vin``,
        ``amount``, ``currency``, ``table``, ``file``, ``line``.
    identities
        The parties, each once: ``party_id``, ``name``, ``kind``, ``roles``, ``city``.
    homes
        The head of the control group of each party that is in one, as of the first step.
    title, case_name
        What stands over the picture.

    A circle that ends at another party of the group that it began in is closed by a line that names the group.
    """
    facts = {row["party_id"]: row for row in identities.iter_rows(named=True)}
    rows = steps.rows(named=True)
    first, last = rows[0]["from_id"], rows[-1]["to_id"]
    ids = dict.fromkeys([*steps["from_id"], last])

    def name(party_id: str) -> str:
        return str((facts.get(party_id) or {}).get("name") or party_id)

    nodes = [
        {
            "element_id": one,
            "labels": party_labels(facts.get(one)),
            "properties": {
                "party_id": one,
                **{fact: (facts.get(one) or {}).get(fact) for fact in ("name", "kind", "city")},
                "control_group": name(homes[one]) if one in homes else None,
            },
        }
        for one in ids
    ]
    links = [
        {
            "element_id": f"step {row['step']}",
            "type": _TYPES[row["table"]],
            "start": row["from_id"],
            "end": row["to_id"],
            "properties": {
                "step": step_text(row),
                **{fact: row[fact] for fact in ("on_date", "kind", "amount", "currency", "vin")},
                "row": _row(row),
            },
        }
        for row in rows
    ]
    if last != first:
        links.append(
            {
                "element_id": "group",
                "type": "IN_ONE_GROUP",
                "start": last,
                "end": first,
                "properties": {"step": f"one control group: {name(homes[first])}"},
            }
        )
    said = [
        f"{step_text(row)}\n    {name(row['from_id'])} → {name(row['to_id'])}{_car(row)}, {_row(row)}" for row in rows
    ]
    if last != first:
        said.append(f"{name(first)} and {name(last)} are in one control group, {name(homes[first])}.")
    if not rows[0]["is_ordered"]:
        said.append(_UNKNOWN)
    return answer_network(nodes, links, title=title, case_name=case_name, text="\n".join(said), heading="The circle")


def step_text(row: Mapping[str, Any]) -> str:
    """A step in one line, without what is not known; its number only where the order is.

    >>> from datetime import date
    >>> step_text({"step": 1, "is_ordered": True, "on_date": date(2025, 1, 3), "kind": "retail", "amount": 180000.0,
    ...            "currency": "CNY"})
    '1 · 2025-01-03 · retail · 180,000 CNY'
    """
    number = str(row["step"]) if row["is_ordered"] else "?"
    amount = "" if row["amount"] is None else f"{row['amount']:,.2f}".removesuffix(".00")
    paid = " ".join(part for part in (amount, row["currency"] or "") if part) if amount else ""
    said = [number, str(row["on_date"]), (row["kind"] or "").replace("_", " "), paid]
    return " · ".join(part for part in said if part)


def _car(row: Mapping[str, Any]) -> str:
    return f", {row['vin']}" if row["vin"] else ""


def _row(row: Mapping[str, Any]) -> str:
    return f"{row['file']}:{row['line']}"
