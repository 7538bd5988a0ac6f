"""The graph of a case read a second time: node by node and tie by tie, from the rows of tables and results."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from graphkit.files import hash_text
from graphkit.parties.shared import reached, shared
from graphkit.store.batches import Batch, Links, Nodes
from graphkit.tables.inputs import TABLES
from graphkit.tables.outputs import SHAPES
from graphkit.tables.reference import reference_csv
from graphkit.trade.trade_sets import trade_sets
from graphkit.trade.undone_sales import often_undone
from tests.trade.test_circles import plain_payments
from tests.trade.test_paid_sales import plain as plain_paid_sales

Row = dict[str, Any]
Frames = Mapping[str, pl.DataFrame]
Node = tuple[frozenset[str], tuple[tuple[str, Any], ...]]
Tie = tuple[str, tuple[str, str], tuple[str, str], tuple[tuple[str, Any], ...]]

LABELS = {"manufacturer": "Manufacturer", "dealer": "Dealer", "insurer": "Insurer", "exporter": "Exporter",
          "vendor": "Vendor", "person": "Person", "government": "Government"}  # fmt: skip
KEYS = {"Party": "party_id", "Vehicle": "vin", "Sale": "sale_id", "Policy": "policy_id", "Identifier": "identifier_id",
        "ReportedCount": "reported_count_id", "Cluster": "cluster_id", "Finding": "finding_id",
        "Run": "run_id"}  # fmt: skip
FOUND = ("finding_id", "detector", "unit_id", "verdict", "observed", "n", "effect", "q")


class PlainGraph:
    """``nodes`` by label and key; ``ties``, each as often as it is there. Properties that are null are there too."""

    def __init__(self, tables: Frames, results: Frames) -> None:
        self.tables = {name: (tables[name] if name in tables else TABLES[name].empty()).to_dicts() for name in TABLES}
        self.results = {name: frame.to_dicts() for name, frame in results.items()}
        self.nodes: dict[tuple[str, str], Node] = {}
        self.ties: Counter[Tie] = Counter()
        # what others read a second time is taken as it is
        none = {name: TABLES[name].empty() for name in ("parties", "sales", "payments") if name not in tables}
        parties, sales, payments = ((tables | none)[name] for name in ("parties", "sales", "payments"))
        groups = results.get("groups", SHAPES["groups"].empty())
        self.often_undone = set(often_undone(sales, parties, payments, groups, reached(parties, sales))["sale_id"])
        self.sets = {row["party_id"]: row["trade_set_id"] for row in trade_sets(sales, parties).to_dicts()}
        self.shared = [row for row in shared(parties).to_dicts() if row["kind"] in ("address", "phone", "email")]
        self._parties()
        self._vehicles()
        self._sales_and_policies()
        self._rows_that_tie()
        self._payments()
        self._what_is_shared()
        self._what_was_reported()
        self._control_and_relations()
        self._trade()
        self._what_was_found()
        self._runs()

    def node(self, label: str, properties: Row, *more: str) -> None:
        key = label, properties[KEYS[label]]
        assert key not in self.nodes, key
        self.nodes[key] = frozenset((label, *more)), _facts(properties)

    def tie(self, type_: str, start: tuple[str, Any], end: tuple[str, Any], **properties: Any) -> None:
        if start[1] is not None and end[1] is not None:
            self.ties[type_, start, end, _facts(properties)] += 1

    def of(self, name: str) -> list[Row]:
        return self.results.get(name, [])

    def content(self, name: str) -> list[Row]:
        """The rows without where they came from."""
        kept = (*TABLES[name].columns, "is_stub")
        return [{column: value for column, value in row.items() if column in kept} for row in self.tables[name]]

    def _parties(self) -> None:
        who = {row["party_id"]: row for row in self.of("identities")}
        scores = {row["party_id"]: row for row in self.of("scores")}
        told = ("score", "band", "q", "families", "flagged", "gate_failed", "reason_1", "reason_2", "reason_3")
        for row in self.content("parties"):
            party = row["party_id"]
            words = [*(row["roles"] or "").split(";"), row["kind"]]
            known = {name: who.get(party, {}).get(name) for name in ("name_key", "is_undecided", "is_private")}
            scored = {name: scores.get(party, {}).get(name) for name in told}
            more = [LABELS[word] for word in words if word in LABELS]
            self.node("Party", row | known | scored | {"trade_set_id": self.sets.get(party)}, *more)

    def _vehicles(self) -> None:
        lives = {row["vin"]: row for row in self.of("ledger")}
        cars = {row["vin"]: row for row in self.content("vehicles")}
        named = {row["vin"] for rows in self.tables.values() for row in rows if "vin" in row}
        for vin in named | lives.keys():
            blank = dict.fromkeys((*SHAPES["ledger"].schema, *TABLES["vehicles"].columns))
            life, car = lives.get(vin, {}), cars.get(vin, {})
            facts = blank | car | {name: value for name, value in life.items() if value is not None} | {"vin": vin}
            hidden = {row["table"] for row in self.of("shadows") if row["vin"] in (vin, "*")}
            self.node("Vehicle", facts | {"shadowed_in": sorted(hidden) or None})
        for vin, car in cars.items():
            self.tie("BUILT", ("Party", car["manufacturer_id"]), ("Vehicle", vin))

    def _sales_and_policies(self) -> None:
        for row in self.content("sales"):
            self.node("Sale", row | {"is_often_undone": row["sale_id"] in self.often_undone or None})
            sale = "Sale", row["sale_id"]
            self.tie("SOLD", ("Party", row["seller_id"]), sale)
            self.tie("BOUGHT_BY", sale, ("Party", row["buyer_id"]))
            self.tie("OF", sale, ("Vehicle", row["vin"]))
        for row in self.content("policies"):
            changed = [change for change in self.tables["endorsements"] if change["policy_id"] == row["policy_id"]
                       and change["field"] in ("insured", "insured_id", "insured_name")
                       and change["old"] is not None]  # fmt: skip
            changed.sort(key=lambda change: (change["changed_on"], change["field"]))
            self.node("Policy", row | {"insured_before": changed[0]["old"] if changed else None})
            policy = "Policy", row["policy_id"]
            self.tie("ISSUED", ("Party", row["insurer_id"]), policy)
            self.tie("INSURES", policy, ("Party", row["insured_id"]))
            self.tie("COVERS", policy, ("Vehicle", row["vin"]))

    def _rows_that_tie(self) -> None:
        car = "Vehicle", "vin"
        self._each("registrations", "PLATED_TO", car, ("Party", "owner_id"))
        self._each("exports", "EXPORTED", ("Party", "exporter_id"), car)
        self._each("listings", "LISTED", ("Party", "vendor_id"), car)
        self._each("claims", "CLAIMED", ("Party", "claimant_id"), car)
        self._each("declared_stock", "HELD_AS", car, ("Party", "holder_id"))
        self._each("ownership", "OWNS", ("Party", "owner_id"), ("Party", "owned_id"))
        self._each("positions", "HOLDS_POSITION", ("Party", "person_id"), ("Party", "company_id"))
        self._each("kinship", "FAMILY_OF", ("Party", "person_id"), ("Party", "relative_id"))
        self._each(
            "control_agreements", "CONTROLS_BY_AGREEMENT", ("Party", "controller_id"), ("Party", "controlled_id")
        )

    def _each(self, name: str, type_: str, start: tuple[str, str], end: tuple[str, str]) -> None:
        for row, whole in zip(self.content(name), self.tables[name], strict=True):
            told = {column: value for column, value in row.items() if column not in (start[1], end[1], "is_stub")}
            self.tie(type_, (start[0], row[start[1]]), (end[0], row[end[1]]), **told, row_key=whole["row_key"])

    def _payments(self) -> None:
        # a currency that is not given is one of its own
        given = [row | {"currency": row["currency"] or ""} for row in self.tables["payments"]]
        order = {row["key"]: row["place"] for row in plain_payments(given)}
        paid = plain_paid_sales(self.tables["sales"], self.tables["payments"])
        sold = {row[-2]: {"pays_for": row[1], "matched_by": row[-1]} for row in paid}
        words = {row["word"]: row["look_alike"] for row in reference_csv("payment_purposes").to_dicts()}
        for row, whole in zip(self.content("payments"), self.tables["payments"], strict=True):
            key = whole["row_key"]
            told = {name: value for name, value in row.items() if name not in ("payer_id", "payee_id")}
            told |= sold.get(key, {"pays_for": None, "matched_by": None})
            told |= {"order_on_day": order.get(key), "row_key": key}
            told["purpose_says"] = _says(row["purpose"], words)
            self.tie("PAID", ("Party", row["payer_id"]), ("Party", row["payee_id"]), **told)

    def _what_is_shared(self) -> None:
        for row in self.shared:
            key = hash_text("identifier", row["kind"], row["value"])
            if ("Identifier", key) not in self.nodes:
                told = {name: row[name] for name in ("kind", "value", "parties")}
                self.node("Identifier", {"identifier_id": key} | told)
            self.tie("HAS", ("Party", row["party_id"]), ("Identifier", key))

    def _what_was_reported(self) -> None:
        for row in self.content("reported_counts"):
            parts = [row[name] for name in ("reporter_id", "subject_id", "period", "series", "statistic", "city")]
            key = "|".join((part or "").replace("%", "%25").replace("|", "%7C") for part in parts)
            self.node("ReportedCount", row | {"reported_count_id": key})
            self.tie("REPORTED", ("Party", row["reporter_id"]), ("ReportedCount", key))
            self.tie("ABOUT", ("ReportedCount", key), ("Party", row["subject_id"]))

    def _control_and_relations(self) -> None:
        proofs = defaultdict(list)
        for row in sorted(self.of("proofs"), key=lambda row: (row["proof_id"], row["ordinal"])):
            cited = f"{row['table']}/{row['row_key']}"
            proofs[row["proof_id"]].append((f"{row['from_id']} -> {row['to_id']}{_share(row)} ({cited})", cited))
        for name, type_, start, end, apart in (
            ("control", "CONTROLS", "controller_id", "controlled_id", ("valid_from", "valid_to", "verdict", "basis")),
            ("relations", "RELATED_TO", "party_a", "party_b",
             ("regime", "tier", "rule", "valid_from", "valid_to", "verdict")),
        ):  # fmt: skip
            for row in self.of(name):
                told = {column: value for column, value in row.items() if column not in (start, end)}
                steps = proofs.get(row["proof_id"], [])
                told |= {"proof": [step for step, _ in steps] or None, "proof_rows": [row for _, row in steps] or None}
                self.tie(type_, ("Party", row[start]), ("Party", row[end]), **told, row_key=_key(row, *apart))
        for row in self.of("groups"):
            days = {"valid_from": row["valid_from"], "valid_to": row["valid_to"]}
            home = "Party", row["group_id"]
            self.tie("IN_GROUP_OF", ("Party", row["party_id"]), home, **days, row_key=_key(row, "valid_from"))

    def _trade(self) -> None:
        alike = defaultdict(list)
        for row in self.of("flows"):
            alike[row["source_id"], row["target_id"], row["kind"], row["currency"]].append(row)
        for (source, target, kind, currency), rows in alike.items():
            rows.sort(key=lambda row: (row["on_date"], row["table"], row["row_key"]))
            amounts = [row["amount"] for row in rows if row["amount"] is not None]
            self.tie(
                "TRADED", ("Party", source), ("Party", target), kind=kind, currency=currency, units=len(rows),
                amount=sum(amounts) if amounts else None, first_on=rows[0]["on_date"], last_on=rows[-1]["on_date"],
                fan_out=max(row["fan_out"] for row in rows), fan_in=max(row["fan_in"] for row in rows),
                scatter_gather=max(row["scatter_gather"] for row in rows), row_key=f"{kind}|{currency or ''}",
            )  # fmt: skip

    def _what_was_found(self) -> None:
        for row in self.of("clusters"):
            self.node("Cluster", row)
        for row in self.of("cluster_members"):
            told = {name: row[name] for name in ("standing", "role", "units", "first_on", "last_on")}
            self.tie("HAS_MEMBER", ("Cluster", row["cluster_id"]), ("Party", row["party_id"]), **told)
        weights = {(row["finding_id"], row["party_id"]): row for row in self.of("contributions")}
        for row in self.of("findings"):
            self.node("Finding", row)
            finding = "Finding", row["finding_id"]
            weight = weights.get((row["finding_id"], row["party_id"]), {})
            told = {name: weight.get(name) for name in ("weight", "counted", "sentence")}
            self.tie("CONCERNS", finding, ("Party", row["party_id"]), **told)
            cars = {
                hit["subject_id"].split("/")[0]
                for hit in self.of("hits")
                if (hit["detector"], hit["unit_id"]) == (row["detector"], row["unit_id"])
                and hit["subject_kind"] in ("vehicle", "step")
                and hit["verdict"] == "flagged"
            }
            for vin in cars:
                self.tie("CONCERNS", finding, ("Vehicle", vin))

    def _runs(self) -> None:
        for row in self.of("runs"):
            self.node("Run", {name: row[name] for name in ("run_id", "as_of", "regime", "is_current")})
        for row in self.of("found"):
            told = {name: row[name] for name in FOUND}
            self.tie("FOUND", ("Run", row["run_id"]), ("Party", row["party_id"]), **told, row_key=row["finding_id"])


def drawn(batches: Iterable[Batch]) -> tuple[dict[tuple[str, str], Node], Counter[Tie]]:
    """What batches give, in the same form."""
    nodes: dict[tuple[str, str], Node] = {}
    ties: Counter[Tie] = Counter()
    for batch in batches:
        for row in batch.frame.to_dicts():
            if isinstance(batch, Nodes):
                key = batch.labels[0], row[batch.key]
                assert key not in nodes, key
                assert batch.key == KEYS[batch.labels[0]]
                nodes[key] = frozenset(batch.labels), _facts(row)
            elif isinstance(batch, Links):
                ends = batch.start, batch.end
                assert all(end.key == KEYS[end.label] for end in ends)
                told = {name: value for name, value in row.items() if name not in {end.column for end in ends}}
                start, end = ((end.label, row[end.column]) for end in ends)
                ties[batch.type, start, end, _facts(told)] += 1
    return nodes, ties


def _facts(row: Row) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((name, _fact(value)) for name, value in row.items()))


def _fact(value: Any) -> Any:
    # lists cannot be counted, and sums depend on their order in the last digit
    return tuple(value) if isinstance(value, list) else round(value, 6) if isinstance(value, float) else value


def _key(row: Row, *names: str) -> str:
    values = (row[name] for name in names)
    return "|".join(value.isoformat() if isinstance(value, date) else value or "" for value in values)


def _share(row: Row) -> str:
    low, high = row["share_low"], row["share_high"]
    if low is None:
        return ""
    return f" {low / 10_000} %" if low == high else f" {low / 10_000} to {high / 10_000} %"


def _says(purpose: str | None, words: Mapping[str, str | None]) -> str | None:
    """The first look-alike of which the purpose has a word, nothing where it is but words that say nothing."""
    text = (purpose or "").lower()
    for look_alike in ("floor_plan", "refund", "cash_pooling"):
        if any(word in text for word, means in words.items() if means == look_alike):
            return look_alike
    # the longest first, so that none is left in pieces
    for word in sorted((word for word, means in words.items() if means is None), key=len, reverse=True):
        text = text.replace(word, "")
    return None if any(letter.isalpha() for letter in text) else "nothing"
