"""The Cypher library: each file of ``cypher/`` as a named, typed query, its header checked against its text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from graphkit.errors import QueryError
from graphkit.tables.coverage import Coverage
from graphkit.tables.reference import cypher_folder

TYPES = ("string", "int", "float", "bool", "date", "list<string>")
"""The types that a parameter or a returned column may have."""

FOLDERS = ("explore", "detect")
"""The folders whose files are queries; ``schema`` holds constraints and indexes.

``explore`` has a folder for each kind of question.
"""

GROUP_OF_TWINS = "what the detectors count"
"""The kind of question that the files of ``detect`` answer."""

_SINGLE = ("title", "answers", "reads", "returns", "order", "bounds", "cost", "demo", "empty")
_FIELD = re.compile(r"//\s?(?P<word>[a-z]+)(?::|\s)\s*(?P<value>.*)")
_PARAM = re.compile(r"(?P<name>[a-z_][a-z0-9_]*): (?P<type>[a-z<>]+)(?P<default> = .*)?")
_COLUMN = re.compile(r"(?P<name>[a-z_][a-z0-9_]*) (?P<type>[a-z<>]+)(?P<optional>\??)")
_NOISE = re.compile(r"//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`", re.DOTALL)
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Param:
    """A parameter of a query; ``default`` is None where it must be given, or where none stands for "no limit"."""

    name: str
    type: str
    default: Any
    required: bool


@dataclass(frozen=True)
class Column:
    """A column that a query returns; an optional one may be null."""

    name: str
    type: str
    optional: bool


@dataclass(frozen=True)
class Query:
    """One file of the library: what it answers, what it takes and gives, and its text.

    ``group`` is the kind of question, ``folder`` one of ``FOLDERS``.
    """

    name: str
    folder: str
    group: str
    title: str
    answers: str
    reads: tuple[str, ...]
    params: tuple[Param, ...]
    returns: tuple[Column, ...]
    order: str
    bounds: str
    cost: str
    demo: Mapping[str, str]
    empty: Mapping[str, str]
    text: str


@lru_cache(maxsize=1)
def library() -> Mapping[str, Query]:
    """Every query of ``cypher/explore`` and ``cypher/detect`` by name, in order of folder, kind and name.

    Raises QueryError where a header is incomplete or does not fit its text, or two files have one name.

    >>> library()["dealer_buyers"].returns[0]
    Column(name='buyer_id', type='string', optional=False)
    """
    found: dict[str, Query] = {}
    for folder in FOLDERS:
        for path in sorted((cypher_folder() / folder).rglob("*.cypher")):
            query = parse(path.read_text(encoding="utf-8"), path, folder)
            if query.name in found:
                raise QueryError(f"two query files are named {query.name}: rename one of them")
            found[query.name] = query
    return MappingProxyType(found)


def schema() -> tuple[str, ...]:
    """The statements of ``cypher/schema``, in order of file and line: constraints and indexes IF NOT EXISTS."""
    texts = [path.read_text(encoding="utf-8") for path in sorted((cypher_folder() / "schema").glob("*.cypher"))]
    pieces = [piece.strip() for text in texts for piece in _NOISE.sub("", text).split(";")]
    return tuple(piece for piece in pieces if piece)


def to_paste(query: Query, given: Mapping[str, str]) -> str:
    """A query as it is pasted into Neo4j Browser or cypher-shell: its parameters as ``:param`` lines, then its text.

    What ``given`` does not say comes from the example in the header, else from the default.

    >>> print(to_paste(library()["vehicle_life"], {"vin": "LSAMP"}).splitlines()[0])
    :param vin => 'LSAMP'
    """
    bound = bind(query, {**query.demo, **given})
    lines = [f":param {name} => {_literal(value)}" for name, value in bound.items()]
    return "\n".join([*lines, query.text.rstrip().rstrip(";") + ";"])


def _literal(value: Any) -> str:
    if isinstance(value, date):
        return f"date('{value}')"
    if isinstance(value, list):
        return f"[{', '.join(_literal(part) for part in value)}]"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def bind(query: Query, given: Mapping[str, str], known: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    """The parameters of a query as the engine takes them, from the text of ``--param name=value``.

    What is not given comes from ``known`` (see ``known_of``), else from its default. Raises QueryError for a parameter
    that is missing, unknown or not of its type.

    >>> bind(library()["dealer_buyers"], {"dealer_id": "D09", "top": "5"})
    {'dealer_id': 'D09', 'top': 5}
    """
    names = [param.name for param in query.params]
    unknown = sorted(set(given) - set(names))
    if unknown:
        takes = ", ".join(names) or "none"
        raise QueryError(f"{query.name} has no parameter {unknown[0]}: its parameters are {takes}")
    bound: dict[str, Any] = {}
    for param in query.params:
        if param.name in given:
            bound[param.name] = _value(query.name, param.name, param.type, given[param.name])
        elif param.required and param.name not in known:
            raise QueryError(f"{query.name} needs {param.name}: add --param {param.name}=VALUE")
        else:
            bound[param.name] = known.get(param.name, param.default)
    return bound


def known_of(coverage: Coverage, as_of: date, regime: str) -> dict[str, Any]:
    """The parameters that a case answers by itself: ``as_of``, ``regime``, and from and to when each table is complete.

    A table that is complete nationwide in several periods gives the longest of them.

    >>> from graphkit.tables.coverage import Span
    >>> span = Span("sales", date(2024, 1, 1), date(2024, 6, 30), complete=True)
    >>> known_of(Coverage((span,)), date(2024, 6, 30), "ias24")["sales_complete_to"]
    datetime.date(2024, 6, 30)
    """
    known: dict[str, Any] = {"as_of": as_of, "regime": regime}
    for table in sorted({span.table for span in coverage.spans}):
        periods = coverage.complete_spans(table)
        if periods:
            first, last = max(periods, key=lambda period: period[1] - period[0])
            known |= {f"{table}_complete_from": first, f"{table}_complete_to": last}
    return known


def parse(text: str, path: Path, folder: str = "explore") -> Query:
    """A query file's text as a Query named for the file; raises QueryError where header and text do not agree."""
    where = f"{path.parent.name}/{path.name}"
    fields, params = _header(text, where)
    absent = [word for word in _SINGLE if word not in fields]
    if absent:
        raise QueryError(f"{where}: the header lacks {', '.join(absent)}")
    query = Query(
        name=path.stem,
        folder=folder,
        group=GROUP_OF_TWINS if folder == "detect" else path.parent.name.replace("_", " "),
        title=fields["title"],
        answers=fields["answers"],
        reads=tuple(part.strip() for part in fields["reads"].split(",")),
        params=tuple(_param(value, where) for value in params),
        returns=tuple(_column(part.strip(), where) for part in fields["returns"].split(",")),
        order=fields["order"],
        bounds=fields["bounds"],
        cost=fields["cost"],
        demo=_pairs(fields["demo"], where),
        empty=_pairs(fields["empty"], where),
        text=text,
    )
    _check(query, where)
    return query


def _header(text: str, where: str) -> tuple[dict[str, str], list[str]]:
    fields: dict[str, str] = {}
    params: list[str] = []
    word = ""
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        # an indented line goes on with the field above it
        if line.startswith("//    ") and word in fields:
            fields[word] += " " + line[2:].strip()
            continue
        match = _FIELD.fullmatch(line.rstrip())
        word = match["word"] if match else ""
        if match and word == "param":
            params.append(match["value"])
        elif match and word in _SINGLE and word not in fields:
            fields[word] = match["value"]
        else:
            raise QueryError(
                f"{where}: the header line {line!r} is none of {', '.join(_SINGLE)}, param, or comes twice"
            )
    return fields, params


def _param(value: str, where: str) -> Param:
    match = _PARAM.fullmatch(value)
    if not match or match["type"] not in TYPES:
        raise QueryError(f"{where}: the parameter {value!r} is not written 'name: type' or 'name: type = default'")
    if match["default"] is None:
        return Param(match["name"], match["type"], None, True)
    default = match["default"].removeprefix(" = ")
    typed = None if default == "null" else _value(where, match["name"], match["type"], default)
    return Param(match["name"], match["type"], typed, False)


def _column(value: str, where: str) -> Column:
    match = _COLUMN.fullmatch(value)
    if not match or match["type"] not in TYPES:
        raise QueryError(f"{where}: the returned column {value!r} is not written 'name type' or 'name type?'")
    return Column(match["name"], match["type"], bool(match["optional"]))


def _pairs(value: str, where: str) -> Mapping[str, str]:
    """The parameters of ``demo`` and ``empty``: ``dealer_id=D09, top=5``; a lone ``-`` is none."""
    if value.strip() == "-":
        return MappingProxyType({})
    pairs = [part.strip().partition("=") for part in value.split(",")]
    if not all(sign for _, sign, _ in pairs):
        raise QueryError(f"{where}: {value!r} is not written 'name=value, name=value'")
    return MappingProxyType({name: text for name, _, text in pairs})


def _value(query: str, name: str, kind: str, text: str) -> Any:
    try:
        if kind == "int":
            return int(text)
        if kind == "float":
            return float(text)
        if kind == "date":
            return date.fromisoformat(text)
        if kind == "bool":
            return {"true": True, "false": False}[text.lower()]
    except (ValueError, KeyError):
        shown = {"date": "a date such as 2025-12-31", "bool": "true or false", "int": "a whole number"}
        raise QueryError(f"{query}: {name} is {shown.get(kind, 'a number')}, not {text!r}") from None
    if kind == "list<string>":
        return [part.strip() for part in text.split(",") if part.strip()]
    return text


def _check(query: Query, where: str) -> None:
    # strings, quoted names and comments hide nothing that is looked for below
    bare = _NOISE.sub(lambda noise: "''" if noise[0][0] in "'\"" else " ", query.text).strip().rstrip(";")
    if ";" in bare:
        raise QueryError(f"{where}: one statement a file, without a semicolon inside")
    used = set(re.findall(r"\$(\w+)", bare))
    named = {param.name for param in query.params}
    if used != named or len(named) < len(query.params):
        odd = ", ".join(sorted(used ^ named)) or "one of them twice"
        raise QueryError(f"{where}: the parameters of header and text differ: {odd}")
    aliases = _returned(bare, where)
    declared = [column.name for column in query.returns]
    if aliases != declared:
        raise QueryError(f"{where}: the text returns {', '.join(aliases)}; the header says {', '.join(declared)}")
    if not re.search(r"\bORDER\s+BY\b", bare[bare.upper().rindex("RETURN") :], re.IGNORECASE):
        raise QueryError(f"{where}: a query ends in a total ORDER BY")
    for case, pairs in (("demo", query.demo), ("empty", query.empty)):
        try:
            bind(query, pairs)
        except QueryError as error:
            raise QueryError(f"{where}: {case}: {error}") from None


def _returned(bare: str, where: str) -> list[str]:
    """The aliases of the last RETURN outside brackets."""
    depth, start = 0, -1
    for match in re.finditer(r"[(\[{]|[)\]}]|\bRETURN\b", bare, re.IGNORECASE):
        if match[0] in "([{":
            depth += 1
        elif match[0] in ")]}":
            depth -= 1
        elif depth == 0:
            start = match.end()
    if start < 0:
        raise QueryError(f"{where}: the text returns nothing")
    clause = re.split(r"\bORDER\s+BY\b|\bSKIP\b|\bLIMIT\b", bare[start:], flags=re.IGNORECASE)[0]
    clause = re.sub(r"^\s*DISTINCT\b", "", clause, flags=re.IGNORECASE)
    pieces, depth = [""], 0
    for letter in clause:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += letter
    return [(_WORDS.findall(piece) or [""])[-1] for piece in pieces]
