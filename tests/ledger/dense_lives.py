"""Random cars whose records fall on the same few days, so that every tie and every boundary of the ledger is met."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

import polars as pl

from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import DECLARED_AS, POLICY_KINDS, REGISTRATION_EVENTS, STOCK_STATUSES, TABLES, USES

Row = dict[str, Any]

FIRST = date(2024, 2, 27)
DAYS = tuple(FIRST + timedelta(days) for days in (0, 1, 2, 3, 30, 31, 32, 33, 61, 62, 63))
"""Days of which many are 30, 31 or 32 apart, around the end of a leap February."""

RENEWED = tuple(FIRST + timedelta(days) for days in (213, 214, 214))
"""Of these one is 182 days from one of the others, one 183: half a year."""

PARTIES = {"D1": "dealer", "D2": "exporter;dealer", "V1": "vendor", "M1": "manufacturer", "C1": None}
ANYBODY = ("D1", "D1", "D2", "D2", "V1", "M1", "C1", "U1", None)
"""Everybody who deals; nothing defines U1."""

SALE_KINDS = ("wholesale", "wholesale", "retail", "retail", "retail", "swap", "resale", "return", "trade_in")


def dense_market(seed: int, cars: int = 60) -> tuple[dict[str, pl.DataFrame], Coverage]:
    """Loaded tables of so many cars, and what the extracts contain."""
    dice = Random(seed)
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    rows["parties"] = [{"party_id": party, "roles": roles} for party, roles in PARTIES.items()]
    ids = iter(dice.sample(range(100_000), 40 * cars))
    for number in range(cars):
        _draw_car(dice, f"LSAAA1230R{number:07}", lambda letter: f"{letter}{next(ids)}", rows)
    return {name: _loaded(dice, name, given) for name, given in rows.items()}, Coverage(tuple(_spans(dice)))


def _draw_car(dice: Random, vin: str, key: Callable[[str], str], rows: dict[str, list[Row]]) -> None:
    def day() -> date:
        return dice.choice(DAYS)

    def maybe(value: Any, chance: float = 0.4) -> Any:
        return value if dice.random() < chance else None

    def several(name: str, draw: Callable[[], Row], distinct: str | None = None) -> None:
        drawn = [draw() | {"vin": vin} for _ in range(dice.choice((0, 0, 1, 1, 2, 3)))]
        rows[name] += list({row[distinct]: row for row in drawn}.values()) if distinct else drawn

    # the others are in records only
    if dice.random() < 0.85:
        rows["vehicles"].append({"vin": vin, "manufacturer_id": maybe("M1", 0.8), "built_on": maybe(day(), 0.8)})
    for _ in range(2):
        several("sales", lambda: {
            "sale_id": key("S"), "seller_id": dice.choice(ANYBODY), "buyer_id": dice.choice(ANYBODY),
            "kind": dice.choice(SALE_KINDS), "invoiced_on": day(), "sequence": maybe(dice.randrange(3)),
            "handed_over_on": maybe(day()),
        })  # fmt: skip
    several("policies", lambda: {
        "policy_id": key("Q"), "insurer_id": dice.choice(("I1", "I2", None)), "insured_id": dice.choice(ANYBODY),
        "starts_on": dice.choice((*DAYS, *RENEWED)), "cancelled_on": maybe(day()),
        "kind": dice.choice((*POLICY_KINDS, None)),
        "use": maybe(dice.choice(USES)), "city": maybe("甲市"),
    })  # fmt: skip
    several("registrations", lambda: {
        "registration_id": key("G"), "owner_id": dice.choice(ANYBODY), "city": dice.choice(("甲市", "乙市")),
        "plated_on": day(), "event": dice.choice((*REGISTRATION_EVENTS, None, None)),
        "first_registered_on": maybe(day(), 0.2), "use": maybe(dice.choice(USES)), "deregistered_on": maybe(day(), 0.2),
        "awaiting_export_on": maybe(day(), 0.2),
    })  # fmt: skip
    several("odometer", lambda: {"read_on": day(), "km": dice.randrange(4)})
    several("listings", lambda: {"listing_id": key("L"), "vendor_id": dice.choice(ANYBODY), "listed_on": day()})
    several("exports", lambda: {
        "export_id": key("X"), "exporter_id": dice.choice(ANYBODY), "cleared_on": day(), "applied_on": maybe(day()),
        "declared_as": dice.choice(DECLARED_AS), "destination": dice.choice(("XX", "YY")),
        "maker_letter": maybe(dice.random() < 0.5, 0.8),
    })  # fmt: skip
    several("foreign_registrations", lambda: {"country": dice.choice("ABC"), "registered_on": day()}, "country")
    several("claims", lambda: {"claim_id": key("K"), "claimant_id": "D1", "kind": "rebate", "claimed_on": day()})
    several("declared_stock", lambda: {
        "holder_id": dice.choice(("D1", "D2", "M1", None)), "status": dice.choice(STOCK_STATUSES), "valid_from": day(),
        "valid_to": maybe(day()),
    }, "holder_id")  # fmt: skip


def _loaded(dice: Random, name: str, rows: list[Row]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    lineage = [{"row_key": f"{name}{at}", "source_id": "s", "line": at} for at in range(len(rows))]
    checks = [{"vin_check": ("valid", "invalid")[int(row["vin"][-1]) % 2]} if "vin" in row else {} for row in rows]
    full = [dict.fromkeys(schema) | row | of | check for row, of, check in zip(rows, lineage, checks, strict=True)]
    return pl.DataFrame(dice.sample(full, len(full)), schema=schema)


def _spans(dice: Random) -> list[Span]:
    """Registrations are complete now and then: in pieces that touch or do not, beside statements that say less."""
    at = FIRST + timedelta(dice.choice((-20, 0, 1)))
    spans = [Span("sales", FIRST, DAYS[-1], complete=True), Span("registrations", FIRST, DAYS[-1])]
    spans.append(Span("registrations", FIRST, DAYS[-1], place="甲市", complete=True))
    for _ in range(dice.randrange(4)):
        last = at + timedelta(dice.choice((2, 30, 31, 60)))
        spans.append(Span("registrations", at, last, complete=True))
        at = last + timedelta(dice.choice((-1, 1, 1, 2)))
    return dice.sample(spans, len(spans))
