"""A simulated market as a folder of source files, as an investigator would receive them."""

from pathlib import Path

import polars as pl
import tomlkit

from graphkit.files import replacing
from graphkit.simulate.simulator import Simulated

CHINESE_HEADERS = {
    "registrations": {
        "registration_id": "登记编号",
        "vin": "车架号",
        "owner_id": "所有人编号",
        "city": "上牌城市",
        "plated_on": "上牌日期",
        "event": "登记类型",
        "first_registered_on": "初次登记日期",
        "use": "使用性质",
        "deregistered_on": "注销日期",
        "awaiting_export_on": "转让登记待出口日期",
    }
}
"""Tables that are written with the headers of their Chinese register: field, header."""

CHINESE_WORDS = {
    "registrations": {
        "event": {"first": "注册登记", "transfer": "转移登记"},
        "use": {
            "private": "非营运",
            "commercial": "营运",
            "rental": "租赁",
            "leasing": "融资租赁",
            "ride_hailing": "网约车",
            "demo": "试驾",
        },
    }
}
"""And with its words: field, word of the contract, word of the register."""


def write(simulated: Simulated, folder: Path) -> list[Path]:
    """Write one CSV a table (UTF-8), ``coverage.toml`` with coverage and denials, and ``labels/*.csv``.

    Gives the files to import: the tables and ``coverage.toml``, not the labels. Each file appears whole or not at all;
    files of the same name are replaced.
    """
    files = []
    for name, rows in simulated.tables.items():
        _write_rows(_as_registered(name, rows), folder / f"{name}.csv")
        files.append(folder / f"{name}.csv")
    for name, rows in simulated.labels.items():
        _write_rows(rows, folder / "labels" / f"{name}.csv")
    with replacing(folder / "coverage.toml") as beside:
        beside.write_text(_statement(simulated), encoding="utf-8")
    return [*files, folder / "coverage.toml"]


def _as_registered(name: str, rows: pl.DataFrame) -> pl.DataFrame:
    words = CHINESE_WORDS.get(name, {})
    spoken = [pl.col(field).replace_strict(known, return_dtype=pl.String) for field, known in words.items()]
    return rows.with_columns(spoken).rename(CHINESE_HEADERS.get(name, {}), strict=False)


def _write_rows(rows: pl.DataFrame, path: Path) -> None:
    with replacing(path) as beside:
        rows.write_csv(beside)


def _statement(simulated: Simulated) -> str:
    document = tomlkit.document()
    coverage, denials = tomlkit.aot(), tomlkit.aot()
    for span in simulated.spans:
        entry = tomlkit.table()
        facts = {
            "table": span.table,
            "from": span.first,
            "to": span.last,
            "place": span.place,
            "complete": span.complete,
            "as_of": span.as_of,
            "confirmed": span.confirmed or None,
        }
        for key, value in facts.items():
            if value is not None:
                entry.add(key, value)
        coverage.append(entry)
    for party, text in simulated.denials.items():
        entry = tomlkit.table()
        entry.add("party_id", party)
        entry.add("text", text)
        entry.add("source", "simulated statement")
        denials.append(entry)
    document.append("coverage", coverage)
    document.append("denial", denials)
    return tomlkit.dumps(document)
