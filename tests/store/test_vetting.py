"""What a user's own text may say: refused forms however they are written, and honest texts that look like them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import QueryError
from graphkit.queries import library
from graphkit.store.vetting import vet, vet_plan

WRITES = {
    "CREATE (:Party {party_id: 'X'})": "CREATE",
    "CREATE (a:Party)-[:OWNS]->(b:Party)": "CREATE",
    "MATCH (a:Party), (b:Party) CREATE (a)-[:OWNS]->(b)": "CREATE",
    "MERGE (p:Party {party_id: 'X'}) RETURN p": "MERGE",
    "MATCH (p:Party) SET p.name = 'X'": "SET",
    "MATCH (p:Party) SET p:Dealer": "SET",
    "MATCH (p:Party) WHERE p.name = 'X' OR true SET p += {name: 'Y'} RETURN p": "SET",
    "MATCH (p:Party) REMOVE p.name": "REMOVE",
    "MATCH ()-[r]->() DELETE r": "DELETE",
    "MATCH (p:Party) WITH p AS as DETACH DELETE as": "DETACH",
    "MATCH (n) FOREACH (x IN [1] | CREATE (:Y))": "FOREACH",
    "INSERT (:Party {party_id: 'X'})": "INSERT",
    "CALL { CREATE (n:Y) RETURN n } RETURN n": "CREATE",
    "UNWIND [1, 2] AS x CALL (x) { CREATE (:Y {x: x}) } IN TRANSACTIONS OF 1 ROWS": "CREATE",
    "MATCH ((a)-->(b))+ CREATE (x:Y)": "CREATE",
    "MATCH (n) WHERE n:% CREATE (x:Y)": "CREATE",
    "MATCH (not) WITH not DETACH DELETE not": "DETACH",
    "RETURN 1 AS x UNION CREATE (y:Y) RETURN 1 AS x": "CREATE",
    "CREATE INDEX more IF NOT EXISTS FOR (n:Party) ON (n.name)": "CREATE",
    "CREATE CONSTRAINT IF NOT EXISTS FOR (n:Party) REQUIRE n.name IS UNIQUE": "CREATE",
    "DROP CONSTRAINT party_key": "DROP",
    "DROP INDEX more IF EXISTS": "DROP",
    "CALL db.createLabel('Y')": "db.createLabel",
    "CREATE DATABASE other": "CREATE",
    "CREATE USER x SET PASSWORD 'secret123'": "CREATE",
}
"""Texts that write, each with what the refusal names; the engines must hold these by themselves as well."""

OTHERS = {
    "UNWIND [1] AS x CALL (x) { RETURN 1 AS y } IN TRANSACTIONS RETURN y": "IN TRANSACTIONS",
    "UNWIND [1] AS x CALL (x) { RETURN 1 AS y } IN 2 CONCURRENT TRANSACTIONS RETURN y": "IN TRANSACTIONS",
    "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line": "LOAD CSV",
    "LOAD CSV WITH HEADERS FROM 'http://127.0.0.1:9/x' AS line RETURN line": "LOAD CSV",
    "MATCH (n) LOAD CSV FROM n.name AS line RETURN line": "LOAD CSV",
    "CALL apoc.load.json('file:///etc/passwd')": "apoc.load.json",
    "CALL `apoc` . `load` . json ('x') YIELD value RETURN value": "apoc.load.json",
    "CALL apoc.cypher.doIt('CREATE (n)', {})": "apoc.cypher.doIt",
    "RETURN apoc.text.join(['a'], 'b') AS x": "apoc.text.join",
    "RETURN `apoc.text.join`(['a'], 'b') AS x": "apoc.text.join",
    "RETURN genai.vector.encode('a', 'b') AS x": "genai.vector.encode",
    "CALL algo.pagerank()": "algo.pagerank",
    "CALL dbms.listConfig() YIELD name, value RETURN name, value": "dbms.listConfig",
    "CALL dbms.killConnection('bolt-1')": "dbms.killConnection",
    "CALL db.index.fulltext.queryNodes('a', 'b')": "db.index.fulltext.queryNodes",
    "CALL": "CALL",
    "SHOW SETTINGS": "SHOW SETTINGS",
    "SHOW USERS": "SHOW USERS",
    "SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery": "SHOW TRANSACTIONS",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1'": "TERMINATE TRANSACTIONS",
    "STOP DATABASE neo4j": "STOP DATABASE",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'": "ALTER CURRENT",
    "GRANT ROLE admin TO x": "GRANT ROLE",
    "RENAME USER a TO b": "RENAME USER",
    "USE system MATCH (n) RETURN n": "USE",
    "CALL { USE other MATCH (n) RETURN n } RETURN n": "USE",
    "MATCH (n) RETURN n; MATCH (n) RETURN n": "several statements",
    "RETURN 1 AS x; CREATE (n)": "several statements",
    "PROFILE MATCH (n) DELETE n": "PROFILE",
    "EXPLAIN MATCH (n) RETURN n": "EXPLAIN",
    "CYPHER 5 CREATE (n)": "CYPHER",
    "CYPHER runtime = slotted MATCH (n) RETURN n": "CYPHER",
    ":param x => 1": "colon",
    "SELECT FROM Party": "SELECT",
    "": "no question",
}
"""Texts that do something else than read the graph."""

HIDDEN = {
    "MATCH (n) /* ' */ SET /* \" */ n.x = 1 // '": "SET",
    "MATCH (n) // a comment ends with its line\rSET n.x = 1": "SET",
    "MATCH (n) \\u0053ET n.x = 1": "SET",
    "MATCH (n) S\\u0045T n.x = 1": "SET",
    "RETURN 'a\\u0027 AS x UNION CREATE (n:Y) RETURN 1 AS x //'": "CREATE",
    "RETURN 'a\\u005c' AS x UNION CREATE (n:Y) RETURN ' AS x //'": "CREATE",
    "RETURN 1 AS x \\u002f* */ UNION CREATE (n:Y) RETURN 1 AS x": "CREATE",
    # two backslashes stand for one, except where every escape is replaced whatever stands before it
    "RETURN 1 AS x /* \\\\u002a/ UNION CREATE (n:Y) RETURN 1 AS x //*/": "CREATE",
    "RETURN 'it\\'s' AS x UNION CREATE (n:Y) RETURN '' AS x": "CREATE",
    "MATCH (`a``b`) SET `a``b`.x = 1": "SET",
    "MATCH(n)SET\u3000n.x=1": "SET",
    "MATCH (n) \u017fET n.x = 1": "SET",
    "RETURN 1CREATE (n:Y)": "CREATE",
    "MATCH (n) WHERE n.x > 1.CREATE (m:Y)": "CREATE",
    "MATCH (n) WITH n AS with DELETE with": "DELETE",
    "MATCH (case) WITH case DELETE case": "DELETE",
    "RETURN 1 AS x\u00b7 UNION CREATE (n:Y)": "middle dot",
    "RETURN 1 AS x\u200b": "zero width space",
    "RETURN 1 AS x /* CREATE (n:Y)": "not closed",
    "RETURN 'a": "not closed",
}
"""Refused forms that hide."""

HONEST = (
    "MATCH (n:Party {party_id: 'D01'}) RETURN n.set AS delete, n.create, n.name",
    "MATCH (create)-[load:SET|DROP|OWNS]->(delete) RETURN create, load.merge, delete",
    "MATCH (n:Load|Set|Party) WHERE n:!Create RETURN count(n) AS n",
    "RETURN {create: 1, set: 2, `DELETE`: 3}.create AS x",
    "MATCH (n:Party) RETURN n {.set, .name, merge: 1, drop: 'DROP'} AS x",
    "WITH 1 AS create RETURN create",
    "WITH 1 AS delete, 2 AS set RETURN delete + set AS drop ORDER BY drop DESC LIMIT 1",
    "UNWIND [1, 2] AS show WITH show WHERE show > 1 RETURN show",
    "RETURN $delete AS x",
    "RETURN 'CREATE (n) DELETE n; LOAD CSV' AS x, \"it's // no comment\" AS y",
    "RETURN 'it\\'s \\\\' AS x, 'C:\\\\users' AS y",
    "MATCH (n:Party) // DELETE n\nRETURN n.name /* CREATE (n) */ AS name",
    "MATCH (`CREATE (n)`:Party) RETURN `CREATE (n)`.name AS `DELETE`",
    "RETURN CASE WHEN true THEN 1 ELSE 2 END AS set",
    "WITH 1 AS set, 2 AS load RETURN CASE WHEN true THEN set ELSE load END AS x",
    "RETURN [x IN [1, 2] WHERE x > 1 | x] AS remove, reduce(set = 0, x IN [1] | set + x) AS y",
    "MATCH (start:Party)-[:OWNS]->(stop) WHERE start.name <> stop.name RETURN DISTINCT start, stop",
    "MATCH p = ((a:Party)-[:OWNS]->(b)){1,4} RETURN p",
    "MATCH (a:Party) RETURN COUNT { (a)-[:OWNS]->() } AS use, EXISTS { (a)-->() } AS call",
    "CALL db.labels()",
    "CALL db.labels() YIELD label RETURN label AS set",
    "CALL `db`.`relationshipTypes`() YIELD relationshipType AS t RETURN t",
    "MATCH (n:Party) CALL (n) { RETURN 1 AS x } RETURN x",
    "RETURN date.truncate('month', date('2025-03-04')) AS a, duration.inDays(date(), date()) AS b",
    "RETURN point.distance(point({x: 1, y: 1}), point({x: 1, y: 2})) AS x",
    "WITH 1 AS 示例 RETURN 示例",
    "RETURN 1e5 AS a, 0xFF AS b, [1, 2, 3][1..2] AS c, -1.5 AS d",
    "MATCH (n:Party) RETURN n.name STARTS WITH 'D' AS x, n.name CONTAINS 'SET' AS y",
    "RETURN 1 AS x;",
    "RETURN 1 AS x ;\n",
)
"""Texts that must pass; they run on both engines, with the parameter ``delete``."""

REFUSED = WRITES | OTHERS | HIDDEN


@pytest.mark.parametrize("text", sorted(REFUSED))
def test_what_does_more_than_read_is_named(text: str) -> None:
    with pytest.raises(QueryError) as refused:
        vet(text)
    sentence = str(refused.value)
    assert REFUSED[text] in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("text", HONEST)
def test_names_strings_and_comments_are_no_clauses(text: str) -> None:
    vet(text)


def test_the_library_is_honest() -> None:
    for query in library().values():
        vet(query.text)


BLANKS = (" ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "/**/", "/* ' */", '/* " */', "// `\n", "/* CALL */", " // ;\r")
QUOTED = re.compile(r"('(?:\\.|[^'\\])*'|`[^`]*`)")


@st.composite
def disguised(draw: st.DrawFn) -> tuple[str, str]:
    """A refused text in other letters, blanks, comments and escapes, and what its refusal names."""
    text = draw(st.sampled_from(sorted(text for text in WRITES | OTHERS if text and text[0] != ":")))
    pieces = []
    for piece in QUOTED.split(text):
        if piece[:1] in ("'", "`"):
            pieces.append(piece)
            continue
        for sign in piece:
            if sign == " ":
                pieces += draw(st.lists(st.sampled_from(BLANKS), min_size=1, max_size=3))
            elif sign.isalpha():
                sign = draw(st.sampled_from((sign, sign.lower(), sign.upper())))
                pieces.append(draw(st.sampled_from((sign, sign, sign, f"\\u{ord(sign):04x}"))))
            else:
                pieces.append(sign)
    return "".join(pieces), (WRITES | OTHERS)[text]


@settings(max_examples=600, deadline=None, derandomize=True)
@given(disguised())
def test_no_disguise_helps(case: tuple[str, str]) -> None:
    text, named = case
    with pytest.raises(QueryError) as refused:
        vet(text)
    assert named.casefold() in str(refused.value).casefold()


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.text(st.sampled_from("aSET'\"`\\u0027/*{}();:.\n\r \u00e9\u793a\u00b2"), max_size=40))
def test_any_text_is_either_taken_or_refused_in_one_sentence(text: str) -> None:
    try:
        vet(text)
    except QueryError as refused:
        assert str(refused)


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        ("rw", {"operatorType": "ProduceResults@neo4j"}),
        ("s", {"operatorType": "ProduceResults@neo4j"}),
        (None, {}),
        ("r", {"operatorType": "LoadCSV@neo4j", "args": {"Details": "line"}}),
        ("r", {"operatorType": "ProcedureCall@neo4j", "args": {"Details": "apoc.load.json($x) :: ()"}}),
        ("r", {"operatorType": "ShowSettings@neo4j"}),
        ("r", {"operatorType": "TerminateTransactions@neo4j"}),
    ],
)
def test_a_plan_that_does_more_than_read_is_refused(kind: str | None, step: dict[str, object]) -> None:
    with pytest.raises(QueryError, match="the server says"):
        vet_plan(kind, {"operatorType": "ProduceResults@neo4j", "children": [step]})


def test_a_plan_that_reads_passes() -> None:
    call = {"operatorType": "ProcedureCall@neo4j", "args": {"Details": "db.labels() :: (label :: STRING)"}}
    vet_plan("r", {"operatorType": "ProduceResults@neo4j", "children": [call]})
