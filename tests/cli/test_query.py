"""Questions from the command line: the library shown, one's own text on the embedded engine, refusals, pictures."""

import json

import pytest
from typer.testing import CliRunner

from graphkit.case.case import Case
from graphkit.cli.main import app
from tests.cli.test_commands import FILES, refused


def graphkit(*words, typed=None):
    return CliRunner().invoke(app, [str(word) for word in words], input=typed)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    made = Case.new(tmp_path_factory.mktemp("query") / "harbour")
    made.import_files(FILES)
    made.run()
    # the commands ask the engine that this one holds open
    with made.questions():
        yield made.path


@pytest.fixture
def mine(tmp_path):
    def write(text):
        path = tmp_path / "mine.cypher"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_query_is_shown_ready_to_paste_without_a_case():
    shown = graphkit("query", "dealer_buyers", "--show", "--param", "top=3").stdout.splitlines()
    assert shown[:2] == [":param dealer_id => 'D09'", ":param top => 3"]
    assert shown[2] == "// title: Who absorbed a dealer's cars?"
    assert shown[-1].endswith(";")


def test_dates_texts_and_nothing_are_shown_as_cypher():
    shown = graphkit("query", "control_path", "--show", "--param", "from_id=O'Hara").stdout
    assert ":param from_id => 'O\\'Hara'\n" in shown
    assert ":param on => date('2025-12-15')\n" in shown


def test_a_value_may_hold_the_sign_that_ends_the_name_of_its_parameter():
    shown = graphkit("query", "dealer_buyers", "--show", "--param", "dealer_id=D=09=").stdout
    assert ":param dealer_id => 'D=09='\n" in shown


def test_ones_own_text_is_asked_with_typed_parameters(case, mine):
    text = "MATCH (s:Sale) WHERE s.invoiced_on >= $since RETURN s.sale_id AS sale_id, $n + 1 AS n ORDER BY sale_id"
    given = ("--param", "since=2024-01-01", "--param", "n=2", "--format", "json")
    rows = json.loads(graphkit("query", case, "--file", mine(text), *given).stdout)
    assert {row["n"] for row in rows} == {3}
    assert [row["sale_id"] for row in rows] == sorted(row["sale_id"] for row in rows)
    assert rows


def test_a_text_comes_from_stdin(case):
    result = graphkit(
        "query", case, "--file", "-", "--format", "csv", typed="MATCH (v:Vehicle) RETURN count(v) > 0 AS some"
    )
    assert result.stdout == "some\ntrue\n"


def test_csv_in_a_pipe_or_a_file_runs_nothing_in_a_spreadsheet(case, mine, tmp_path):
    path = mine("RETURN '=1+1' AS said, -2 AS n")
    assert graphkit("query", case, "--file", path, "--format", "csv").stdout == "said,n\n'=1+1,-2\n"
    graphkit("query", case, "--file", path, "--format", "csv", "--out", tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8-sig") == "said,n\n'=1+1,-2\n"


def test_a_cut_answer_says_so(case, mine):
    path = mine("UNWIND range(1, 100) AS n RETURN n ORDER BY n")
    result = graphkit("query", case, "--file", path, "--limit", "3", "--format", "csv")
    assert result.stdout == "n\n1\n2\n3\n"
    assert result.stderr == "graphkit: only the first 3 rows are given: --limit gives more\n"
    assert graphkit("query", case, "--file", path, "--limit", "100").stderr == ""


def test_a_text_that_writes_is_refused_before_a_store_is_built(tmp_path, mine):
    made = Case.new(tmp_path / "fresh")
    made.import_files(FILES)
    made.run()
    said = refused(graphkit("query", made.path, "--file", mine("MATCH (n) // why not\n DETACH DELETE n")), 7)
    assert said.startswith("graphkit: DETACH writes: questions only read")
    assert not (made.path / "store").exists()
    refused(graphkit("query", made.path, "dealer_buyers", "--param", "dealer=D09"), 7)
    assert not (made.path / "store").exists()


def test_a_slow_text_is_stopped(case, mine):
    path = mine("UNWIND range(1, 100000) AS a UNWIND range(1, 1000000) AS b RETURN sum(a * b % 7) AS n")
    assert "longer than 1 seconds" in refused(graphkit("query", case, "--file", path, "--timeout", "1"), 6)


def test_the_paths_of_an_answer_are_drawn(case, mine, tmp_path):
    path = mine("MATCH p = (:Party)-[:SOLD]->(:Sale)-[:BOUGHT_BY]->(:Party) RETURN p")
    result = graphkit("query", case, "--file", path, "--graph", tmp_path / "paths.html")
    assert result.stdout.strip() == str(tmp_path / "paths.html")
    page = (tmp_path / "paths.html").read_text(encoding="utf-8")
    assert "BOUGHT_BY" in page
    nothing = graphkit("query", case, "--file", mine("RETURN 1 AS n"), "--graph", tmp_path / "none.html")
    assert "return a path" in refused(nothing, 7)
    assert not (tmp_path / "none.html").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("query", "dealer_buyers"), "say whom to ask"),
        (("query", "--file", "x.cypher"), "say whom to ask"),
        (("query", "{case}", "dealer_buyers", "--graph", "x.html"), "--file"),
        (("query", "{case}", "--show"), "name a query"),
        (("query", "{case}", "a", "b"), "one query"),
        (("query", "{case}", "a", "--file", "x.cypher"), "one query"),
        (("query", "{case}", "dealer_buyers", "--timeout", "0"), "--timeout"),
        (("query", "{case}", "dealer_buyers", "--limit", "0"), "--limit"),
    ],
)
def test_a_question_to_nobody_or_too_many_is_wrong_usage(case, words, said):
    assert said in refused(graphkit(*(word.format(case=case) for word in words)), 2)


def test_a_file_that_is_not_there_is_named(case):
    assert "gone.cypher" in refused(graphkit("query", case, "--file", "gone.cypher"), 1)
