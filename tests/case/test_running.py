import json
import shutil
from datetime import date

import networkx as nx
import pandas as pd
import polars as pl
import pytest

from graphkit import Case
from graphkit.case import runs
from graphkit.errors import CaseError, GraphkitError, NotFoundError
from graphkit.model import REGIMES
from graphkit.simulate import simulate, write
from graphkit.tables.outputs import SHAPES
from graphkit.tables.reference import sample_folder


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A small simulated market, imported and run once."""
    folder = tmp_path_factory.mktemp("market")
    write(simulate(3, scale=0.05), folder / "market")
    case = Case.new(folder / "case", name="harbour")
    case.import_files([*sorted((folder / "market").glob("*.csv")), folder / "market" / "coverage.toml"])
    case.run()
    return case


@pytest.fixture
def case(made, tmp_path):
    """The same case, to be changed."""
    shutil.copytree(made.path, tmp_path / "case")
    return Case.open(tmp_path / "case")


def flagged(case, unit="party/D09"):
    found = case.findings()
    return found[(found["verdict"] == "flagged") & (found["unit_id"] == unit)].iloc[0]


def test_a_run_writes_every_table_and_the_spreadsheets(made):
    run = next((made.path / "runs").iterdir())
    assert {path.stem for path in run.glob("*.parquet")} == set(SHAPES)
    assert {"findings.csv", "hits.csv", "scores.csv", "run.json"} <= {path.name for path in run.iterdir()}
    assert pd.read_csv(run / "findings.csv")["finding_id"].tolist() == made.frame("findings")["finding_id"].to_list()
    assert (made.path / "current").read_text(encoding="utf-8").strip() == run.name


def test_run_json_names_versions_settings_and_inputs_and_no_clock(made):
    about = json.loads(next((made.path / "runs").iterdir()).joinpath("run.json").read_text(encoding="utf-8"))
    assert {
        "graphkit",
        "libraries",
        "settings",
        "detectors",
        "tables",
        "sources",
        "not_run",
        "payments_passed_over",
        "not_relied_on",
    } == set(about)
    assert about["settings"]["as_of"] == str(made.settings().covers().last_day())
    assert {"sales", "policies"} <= set(about["tables"])


@pytest.mark.no_cover
def test_the_same_rows_in_another_order_give_the_same_run(made, tmp_path):
    """Equal bytes of every table, apart from the columns that name file and line."""
    for path in sorted((made.path / "sources").glob("*/*")):
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        (tmp_path / path.name).write_text("\n".join([head, *reversed(rows)]) + "\n", encoding="utf-8")
    case = Case.new(tmp_path / "case", name="harbour")
    statement = made.path.parent / "market" / "coverage.toml"
    case.import_files([*sorted(tmp_path.glob("*.csv")), statement])
    case.run()
    run, other = (next((one.path / "runs").iterdir()) for one in (made, case))
    assert run.name == other.name
    for name in SHAPES:
        if {"source_id", "line"} <= set(SHAPES[name].schema) or name == "sources":
            continue
        assert (run / f"{name}.parquet").read_bytes() == (other / f"{name}.parquet").read_bytes(), name


def test_results_are_pandas_tables_and_a_networkx_graph(made):
    for frame in (
        made.findings(),
        made.hits(),
        made.scores(),
        made.clusters(),
        made.restatement(),
        made.table("sales"),
    ):
        assert isinstance(frame, pd.DataFrame)
        assert len(frame)
    assert isinstance(made.frame("hits"), pl.DataFrame)
    cluster = made.clusters()["cluster_id"][0]
    assert isinstance(made.graph(cluster), nx.MultiDiGraph)
    assert set(made.graph(cluster)) <= set(made.graph())


def test_the_strongest_findings_come_first(made):
    """By verdict, parties before their months, by q, by how many cars, by id; what has no q comes last of its kind."""
    found = made.findings()
    ranks = {"flagged": 0, "indeterminate": 1}
    keys = [
        (ranks.get(verdict, 2), kind != "party", pd.isna(q), 0.0 if pd.isna(q) else q, -observed, finding)
        for verdict, kind, q, observed, finding in found[
            ["verdict", "unit_kind", "q", "observed", "finding_id"]
        ].itertuples(index=False)
    ]
    assert keys == sorted(keys)
    # each of them decides somewhere
    for at in range(5):
        assert keys != sorted(keys, key=lambda key: (*key[:at], *key[at + 1 :])), at
    names = dict(made.frame("identities").select("party_id", "name").iter_rows())
    named = found[found["party_id"].notna()]
    assert named["party_name"].tolist() == [names[party] for party in named["party_id"]]


def test_a_finding_is_explained_with_rule_rows_look_alikes_and_denial(made):
    finding = flagged(made)
    explained = made.explain(finding["finding_id"])
    text = str(explained)
    assert "How it decides" in text
    assert f"graphkit rules {finding['detector']}\n" in text
    lines = [line.strip() for line in text.splitlines()]
    tested = lines.index("Look-alikes") + 1
    assert lines[tested] == f"tested: {finding['look_alikes_tested']}"
    assert lines[tested + 1] == "not tested: none"
    assert finding["look_alikes_tested"].count(";") >= 2
    assert "simulated statement" in text
    rows = explained.rows("Evidence")
    assert len(rows) >= finding["observed"]
    row = rows.iloc[0]
    kept = next((made.path / "sources").glob(f"*/{row['file']}")).read_text(encoding="utf-8").splitlines()
    number = row["says"].partition("=")[2].partition(";")[0]
    assert number in kept[int(row["line"]) - 1]


def test_a_makers_finding_shows_the_cars_of_its_dealers(made):
    found = made.findings()
    maker = found[found["unit_id"].str.startswith("maker_city_month")].sort_values("observed").iloc[-1]
    assert maker["observed"] > 1
    evidence = made.explain(maker["finding_id"]).rows("Evidence")
    hits = evidence.drop_duplicates("subject_id")
    assert (hits["verdict"] == "flagged").sum() == maker["observed"]


def test_who_passed_cars_on_is_told_with_its_own_finding_and_at_each_car(made):
    steps = made.frame("hits").filter(subject_kind="step", verdict="flagged")
    (passed, at) = steps.select("accountable_id", "subject_id").row(0)
    findings = made.frame("findings").filter(detector="circular_sales", unit_kind="party", party_id=passed)
    own = steps.filter(accountable_id=passed).height
    assert findings.select("verdict", "observed").row(0) == ("flagged", own)
    assert findings["reason"].item().endswith(f"{own} passed on by it on their way round.")
    assert (
        "passed on"
        not in made.frame("findings").filter(party_id="D38", unit_kind="party")["reason"].str.join(" ").item()
    )
    evidence = made.explain(findings["finding_id"].item()).rows("Evidence")
    assert set(evidence["subject_id"]) >= {at} and evidence["line"].notna().all()
    found = made.explain(at.split("/")[0]).rows("What was found")
    assert [name for name in found["detector"] if name == "circular_sales"] == ["circular_sales"] * 2
    assert f"{passed} passed the car on to " in found["reason"].str.cat()
    standing = made.frame("cluster_members").filter(party_id=passed)["standing"].to_list()
    assert standing == ["intermediary"]


def test_a_party_is_explained_with_proof_and_a_score_that_adds_up(made):
    explained = made.explain("D09")
    assert set(explained.rows("Proof")["table"]) >= {"ownership"}
    assert explained.rows("Proof")["line"].notna().all()
    score = explained.rows("Score")
    told = made.scores().set_index("party_id").loc["D09", "score"]
    assert score.loc[score["counted"], "weight"].sum() == pytest.approx(told)
    assert made.explain(made.frame("identities").filter(party_id="D09")["name"][0]).subject_id == "D09"


def test_a_person_is_never_scored(made):
    persons = made.frame("identities").filter(pl.col("kind") == "person")["party_id"].to_list()
    assert not made.frame("scores").filter(pl.col("party_id").is_in(persons)).height
    assert "never scored" in str(made.explain(persons[0]))


def test_a_judgement_is_shown_reversible_and_stale_under_another_version(case, monkeypatch):
    finding = flagged(case)["finding_id"]
    case.judge(finding, "reject", "demo cars, seen on site")
    assert flagged(case)["judgement"] == "reject"
    assert not flagged(case)["is_stale"]
    assert "demo cars" in str(case.explain(finding))
    with monkeypatch.context() as changed:
        changed.setattr("graphkit.case.opened.stamp", lambda detector: "another")
        assert flagged(case)["is_stale"]
    before = flagged(case)["verdict"]
    case.judge(finding, "undo", "was wrong")
    assert pd.isna(flagged(case)["judgement"])
    assert flagged(case)["verdict"] == before
    assert len(case.judgements()) == 2


def test_judging_nothing_is_refused(case):
    with pytest.raises(NotFoundError):
        case.judge("nothing", "confirm", "x")
    with pytest.raises(GraphkitError, match="--why"):
        case.judge(flagged(case)["finding_id"], "confirm", " ")


def test_only_and_as_of_make_another_run_and_current_follows(case):
    first = (case.path / "current").read_text(encoding="utf-8")
    found = case.run(as_of=date(2025, 6, 30), only=["pre_insured"])
    assert set(found["detector"]) <= {"pre_insured"}
    assert (case.path / "current").read_text(encoding="utf-8") != first
    assert len(list((case.path / "runs").iterdir())) == 2
    assert not found["month"].dropna().gt("2025-06").any()


def test_a_run_under_another_regime_is_that_of_a_case_that_says_so(case, tmp_path):
    """Equal bytes of run.json and every table; what is asked afterwards is answered under the run's regime."""
    shutil.copytree(case.path, tmp_path / "said")
    said = Case.open(tmp_path / "said")
    path = said.path / "case.toml"
    text = path.read_text(encoding="utf-8").replace('regime = "asbe36_current"', 'regime = "cn_exchange"')
    path.write_text(text, encoding="utf-8")
    for one, regime in ((case, "cn_exchange"), (said, None)):
        one.run(only=["related_party_sales"], regime=regime)
    run, other = (
        one.path / "runs" / (one.path / "current").read_text(encoding="utf-8").strip() for one in (case, said)
    )
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["settings"]["regime"] == "cn_exchange"
    for name in ["run.json", *(f"{table}.parquet" for table in SHAPES)]:
        assert (run / name).read_bytes() == (other / name).read_bytes(), name
    assert case.frame("relations")["regime"].unique().to_list() == ["cn_exchange"]
    assert not case.is_stale() and not said.is_stale()
    assert case.settings().regime == "asbe36_current"
    assert "under cn_exchange" in case.related("D09").title
    assert "under ias24" in case.related("D09", regime="ias24").title
    assert case.known()["regime"] == "cn_exchange"
    assert len(case.owners("D09").rows("Owners")) == len(said.owners("D09").rows("Owners"))
    assert case.view("D09").is_file()
    assert "regime cn_exchange" in case.summary()


def test_an_unknown_regime_is_refused_by_naming_the_six(case):
    before = (case.path / "current").read_text(encoding="utf-8")
    with pytest.raises(CaseError) as refusal:
        case.run(regime="gaap")
    assert "gaap" in str(refusal.value) and all(regime in str(refusal.value) for regime in REGIMES)
    assert (case.path / "current").read_text(encoding="utf-8") == before


def test_a_case_that_changed_after_its_run_says_so(case):
    assert not case.is_stale()
    path = case.path / "case.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("complete = true", "complete = false", 1), encoding="utf-8"
    )
    assert case.is_stale()


def test_a_run_cut_off_leaves_the_last_one(case, monkeypatch):
    before = sorted(path.name for path in (case.path / "runs").iterdir())
    found = case.findings()
    real, written = runs.write_parquet, []

    def stop(frame, path):
        written.append(path)
        if len(written) == 5:
            raise KeyboardInterrupt
        real(frame, path)

    monkeypatch.setattr(runs, "write_parquet", stop)
    with pytest.raises(KeyboardInterrupt):
        case.run(only=["pre_insured"])
    assert sorted(path.name for path in (case.path / "runs").iterdir()) == before
    pd.testing.assert_frame_equal(case.findings(), found)


def test_a_run_whose_folder_is_gone_is_said(case):
    shutil.rmtree(case.path / "runs")
    with pytest.raises(CaseError, match="again"):
        case.findings()


def test_a_view_lies_beside_the_run(case):
    page = case.view(case.clusters()["cluster_id"][0])
    assert page.suffix == ".html"
    assert page.parent.name == "views"
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")


def test_what_was_drawn_stays_when_the_same_run_is_done_again(case):
    page = case.view(case.clusters()["cluster_id"][0])
    case.run()
    assert page.is_file()


def test_an_export_names_only_parties_past_the_gate_and_no_person(case, tmp_path):
    case.export(tmp_path / "out", ("csv", "graphml", "gexf", "xlsx"))
    flagged_parties = pl.read_csv(tmp_path / "out" / "flagged_parties.csv")
    expected = case.frame("scores").filter("flagged")["party_id"]
    assert sorted(flagged_parties["party_id"]) == sorted(expected)
    kinds = dict(case.frame("identities").select("party_id", "kind").iter_rows())
    assert not [party for party in flagged_parties["party_id"] if kinds[party] == "person"]
    graph = nx.read_graphml(tmp_path / "out" / "clusters.graphml")
    assert graph.number_of_nodes()
    assert not [node for node in graph if kinds.get(node.removeprefix("party/")) == "person"]


def test_a_summary_says_what_was_found_and_where_it_lies(made):
    said = made.summary()
    for title in (
        "What was booked as sold",
        "What the makers reported",
        "What was found",
        "Flagged parties",
        "Clusters",
        "Files",
    ):
        assert f"\n{title}\n" in said
    assert "D09" in said
    assert str(made.path / "runs") in said


def test_published_figures_say_what_totals_can_say(tmp_path):
    case = Case.new(tmp_path / "published")
    case.import_files(sorted(sample_folder("published").glob("*.csv")))
    case.run()
    lines = [line for line in case.summary().splitlines() if "unmatched cohort" in line]
    text = "\n".join(lines)
    for figure in ("55.3 %", "9.9 %", "more than 14 times", "305,200 to 392,400"):
        assert figure in text
    assert all("source" in line and "bound: " in line for line in lines)
    assert case.findings().empty


def test_a_case_without_rows_cannot_be_run(tmp_path):
    case = Case.new(tmp_path / "empty")
    with pytest.raises(CaseError, match="import files first"):
        case.run()
    with pytest.raises(NotFoundError, match="choose from"):
        case.run(only=["nonsense"])
