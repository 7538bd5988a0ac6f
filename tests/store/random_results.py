"""What a run might find in a random market, drawn row by row: with days that are not known, ties and repeats."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import narwhals as nw
import polars as pl

from graphkit.ledger import build_ledger
from graphkit.store.history import FOUND, RUNS
from graphkit.tables.outputs import SHAPES
from graphkit.trade.flow_shapes import with_shapes
from graphkit.trade.flows import build_flows
from tests.promises.markets.random_market import random_market

Row = dict[str, Any]
Frames = dict[str, pl.DataFrame]


def random_case(seed: int) -> tuple[Frames, Frames]:
    """The tables of a random market, and results as they could be; their rows are in no order."""
    market = random_market(seed)
    tables = dict(market.tables)
    tables["parties"] = tables["parties"].with_columns(is_stub=pl.col("party_id").str.ends_with("1"))
    lazy = {name: nw.from_native(frame.lazy()) for name, frame in tables.items()}
    dice = Random(seed)
    results = {name: _frame(dice, name, rows) for name, rows in _drawn(dice, tables).items()}
    results["ledger"] = build_ledger(lazy, market.coverage).collect().to_native()
    results["flows"] = with_shapes(build_flows(lazy).collect().to_native())
    return tables, {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in results.items()}


def _frame(dice: Random, name: str, rows: list[Row]) -> pl.DataFrame:
    schema = {"runs": RUNS, "found": FOUND}.get(name) or SHAPES[name].schema
    return pl.DataFrame(dice.sample(rows, len(rows)), schema=dict(schema))


def _drawn(dice: Random, tables: Frames) -> dict[str, list[Row]]:
    parties = tables["parties"]["party_id"].sort().to_list()
    subjects = [
        lambda vin: {"subject_kind": "vehicle", "subject_id": vin},
        lambda vin: {"subject_kind": "payment", "subject_id": vin},
        lambda vin: {"subject_kind": "step", "subject_id": f"{vin}/2"},
    ]
    vins = [*tables["vehicles"]["vin"].sort().to_list()[:30], "LEDGERONLY0000001"]

    def day() -> date | None:
        return dice.choice((None, date(2024, 1, 1) + timedelta(dice.randrange(3))))

    def several(count: int, draw: Callable[[], Row], *key: str) -> list[Row]:
        """So many rows, of those that are alike in the key only one."""
        rows = [draw() for _ in range(count)]
        return list({tuple(row[name] for name in key): row for row in rows}.values())

    def two(one: str, other: str) -> Row:
        return dict(zip((one, other), dice.sample(parties[:12], 2), strict=True))

    def proven() -> Row:
        told = {"verdict": dice.choice(("proven", "possible")), "valid_from": day(), "valid_to": day()}
        return told | {"proof_id": dice.choice(("a", "b", "c", "d", None))}

    units = [f"dealer_month/{party}/2025-01" for party in parties[:8]]
    about: dict[str, Sequence[str]] = {"detector": ("pre_insured", "shell_buyer"), "unit_id": units}

    def found(finding: int, detector: str, unit: str) -> Row:
        told: Row = {"detector": detector, "unit_id": unit}
        numbers = {"observed": dice.randrange(9), "n": 9, "effect": dice.choice((None, 2.5)), "q": None}
        who = {"finding_id": f"f{finding}", "party_id": dice.choice((*parties[:5], None))}
        return told | numbers | who | {"verdict": dice.choice(("flagged", "indeterminate"))}

    pairs = dice.sample([(detector, unit) for detector in about["detector"] for unit in units], 12)
    findings = [found(number, *pair) for number, pair in enumerate(pairs)]
    return {
        "identities": [{"party_id": party, "name_key": party.lower(), "is_undecided": dice.random() < 0.5,
                        "is_private": dice.random() < 0.5} for party in parties[3:]],
        "scores": [{"party_id": party, "score": 1.5, "band": "high", "q": dice.choice((None, 0.5)), "families": "buyer",
                    "flagged": dice.random() < 0.5, "reason_1": f"of {party}", "reason_3": "the third",
                    "exculpatory": "no part of the graph"} for party in parties[:20]],
        "control": several(
            30,
            lambda: two("controller_id", "controlled_id") | {"basis": dice.choice(("majority", "joint"))} | proven(),
            "controller_id", "controlled_id", "valid_from", "valid_to", "verdict", "basis",
        ),
        "relations": several(
            30, lambda: two("party_a", "party_b") | {"regime": "ias24", "rule": dice.choice(("R1", "R5")),
                                                     "tier": dice.choice("AB"), "weight": 0.5} | proven(),
            "party_a", "party_b", "tier", "rule", "valid_from", "valid_to", "verdict",
        ),
        "proofs": [{"proof_id": proof, "ordinal": ordinal, **two("from_id", "to_id"), "table": "ownership",
                    "row_key": f"{proof}{ordinal}", "share_low": low, "share_high": high}
                   for proof in "abc" for ordinal in range(dice.randrange(1, 12))
                   for low, high in [dice.choice(((None, None), (500_001, 500_001), (333_333, 1_000_000)))]],
        "groups": several(
            20, lambda: {"party_id": dice.choice(parties[:9]), "group_id": dice.choice(parties[:3]),
                         "valid_from": day(), "valid_to": day()}, "party_id", "valid_from",
        ),
        "shadows": several(
            12, lambda: {"table": dice.choice(("sales", "exports", "registrations")), "vin": dice.choice((*vins, "*"))},
            "table", "vin",
        ),
        "hits": several(
            90, lambda: {**dice.choice(subjects)(dice.choice(vins)),
                         "verdict": dice.choice(("flagged", "flagged", "explained")),
                         **{name: dice.choice(values) for name, values in about.items()}},
            "detector", "subject_id", "unit_id",
        ),
        "findings": findings,
        "contributions": [{"finding_id": row["finding_id"], "party_id": dice.choice((row["party_id"], "somebody")),
                           "weight": 0.1 * at, "counted": at % 2 == 0, "sentence": f"sentence {at}"}
                          for at, row in enumerate(findings[:9]) if row["party_id"]],
        "clusters": [{"cluster_id": "k1", "anchor_id": parties[0], "units": 3}, {"cluster_id": "k2"}],
        "cluster_members": several(
            8, lambda: {"cluster_id": dice.choice(("k1", "k2")), "party_id": dice.choice(parties[:6]),
                        "standing": dice.choice(("core", "context")), "role": dice.choice((None, "dealer")),
                        "units": 1, "first_on": day(), "last_on": day()},
            "cluster_id", "party_id",
        ),
        "runs": [{"run_id": run, "as_of": date(2025, 9, 30), "regime": "ias24", "is_current": run == "r2"}
                 for run in ("r1", "r2")],
        "found": [row | {"run_id": run} for run in ("r1", "r2") for row in dice.sample(findings, 7)],
    }  # fmt: skip
