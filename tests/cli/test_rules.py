"""``graphkit rules``: the rule book as a user asks for it."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from graphkit.cli.main import app
from graphkit.detectors import DETECTORS
from graphkit.model import REGIMES
from tests.cli.test_commands import refused


def graphkit(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words):
    result = graphkit("rules", *words)
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def under(lines, title):
    """The lines of one section."""
    rest = lines[lines.index(title) + 1 :]
    return rest[: rest.index("")] if "" in rest else rest


def test_without_a_name_each_detector_and_each_regime_has_one_line():
    lines = told()
    detectors = under(lines, "Detectors")
    assert detectors[0].split("\t") == ["detector", "title", "status", "family", "who answers", "chance is judged by"]
    assert [line.split("\t")[0] for line in detectors[1:]] == [detector.id for detector in DETECTORS]
    assert (
        "pre_insured\tInsured before anyone bought it\tstable\tbooking\tdealer\tthe share of hits among peers"
        in detectors
    )
    regimes = under(lines, "Regimes: who counts as related")
    assert [line.split("\t")[0] for line in regimes[1:]] == list(REGIMES)
    assert any("graphkit rules pre_insured " in line for line in under(lines, "More"))


def test_a_detector_is_told_whole():
    lines = told("pre_insured")
    assert lines[0] == "Insured before anyone bought it (pre_insured)"
    assert under(lines, "Floors")[-5:] == [
        "name\tvalue\tunit",
        "min_tested\t30\tcars",
        "min_flagged\t30\tcars",
        "min_share\t0.1\tof those tested",
        "min_effect\t2\ttimes what is expected",
    ]
    assert under(lines, "Thresholds")[0] == "name\tvalue\tunit\twhy"
    assert under(lines, "Thresholds")[1].startswith("slack_days\t7\tdays\t")
    assert under(lines, "What it needs to run")[0] == "  - policies: vin, insured_id, starts_on, kind"
    worked = under(lines, "One worked car")
    assert "  Car LSAAA1230R0000001: insured on 2025-01-05 for D01, first bought by P01 on 2025-03-20." in worked
    assert worked[worked.index("  - Verdict: flagged") :][1:4] == [
        "  - Who answers: D01",
        "  - Counterparty: D01",
        "  - Counted in: dealer_month/D01/2025-01",
    ]
    assert (
        "2025-01-05\tpolicies.csv\t2\tpolicy_id=K1; vin=LSAAA1230R0000001; insurer_id=I01; insured_id=D01; "
        "starts_on=2025-01-05; kind=compulsory; use=private"
    ) in worked


def test_sentences_are_wrapped_and_those_of_a_list_go_on_under_their_first_word():
    lines = told("pre_insured")
    sentences = [line for line in lines if line.startswith("  ") and "\t" not in line]
    assert max(map(len, sentences)) <= 102
    at = next(at for at, line in enumerate(lines) if "(declared_stock). Told apart by: " in line)
    assert lines[at].startswith("  - ")
    assert lines[at + 1].startswith("    ")
    assert lines[at + 1][4] != " "


def test_a_rule_is_printed_to_its_last_row():
    rows = under(told("collusive_cluster"), "One worked car")
    assert len([row for row in rows if ".csv\t" in row]) > 20
    assert not any(row.startswith("…") for row in rows)


def test_a_regime_is_told_whole():
    lines = told("eu_close_link")
    assert lines[0] == "European Union: close links (eu_close_link)"
    assert under(lines, "Ties that relate (tier A)")[0] == (
        "  - R1, parent, subsidiary, fellow subsidiary: one controls the other; or a company controls both"
    )
    assert "  - R9: dependence only: big customer, dealer, franchisee, lender" in under(lines, "What never relates")
    assert under(lines, "Thresholds")[2] == (
        "held_20\t20\t% of the votes or the capital, at least\tparticipation in the sense of the directive"
    )
    assert under(lines, "References") == ["  - Directive 2014/65/EU (MiFID II), article 4(1), point 35 (2014-05-15)"]


@pytest.mark.parametrize("wanted", [(), ("--html", "rules.html")])
def test_an_unknown_rule_is_told_with_the_known_ones(wanted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = refused(graphkit("rules", "pre_insurance", *wanted), 5)
    assert said.startswith("graphkit: there is no rule pre_insurance: the book has circular_payments, ")
    assert all(name in said for name in (*(detector.id for detector in DETECTORS), *REGIMES, "scores", "dated_rules"))
    assert list(tmp_path.iterdir()) == []


def test_the_page_is_the_whole_book_or_the_rule_that_was_named(tmp_path):
    whole, one = tmp_path / "new" / "rules.html", tmp_path / "one.html"
    assert told("--html", whole) == [str(whole)]
    assert told("pre_insured", "--html", one) == [str(one)]
    book, page = whole.read_bytes(), one.read_bytes()
    for name in (*(detector.id for detector in DETECTORS), *REGIMES):
        assert f'<article id="{name}"'.encode() in book
        assert (f'<article id="{name}"'.encode() in page) == (name == "pre_insured")
    assert "甲市示例一汽车销售有限公司".encode() in page
    assert b"\r" not in book
    assert told("--html", whole) == [str(whole)]
    assert whole.read_bytes() == book
    assert [path.name for path in whole.parent.iterdir()] == ["rules.html"]


def test_a_rule_is_told_without_running_anything():
    code = """
import sys
from graphkit.cli.main import app
try:
    app(["rules", "pre_insured"])
except SystemExit:
    pass
print("loaded:", *sorted(sys.modules))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "One worked car" in shown
    loaded = shown.rpartition("loaded:")[2].split()
    for heavy in (
        "pandas",
        "numba",
        "scipy.stats",
        "networkx",
        "pyvis",
        "jinja2",
        "graphkit.pipeline",
        "graphkit.case",
    ):
        assert heavy not in loaded
