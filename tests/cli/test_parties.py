"""``graphkit parties``: review, accept, reject, undo, merged, history, as a user types them."""

import shutil

import pytest
from typer.testing import CliRunner

from graphkit.cli.main import app
from graphkit.identity import likelihood

PARTIES = """party_id,kind,name,city,uscc,phone
P1,company,临海云帆汽车有限公司,临海,,0576-85123456
P2,company,云帆（临海）汽车有限公司,台州,,
P3,company,临海云航汽车有限公司,临海,,
P4,company,海风商贸有限公司,台州,,
P5,company,海風商貿有限責任公司,台州市,,
"""
SALES = """sale_id,vin,seller_id,buyer_id,kind,invoiced_on
S1,LMVAA1AA0RA000001,P4,P2,retail,2024-05-01
"""


def graphkit(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A case into which the two files were imported once."""
    folder = tmp_path_factory.mktemp("parties")
    for name, text in (("parties", PARTIES), ("sales", SALES)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    path = folder / "harbour"
    graphkit("new", path)
    assert graphkit("import", path, folder / "parties.csv", folder / "sales.csv").exit_code == 0
    return path


@pytest.fixture
def case(imported, tmp_path):
    """The same case, to be changed."""
    return shutil.copytree(imported, tmp_path / "harbour")


def test_review_shows_both_parties_side_by_side_with_what_to_type_next(case):
    shown = graphkit("parties", case, "review").stdout
    assert "P1 and P2: same core name" in shown
    assert "临海云帆汽车有限公司 | 云帆（临海）汽车有限公司" in shown
    assert "against     city differs" in shown
    assert "临海 | 台州" in shown
    assert "- | sales 1" in shown
    assert f"graphkit parties {case} accept|reject A B --why" in shown
    assert "P4 and P5" not in shown, "they are merged already"


def test_top_cuts_and_says_so(case):
    shown = graphkit("parties", case, "review", "--top", 1).stdout
    assert shown.count(" and P") == 1
    assert "more: --top shows them" in shown


def test_without_the_extra_a_sentence_says_how_to_get_probabilities(case, monkeypatch):
    assert "pip install" not in graphkit("parties", case).stdout
    monkeypatch.setattr(likelihood, "find_spec", lambda name: None)
    assert "pip install 'graphkit[resolve]'" in graphkit("parties", case).stdout


def test_a_decision_is_recorded_replayed_and_taken_back(case):
    said = graphkit("parties", case, "accept", "P1", "P2", "--why", "one seal").stdout
    assert said.startswith("recorded: accept P1 P2; it holds from the next graphkit run")
    assert (
        "P2\t云帆（临海）汽车有限公司\tP1\t临海云帆汽车有限公司\tjudged" in graphkit("parties", case, "merged").stdout
    )
    assert graphkit("run", case, "--as-of", "2024-12-31").exit_code == 0
    assert "one seal" in graphkit("explain", case, "P1").stdout
    assert "P1 and P2" not in graphkit("parties", case).stdout
    assert graphkit("parties", case, "undo", "P1", "P2", "--why", "two seals").exit_code == 0
    assert "the case changed" in graphkit("findings", case).stderr
    assert "P1 and P2" in graphkit("parties", case).stdout
    lines = graphkit("parties", case, "history").stdout.splitlines()
    assert [line.split("\t")[2:] for line in lines[1:]] == [
        ["P1", "P2", "same", "one seal"],
        ["P1", "P2", "undo", "two seals"],
    ]


def test_merges_that_rules_made_are_listed_with_their_reason(case):
    shown = graphkit("parties", case, "merged").stdout
    assert "P5\t海風商貿有限責任公司\tP4\t海风商贸有限公司\tname_city\tHas the same normalised name and city" in shown
    assert graphkit("parties", case, "reject", "P4", "P5", "--why", "two owners").exit_code == 0
    assert graphkit("parties", case, "merged").stdout == "none\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("accept", "P1"), 2, "accept takes two party ids"),
        (("review", "P1"), 2, "review takes no party ids"),
        (("accept", "P1", "P2"), 2, "--why"),
        (("accept", "P1", "NOBODY", "--why", "x"), 5, "graphkit search"),
        (("undo", "P1", "P3", "--why", "x"), 1, "nothing to undo"),
        (("accept", "P1", "P3", "--why", "x"), 1, "P2 is P1 (judged: one seal"),
        (("fetch",), 2, "--help"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(case, words, code, said):
    graphkit("parties", case, "accept", "P1", "P2", "--why", "one seal")
    graphkit("parties", case, "reject", "P2", "P3", "--why", "two seals")
    result = graphkit("parties", case, *words)
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("graphkit: ") and result.stderr.count("\n") == 1
    assert said in result.stderr
