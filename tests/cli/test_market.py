import functools
import json
from contextlib import nullcontext
from types import SimpleNamespace

import polars as pl
import pytest
from typer.testing import CliRunner

import graphkit.simulate
from graphkit.case.case import Case
from graphkit.cli.main import app
from graphkit.cli.printing import shown
from graphkit.detectors import DETECTORS


def graphkit_command(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """The demo on a small market, and what it printed."""
    folder = tmp_path_factory.mktemp("demo") / "graphkit-demo"
    with pytest.MonkeyPatch.context() as small:
        small.setattr(graphkit.simulate, "simulate", functools.partial(graphkit.simulate.simulate, scale=0.05))
        return folder, graphkit_command("demo", folder)


def test_the_demo_ends_with_a_summary_and_measured_results(demo):
    folder, result = demo
    assert result.exit_code == 0, result.stderr
    assert "What was found" in result.stdout
    assert "Against what was planted" in result.stdout
    assert "precision" in result.stdout
    assert len(list(folder.glob("runs/*/views/*.html"))) >= 1
    for name in ("findings.csv", "findings.parquet", "scores.csv", "hits.parquet", "run.json"):
        assert list(folder.glob(f"runs/*/{name}"))


def test_progress_stays_off_a_pipe(demo):
    assert demo[1].stderr == ""


def test_evaluate_prints_each_detector_and_the_planted_groups(demo):
    result = graphkit_command("evaluate", demo[0], demo[0] / "market" / "labels")
    assert result.exit_code == 0
    first, head, *lines = result.stdout.splitlines()
    assert first == "Hits against the cars that meet each rule"
    listed = [dict(zip(head.split("\t"), line.split("\t"), strict=True)) for line in lines[: lines.index("")]]
    assert [row["detector"] for row in listed] == sorted(detector.id for detector in DETECTORS)
    for row in listed:
        flagged, right, wrong, decidable, missed = (
            int(row[name]) for name in ("flagged", "right", "wrong", "decidable", "missed")
        )
        assert flagged == right + wrong > 0
        assert (row["precision"], row["recall"]) == (shown(right / flagged), shown((decidable - missed) / decidable))
    assert "Innocent parties flagged: 0, consumers among them: 0" in lines
    assert lines[-1] == "Clusters that mix planted groups: 0"


def test_evaluate_without_labels_is_one_sentence(demo, tmp_path):
    result = graphkit_command("evaluate", demo[0], tmp_path)
    assert result.exit_code == 3
    assert result.stderr.count("\n") == 1


def test_findings_explain_judge_and_export_from_the_command_line(demo, tmp_path):
    folder = demo[0]
    header, first = graphkit_command("findings", folder).stdout.splitlines()[:2]
    finding = dict(zip(header.split("\t"), first.split("\t"), strict=False))
    assert finding["verdict"] == "flagged"
    explained = graphkit_command("explain", folder, finding["finding_id"]).stdout
    assert "How it decides" in explained
    assert ".csv\t" in explained
    judged = graphkit_command("judge", folder, finding["finding_id"], "explain", "--why", "seen on site")
    assert judged.exit_code == 0
    assert "explain\tFalse" in graphkit_command("findings", folder).stdout
    out = graphkit_command("export", folder, tmp_path / "out", "--format", "xlsx").stdout.split()
    assert [name.rpartition(".")[2] for name in out] == ["xlsx"]


@pytest.fixture
def answered(demo, monkeypatch):
    """A question answered without an engine: how rows are written does not depend on it."""
    rows = pl.DataFrame({"name": ["=1+1", "海山"], "units": [2, 3]})
    questions = SimpleNamespace(notes=(), ask=lambda name, given, timeout: rows)
    monkeypatch.setattr(Case, "questions", lambda self, progress: nullcontext(questions))
    return demo[0]


def test_rows_of_a_query_are_written_in_each_format(answered, tmp_path):
    assert graphkit_command("query", answered, "clusters").stdout == "name\tunits\n=1+1\t2\n海山\t3\n"
    assert graphkit_command("query", answered, "clusters", "--format", "csv").stdout == "name,units\n'=1+1,2\n海山,3\n"
    assert json.loads(graphkit_command("query", answered, "clusters", "--format", "json").stdout)[1]["units"] == 3
    for kind in ("csv", "json", "parquet"):
        result = graphkit_command("query", answered, "clusters", "--format", kind, "--out", tmp_path / f"rows.{kind}")
        assert result.exit_code == 0
    assert pl.read_parquet(tmp_path / "rows.parquet")["name"].to_list() == ["=1+1", "海山"]


def test_a_parameter_without_a_value_is_wrong_usage(answered):
    assert graphkit_command("query", answered, "clusters", "--param", "dealer_id").exit_code == 2
