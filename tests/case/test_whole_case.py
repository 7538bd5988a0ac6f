"""From 23 files as they came to the right findings: import, a few answers, run; nobody edits a file.

The answers are those that a person would give: five lines, and one screen of coverage.
"""

import shutil
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tomlkit

from graphkit import Case

EXPORTS = Path(__file__).parent / "exports"
NAMES = tomllib.loads((EXPORTS / "names.toml").read_text(encoding="utf-8"))
WHO = tomllib.loads((EXPORTS / "who.toml").read_text(encoding="utf-8"))
GUILTY = {one["name"]: one["handled_cars"] for one in WHO["guilty"]}
ANSWERS = {
    'constants.reporter_name = ""': "示例明川汽车销售有限公司",
    'constants.insurer_name = ""': "示例安澜财产保险股份有限公司",
    'constants.kind = ""': "retail",
    'encoding = ""': "big5",
}
COVERED = {
    "sales": ("2024-01-01", "2024-12-31"),
    "policies": ("2024-01-01", "2025-01-31"),
    "registrations": ("2021-01-01", "2025-04-30"),
    "exports": ("2024-01-01", "2024-12-31"),
    "declared_stock": ("2024-01-01", "2024-12-31"),
}
"""What the offices say that their extracts hold."""
REGISTERS_DRAWN_ON, ASSUMED_SINCE = date(2025, 1, 10), date(2024, 1, 1)


def answered(case: Case, answers: dict[str, str]) -> None:
    """Fill each line in the first entry of ``case.toml`` that has it."""
    path = case.path / "case.toml"
    text = path.read_text(encoding="utf-8")
    for line, answer in answers.items():
        bare = line.removeprefix("constants.")
        text = text.replace(bare, bare.replace('""', f'"{answer}"'), 1)
    path.write_text(text, encoding="utf-8")


def covered(case: Case) -> None:
    """Go through the screen of coverage: correct the days, and say what is complete."""
    path = case.path / "case.toml"
    document: Any = tomlkit.parse(path.read_text(encoding="utf-8"))
    for span in document["coverage"]:
        if span["table"] in COVERED:
            span["from"], span["to"] = (date.fromisoformat(day) for day in COVERED[span["table"]])
            span["complete"] = True
        if span["table"] == "declared_stock":
            # no car was declared after June: that is so, and said on the same screen
            span["confirmed"] = True
        elif span["table"] in ("parties", "ownership", "positions"):
            span["as_of"] = REGISTERS_DRAWN_ON
        if span["table"] in ("ownership", "positions"):
            span["assume_since"] = ASSUMED_SINCE
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Case, list[str]]:
    """The case after the import, and the lines that it asked for."""
    folder = tmp_path_factory.mktemp("handed")
    for kept, name in NAMES.items():
        shutil.copyfile(EXPORTS / kept, folder / name)
    case = Case.new(tmp_path_factory.mktemp("whole") / "case")
    case.import_files(folder)
    return case, case.asked()["line"].tolist()


@pytest.fixture(scope="module")
def ran(asked: tuple[Case, list[str]]) -> Case:
    case, _ = asked
    answered(case, ANSWERS)
    case.check()
    covered(case)
    case.run()
    return case


def frame(case: Case, name: str) -> pl.DataFrame:
    return pl.read_parquet(next((case.path / "runs").iterdir()) / f"{name}.parquet")


def names(case: Case) -> pl.DataFrame:
    return frame(case, "identities").select("party_id", "name", "canonical_id")


def test_five_answers_are_asked_with_coverage_as_the_last(asked: tuple[Case, list[str]]) -> None:
    assert sorted(asked[1]) == sorted(ANSWERS)


def test_whoever_took_part_is_found_and_whoever_only_looks_like_it_is_not(ran: Case) -> None:
    flagged = frame(ran, "findings").filter(verdict="flagged")
    told = flagged.join(names(ran), on="party_id")
    assert set(told["name"]) == {
        "苏州示例云港汽车销售服务有限公司",
        "苏州示例顺通商务服务有限公司",
        "太仓示例启航国际贸易有限公司",
    }
    assert set(told["name"]) <= GUILTY.keys()
    inside = frame(ran, "cluster_members").filter(pl.col("standing").is_in(["core", "intermediary"]))
    members = inside.join(names(ran), on="party_id").group_by("name").agg(pl.col("units").max())
    assert {name: units > 0 for name, units in members.rows()} == GUILTY


def test_each_detector_finds_what_was_planted(ran: Case) -> None:
    flagged = frame(ran, "findings").filter(verdict="flagged", unit_kind="party").join(names(ran), on="party_id")
    told = {
        (detector, name): observed for detector, name, observed in flagged.select("detector", "name", "observed").rows()
    }
    dealer, exporter = "苏州示例云港汽车销售服务有限公司", "太仓示例启航国际贸易有限公司"
    assert told["pre_insured", dealer] == 59
    assert told["related_party_sales", dealer] == 126
    assert told["circular_sales", dealer] == 17
    assert told["circular_sales", "苏州示例顺通商务服务有限公司"] == 17
    assert told["zero_mileage_export", exporter] == 35
    assert len(told) == 5


def test_those_above_the_dealer_stand_in_its_cluster_with_the_rows_that_prove_it(ran: Case) -> None:
    ids = dict(names(ran).filter(pl.col("party_id") == pl.col("canonical_id")).select("name", "party_id").rows())
    control = frame(ran, "control").filter(verdict="proven")
    holding, middle = ids["示例云港控股集团有限公司"], ids["示例远帆投资管理有限公司"]
    dealer, buyer = ids["苏州示例云港汽车销售服务有限公司"], ids["苏州示例云翔商贸有限公司"]
    proofs = frame(ran, "proofs")
    for above, below in ((holding, dealer), (holding, middle), (middle, buyer), (holding, buyer)):
        proof = control.filter(controller_id=above, controlled_id=below)["proof_id"].to_list()
        rows = proofs.filter(pl.col("proof_id").is_in(proof), pl.col("row_key").is_not_null())
        assert set(rows["table"]) == {"ownership"}, (above, below)


def test_cars_of_the_register_of_demo_cars_are_no_hits_of_insurance_before_sale(ran: Case) -> None:
    hits = frame(ran, "hits").filter(detector="pre_insured", verdict="flagged")
    demo = pl.read_parquet(ran.path / "tables" / "declared_stock.parquet")["vin"]
    assert demo.len() == 13
    assert hits.filter(pl.col("subject_id").is_in(demo.implode())).is_empty()


def test_a_customer_with_the_name_of_an_officer_is_tied_to_nobody(ran: Case) -> None:
    relations = frame(ran, "relations").filter(tier="A", verdict="proven")
    parties = names(ran).filter(pl.col("party_id").str.contains("#sales:"))
    ends = pl.concat([relations["party_a"], relations["party_b"]])
    assert parties.height > 600
    assert parties.filter(pl.col("party_id").is_in(ends.implode())).is_empty()
