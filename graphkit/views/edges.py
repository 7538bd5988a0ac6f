"""The edges of a picture as plain data: counted flows, ties, and the lines from a car to the parties around it."""

from typing import Any

import polars as pl

from graphkit.views.frames import Frames

MAX_ROWS = 6_000
"""The most cars that are listed behind all flows together; the counts are always whole."""
MAX_ROWS_OF_ONE = 100


def flow_edges(flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Counted flows: source, target, kind, units, flagged, dates, amounts, months, rows."""
    # the more flows there are, the fewer cars of each are listed; its count is always whole
    listed = max(2, min(MAX_ROWS_OF_ONE, MAX_ROWS // max(1, len(flows))))
    return [
        {
            **{key: flow[key] for key in ("source", "target", "kind", "units", "flagged", "first_on", "last_on")},
            "family": "flow",
            "amounts": [[part["currency"], part["amount"]] for part in flow["amounts"] or []],
            "months": flow["months"] or [],
            "rows": [[row["vin"], row["on_date"], row["amount"], int(row["flagged"])] for row in flow["rows"][:listed]],
        }
        for flow in flows
    ]


def tie_edges(ties: pl.DataFrame, frames: Frames) -> list[dict[str, Any]]:
    """Ties: what holds whom, the share, whether it is proven, since when, in which file and line."""
    sources = dict(frames.result("sources").sort("source_id", "name").select("source_id", "name").iter_rows())
    return [
        {
            "source": f"party/{tie['from_id']}",
            "target": f"party/{tie['to_id']}",
            "family": "tie",
            "kind": tie["word"],
            "detail": tie["detail"] or "",
            "share": _share(tie["share_low"], tie["share_high"]) if tie["word"] in ("owns", "controls") else "",
            "verdict": tie["verdict"],
            "first_on": tie["valid_from"].isoformat() if tie["valid_from"] else None,
            "last_on": tie["valid_to"].isoformat() if tie["valid_to"] else None,
            "file": sources.get(tie["source_id"], ""),
            "line": tie["line"],
        }
        for tie in ties.iter_rows(named=True)
    ]


def _share(low: int | None, high: int | None) -> str:
    shown = [f"{part / 10_000:.4f}".rstrip("0").rstrip(".") for part in (low, high) if part is not None]
    return "–".join(dict.fromkeys(shown)) + " %" if shown else ""


def car_edges(links: pl.DataFrame) -> list[dict[str, Any]]:
    """From a car to a party: sold, bought, insured or exported, and the day."""
    return [
        {
            "source": source,
            "target": target,
            "family": "car",
            "kind": kind,
            "first_on": day.isoformat() if day else None,
        }
        for source, target, kind, day in links.select("source_id", "target_id", "kind", "on_date").iter_rows()
    ]
