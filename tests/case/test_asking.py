import shutil
from datetime import date
from pathlib import Path

import pytest

from graphkit import Case
from graphkit.case import asking
from graphkit.case.asking import content
from graphkit.case.folder import Folder
from graphkit.case.runs import Run, current_run
from graphkit.errors import NotFoundError, QueryError

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    case = Case.new(tmp_path_factory.mktemp("asking") / "harbour")
    case.import_files([DATA / f"{name}.csv" for name in ("parties", "vehicles", "sales", "policies")])
    case.run()
    return case


def test_a_question_is_answered_from_the_tables_of_the_run(case):
    buyers = case.query("dealer_buyers", dealer_id="D09").set_index("buyer_id")
    assert buyers.loc["P01", "units"] == 1
    assert buyers.loc["P01", "name"] == "林一"
    assert case.query("dealer_buyers", dealer_id="NOBODY").empty


def test_what_cannot_be_asked_is_said_before_the_store_is_built(case):
    with pytest.raises(NotFoundError, match="lists them"):
        case.query("nonsense")
    with pytest.raises(QueryError, match="dealer_id"):
        case.query("dealer_buyers")


def test_another_run_another_part_or_another_source_is_another_graph(case, tmp_path):
    """A graph says what every run of the case found, so that it is stale when there is one more."""
    folder = Folder(shutil.copytree(case.path, tmp_path / "case"))
    first = current_run(folder)
    stale = {content(folder, first), content(folder, first, "findings")}
    assert content(folder, first) in stale
    Case.open(folder.path).run(only=["pre_insured"])
    stale |= {content(folder, first), content(folder, current_run(folder))}
    other = Run(first.path)
    vars(other)["about"] = first.about | {"sources": [*first.about["sources"], {"source_id": "f" * 64}]}
    assert len(stale | {content(folder, other)}) == 5


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2025-12-07", date(2025, 12, 7)), ("12", 12), ("0.5", 0.5), ("true", True), ("[1, 2]", [1, 2]), ("null", None),
        ("D09", "D09"), ("True", "True"), ("2025-13-01", "2025-13-01"), ("", ""),
    ],
)  # fmt: skip
def test_a_parameter_that_comes_as_text_is_what_it_reads_as(text, value):
    typed = asking._typed(text)
    assert (typed, type(typed)) == (value, type(value))
    assert asking._typed(7) == 7


def test_what_a_server_holds_is_told_where_it_is_not_the_whole_last_run(case):
    """Else rows that were never pushed are read as cars that were never sold."""
    folder = Folder(case.path)
    run = current_run(folder)
    held = {"case_name": "harbour", "is_complete": True, "scope": "case", "content": content(folder, run)}

    def notes(changed, of_case=True):
        return [note.split(":")[0] for note in asking._notes(held | changed, (folder, run) if of_case else None)]

    assert notes({}) == notes({}, of_case=False) == []
    assert notes({"is_complete": False}) == ["the push of harbour is not complete"]
    touched = {"scope": "findings", "content": content(folder, run, "findings")}
    assert notes(touched) == ["the server holds only the part of the case that its findings touch"]
    other = {"content": "0" * 16}
    assert notes(other) == ["the server holds another state than the case's last run"]
    assert notes(other, of_case=False) == []
    assert [note.split(":")[0] for note in asking._notes(None, None)] == ["no case has been pushed to this database"]


def test_the_library_is_a_table_by_question(case):
    listed = case.queries()
    assert list(listed) == ["group", "question", "name", "params"]
    assert (listed.set_index("name").loc["dealer_buyers", "question"]) == "Who absorbed a dealer's cars?"
    explored = listed[listed.group != "what the detectors count"]
    assert len(explored) >= 40
    assert explored.question.str.endswith("?").all()
