"""An ownership chart: everybody above a party; control thick, influence thin, the unknown dashed, agreements blue."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from graphkit.parties.owners import IN_WORDS, Owners
from graphkit.views.answer import answer_network
from graphkit.views.network import Network

HALF = 500_000
"""More than half of the votes is control, in parts per million."""

_LINES = (
    "Thick line: more than half.",
    "Thin line: half or less.",
    "Dashed line: the share, a date or an end is not certain.",
)
_AGREED = (
    "Thick blue line: control by contract, or declared.",
    "Thin blue line: joint control, or acting in concert.",
)
_CONTROLLING = ("contract", "declared")
_ROLES = {"person": "Person", "government": "Government"}


def ownership_chart(party_id: str, found: Owners, identities: pl.DataFrame, *, day: str, case_name: str) -> Network:
    """The picture's data of the holdings and agreements above a party, as ``parties.owners.owners`` gives them.

    Each holding is drawn with its share: thick where it is more than half (``strength`` control), thin below
    (influence), dashed where its size, its dates or its ends are not certain (unknown). Each agreement of the day is
    drawn with its basis in words: thick where it gives control, thin where it is joint or in concert. Beside a node
    stand its share in the end, whether it controls and whether it is a beneficial owner.
    """
    facts = {row["party_id"]: row for row in identities.iter_rows(named=True)}
    shares = {row["owner_id"]: row for row in found.owners.iter_rows(named=True)}
    drawn = [*found.holdings.select("owner_id", "owned_id"), *found.agreements.select("controller_id", "controlled_id")]
    ids = dict.fromkeys([party_id, *(end for ends in drawn for end in ends), *shares])
    nodes = [
        {"element_id": one, "labels": party_labels(facts.get(one)), "properties": _facts(one, facts, shares)}
        for one in ids
    ]
    rows = found.holdings.with_row_index("n").iter_rows(named=True)
    links = [
        {
            "element_id": f"holding {row['n']}",
            "type": "OWNS",
            "start": row["owner_id"],
            "end": row["owned_id"],
            "properties": {"share": _share(row), "strength": _strength(row), "row": row["row_key"]},
        }
        for row in rows
    ]
    links += [
        {
            "element_id": f"agreement {row['n']}",
            "type": "CONTROLS_BY_AGREEMENT",
            "start": row["controller_id"],
            "end": row["controlled_id"],
            "properties": {
                "basis": IN_WORDS[row["basis"]],
                "strength": _strength_of_agreement(row),
                "valid_from": row["valid_from"],
                "row": row["row_key"],
            },
        }
        for row in found.agreements.with_row_index("n").iter_rows(named=True)
    ]
    name = (facts.get(party_id) or {}).get("name") or party_id
    legend = [*_LINES, *(_AGREED if found.agreements.height else ())]
    said = "\n".join([f"Everybody above {name} ({party_id}) on {day}.", *legend, *found.notes])
    title = f"Owners of {name}"
    return answer_network(nodes, links, title=title, case_name=case_name, text=said, heading="Holdings")


def party_labels(party: Mapping[str, Any] | None) -> list[str]:
    """The labels that a party has in the graph: what it is, and its roles."""
    if party is None:
        return ["Party"]
    roles = [role.strip().capitalize() for role in (party["roles"] or "").split(";") if role.strip()]
    return ["Party", *([_ROLES[party["kind"]]] if party["kind"] in _ROLES else []), *roles]


def _facts(party_id: str, facts: Mapping[str, Any], shares: Mapping[str, Any]) -> dict[str, Any]:
    known, owner = facts.get(party_id) or {}, shares.get(party_id) or {}
    bounds = [owner.get("integrated_low"), owner.get("integrated_high")]
    return {
        "party_id": party_id,
        **{name: known.get(name) for name in ("name", "kind", "city")},
        "share_in_the_end": _range(*(None if bound is None else bound * 100 for bound in bounds)) if owner else None,
        "controls": owner.get("controls"),
        "is_ultimate_controller": owner.get("is_ultimate") or None,
        "beneficial_owner": owner.get("beneficial"),
    }


def _share(row: Mapping[str, Any]) -> str:
    return _range(row["low"] / 10_000, row["high"] / 10_000)


def _range(low: float | None, high: float | None) -> str:
    shown = [f"{bound:.4f}".rstrip("0").rstrip(".") if bound is not None else "?" for bound in (low, high)]
    return "–".join(dict.fromkeys(shown)) + " %"


def _strength(row: Mapping[str, Any]) -> str:
    if row["is_certain"] and row["low"] > HALF:
        return "control"
    return "influence" if row["is_certain"] and row["low"] == row["high"] else "unknown"


def _strength_of_agreement(row: Mapping[str, Any]) -> str:
    if not row["is_certain"]:
        return "unknown"
    return "control" if row["basis"] in _CONTROLLING else "influence"
