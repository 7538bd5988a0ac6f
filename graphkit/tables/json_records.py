"""JSON → cells: an array of flat records, an object that holds one, or a record a line."""

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import polars as pl

from graphkit.errors import InputError
from graphkit.tables.delimited import WIDEST_HEADER
from graphkit.tables.physical_lines import PhysicalLines
from graphkit.tables.raw_table import BROKEN_SCHEMA, UNDECODABLE, RawTable, column_names

LONGEST_EXPONENT = 40
"""A number with a greater exponent keeps it, as its digits would fill pages."""


class _Twice(list[tuple[str, Any]]):
    """The keys and values of a record that names a key more than once."""


def read_json(name: str, lines: PhysicalLines) -> RawTable:
    """The cells of flat JSON records; a key that a record lacks is an empty cell, and numbers keep their digits.

    ``line`` is the physical line where each line is a record, and the record's number in an array. Raises
    ``InputError`` for JSON that is damaged, holds no one array of records, or a value inside a value.
    """
    try:
        whole = _loads("\n".join(lines.texts))
    except ValueError as error:
        return _from_lines(name, lines, error)
    if isinstance(whole, dict) and not any(isinstance(value, dict | list) for value in whole.values()):
        return _from_lines(name, lines, None)
    if lines.undecodable:
        raise InputError(f"{name} has bytes that are not in its encoding on line {min(lines.undecodable)}.")
    where, records = _array(name, whole)
    numbered = [(number, value, _written(value)) for number, value in enumerate(records, start=1)]
    return _table(name, numbered, [], "json", lines.encoding, f"{where}record ")


def _loads(text: str) -> Any:
    try:
        return json.loads(text, parse_int=str, parse_float=_number, parse_constant=_constant, object_pairs_hook=_record)
    except RecursionError:
        raise ValueError("values inside values without end") from None


def _number(digits: str) -> str:
    exponent = digits.lower().partition("e")[2]
    return f"{Decimal(digits):f}" if exponent and abs(int(exponent)) <= LONGEST_EXPONENT else digits


def _constant(name: str) -> str | None:
    # what is not a number is an empty cell, as in Parquet
    return None if name == "NaN" else name


def _record(pairs: list[tuple[str, Any]]) -> dict[str, Any] | _Twice:
    record = dict(pairs)
    return record if len(record) == len(pairs) else _Twice(pairs)


def _written(value: Any) -> str:
    if isinstance(value, _Twice):
        return "{" + ", ".join(f"{_written(key)}: {_written(inner)}" for key, inner in value) + "}"
    return json.dumps(value, ensure_ascii=False)


def _array(name: str, whole: Any) -> tuple[str, list[Any]]:
    """Where the one array of records is, and the array."""
    found = list(_arrays(whole, ""))
    if not found:
        raise InputError(f"{name} is JSON without an array of records; give the table as CSV or XLSX.")
    if len(found) > 1:
        places = ", ".join(place for place, _ in found)
        raise InputError(f"{name} holds {len(found)} arrays of records ({places}); save each as its own file.")
    place, records = found[0]
    return (f"{place}, " if place else ""), records


def _arrays(value: Any, place: str) -> Iterator[tuple[str, list[Any]]]:
    if isinstance(value, list) and not isinstance(value, _Twice):
        if any(isinstance(one, dict | _Twice) for one in value):
            yield place, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _arrays(inner, f"{place}.{key}" if place else key)


def _from_lines(name: str, lines: PhysicalLines, error: ValueError | None) -> RawTable:
    records: list[tuple[int, Any, str]] = []
    broken: list[tuple[int, str, str]] = []
    for line, text in enumerate(lines.texts, start=1):
        if not text.strip():
            continue
        if line in lines.undecodable:
            broken.append((line, text, UNDECODABLE))
            continue
        try:
            records.append((line, _loads(text), text))
        except ValueError:
            broken.append((line, text, "is no JSON record"))
    if error is not None and sum(isinstance(value, dict) for _, value, _ in records) < len(broken):
        at = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise InputError(f"{name} is damaged JSON{at}; export it again.") from error
    return _table(name, records, broken, "jsonl", lines.encoding, "line ")


def _table(
    name: str,
    records: Sequence[tuple[int, Any, str]],
    broken: list[tuple[int, str, str]],
    form: str,
    encoding: str,
    where: str,
) -> RawTable:
    sound: list[tuple[int, dict[str, Any], str]] = []
    header: dict[str, None] = {}
    for line, value, text in records:
        if isinstance(value, dict):
            nested = next((key for key, inner in value.items() if isinstance(inner, dict | list)), None)
            if nested is not None:
                raise InputError(f"{name} has a value inside a value at {where}{line}, {nested}; give flat records.")
            header |= dict.fromkeys(value)
            sound.append((line, value, text))
        else:
            reason = "names a key more than once" if isinstance(value, _Twice) else "is no JSON record"
            broken.append((line, text, reason))
    if not 2 <= len(header) <= WIDEST_HEADER:
        raise InputError(f"{name} is not a table: its records have {len(header)} keys in all.")
    rows = pl.DataFrame(
        [
            pl.Series(column, [_cell(value.get(key)) for _, value, _ in sound], dtype=pl.String)
            for column, key in zip(column_names(len(header)), header, strict=True)
        ]
    ).with_columns(line=pl.Series([line for line, _, _ in sound], dtype=pl.Int64))
    return RawTable(
        header=[" ".join(key.split()) for key in header],
        rows=rows,
        broken=pl.DataFrame(sorted(broken), schema=BROKEN_SCHEMA, orient="row"),
        format=form,
        encoding=encoding,
        delimiter="",
        texts=pl.Series([text for _, _, text in sound], dtype=pl.String),
    )


def _cell(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value or None
