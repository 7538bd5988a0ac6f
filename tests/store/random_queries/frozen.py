"""The frozen queries: what a real Neo4j answered, a line of JSON each."""

import gzip
import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import neo4j

from tests.store.random_queries.answers import ask, decode, difference, encode
from tests.store.random_queries.generator import query

FILE = Path(__file__).with_name("frozen.jsonl.gz")
COUNT = 5_000
ROWS = 50
"""A query with more rows than this is not kept."""

EMPTY = 4
"""At least so many queries with rows for every one without."""

CLAUSES = {
    "several hops": r"MATCH \([^()]*\)[^()]*\([^()]*\)[^()]*\([^()]*\)[^\n]*\nWHERE",
    "OPTIONAL MATCH": r"\bOPTIONAL MATCH\b",
    "WITH … WHERE": r"\bWITH\b[^{}\n]*\sWHERE\b",
    "aggregates": r"\b(count|sum|avg|min|max|collect|percentileCont|percentileDisc|stDevP)\(",
    "DISTINCT beside another aggregate": r"RETURN[^\n]*count\(\*\).*\(DISTINCT",
    "RETURN DISTINCT": r"\bRETURN DISTINCT\b",
    "variable length": r"\[:[A-Z_|]+\*\d\.\.\d\]",
    "quantified paths": r"\)\{\d(,\d)?\} \(",
    "shortestPath": r"\bshortestPath\(",
    "allShortestPaths": r"\ballShortestPaths\(",
    "EXISTS": r"\bEXISTS \{",
    "COUNT": r"\bCOUNT \{",
    "COLLECT": r"\bCOLLECT \{",
    "CALL": r"\bCALL \(",
    "CASE": r"\bCASE\b",
    "list comprehensions": r"\[\w+ IN ",
    "pattern comprehensions": r"\[\(\w+\)[<-]",
    "any, all, none, single": r"\b(any|all|none|single)\(\w+ IN ",
    "reduce": r"\breduce\(",
    "UNWIND": r"\bUNWIND\b",
    "UNION": r"\bUNION\b(?! ALL)",
    "UNION ALL": r"\bUNION ALL\b",
    "ORDER BY and LIMIT": r"\bORDER BY [^\n]*\s+LIMIT\b",
    "SKIP": r"\bSKIP\b",
    "nulls": r"\bIS (NOT )?NULL\b|\bnull\b|\bcoalesce\(",
    "parallel relationships": r"\((\w+):Party\)-\[\w+:\w+\]->\((\w+):Party\), \(\1\)-\[\w+:\w+\]->?\(\2\)",
    "self-loops": r"\((\w+):Party\)-\[\w+:\w+\]->?\(\1\)",
    "labels joined": r":\w+[:|&]!?[A-Z]\w+",
    "dates and durations": r"\bduration\b|\bdate\b",
    "parameters": r"\$\w+",
    "whole nodes or maps": r"\bAS it\b",
}
"""What the queries are made of, by the text that shows it."""


def frozen() -> Iterator[dict[str, Any]]:
    """The frozen queries: number, text, params, is_ordered, columns and rows, values encoded."""
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def spread(queries: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """So many of the queries, evenly over all of them."""
    return queries[:: len(queries) // count][:count]


def freeze(session: neo4j.Session, count: int = COUNT) -> Iterator[int]:
    """Ask a real Neo4j until so many queries are kept, and write the file anew; tells how many it has so far.

    Raises RuntimeError where the server refuses a query: the generator is wrong.
    """
    kept: list[dict[str, Any]] = []
    empty = number = 0
    while len(kept) < count:
        asked = query(number)
        number += 1
        columns, rows = ask(session, asked.text, asked.params)
        if rows and isinstance(rows[0], str):
            raise RuntimeError(f"Neo4j refused query {asked.number}: {rows[0]}\n{asked.text}\n{asked.params}")
        if len(rows) > ROWS or (not rows and empty * EMPTY >= len(kept)):
            continue
        empty += not rows
        line = {"number": asked.number, "text": asked.text, "params": encode(asked.params)["map"]}
        kept.append({**line, "is_ordered": asked.is_ordered, "columns": columns, "rows": rows})
        yield len(kept)
    lines = BytesIO()
    # without a name and a time in it the same queries are the same bytes
    with gzip.GzipFile(filename="", mode="wb", fileobj=lines, compresslevel=9, mtime=0) as stream:
        for line in kept:
            stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    FILE.write_bytes(lines.getvalue())


def differences(session: neo4j.Session, queries: Iterator[dict[str, Any]]) -> Iterator[str]:
    """For each query what this engine answers otherwise, with the text to try; empty where it answers the same."""
    for line in queries:
        columns, rows = ask(session, line["text"], {name: decode(part) for name, part in line["params"].items()})
        told = difference(line, columns, rows)
        params = json.dumps(line["params"], ensure_ascii=False)
        yield told and f"query {line['number']}: {told}\n{line['text']}\nparameters: {params}\n"


def told(differences: Iterator[str]) -> str:
    """How many answers differ, and the first of them; empty where all are the same."""
    answers = list(differences)
    differing = [text for text in answers if text]
    return "\n\n".join([f"{len(differing)} of {len(answers)} answers differ", *differing[:5]]) if differing else ""
