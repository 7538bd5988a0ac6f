"""One trial: a table is drawn and changed, written, damaged now and then, imported, and every line of it looked for."""

import io
import time
import traceback
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import tomlkit

from graphkit import Case
from graphkit.errors import GraphkitError
from tests.promises.mutated.offices import TITLES, TOTALS, changed
from tests.promises.mutated.sheet import handed, known, sheet
from tests.promises.mutated.writing import FORMS

LONGEST = 5.0
"""Seconds of processor that one import may take."""
WAITS = {"kind": "retail", "currency": "CNY", "status": "sold", "event": "transfer", "period": "2024-01"}
"""What a person answers for some constants; for any other one, the name of a firm."""


@dataclass(frozen=True)
class Trial:
    """What was imported, how it ended, what is wrong with that (nothing where it is right), and how many lines of it
    were looked for."""

    seed: int
    what: str
    ended: str
    faults: tuple[str, ...]
    seconds: float
    lines: int


@dataclass(frozen=True)
class _Given:
    name: str
    data: bytes
    what: str
    lines: dict[int, list[str]]
    head: list[str]
    encoding: str


def trial(seed: int, folder: Path) -> Trial:
    """The trial of a seed, always the same, in an empty folder."""
    given = _given(np.random.default_rng(seed))
    path = folder / given.name
    path.write_bytes(given.data)
    case = Case.new(folder / "case")
    began = time.process_time()
    faults: list[str] = []
    try:
        case.import_files(path)
        _answer(case, given.encoding)
        sources = case.settings().source
        if sources:
            case.check()
        ended = "asked" if any(one.questions for one in sources) else "loaded" if sources else "told"
        faults += _lost(case, given)
    except GraphkitError as error:
        ended = f"refused: {error}"
        faults += [] if given.name in str(error) or "case.toml" in str(error) else [f"names no file: {error}"]
    except Exception:
        ended = "broke"
        faults.append(traceback.format_exc())
    seconds = time.process_time() - began
    faults += [f"{seconds:.1f} s"] if seconds > LONGEST else []
    return Trial(seed, f"{given.name}: {given.what}", ended, tuple(faults), seconds, len(given.lines))


def _given(draw: np.random.Generator) -> _Given:
    if draw.random() < 0.1:
        # a file as it was handed over, damaged on its way
        name, path = handed()[int(draw.integers(0, len(handed())))]
        data, how, _ = _damaged(path.read_bytes(), draw)
        return _Given(name, data, how, {}, [], "big5")
    # the handed ones are longer, and have titles and totals
    name, rows = known()[int(draw.integers(0, len(handed()) if draw.random() < 0.6 else len(known())))]
    one = sheet(name, rows)
    changed(one, draw, int(draw.integers(1, 5)))
    form = FORMS[int(draw.integers(0, len(FORMS)))]
    data, ending, lines, encoding = form(one, draw)
    what = f"{', '.join(one.done)} as {form.__name__} {encoding}"
    name = name.rsplit(".", 1)[0] + ending
    head = one.rows[one.head] if "header_gone" not in one.done else []
    if draw.random() < 0.1:
        data, how, whole = _damaged(data, draw)
        # of what a cut or a struck byte spoils, only the lines before it are known
        is_text = ending in (".csv", ".txt") and encoding != "utf-16"
        known_lines = data[:whole].count(b"\n") if is_text else 0
        lines = {line: row for line, row in lines.items() if line < known_lines}
        return _Given(name, data, f"{what}, {how}", lines, [], encoding)
    if draw.random() < 0.1:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr(zipfile.ZipInfo(name), data)
        return _Given("files.zip", held.getvalue(), f"{what}, in a zip", lines, head, encoding)
    return _Given(name, data, what, lines, head, encoding)


def _damaged(data: bytes, draw: np.random.Generator) -> tuple[bytes, str, int]:
    """The bytes with a fault, its name, and how many of them are before it."""
    at = int(draw.integers(0, max(len(data), 1)))
    kind = int(draw.integers(0, 4))
    if kind == 0:
        return data[:at], f"cut at {at}", at
    if kind == 1:
        return data[:at] + b"\x00" * 8 + data[at:], f"NUL at {at}", at
    if kind == 2:
        return data[:at] + bytes(draw.integers(0, 256, 8, dtype=np.uint8)) + data[at + 8 :], f"struck at {at}", at
    return data[:at] + b'"' + data[at:], f"a quote at {at}", at


def _answer(case: Case, encoding: str) -> None:
    """Fill in what ``case.toml`` waits for, as a person who knows the file would."""
    path = case.path / "case.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    for source in document.get("source", []):
        if source.get("encoding") == "":
            source["encoding"] = encoding.removesuffix("-sig") or "utf-8"
        if source.get("date_order") == "":
            source["date_order"] = "dmy"
        for name, value in source.get("constants", {}).items():
            if not value:
                source["constants"][name] = WAITS.get(name, "示例明川汽车销售有限公司")
        for name, value in source.get("units", {}).items():
            if not value:
                source["units"][name] = "percent" if name in ("share", "votes") else "yuan"
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def _lost(case: Case, given: _Given) -> list[str]:
    """The filled lines that are neither loaded nor quarantined nor told to be no data, and the rows that are told to be
    none, where the file is loaded.
    """
    sources = case.settings().source
    if not sources or any(source.questions for source in sources):
        return []
    told: set[int] = set()
    aside: set[int] = set()
    for path in (path for room in ("tables", "quarantine", "skipped") for path in case.path.glob(f"{room}/*.parquet")):
        frame = pl.read_parquet(path)
        if {"line", "source_id"} <= set(frame.columns):
            told |= set(frame["line"].to_list())
        if path.parent.name == "skipped":
            aside |= set(frame.filter(pl.col("kind").is_in(["note", "total", "header"]))["line"].to_list())
    lost = sorted(line for line in given.lines if line not in told)
    rows = sorted(line for line in given.lines if line in aside and _is_row(given.lines[line], given.head))
    return [f"lost lines {lost}"] * bool(lost) + [f"rows {rows} are told to be no data"] * bool(rows)


def _is_row(row: list[str], head: list[str]) -> bool:
    """Whether a line has a cell under nearly every column, and none of the words by which a total is known."""
    filled = sum(bool(cell.strip()) for cell in row)
    words = any(word in cell for word in (*TOTALS, *TITLES) for cell in row)
    is_head = [cell for cell in row if cell] == [cell for cell in head if cell]
    return bool(head) and not is_head and filled >= max(4, 0.7 * sum(map(bool, head))) and not words
