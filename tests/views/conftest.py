"""A small invented cluster as the frames a view reads, and a headless browser to open its page in."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES

Frames = dict[str, pl.DataFrame]
Build = Callable[..., tuple[Frames, Frames]]

HOSTILE = "<img src=x onerror=window.__pwn=1> 东升汽车</script><script>window.__pwn=2</script>"
PARTIES = {
    "M01": ("company", "示例汽车制造有限公司", "manufacturer", "context"),
    "D01": ("company", "华东示例汽贸有限公司", "dealer", "core"),
    "D02": ("company", "Northgate Sample Motors", "dealer", "core"),
    "A01": ("company", "鑫达汽车租赁（示例）", "", "core"),
    "A02": ("company", HOSTILE, "", "core"),
    "A03": ("company", "宏运汽车租赁（示例）", "", "core"),
    "A04": ("company", "Juniper Example Leasing", "", "counterparty"),
    "I01": ("company", "示例财产保险", "insurer", "context"),
    "I02": ("company", "Specimen Mutual", "insurer", "context"),
    "E01": ("company", "阿拉木图出口（示例）", "exporter", "counterparty"),
    "P01": ("person", "示例人员1", "", "core"),
    "P02": ("person", "示例人员2", "", "core"),
    "P03": ("person", "示例人员3", "", "core"),
    "C01": ("person", "私人买家甲", "", "counterparty"),
}
AFFILIATES = ("A01", "A02", "A03", "A04")
DESTINATIONS = ("KZ", "RU", "AE")
START = date(2024, 3, 4)


def vin(number: int) -> str:
    return f"LSAMPLE00{number:08d}"


def shaped(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = dict(SHAPES[name].schema)
    blank = dict.fromkeys(schema)
    return SHAPES[name].canonical(pl.DataFrame([blank | row for row in rows], schema=schema))


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    schema = TABLES[name].loaded_schema()
    lined = [{"row_key": f"{name}{i}", "source_id": f"src_{name}", "line": i + 2} | row for i, row in enumerate(rows)]
    return pl.DataFrame([dict.fromkeys(schema) | row for row in lined], schema=schema)


def car(number: int, affiliates: tuple[str, ...]) -> dict[str, Any]:
    buyer = affiliates[(number * number + number // 7) % len(affiliates)]
    # a December rush: a third of the cars within one month, the others spread over ten
    day = START + timedelta(days=280 + number % 20 if number % 3 == 0 else (number * 37) % 270)
    exported = buyer in ("A01", "A04") or number % 4 == 0
    return {
        "vin": vin(number),
        "day": day,
        "dealer": ("D01", "D02")[number % 5 % 2],
        "insurer": ("I01", "I02")[number % 3 % 2],
        "buyer": "C01" if number % 11 == 10 else buyer,
        "exported": exported and number % 11 != 10,
        "destination": DESTINATIONS[number % 3],
        "price": 100_000.0 + number * 250,
    }


def ties() -> tuple[Frames, dict[str, pl.DataFrame]]:
    held = [
        ("P01", "D01", 700_000, "proven"),
        ("P02", "D02", 510_000, "proven"),
        ("P01", "A01", 600_000, "proven"),
        ("D01", "A02", 1_000_000, "proven"),
        ("P02", "A03", 550_000, "proven"),
        ("P03", "A04", None, "possible"),
        ("P03", "A01", None, "possible"),
    ]
    ownership = loaded(
        "ownership",
        [
            {"owner_id": a, "owned_id": b, "share": s, "row_key": f"{a}|{b}|", "valid_from": date(2021, 5, 1)}
            for a, b, s, _ in held
        ],
    )
    control = [
        {
            "controller_id": a,
            "controlled_id": b,
            "basis": "majority",
            "verdict": v,
            "valid_from": date(2021, 5, 1),
            "proof_id": f"{a}-{b}",
        }
        for a, b, _, v in held
    ]
    control.append(
        {"controller_id": "P01", "controlled_id": "A02", "basis": "majority", "verdict": "proven", "proof_id": "long"}
    )
    steps = [(f"{a}-{b}", 0, a, b, s) for a, b, s, _ in held]
    steps += [("long", 0, "P01", "D01", 700_000), ("long", 1, "D01", "A02", 1_000_000)]
    proofs = [
        {
            "proof_id": p,
            "ordinal": n,
            "from_id": a,
            "to_id": b,
            "table": "ownership",
            "row_key": f"{a}|{b}|",
            "share_low": s or 300_000,
            "share_high": s or 620_000,
        }
        for p, n, a, b, s in steps
    ]
    return {"control": shaped("control", control), "proofs": shaped("proofs", proofs)}, {"ownership": ownership}


def hits_of(cars: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    hits, evidence = [], []
    for number, one in enumerate(cars):
        made = [
            (
                "pre_insured",
                one["dealer"],
                one["buyer"],
                one["day"] - timedelta(days=20),
                20.0,
                "policies",
                "Insured 20 days before the invoice, in another name than the buyer's.",
            ),
        ]
        if one["exported"]:
            made.append(
                (
                    "zero_mileage_export",
                    "E01",
                    one["buyer"],
                    one["day"] + timedelta(days=30),
                    11.0 + number % 9,
                    "exports",
                    "Exported as used within 40 days of its first plate, with 12 km.",
                )
            )
        for detector, who, other, day, value, table, reason in made:
            hit = f"{detector}/{one['vin']}"
            hits.append(
                {
                    "hit_id": hit,
                    "detector": detector,
                    "version": "1",
                    "subject_kind": "vehicle",
                    "subject_id": one["vin"],
                    "unit_id": f"dealer_month/{who}/{day:%Y-%m}",
                    "accountable_id": who,
                    "counterparty_id": other,
                    "on_date": day,
                    "verdict": "flagged",
                    "grade": "practice",
                    "value": value,
                    "value_unit": "days",
                    "reason": reason,
                }
            )
            for ordinal, kind in enumerate((table, "sales")):
                evidence.append(
                    {
                        "hit_id": hit,
                        "ordinal": ordinal,
                        "table": kind,
                        "row_key": f"{kind}{number}",
                        "role": "event",
                        "source_id": f"src_{kind}",
                        "line": number + 2,
                    }
                )
    return hits, evidence


def ledger_row(one: dict[str, Any]) -> dict[str, Any]:
    gone = {"exporter_id": "E01", "exported_on": one["day"] + timedelta(days=30), "destination": one["destination"]}
    return {
        "vin": one["vin"],
        "manufacturer_id": "M01",
        "built_on": one["day"] - timedelta(days=60),
        "dealer_id": one["dealer"],
        "wholesaled_on": one["day"] - timedelta(days=40),
        "first_insured_on": one["day"] - timedelta(days=20),
        "first_insured_id": one["dealer"],
        "first_insurer_id": one["insurer"],
        "end_sale_on": one["day"],
        "end_seller_id": one["dealer"],
        "end_buyer_id": one["buyer"],
        "km_last": 12,
        "km_on": one["day"],
    } | (gone if one["exported"] else {})


def finding(detector: str, party: str, observed: int, n: int, *, month: str | None = None) -> dict[str, Any]:
    return {
        "finding_id": f"{detector}-{party}-{month}",
        "status": "stable",
        "detector": detector,
        "version": "1",
        "family": "booking" if detector == "pre_insured" else "export",
        "unit_id": f"party/{party}" if month is None else f"dealer_month/{party}/{month}",
        "unit_kind": "party" if month is None else "dealer_month",
        "party_id": party,
        "month": month,
        "observed": observed,
        "n": n,
        "expected": n * 0.03,
        "baseline": "peers",
        "peers_n": 14,
        "effect": observed / (n * 0.03),
        "effect_low": 9.1,
        "effect_high": 20.4,
        "p": 1e-9,
        "q": 3.2e-8,
        "severity": 0.8,
        "confidence": 0.9,
        "verdict": "flagged",
        "reason": f"{observed} of {n} cars, where peers have 3 in a hundred.",
        "look_alikes_tested": "gift_insurance;fleet",
        "look_alikes_untested": "declared_stock",
        "denial": "The cars were insured for display." if party == "D01" else None,
        "regime": "asbe36_current",
        "as_of": date(2025, 3, 31),
    }


def build_frames(cars: int = 110, affiliates: int = 0) -> tuple[Frames, Frames]:
    """Results and tables of the cluster ``c1``; ``affiliates`` adds that many more buyers to it."""
    more = tuple(f"X{number:04d}" for number in range(affiliates))
    parties = PARTIES | {party: ("company", f"示例租赁{party}", "", "core") for party in more}
    made = [car(number, (*AFFILIATES, *more)) for number in range(cars)]
    hits, evidence = hits_of(made)
    results, tables = ties()
    role = {party: roles or "buyer" for party, (_, _, roles, _) in parties.items()}
    used = [one["buyer"] for one in made] + [one["dealer"] for one in made]
    results |= {
        "clusters": shaped(
            "clusters",
            [
                {
                    "cluster_id": "c1",
                    "anchor_id": "P01",
                    "units": cars,
                    "families": "booking;export",
                    "reason": f"{cars} cars were insured before they were sold, to companies of the dealers' owners.",
                    "inside": 1_088,
                    "outside": 1_632,
                    "inside_share": 0.4,
                    "expected_inside_share": 0.0625,
                }
            ],
        ),
        "cluster_members": shaped(
            "cluster_members",
            [
                {
                    "cluster_id": "c1",
                    "party_id": party,
                    "standing": standing,
                    "role": role[party],
                    "units": used.count(party),
                }
                for party, (_, _, _, standing) in parties.items()
            ],
        ),
        "identities": shaped(
            "identities",
            [
                {
                    "party_id": party,
                    "canonical_id": party,
                    "name": name,
                    "kind": kind,
                    "roles": roles,
                    "city": "临海",
                    "is_stub": False,
                }
                for party, (kind, name, roles, _) in parties.items()
            ],
        ),
        "scores": shaped(
            "scores",
            [
                {
                    "party_id": party,
                    "name": PARTIES[party][1],
                    "score": score,
                    "band": "strong",
                    "flagged": True,
                    "reason_1": "A company of the dealers' owners.",
                }
                for party, score in (("D01", 4.1), ("D02", 3.6), ("E01", 2.9), ("A01", 2.2), ("A02", 2.0))
            ],
        ),
        "hits": shaped("hits", hits),
        "evidence": shaped("evidence", evidence),
        "sources": shaped(
            "sources",
            [
                {"source_id": f"src_{name}", "table": name, "name": f"{name}_临海.csv"}
                for name in ("sales", "policies", "exports", "ownership")
            ],
        ),
        "findings": shaped(
            "findings",
            [
                finding("pre_insured", "D01", 66, 66),
                finding("pre_insured", "D02", 44, 44),
                finding("zero_mileage_export", "E01", 60, 70),
                finding("pre_insured", "D01", 22, 24, month="2024-12"),
            ],
        ),
        "ledger": shaped("ledger", [ledger_row(one) for one in made]),
    }
    sale = {"currency": "CNY", "table": "sales"}
    wholesale = [
        {
            "source_id": "M01",
            "target_id": one["dealer"],
            "kind": "wholesale",
            "vin": one["vin"],
            "on_date": one["day"] - timedelta(days=40),
            "amount": 90_000.0,
            "row_key": f"w{i}",
        }
        | sale
        for i, one in enumerate(made)
    ]
    retail = [
        {
            "source_id": one["dealer"],
            "target_id": one["buyer"],
            "kind": "retail",
            "vin": one["vin"],
            "on_date": one["day"],
            "amount": one["price"],
            "row_key": f"r{i}",
        }
        | sale
        for i, one in enumerate(made)
    ]
    results["flows"] = shaped("flows", wholesale + retail)
    tables["policies"] = loaded(
        "policies",
        [
            {
                "policy_id": f"p{i}",
                "vin": one["vin"],
                "insurer_id": one["insurer"],
                "insured_id": one["dealer"],
                "starts_on": one["day"] - timedelta(days=20),
            }
            for i, one in enumerate(made)
        ],
    )
    tables["exports"] = loaded(
        "exports",
        [
            {
                "export_id": f"x{i}",
                "vin": one["vin"],
                "exporter_id": "E01",
                "cleared_on": one["day"] + timedelta(days=30),
                "declared_as": "used",
                "destination": one["destination"],
                "value": one["price"],
            }
            for i, one in enumerate(made)
            if one["exported"]
        ],
    )
    return results, tables


@pytest.fixture(scope="session")
def frames() -> Build:
    return build_frames


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium without a window, which keeps a log of its console and of every request it makes."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        sentence = "The pages are tried in a real browser: install it with `apt-get install chromium chromium-driver`."
        if os.environ.get("CI"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = program
    folder: Path = tmp_path_factory.mktemp("browser")
    for flag in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--window-size=1600,900",
        f"--user-data-dir={folder}",
    ):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))
    try:
        yield opened
    finally:
        opened.quit()
