"""What a case says its extracts contain, as a run reads it: on its day, and nationwide."""

from datetime import date, timedelta

import polars as pl
import pytest

from graphkit import Case

CAR = "WMVAA1AA0RA000001"
FILES = {
    "parties": "party_id,kind,name,roles,city\nM01,company,Sample Works,manufacturer,\n"
    "D01,company,Sample Motors,dealer,\n"
    "C01,company,Sample Trade,,\nI01,company,Sample Insurance,insurer,\n",
    "vehicles": f"vin,manufacturer_id,built_on\n{CAR},M01,2024-03-01\n",
    "sales": "sale_id,vin,seller_id,buyer_id,kind,invoiced_on\n"
    f"S1,{CAR},M01,D01,wholesale,2024-03-05\nS2,{CAR},D01,C01,retail,2024-06-03\n",
    "policies": f"policy_id,vin,insurer_id,insured_id,starts_on,kind\nP1,{CAR},I01,C01,2024-06-01,compulsory\n",
    # another car's plate, so that there is a register to be missing from
    "registrations": "registration_id,vin,owner_id,plated_on,city,event\n"
    "R1,WMVAA1AA0RA000002,C01,2024-02-01,临海,first\n",
}
TWO_YEARS = "from = 2024-01-01\nto = 2025-12-31"
WINDOW_ENDS = date(2024, 9, 1)
"""Ninety days after the invoice to the insured: a plate until then explains the car."""


@pytest.fixture
def covered(tmp_path):
    """A car that was insured and never plated, in registers that are complete for two years unless said otherwise."""

    def made(*registrations):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        for name, text in FILES.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        stated = [("registrations", span) for span in registrations or (TWO_YEARS,)]
        # that there was no stock and no export is confirmed: no row says so
        stated += [(table, f"{TWO_YEARS}\nconfirmed = true") for table in ("declared_stock", "exports")]
        spans = [f'[[coverage]]\ntable = "{table}"\ncomplete = true\n{span}\n' for table, span in stated]
        (folder / "coverage.toml").write_text("\n".join(spans), encoding="utf-8")
        case = Case.new(folder / "case")
        case.import_files([*(folder / f"{name}.csv" for name in FILES), folder / "coverage.toml"])
        return case

    return made


def verdict(case, **asked):
    """What is said of the car, and what is missing to decide it."""
    case.run(only=["insured_not_plated"], **asked)
    return case.frame("hits").filter(pl.col("subject_id") == CAR).select("verdict", "missing").row(0)


def test_a_run_reads_no_absence_after_its_day(covered):
    case = covered()
    assert verdict(case, as_of=WINDOW_ENDS) == ("flagged", None)
    before, missing = verdict(case, as_of=WINDOW_ENDS - timedelta(days=1))
    assert before == "indeterminate"
    assert missing == "registrations up to day 90 of policies from 2024-06 on; exports complete nationwide up to day 90"


def test_a_run_knows_no_row_and_no_fact_of_a_later_day(covered, tmp_path):
    case = covered()
    plated = "registration_id,vin,owner_id,plated_on,city,event\n" + f"R9,{CAR},C01,2024-08-05,临海,first\n"
    (tmp_path / "plates.csv").write_text(plated, encoding="utf-8")
    case.import_files([tmp_path / "plates.csv"])
    for day, known in ((date(2024, 8, 4), None), (date(2024, 8, 5), date(2024, 8, 5))):
        case.run(only=["insured_not_plated"], as_of=day)
        lives = case.frame("ledger").filter(pl.col("vin") == CAR)
        assert lives["first_plated_on"].to_list() == [known]


@pytest.mark.parametrize("vin", [CAR, "unreadable"])
def test_a_row_that_could_not_be_loaded_shows_that_absence_says_nothing(covered, tmp_path, vin):
    case = covered()
    torn = f"registration_id,vin,owner_id,plated_on,city,event\nR9,{vin},C01,2024-06-41,临海,first\n"
    torn += "R8,WMVAA1AA0RA000003,C01,2024-02-01,临海,first\n"
    (tmp_path / "plates.csv").write_text(torn, encoding="utf-8")
    assert verdict(case)[0] == "flagged"
    assert case.import_files([tmp_path / "plates.csv"])["quarantined"].tolist() == [1]
    said, missing = verdict(case)
    assert said == "indeterminate"
    assert "registrations" in missing


def test_a_run_without_a_day_looks_from_the_last_one_covered(covered):
    case = covered()
    assert verdict(case) == ("flagged", None)
    assert case.frame("findings")["as_of"].unique().to_list() == [date(2025, 12, 31)]


def test_a_register_of_one_city_shows_no_absence(covered):
    found = verdict(covered(TWO_YEARS + '\nplace = "临海"'))
    assert found == ("indeterminate", "registrations complete nationwide up to day 90")


def test_a_day_between_two_extracts_shows_no_absence(covered):
    first = "from = 2024-01-01\nto = 2024-06-15"
    assert verdict(covered(first, "from = 2024-06-16\nto = 2025-12-31"))[0] == "flagged"
    assert verdict(covered(first, "from = 2024-06-17\nto = 2025-12-31"))[0] == "indeterminate"


def test_a_promise_that_the_rows_contradict_is_asked_about_and_not_relied_on_before_it_is_confirmed(covered):
    case = covered()
    assert case.check().doubted.empty
    toml = case.path / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("confirmed = true", "confirmed = false"), encoding="utf-8")
    assert case.check().doubted[["table", "reason", "line"]].values.tolist() == [
        [table, "the case has no row of it", "confirmed = true"] for table in ("exports", "declared_stock")
    ]
    said, missing = verdict(case)
    assert said == "indeterminate"
    assert "declared_stock complete on the policy's start; exports complete nationwide up to day 90" in missing
    assert "exports complete from 2024-01-01 to 2025-12-31: the case has no row of it" in case.summary()
