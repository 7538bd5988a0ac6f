"""The query library on the demo market: every question answers as its header says, and every twin equals Python."""

from collections.abc import Callable, Iterator

import polars as pl
import pytest

from graphkit import Case
from graphkit.case.folder import open_folder
from graphkit.case.runs import current_run
from graphkit.detectors import DETECTORS
from graphkit.queries import Query, bind, known_of, library
from graphkit.simulate import simulate, write
from graphkit.store.build import open_store

Ask = Callable[[Query, dict[str, str]], pl.DataFrame]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("demo")
    case = Case.new(folder / "case")
    case.import_files(write(simulate(), folder / "market"))
    case.run()
    return case


@pytest.fixture(scope="module")
def ask(demo: Case, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    run = current_run(open_folder(demo.path))
    with open_store(tmp_path_factory.mktemp("store"), run.resolved, run.frames, "demo", lambda *_: None) as graph:

        def answer(query: Query, given: dict[str, str]) -> pl.DataFrame:
            params = bind(query, given, known_of(run.coverage(), run.as_of, run.regime))
            return graph.run(query.text, params, query.returns)

        yield answer


@pytest.mark.parametrize("name", library())
def test_a_question_gives_rows_with_its_demo_and_none_with_its_empty_parameters(name: str, ask: Ask) -> None:
    query = library()[name]
    rows = ask(query, dict(query.demo))
    assert rows.height > 0
    assert rows.columns == [column.name for column in query.returns]
    assert ask(query, dict(query.empty)).is_empty()


@pytest.mark.parametrize("detector", [detector.id for detector in DETECTORS])
def test_a_twin_counts_what_the_detector_flags(detector: str, ask: Ask, demo: Case) -> None:
    flagged = demo.frame("hits").filter(detector=detector, verdict="flagged")
    expected = flagged.group_by("unit_id").agg(flagged=pl.len().cast(pl.Int64)).sort("unit_id")
    assert expected.height > 0
    found = ask(library()[detector], {}).select("unit_id", pl.col("flagged").cast(pl.Int64)).sort("unit_id")
    assert found.equals(expected)


def test_the_first_hour_has_its_questions() -> None:
    folders = [query.folder for query in library().values()]
    assert folders.count("explore") >= 12
    assert {query.name for query in library().values() if query.folder == "detect"} == {
        detector.id for detector in DETECTORS
    }
