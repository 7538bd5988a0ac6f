"""A tiny hand-made market, and one engine that serves it to every test of the session."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import permutations
from pathlib import Path

import narwhals as nw
import polars as pl
import pytest

from graphkit.ledger import build_ledger
from graphkit.model import Market
from graphkit.parties.shared import reached
from graphkit.store.bolt import Graph
from graphkit.store.build import open_store
from graphkit.store.embedded import DATABASE
from graphkit.store.engine import running
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.trade.flow_shapes import with_shapes
from graphkit.trade.flows import build_flows
from graphkit.trade.undone_sales import times_undone

SECONDS = 60.0
FIRST, LAST = date(2024, 1, 1), date(2026, 6, 30)
TRICKY = 'O\'Hara "示例" \\ {x: $y} // 🚗\nsecond line'


def vin(n: int) -> str:
    return f"LSAMP000000000{n:03d}"


def table(table_name: str, /, *rows: dict[str, object]) -> pl.DataFrame:
    """Loaded rows of an input table: what is not given is null, lineage is made up."""
    empty = TABLES[table_name].empty()
    key = TABLES[table_name].key
    full = [
        {"row_key": "|".join(str(row.get(part) or "") for part in key), "source_id": "s", "line": at + 2, **row}
        for at, row in enumerate(rows)
    ]
    if "vin" in empty.columns:
        full = [{"vin_check": "not_applicable", **row} for row in full]
    return pl.DataFrame(full, schema=empty.schema)


def _car(n: int, built: date, maker: str = "M01") -> dict[str, object]:
    return {"vin": vin(n), "manufacturer_id": maker, "built_on": built}


def _sale(sale_id: str, n: int, seller: str, buyer: str, kind: str, on: date, **more: object) -> dict[str, object]:
    return {"sale_id": sale_id, "vin": vin(n), "seller_id": seller, "buyer_id": buyer, "kind": kind,
            "invoiced_on": on, "price": 100.0, "currency": "CNY", **more}  # fmt: skip


def _policy(n: int, insured: str, on: date, **more: object) -> dict[str, object]:
    return {"policy_id": f"Q{n}", "vin": vin(n), "insurer_id": "I01", "insured_id": insured, "starts_on": on,
            "kind": "compulsory", "city": "示例甲市", **more}  # fmt: skip


def _plate(n: int, owner: str, on: date, **more: object) -> dict[str, object]:
    return {"registration_id": f"G{n}", "vin": vin(n), "owner_id": owner, "city": "示例乙市", "plated_on": on,
            "event": "first", **more}  # fmt: skip


def _payment(payment_id: str, payer: str, payee: str, on: date, purpose: str, **more: object) -> dict[str, object]:
    return {"payment_id": payment_id, "payer_id": payer, "payee_id": payee, "paid_on": on, "amount": 100.0,
            "currency": "CNY", "purpose": purpose, **more}  # fmt: skip


def tiny_tables() -> dict[str, pl.DataFrame]:
    built = date(2025, 1, 10)
    companies = ("C01", "C02", "C03")
    parties = [
        {"party_id": "M01", "kind": "company", "name": "Sample Motors", "roles": "manufacturer"},
        {"party_id": "D01", "kind": "company", "name": TRICKY, "roles": "dealer;exporter", "city": "示例甲市"},
        {"party_id": "I01", "kind": "company", "name": "示例保险", "roles": "insurer"},
        {"party_id": "S01", "kind": "government", "name": "示例国资委"},
        *(
            {
                "party_id": c,
                "kind": "company",
                "name": f"示例公司{c}",
                "address": " 甲路1号 ",
                "phone": "000-00000001",
                "registered_on": date(2025, 8, 1) if c == "C03" else None,
            }
            for c in companies
        ),
        *({"party_id": f"H{i:02d}", "kind": "company", "name": f"Hub {i}", "email": "hub@example"} for i in range(11)),
        *({"party_id": f"P{i}", "kind": "person", "name": f"示例人{i}"} for i in range(1, 10)),
    ]
    wholesale = [_sale(f"W{n}", n, "M01", "D01", "wholesale", date(2025, 2, 1)) for n in range(1, 14)]
    tables = {name: contract.empty() for name, contract in TABLES.items()}
    tables["parties"] = table("parties", *parties).with_columns(is_stub=pl.lit(False))
    tables["vehicles"] = table("vehicles", *(_car(n, built) for n in range(1, 27)))
    tables["sales"] = table(
        "sales",
        *wholesale,
        # 1 honest; 2 insured by the dealer long before; 3 gift insurance; 4 demo car; 5 unsold, held by the group
        _sale("R1", 1, "D01", "P1", "retail", date(2025, 3, 1), handed_over_on=date(2025, 3, 3)),
        _sale("R2", 2, "D01", "P2", "retail", date(2025, 6, 1)),
        _sale("R3", 3, "D01", "P3", "retail", date(2025, 6, 1)),
        _sale("R4", 4, "D01", "P4", "retail", date(2025, 6, 1)),
        # 6 to 8 to related companies: absorbed, own fleet, before the relation began; 9 cancelled order
        _sale("R6", 6, "D01", "C01", "retail", date(2025, 12, 5)),
        _sale("R7", 7, "D01", "C02", "retail", date(2025, 12, 6)),
        _sale("R8", 8, "D01", "C01", "retail", date(2025, 2, 10)),
        _sale("R9", 9, "D01", "P5", "retail", date(2025, 7, 1)),
        # a car that nobody plated comes back
        _sale("B9", 9, "P5", "D01", "resale", date(2025, 8, 1)),
        # 10 and 11 are exported as used soon after their plate, without and with the maker's letter
        _sale("R10", 10, "D01", "P6", "retail", date(2025, 11, 1)),
        _sale("R11", 11, "D01", "P7", "retail", date(2025, 11, 1)),
        _sale("R12", 12, "D01", "P8", "retail", date(2025, 11, 1)),
        # 13 to a company that was just entered in the register, and nobody plated it
        _sale("R13", 13, "D01", "C03", "retail", date(2025, 9, 1)),
        # 14 to 19 go from each of three companies to each other and stay there; 20 to 26 are deals around them
        *(
            _sale(f"R{n}", n, seller, buyer, "retail", date(2025, 5, 1))
            for n, (seller, buyer) in enumerate(permutations(("H01", "H02", "H03"), 2), start=14)
        ),
        *(_sale(f"R{n}", n, "D01", f"H{n - 16:02d}", "retail", date(2025, 5, 1)) for n in range(20, 27)),
    )  # fmt: skip
    tables["policies"] = table(
        "policies",
        _policy(1, "P1", date(2025, 3, 2)),
        _policy(2, "D01", date(2025, 3, 20)),
        _policy(3, "P3", date(2025, 3, 20)),
        _policy(4, "D01", date(2025, 3, 20)),
        _policy(5, "C01", date(2025, 3, 20)),
        _policy(6, "C01", date(2025, 12, 5)),
        _policy(7, "C02", date(2025, 12, 6)),
        _policy(8, "C01", date(2025, 2, 10)),
        _policy(9, "P9", date(2025, 3, 20), cancelled_on=date(2025, 5, 1)),
        # 12 looks like gift insurance, but the policy was first another company's
        _policy(12, "P8", date(2025, 3, 20)),
    )
    tables["endorsements"] = table(
        "endorsements",
        {"policy_id": "Q12", "changed_on": date(2025, 10, 1), "field": "insured", "old": "C03", "new": "P8"},
    )
    tables["registrations"] = table(
        "registrations",
        _plate(1, "P1", date(2025, 3, 10)),
        _plate(2, "P2", date(2025, 6, 5)),
        _plate(7, "C02", date(2025, 12, 20), use="rental"),
        _plate(8, "C01", date(2025, 2, 20)),
        _plate(10, "P6", date(2025, 11, 5)),
        _plate(11, "P7", date(2025, 11, 5)),
    )
    tables["odometer"] = table("odometer", *({"vin": vin(n), "read_on": date(2026, 1, 5), "km": 12} for n in (10, 11)))
    tables["exports"] = table(
        "exports",
        *({"export_id": f"X{n}", "vin": vin(n), "exporter_id": "D01", "applied_on": date(2026, 1, 8), "cleared_on":
           date(2026, 1, 20), "declared_as": "used", "destination": "XX", "maker_letter": n == 11} for n in (10, 11)),
    )  # fmt: skip
    tables["declared_stock"] = table(
        "declared_stock",
        {"vin": vin(4), "holder_id": "D01", "status": "demo", "valid_from": date(2025, 2, 1), "valid_to": None},
    )
    tables["ownership"] = table(
        "ownership",
        {"owner_id": "P9", "owned_id": "D01", "share": 600_000, "valid_from": date(2024, 6, 1)},
        {"owner_id": "P9", "owned_id": "C01", "share": 510_000, "valid_from": date(2025, 3, 1)},
        {"owner_id": "P9", "owned_id": "C02", "share": 1_000_000, "valid_from": None, "valid_to": date(2026, 1, 1)},
        {"owner_id": "S01", "owned_id": "C03", "share": 1_000_000},
    )
    tables["payments"] = table(
        "payments",
        {"payment_id": "Y1", "payer_id": "C01", "payee_id": "D01", "paid_on": date(2025, 12, 7), "amount": 5.5},
        {"payment_id": "Y2", "payer_id": "C01", "payee_id": None, "paid_on": date(2025, 12, 7), "amount": 5.5},
        # the dealer pays the price of car 2 itself, by way of another company
        _payment("Y3", "D01", "H00", date(2025, 5, 20), "市场推广费"),
        _payment("Y4", "H00", "P2", date(2025, 5, 25), "咨询费"),
        _payment("Y5", "P2", "D01", date(2025, 6, 1), "车款", sale_id="R2"),
    )
    tables["reported_counts"] = table(
        "reported_counts",
        {
            "reporter_id": "M01",
            "subject_id": "M01",
            "period": "2025-12",
            "series": "retail",
            "units": 12.0,
            "source": "x",
        },
        {
            "reporter_id": None,
            "subject_id": "M01",
            "period": "2025",
            "series": "exported",
            "share": 123_400,
            "source": None,
        },
    )
    return tables


@dataclass(frozen=True)
class Tiny:
    """The market as the detectors and the store see it."""

    market: Market
    tables: Mapping[str, pl.DataFrame]
    results: Mapping[str, pl.DataFrame]


def frame(name: str, *rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=dict(SHAPES[name].schema))


def tiny_market() -> Tiny:
    """The tables with the results that the rooms between would give."""
    tables = tiny_tables()
    coverage = Coverage(
        tuple(
            Span(name, FIRST, LAST, complete=True) for name in ("sales", "registrations", "declared_stock", "exports")
        )
    )
    lazy = {name: nw.from_native(rows.lazy()) for name, rows in tables.items()}
    parties = tables["parties"]
    results = {
        "identities": parties.select(
            "party_id", "name", "kind", "roles", "city", "uscc", "lei", "is_stub", "is_state", "is_listed",
            canonical_id="party_id", name_key=pl.col("name").str.to_lowercase(), is_undecided=pl.lit(False),
            is_private=pl.lit(False), basis=pl.lit("self"), reason=pl.lit(None, dtype=pl.String),
        ),
        "control": frame("control", *(
            {"controller_id": "P9", "controlled_id": owned, "basis": "majority", "verdict": "proven",
             "valid_from": since, "proof_id": f"p-{owned}"}
            for owned, since in (("D01", date(2024, 6, 1)), ("C01", date(2025, 3, 1)), ("C02", None))
        )),
        "proofs": frame("proofs", *(
            {"proof_id": proof, "ordinal": at, "from_id": "P9", "to_id": owned, "table": "ownership",
             "row_key": f"P9|{owned}|{since}", "share_low": share, "share_high": most}
            for proof, at, owned, since, share, most in (
                ("p-D01", 1, "D01", "2024-06-01", 600_000, 600_000),
                ("p-C01", 1, "C01", "2025-03-01", 510_000, 510_000),
                ("p", 1, "C01", "2025-03-01", 510_000, 510_000),
                ("p", 2, "D01", "2024-06-01", 505_000, 600_000),
            )
        )),
        "groups": frame("groups", *(
            {"party_id": member, "group_id": "P9", "valid_from": since}
            for member, since in (("D01", date(2024, 6, 1)), ("C01", date(2025, 3, 1)), ("P9", None))
        )),
        "relations": frame("relations", *(
            {"party_a": buyer, "party_b": "D01", "regime": "asbe36_current", "rule": "R1", "tier": "A",
             "verdict": "proven", "valid_from": date(2025, 3, 1), "proof_id": "p"}
            for buyer in ("C01", "C02")
        )),
        "shadows": SHAPES["shadows"].empty(),
        "clusters": frame("clusters", {"cluster_id": "k1", "anchor_id": "P9", "units": 2, "reason": "示例"}),
        "cluster_members": frame("cluster_members", *(
            {"cluster_id": "k1", "party_id": member, "standing": standing, "units": units}
            for member, standing, units in (("D01", "core", 2), ("C01", "counterparty", 1), ("M01", "context", None))
        )),
        "findings": frame("findings", {
            "finding_id": "f1", "detector": "related_party_sales", "unit_id": "dealer_month/D01/2025-12",
            "unit_kind": "dealer_month", "party_id": "D01", "observed": 1, "n": 2, "verdict": "flagged",
        }),
        "hits": frame("hits", {
            "hit_id": "h1", "detector": "related_party_sales", "subject_kind": "vehicle", "subject_id": vin(6),
            "unit_id": "dealer_month/D01/2025-12", "verdict": "flagged",
        }),
        "scores": frame("scores", {"party_id": "D01", "score": 1.5, "band": "high", "flagged": True}),
    }  # fmt: skip
    results["ledger"] = SHAPES["ledger"].canonical(build_ledger(lazy, coverage).collect().to_native())
    results["flows"] = SHAPES["flows"].canonical(with_shapes(build_flows(lazy).collect().to_native()))
    known = {name: nw.from_native(rows.lazy()) for name, rows in results.items()}
    sales, parties = tables["sales"], tables["parties"]
    undone = times_undone(sales, parties, tables["payments"], results["groups"], reached(parties, sales))
    market = Market(
        tables=lazy, ledger=known["ledger"], flows=known["flows"], identities=known["identities"],
        control=known["control"], groups=known["groups"], relations=known["relations"],
        proofs=nw.from_native(SHAPES["proofs"].empty().lazy()),
        undone=nw.from_native(undone.lazy()),
        shadows=known["shadows"], coverage=coverage,
        regime="asbe36_current", as_of=LAST, rules={"used_export_180_days": date(2026, 1, 1)},
    )  # fmt: skip
    return Tiny(market, tables, results)


def silent(what: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    return tiny_market()


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("case") / "store"


@pytest.fixture(scope="session")
def graph(tiny: Tiny, store_folder: Path) -> Iterator[Graph]:
    with open_store(store_folder, lambda: tiny.tables, lambda: tiny.results, "tiny", silent) as opened:
        yield opened


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    """One engine for one tiny market after another: a start costs more than a hundred of them."""
    folder = tmp_path_factory.mktemp("engine")
    with (
        running(folder / "databases", folder / "server", is_writable=True, timeout=SECONDS) as (door, _),
        Graph.connect(door.uri, door.user, door.password, database=DATABASE) as graph,
    ):
        yield graph
