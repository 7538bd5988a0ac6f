"""Query files: what their headers must say, and how parameters are read."""

from datetime import date
from pathlib import Path

import pytest

from graphkit.detectors import DETECTORS
from graphkit.errors import QueryError
from graphkit.queries import Column, Param, bind, known_of, library, parse, schema, to_paste
from graphkit.tables.coverage import Coverage, Span

HEADER = {
    "title": "A title",
    "answers": "what it answers",
    "reads": "Party, Sale",
    "param": "party_id: string",
    "returns": "party_id string, units int?, days list<string>",
    "order": "party_id",
    "bounds": "all",
    "cost": "little",
    "demo": "party_id=D09",
    "empty": "party_id=NOBODY",
}
TEXT = """
MATCH (p:Party {party_id: $party_id}) WHERE p.name <> 'RETURN $nothing; // no'
CALL { WITH p RETURN count(p) AS inner_count, 1 AS other ORDER BY other }
RETURN DISTINCT p.party_id AS party_id, coalesce(p.units, size([1, 2])) AS units, p.days AS days
ORDER BY party_id LIMIT 5;
"""


def written(text: str = TEXT, **changes: str | None) -> str:
    lines = {word: said for word, said in {**HEADER, **changes}.items() if said}
    return "\n".join(f"// {word}{' ' if word == 'param' else ': '}{said}" for word, said in lines.items()) + text


def read(text: str = TEXT, **changes: str | None) -> object:
    return parse(written(text, **changes), Path("explore/example.cypher"))


def test_a_query_is_read_from_its_header() -> None:
    query = parse(written(answers="what it\n//     answers", demo="party_id=a=b"), Path("explore/example.cypher"))
    assert (query.name, query.folder, query.title) == ("example", "explore", "A title")
    assert query.answers == "what it answers"
    assert query.reads == ("Party", "Sale")
    assert query.params == (Param("party_id", "string", None, True),)
    assert query.returns == (
        Column("party_id", "string", False),
        Column("units", "int", True),
        Column("days", "list<string>", False),
    )
    assert dict(query.demo) == {"party_id": "a=b"}


@pytest.mark.parametrize("word", [word for word in HEADER if word != "param"])
def test_a_header_that_lacks_a_field_is_refused(word: str) -> None:
    with pytest.raises(QueryError, match=f"explore/example.cypher: the header lacks {word}"):
        read(**{word: None})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"param": None, "demo": "-", "empty": "-"}, "parameters of header and text differ: party_id"),
        ({"param": "party_id: string\n// param more: int = 1"}, "parameters of header and text differ: more"),
        ({"param": "party_id: text"}, "is not written 'name: type'"),
        ({"param": "party_id: int = many"}, "party_id is a whole number, not 'many'"),
        ({"returns": "party_id string, units int"}, "the text returns party_id, units, days"),
        ({"returns": "units int, party_id string, days list<string>"}, "the header says units, party_id, days"),
        ({"returns": "party_id words"}, "is not written 'name type'"),
        ({"demo": "dealer=D09"}, "demo: example has no parameter dealer"),
        ({"empty": "-"}, "empty: example needs party_id"),
        ({"demo": "party_id"}, "is not written 'name=value"),
        ({"title": "one\n// title: two"}, "comes twice"),
        ({"title": "one\n// tittle: two"}, "is none of title"),
        ({"text": "\nMATCH (p:Party {party_id: $party_id})"}, "returns nothing"),
        ({"text": TEXT.replace("LIMIT 5", "LIMIT 5; MATCH (n) DELETE n")}, "one statement a file"),
        ({"text": TEXT.replace("ORDER BY party_id LIMIT 5", "")}, "total ORDER BY"),
    ],
)
def test_a_header_that_does_not_fit_its_text_is_refused_in_one_sentence(changes: dict[str, str], reason: str) -> None:
    with pytest.raises(QueryError) as refused:
        read(**changes)
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)


TYPED = (
    "a: int\n// param b: float = 0.5\n// param c: date = null\n// param d: bool = true\n"
    "// param e: list<string> = x, y\n// param as_of: date"
)


def typed() -> object:
    text = "\nRETURN $a AS a, $b AS b, $c AS c, $d AS d, $e AS e, $as_of AS as_of ORDER BY a"
    names = "a int, b float, c date?, d bool, e list<string>, as_of date"
    given = "a=1, as_of=2025-01-01"
    return read(text, param=TYPED, returns=names, demo=given, empty=given)


def test_parameters_are_typed_and_defaults_fill_in() -> None:
    given = {"a": "-7", "c": "2025-02-28", "d": "False", "as_of": "2026-01-01"}
    assert bind(typed(), given) == {
        "a": -7, "b": 0.5, "c": date(2025, 2, 28), "d": False, "e": ["x", "y"], "as_of": date(2026, 1, 1),
    }  # fmt: skip


def test_a_query_to_paste_gives_each_value_as_cypher_reads_it_back() -> None:
    given = {"a": "7", "d": "False", "e": "O'Hara, C:\\, x", "as_of": "2025-12-31"}
    assert to_paste(typed(), given).splitlines()[:6] == [
        ":param a => 7",
        ":param b => 0.5",
        ":param c => null",
        ":param d => false",
        # a backslash left as it is would swallow the quote after it
        r":param e => ['O\'Hara', 'C:\\', 'x']",
        ":param as_of => date('2025-12-31')",
    ]
    assert to_paste(typed(), given).endswith("ORDER BY a;")


def test_what_a_case_knows_stands_in_for_what_is_not_given() -> None:
    known = {"as_of": date(2026, 6, 30), "b": 0.25, "regime": "ias24"}
    bound = bind(typed(), {"a": "1", "b": "2"}, known)
    assert (bound["as_of"], bound["b"]) == (date(2026, 6, 30), 2.0)
    assert bind(typed(), {"a": "1"}, known)["b"] == 0.25, "it goes before the default"
    assert "regime" not in bound


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"as_of": "2025-01-01"}, "example needs a: add --param a=VALUE"),
        ({"a": "1"}, "example needs as_of"),
        ({"a": "1", "as_of": "2025-01-01", "z": "1"}, "has no parameter z: its parameters are a, b, c, d, e, as_of"),
        ({"a": "1.5", "as_of": "2025-01-01"}, "a is a whole number, not '1.5'"),
        ({"a": "1", "b": "much", "as_of": "2025-01-01"}, "b is a number, not 'much'"),
        ({"a": "1", "as_of": "2025-02-30"}, "as_of is a date such as 2025-12-31, not '2025-02-30'"),
        ({"a": "1", "d": "maybe", "as_of": "2025-01-01"}, "d is true or false, not 'maybe'"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(given: dict[str, str], reason: str) -> None:
    with pytest.raises(QueryError) as refused:
        bind(typed(), given)
    assert reason in str(refused.value)


def test_a_case_knows_the_longest_complete_period_of_each_table() -> None:
    spans = (
        Span("sales", date(2020, 1, 1), date(2020, 2, 1), complete=True),
        Span("sales", date(2024, 1, 1), date(2024, 12, 31), complete=True),
        Span("sales", date(2025, 6, 1), date(2025, 12, 31), complete=True),
        Span("policies", date(2024, 1, 1), date(2024, 12, 31)),
        Span("exports", date(2024, 1, 1), date(2024, 12, 31), place="示例甲市", complete=True),
    )
    assert known_of(Coverage(spans), date(2025, 12, 31), "ias24") == {
        "as_of": date(2025, 12, 31),
        "regime": "ias24",
        "sales_complete_from": date(2024, 1, 1),
        "sales_complete_to": date(2024, 12, 31),
    }


def test_the_library_has_its_questions_and_its_twins() -> None:
    folders = [query.folder for query in library().values()]
    assert folders.count("explore") >= 14
    twins = sorted(name for name, query in library().items() if query.folder == "detect")
    assert twins == [detector.id for detector in DETECTORS], "write cypher/detect/<id>.cypher for each detector"


def test_the_schema_may_be_applied_twice() -> None:
    assert schema()
    assert all("IF NOT EXISTS" in statement and ";" not in statement for statement in schema())
    assert sum(statement.startswith("CREATE CONSTRAINT") for statement in schema()) == 10
