"""What an experimental detector finds is told as such, and nothing rests on it."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from graphkit import Case
from graphkit.case import case as case_module
from graphkit.case import explain, opened, summary
from graphkit.detectors import DETECTORS
from graphkit.exports import folder as folder_module
from graphkit.simulate import simulate, write

OPEN = "zero_mileage_export"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, Case]:
    """A small market run with the detector stable, and run with it experimental."""
    folder = tmp_path_factory.mktemp("market")
    paths = write(simulate(3, scale=0.1), folder / "market")
    cases = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("stable", "experimental"):
            case = Case.new(folder / name)
            case.import_files(paths)
            _declare(patch, name)
            case.run()
            cases.append(case)
    return cases[0], cases[1]


def _declare(patch: pytest.MonkeyPatch, status: str) -> None:
    every = tuple(replace(one, status=status) if one.id == OPEN else one for one in DETECTORS)
    for place in ("graphkit.pipeline", case_module, explain, opened, summary, folder_module):
        patch.setattr(f"{place}.DETECTORS" if isinstance(place, str) else f"{place.__name__}.DETECTORS", every)


def test_its_findings_say_so_and_are_the_same_otherwise(both: tuple[Case, Case]) -> None:
    stable, experimental = (case.frame("findings").filter(detector=OPEN) for case in both)
    assert stable["status"].unique().to_list() == ["stable"]
    assert experimental["status"].unique().to_list() == ["experimental"]
    assert (
        experimental["reason"]
        .str.starts_with(
            "Exported as used within 180 days, unused or against the rule (experimental: nothing rests on it): "
        )
        .all()
    )
    assert stable["reason"].str.starts_with("Exported as used within 180 days, unused or against the rule: ").all()
    assert stable.drop("status", "reason").equals(experimental.drop("status", "reason"))
    assert stable.filter(unit_kind="party", verdict="flagged").height > 0
    others = [case.frame("findings").filter(pl.col("detector") != OPEN) for case in both]
    assert others[0].equals(others[1])


def test_it_feeds_no_score(both: tuple[Case, Case]) -> None:
    stable, experimental = (_named_by(case, "contributions") for case in both)
    assert stable > 0
    assert experimental == 0
    # whom nothing else tests has no score at all
    scored, unscored = (case.frame("scores") for case in both)
    assert scored.join(unscored, on="party_id", how="anti")["score"].max() == 2.0
    assert unscored.join(scored, on="party_id", how="anti").is_empty()


def test_it_takes_no_car_out_of_what_was_reported(both: tuple[Case, Case]) -> None:
    stable, experimental = (case.frame("restatement")["zero_mileage_exported"].sum() for case in both)
    assert stable > 0
    assert experimental == 0
    assert _named_by(both[1], "restated_vehicles") == 0


def test_no_cluster_forms_around_it(both: tuple[Case, Case]) -> None:
    flagged = both[0].frame("findings").filter(unit_kind="party", verdict="flagged")
    alone = flagged.filter(pl.col("detector").n_unique().over("party_id") == 1, detector=OPEN)
    assert alone.height > 0
    stable, experimental = (case.frame("cluster_members") for case in both)
    assert stable.filter(standing="core").join(alone, on="party_id", how="semi").height == alone.height
    core = experimental.filter(standing="core")
    others = flagged.filter(pl.col("detector") != OPEN)
    assert core.join(others, on="party_id", how="anti").join(alone, on="party_id", how="semi").is_empty()
    assert not both[1].frame("clusters")["reason"].str.contains("unused or against the rule").any()


def test_nothing_of_it_leaves_the_case(
    both: tuple[Case, Case], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = {}
    for name, case in zip(("stable", "experimental"), both, strict=True):
        _declare(monkeypatch, name)
        exported[name] = {
            path.stem: pl.read_csv(path, infer_schema=False) for path in case.export(tmp_path / name, ("csv",))
        }
    for table in ("findings", "hits", "exposure"):
        assert exported["stable"][table].filter(detector=OPEN).height > 0, table
        assert exported["experimental"][table].filter(detector=OPEN).is_empty(), table
    for table, frame in exported["experimental"].items():
        for column in frame.columns:
            assert not frame[column].str.contains(OPEN, literal=True).any(), (table, column)


def test_it_is_said_wherever_a_finding_is_read(both: tuple[Case, Case], monkeypatch: pytest.MonkeyPatch) -> None:
    _declare(monkeypatch, "experimental")
    case = both[1]
    finding = case.frame("findings").filter(detector=OPEN, verdict="flagged")["finding_id"][0]
    said = "Exported as used within 180 days, unused or against the rule (experimental: nothing rests on it): "
    assert case.explain(finding).title.startswith(said)
    assert any(line.strip().startswith(said) for line in case.summary().splitlines())
    assert set(case.findings().loc[lambda rows: rows["detector"] == OPEN, "status"]) == {"experimental"}


def test_a_decision_made_while_it_was_experimental_is_stale_afterwards(both: tuple[Case, Case]) -> None:
    stamps = [case._run().about["detectors"][OPEN] for case in both]
    assert stamps[1] == f"{stamps[0]}-experimental"


def _named_by(case: Case, table: str) -> int:
    """How many rows of a table name a finding of the detector."""
    own = case.frame("findings").filter(detector=OPEN).select("finding_id")
    return case.frame(table).join(own, on="finding_id", how="semi").height
