"""``graphkit related``: who is related to a party, and why a pair is or is not, as a user types it."""

import shutil

import pytest
from typer.testing import CliRunner

from graphkit import Case
from graphkit.cli.main import app

FILES = {
    "parties": """party_id,kind,name,city,is_listed
D1,company,临海云帆汽车销售有限公司,临海,
C1,company,临海云帆租赁有限公司,临海,true
C2,company,海风商贸有限公司,台州,
C3,company,云航物流有限公司,台州,
H1,person,甲一,,
H2,person,乙二,,
""",
    "ownership": """owner_id,owned_id,share,valid_from,valid_to
H1,D1,80%,2020-01-01,
H1,C1,60%,2021-01-01,2024-03-31
H2,C2,100%,2020-01-01,
""",
    "positions": """person_id,company_id,position,valid_from
H2,C3,director,2020-01-01
H2,C1,director,2020-01-01
""",
    "kinship": "person_id,relative_id,relation\nH1,H2,sibling\n",
    "sales": "sale_id,vin,seller_id,buyer_id,kind,invoiced_on\nS1,LMVAA1AA0RA000001,D1,C1,retail,2024-05-01\n",
}


def graphkit(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A case, imported and run once."""
    folder = tmp_path_factory.mktemp("related")
    for name, text in FILES.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    path = folder / "harbour"
    graphkit("new", path)
    assert graphkit("import", path, *(folder / f"{name}.csv" for name in FILES)).exit_code == 0
    assert graphkit("run", path, "--as-of", "2024-12-31").exit_code == 0
    return path


@pytest.fixture
def case(made, tmp_path):
    """The same case, to be changed."""
    return shutil.copytree(made, tmp_path / "harbour")


def test_a_party_is_listed_with_rule_tier_days_and_the_lines_that_prove_it(case):
    lines = [line.split("\t") for line in graphkit("related", case, "D1").stdout.splitlines()]
    assert lines[0] == ["Related to 临海云帆汽车销售有限公司 (D1) under asbe36_current, as known on 2024-12-31"]
    rows = {(row[0], row[2], row[3]): row for row in lines if len(row) > 6}
    proven = rows["C1", "A", "R5"]
    assert proven[5:8] == ["proven", "2021-01-01", "2024-03-31"]
    assert rows["C1", "B", "ended_within_12_months"][6:8] == ["2024-04-01", "2025-03-31"]
    assert rows["C2", "B", "sibling"][1] == "海风商贸有限公司"
    steps = [row for row in lines if len(row) > 6 and row[1] == proven[-1]]
    assert [row[3:8] for row in steps] == [
        ["H1", "C1", "ownership", "ownership.csv", "3"],
        ["H1", "D1", "ownership", "ownership.csv", "2"],
    ]


def verdict(said):
    """The one line under the title, whole: that two are related is also a part of that they are not."""
    lines = said.splitlines()
    at = lines.index("Verdict")
    assert lines[at + 2] == ""
    return lines[at + 1].strip()


PROVEN = "related under cn_exchange, proven: see the rule and the days"


def test_the_regime_decides(case):
    assert verdict(graphkit("related", case, "--between", "D1", "C2").stdout) == (
        "not related (there are indicators of tier B or C, which prove nothing): "
        "no register ties them by a rule of asbe36_current"
    )
    assert verdict(graphkit("related", case, "--between", "D1", "C2", "--regime", "cn_exchange").stdout) == PROVEN


def test_a_run_may_choose_its_regime_and_what_follows_speaks_of_it(case):
    assert graphkit("run", case, "--as-of", "2024-12-31", "--regime", "cn_exchange").exit_code == 0
    assert "under cn_exchange, as known on" in graphkit("related", case, "D1").stdout
    noted = graphkit("findings", case).stderr
    assert "the last run is under cn_exchange and case.toml names asbe36_current" in noted and noted.count("\n") == 1
    assert graphkit("run", case, "--as-of", "2024-12-31").exit_code == 0
    assert "under asbe36_current, as known on" in graphkit("related", case, "D1").stdout
    assert graphkit("findings", case).stderr == ""


def test_why_not_names_the_rule(case):
    said = graphkit("related", case, "--between", "C3", "C1").stdout
    assert verdict(said) == (
        "not related: a person is key management of both, nothing else: rule R6 does not relate them under "
        "asbe36_current"
    )
    assert "positions.csv\t2\t" in said
    assert verdict(graphkit("related", case, "--between", "C3", "D1").stdout) == (
        "not related: no register ties them by a rule of asbe36_current"
    )
    assert verdict(graphkit("related", case, "--between", "C3", "C1", "--regime", "cn_exchange").stdout) == PROVEN


def test_dependence_alone_is_no_relation_and_says_how_much(tmp_path):
    head, *_ = FILES["sales"].splitlines()
    buyers = ["C3"] * 12 + ["H2"] * 4
    rows = [f"S{n},LMVAA1AA0RA0000{n:02d},D1,{who},retail,2024-05-{n + 1:02d}" for n, who in enumerate(buyers)]
    rows += [f"W{n},LMVAA1AA0RA0000{n:02d},C2,D1,wholesale,2024-04-01" for n in range(12)]
    for name, text in (FILES | {"sales": "\n".join([head, *rows]) + "\n"}).items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "harbour"
    graphkit("new", path)
    assert graphkit("import", path, *(tmp_path / f"{name}.csv" for name in FILES)).exit_code == 0
    assert graphkit("run", path, "--as-of", "2024-12-31").exit_code == 0
    said = graphkit("related", path, "--between", "C3", "D1").stdout
    assert (
        "not related: dependence only: big customer, dealer, franchisee, lender: rule R9 does not relate them under "
        "asbe36_current (D1 sold C3 12 cars (retail), of this kind 75.0 % of all that D1 sold and 100.0 % of all that "
        "C3 bought)" in said
    )
    assert "D1\tC3\tretail\t\t12\t\t0.75\t1\t2024-05-01\t2024-05-12" in said
    # of the four cars that H2 ever bought no share is given
    assert "of this kind 25.0 % of all that D1 sold)" in graphkit("related", path, "--between", "H2", "D1").stdout
    earlier = graphkit("related", path, "--between", "C3", "D1", "--as-of", "2024-05-05").stdout
    assert "no register ties them" in earlier and "D1\tC3\tretail\t\t5" in earlier
    # an indicator is said beside it, and a relation needs no word on dependence
    assert "of tier B or C" in graphkit("related", path, "--between", "C2", "D1").stdout
    assert "rule R9" in graphkit("related", path, "--between", "C2", "D1").stdout
    assert "rule R9" not in graphkit("related", path, "--between", "C2", "D1", "--regime", "cn_exchange").stdout


def test_on_an_earlier_day_less_was_known(case):
    assert "\t2024-03-31\t" in graphkit("related", case, "D1").stdout
    assert "\t2024-03-31\t" not in graphkit("related", case, "D1", "--as-of", "2023-12-31").stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("NOBODY",), 5, "graphkit search"),
        ((), 2, "give a party, or two with --between"),
        (("D1", "--between", "D1", "C1"), 2, "give a party, or two with --between"),
        (("--between", "D1", "D1"), 5, "are one party"),
        (("D1", "--regime", "gaap"), 4, "asbe36_current"),
        (("D1", "--as-of", "2025-06-30"), 4, "run again with --as-of 2025-06-30"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(case, words, code, said):
    result = graphkit("related", case, *words)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (code, "", 1)
    assert said in result.stderr


def test_the_same_from_python(case):
    related = Case.open(case).related("D1").rows("Related parties")
    assert related.party_id.tolist() == ["C1", "H1", "C1", "C2"]
    found = Case.open(case).explain_relation("C2", "D1", regime="cn_exchange")
    assert found.rows("Related parties").rule.tolist() == ["R8", "R5"]


def test_owners_are_listed_with_their_rows_or_drawn_as_a_tree(case):
    lines = graphkit("owners", case, "C1", "--as-of", "2024-01-31").stdout.splitlines()
    assert lines[0] == "Owners of 临海云帆租赁有限公司 (C1) on 2024-01-31"
    assert "H1\t甲一\tperson\t0.6\t0.6\t0.6\t0.6\tproven\tmajority\tTrue\tproven" in lines
    assert any(line.startswith("H1\tC1\tTrue\townership\townership.csv\t3\t") for line in lines)
    tree = graphkit("owners", case, "C1", "--tree", "--as-of", "2024-01-31").stdout
    assert "     60 %  甲一 (H1), controls (proven)" in tree.splitlines()
    # the stake was sold in March
    assert "no owner is on record" in graphkit("owners", case, "C1").stdout
    assert graphkit("owners", case, "NOBODY").exit_code == 5


def test_check_lists_register_rows_that_cannot_be(tmp_path):
    rows = ["owner_id,owned_id,share,valid_from", "H1,D1,80%,2020-01-01", "C1,D1,30%,2021-01-01"]
    rows += ["C1,C1,10%,2020-01-01", "C1,H1,50%,2020-01-01"]
    kin = "person_id,relative_id,relation\nH1,H1,spouse\n"
    for name, text in (FILES | {"ownership": "\n".join(rows) + "\n", "kinship": kin}).items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    path = tmp_path / "harbour"
    graphkit("new", path)
    assert graphkit("import", path, *(tmp_path / f"{name}.csv" for name in FILES)).exit_code == 0
    lines = graphkit("check", path).stdout.splitlines()
    assert "kinship\ta person is no relative of itself\t1\tH1\tH1\tkinship.csv\t2" in lines
    assert "ownership\ta company cannot own itself\t1\tC1\tC1\townership.csv\t4" in lines
    assert "ownership\ta person cannot be owned\t1\tC1\tH1\townership.csv\t5" in lines
    over = "ownership\tfrom 2021-01-01 on its holders together have 110.0 %\t2\tC1\tD1\townership.csv\t3"
    assert over in lines, "two rows of one fault are one line"
    # before that day the majority is a majority, from then on it proves nothing
    assert graphkit("run", path, "--as-of", "2024-12-31").exit_code == 0
    assert "controls (possible)" in graphkit("owners", path, "D1", "--tree").stdout
    assert "controls (proven)" in graphkit("owners", path, "D1", "--tree", "--as-of", "2020-06-30").stdout
