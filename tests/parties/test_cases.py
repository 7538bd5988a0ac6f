"""The cases in ``cases/``: each folder is one, read as it stands. Add a folder to add a case.

``case.toml``: says, as_of, register_date?, regimes? (else the default). ``parties.csv``: party_id, kind and more
columns. ``ownership.csv`` (shares with %), ``control_agreements.csv``, ``positions.csv`` and ``kinship.csv``: as
imported. ``deals.csv``: who deals with whom. ``expected.csv``: all control rows; ``expected_relations.csv`` (regime and
tier where they are not the default and A), ``expected_groups.csv``: all of those. An id in no row of parties is a stub.
"""

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.identity import Resolved, resolve
from graphkit.model import DEFAULT_REGIME, REGIMES
from graphkit.parties import Parties, relate
from graphkit.tables.coverage import Coverage, Span
from graphkit.tables.inputs import TABLES

REGISTERS = ("ownership", "control_agreements", "positions", "kinship")
CASES = sorted(path for path in (Path(__file__).parent / "cases").iterdir() if path.is_dir())


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    path = folder / f"{name}.csv"
    return pl.read_csv(path, infer_schema=False).to_dicts() if path.exists() else []


def value(text: str | None, dtype: pl.DataType) -> Any:
    if text is None:
        return None
    if dtype == pl.Int64:
        return int(Decimal(text[:-1]) * 10_000) if text.endswith("%") else int(text)
    if dtype == pl.Date:
        return date.fromisoformat(text)
    return text == "true" if dtype == pl.Boolean else text


def loaded(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    types = TABLES[name].loaded_schema()
    key = TABLES[name].key
    return pl.DataFrame(
        [
            {column: value(row.get(column), dtype) for column, dtype in types.items() if column != "line"}
            | {"row_key": "|".join(row.get(part) or "" for part in key), "source_id": "case", "line": n + 2}
            for n, row in enumerate(rows)
        ],
        schema=types,
    )


def regimes_of(folder: Path) -> list[str]:
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    return list(case.get("regimes", [DEFAULT_REGIME]))


def settings_of(folder: Path) -> tuple[date, date | None]:
    """The day of a case and that of its registers."""
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    return case["as_of"], case.get("register_date")


Market = tuple[Resolved, pl.DataFrame, Coverage, date]
"""Resolved tables, who deals with whom, what is covered, and the day."""


def market(folders: Sequence[Path], order: Any = list, name: Any = str) -> Market:
    """Cases with the same settings side by side in one market, ids written by ``name``."""
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in ("parties", "deals", *REGISTERS)}
    for folder in folders:
        mark = f"{CASES.index(folder)}-" if len(folders) > 1 else ""
        for table, several in rows.items():
            for row in rows_of(folder, table):
                several.append({column: mark + name(cell) if column.endswith("_id") and cell else cell
                                for column, cell in row.items()})  # fmt: skip
    parties = [row | {"name": row["party_id"]} for row in rows["parties"]]
    tables = {"parties": loaded("parties", order(parties))}
    for table in REGISTERS:
        tables[table] = loaded(table, order(rows[table]))
    deals = pl.DataFrame(order(rows["deals"]), schema={"source_id": pl.String, "target_id": pl.String})
    as_of, register = settings_of(folders[0])
    coverage = Coverage(tuple(Span(table, as_of=register) for table in REGISTERS if register))
    return resolve(tables), deals, coverage, as_of


def answer(case: Market, regime: str) -> Parties:
    who, deals, coverage, as_of = case
    return relate(who.tables, deals, coverage, who.identities, regime, as_of)


as_it_stands = cache(market)
renamed_market = cache(lambda pool: market(pool, name=renamed))


@cache
def answered(folders: tuple[Path, ...], regime: str) -> Parties:
    """The answer as the files stand, worked out once."""
    return answer(as_it_stands(folders), regime)


POOLS = [tuple(folders) for _, folders in groupby(sorted(CASES, key=lambda case: str(settings_of(case))), settings_of)]
"""The cases by their settings: each pool is one market."""


def as_text(frame: pl.DataFrame, expected: list[dict[str, Any]], columns: tuple[str, ...]) -> tuple[Any, Any]:
    got = frame.select(pl.col(columns).cast(pl.String)).rows()
    want = [tuple(row[column] for column in columns) for row in expected]
    return sorted(got, key=str), sorted(want, key=str)


@pytest.mark.parametrize("folder", CASES, ids=lambda path: path.name)
def test_case(folder: Path) -> None:
    spans = ("valid_from", "valid_to")
    case = market([folder])
    by_regime = {regime: answer(case, regime) for regime in regimes_of(folder)}
    found = next(iter(by_regime.values()))
    got, want = as_text(
        found.control,
        rows_of(folder, "expected"),
        ("controller_id", "controlled_id", "basis", "verdict", *spans),
    )
    assert got == want
    if (folder / "expected_relations.csv").exists():
        columns = ("regime", "party_a", "party_b", "tier", "rule", "verdict", *spans)
        expected = [{"regime": DEFAULT_REGIME, "tier": "A"} | row for row in rows_of(folder, "expected_relations")]
        got, want = as_text(pl.concat([one.relations for one in by_regime.values()]), expected, columns)
        assert got == want
    if (folder / "expected_groups.csv").exists():
        got, want = as_text(found.groups, rows_of(folder, "expected_groups"), ("party_id", "group_id", *spans))
        assert got == want
    for one in by_regime.values():
        assert set(one.control["proof_id"]) | set(one.relations["proof_id"]) == set(one.proofs["proof_id"])


@pytest.mark.no_cover
@pytest.mark.parametrize("pool", POOLS, ids=len)
@settings(derandomize=True, deadline=None, max_examples=4)
@given(random=st.randoms(use_true_random=False), regime=st.sampled_from(REGIMES))
def test_shuffled_rows_give_equal_tables(pool: tuple[Path, ...], random: Any, regime: str) -> None:
    found = answered(pool, regime)
    shuffled = answer(market(pool, lambda rows: random.sample(rows, len(rows))), regime)
    for name in ("control", "proofs", "groups", "relations"):
        assert getattr(shuffled, name).equals(getattr(found, name)), name


def renamed(text: str) -> str:
    """Another id for each, in another order: what the smallest stood for the largest stands for now."""
    return "".join(chr(ord("Z") + ord("A") - ord(sign)) if "A" <= sign <= "Z" else sign for sign in text)


@pytest.mark.no_cover
@pytest.mark.parametrize("regime", REGIMES)
def test_renamed_ids_give_the_same_verdicts(regime: str) -> None:
    for pool in POOLS:
        found, other = answered(pool, regime), answer(renamed_market(pool), regime)
        assert found.control.height or len(pool) < len(CASES) / 2
        span = ("valid_from", "valid_to")
        control = found.control.select("controller_id", "controlled_id", "basis", "verdict", *span).rows()
        assert {(renamed(a), renamed(b), *rest) for a, b, *rest in control} == set(
            other.control.select("controller_id", "controlled_id", "basis", "verdict", *span).rows()
        )
        columns = ("party_a", "party_b", "tier", "rule", "verdict", "weight", *span)
        pairs = {(*sorted(map(renamed, (a, b))), *rest) for a, b, *rest in found.relations.select(columns).rows()}
        assert pairs == set(other.relations.select(columns).rows())
