"""``graphkit cycles``: cars and money that come back, listed, counted and drawn, as a user types it."""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from graphkit import Case
from graphkit.cli.main import app

FILES = {
    "parties": """party_id,kind,name,city,roles
D1,company,临海云帆汽车销售有限公司,临海,dealer
D2,company,临海云帆二手车有限公司,临海,dealer
C1,company,海风租赁有限公司,台州,
C2,company,云航物流有限公司,台州,
H1,person,甲一,,
""",
    "ownership": "owner_id,owned_id,share,valid_from\nH1,D1,80%,2020-01-01\nH1,D2,60%,2021-01-01\n",
    # 1 goes round the group, 2 is given back, 3 is sold on, 4 within a day, 5 too late
    "sales": """sale_id,vin,seller_id,buyer_id,kind,invoiced_on,price,currency
S01,LMVAA1AA0RA000001,D1,C1,retail,2024-01-05,190000,CNY
S02,LMVAA1AA0RA000001,C1,C2,resale,2024-02-05,185000,CNY
S03,LMVAA1AA0RA000001,C2,D2,resale,2024-07-03,180000,CNY
S04,LMVAA1AA0RA000002,D1,C1,retail,2024-01-05,190000,CNY
S05,LMVAA1AA0RA000002,C1,D1,return,2024-01-15,,CNY
S06,LMVAA1AA0RA000003,D1,C1,retail,2024-01-05,190000,CNY
S07,LMVAA1AA0RA000003,C1,C2,resale,2024-02-05,170000,CNY
S08,LMVAA1AA0RA000004,D1,C2,retail,2024-04-05,190000,CNY
S09,LMVAA1AA0RA000004,C2,D1,resale,2024-04-05,188000,CNY
S10,LMVAA1AA0RA000005,D1,C2,retail,2024-01-05,190000,CNY
S11,LMVAA1AA0RA000005,C2,D1,resale,2024-07-04,199000,CNY
""",
    # three steps of like amount; one comes back by half; a month's rent goes one way
    "payments": """payment_id,payer_id,payee_id,paid_on,amount,currency,purpose
T1,D1,C1,2024-01-03,100000,CNY,loan
T2,C1,C2,2024-01-09,105000,CNY,
T3,C2,D1,2024-02-01,97000,CNY,
T4,D1,E1,2024-03-03,100000,CNY,loan
T5,E1,D1,2024-03-05,50000,CNY,
T6,C2,H1,2024-03-09,3000,CNY,rent
""",
}


def graphkit(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def market(folder, files):
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    path = folder / "harbour"
    graphkit("new", path)
    assert graphkit("import", path, *(folder / f"{name}.csv" for name in files)).exit_code == 0
    assert graphkit("run", path, "--as-of", "2024-12-31").exit_code == 0
    return path


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return market(tmp_path_factory.mktemp("market"), FILES)


def sections(said):
    """The lines of each section, by its title."""
    title, *parts = said.split("\n\n")
    return {"title": title} | {part.split("\n", 1)[0]: part.strip().split("\n")[1:] for part in parts}


def steps(lines):
    """circle, step, day, from, to, amount, file and line of each row."""
    rows = [line.split("\t") for line in lines if line[:1].isdigit()]
    return [(*row[:4], row[5], row[9], *row[-2:]) for row in rows]


def test_a_car_that_returns_to_the_group_is_listed_with_file_and_line(case):
    found = sections(graphkit("cycles", case, "--kind", "sales").stdout)
    assert found["title"] == (
        "Circles of sales within 180 days, at most 6 steps, closing on control groups, as known on 2024-12-31"
    )
    assert found["How many"] == ["  2 circles", "length\tcircles", "2\t1", "3\t1"]
    assert steps(found["Circles"]) == [
        ("1", "1", "2024-01-05", "D1", "C1", "190,000", "sales.csv", "2"),
        ("1", "2", "2024-02-05", "C1", "C2", "185,000", "sales.csv", "3"),
        ("1", "3", "2024-07-03", "C2", "D2", "180,000", "sales.csv", "4"),
        # the last amount is not known
        ("2", "1", "2024-01-05", "D1", "C1", "190,000", "sales.csv", "5"),
        ("2", "2", "2024-01-15", "C1", "D1", "", "sales.csv", "6"),
    ]
    assert "海风租赁有限公司" in found["Circles"][1]


def test_a_loop_within_a_day_stands_apart_and_it_is_said_what_would_decide(case):
    loops = sections(graphkit("cycles", case, "--kind", "sales").stdout)["Loops within one day"]
    assert loops[0] == (
        "  the order of these steps is not on record: a sequence for every invoice of that car and day decides"
    )
    assert [row[:5] for row in steps(loops)] == [
        ("3", "1", "2024-04-05", "D1", "C2"),
        ("3", "2", "2024-04-05", "C2", "D1"),
    ]


def test_window_length_and_groups_bound_what_is_listed(case):
    def lengths(*words):
        lines = graphkit("cycles", case, "--kind", "sales", "--count", *words).stdout.splitlines()[1:]
        return dict(line.split("\t") for line in lines)

    assert lengths() == {"2": "1", "3": "1"}
    assert lengths("--window", "181d") == {"2": "2", "3": "1"}
    assert lengths("--window", "179") == {"2": "1"}
    assert lengths("--max-length", "2") == {"2": "1"}
    # car 1 comes back to another party of the group
    assert lengths("--parties") == {"2": "1"}


def test_money_returns_within_the_tolerance(case):
    found = sections(graphkit("cycles", case, "--kind", "payments").stdout)
    assert "amounts within 10 %" in found["title"]
    assert [row[3:6] for row in steps(found["Circles"])] == [
        ("D1", "C1", "100,000"), ("C1", "C2", "105,000"), ("C2", "D1", "97,000")
    ]  # fmt: skip
    assert found["Loops within one day"] == ["  none"]
    assert graphkit("cycles", case, "--kind", "payments", "--tolerance", "5%", "--count").stdout == "length\tcircles\n"
    wide = graphkit("cycles", case, "--kind", "payments", "--tolerance", "100%", "--count").stdout
    assert wide == "length\tcircles\n2\t1\n3\t1\n"


def test_the_list_is_cut_by_value_and_says_so(case):
    found = sections(graphkit("cycles", case, "--kind", "sales", "--window", "181d", "--top", "1").stdout)
    assert found["How many"][0] == "  3 circles"
    assert found["Circles"][0] == "  1 of 3 are shown, first those that returned most"
    assert [row[5] for row in steps(found["Circles"])] == ["190,000", "199,000"]


def test_a_circle_opens_as_a_page_with_its_steps_numbered_in_time(case):
    path = Path(graphkit("cycles", case, "--kind", "sales", "--view", "1").stdout.strip())
    assert re.fullmatch(r"circle-[0-9a-f]{16}\.html", path.name)
    (block,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', path.read_text("utf-8"), re.DOTALL)
    drawn = json.loads(block)
    assert sorted(edge["label"] for edge in drawn["edges"]) == [
        "1 · 2024-01-05 · retail · 190,000 CNY",
        "2 · 2024-02-05 · resale · 185,000 CNY",
        "3 · 2024-07-03 · resale · 180,000 CNY",
        "one control group: 甲一",
    ]
    assert "sales.csv:4" in drawn["meta"]["query"]
    # the same circle under other bounds is the same page, and a loop has a number too
    assert graphkit("cycles", case, "--kind", "sales", "--window", "182d", "--view", "2").stdout.strip() == str(path)
    loop = Path(graphkit("cycles", case, "--kind", "sales", "--view", "3").stdout.strip()).read_text("utf-8")
    assert "? · 2024-04-05 · retail · 190,000 CNY" in loop and "this is no proof" in loop


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--kind", "cars"), 2, "'sales', 'payments'"),
        ((), 2, "--kind"),
        (("--kind", "sales", "--window", "26w"), 2, "such as 180d, not '26w'"),
        (("--kind", "sales", "--window", "-5d"), 2, "such as 180d, not '-5d'"),
        (("--kind", "payments", "--tolerance", "0.1"), 2, "such as 10%, not '0.1'"),
        (("--kind", "sales", "--tolerance", "10%"), 1, "a tolerance is for payments"),
        (("--kind", "sales", "--max-length", "1"), 2, "--max-length"),
        (("--kind", "sales", "--top", "0"), 2, "--top"),
        (("--kind", "sales", "--view", "9"), 5, "there is no circle 9 of sales"),
        (("--kind", "sales", "--view", "1", "--count"), 2, "not both"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(case, words, code, said):
    result = graphkit("cycles", case, *words)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (code, "", 1)
    assert said in result.stderr


def test_the_same_from_python(case):
    opened = Case.open(case)
    assert opened.cycles("sales").rows("Circles").circle.tolist() == [1, 1, 1, 2, 2]
    assert opened.cycles("sales", top=1).rows("Circles").to_id.tolist() == ["C1", "C2", "D2"]
    assert opened.count_cycles("payments", tolerance=1.0).to_dict("list") == {"length": [2, 3], "circles": [1, 1]}
    assert opened.view_cycle("payments", 1).name.startswith("circle-")


def test_before_a_run_there_is_nothing_to_ask(tmp_path):
    graphkit("new", tmp_path / "empty")
    result = graphkit("cycles", tmp_path / "empty", "--kind", "sales")
    assert (result.exit_code, result.stderr.count("\n")) == (4, 1)


def test_too_many_to_list_are_counted_exactly(tmp_path):
    # 1,100 payments there and as many back: days apart they are circles, within one day loops of unknown order
    rows = []
    for currency, apart in (("CNY", 1), ("EUR", 0)):
        for n in range(1_100):
            for payer, payee, day in (("D1", "C1", 0), ("C1", "D1", apart)):
                on = date(2024, 3, 1) + timedelta(days=day)
                rows.append(f"{currency}{payer}{n},{payer},{payee},{on},100,{currency},")
    text = "\n".join([FILES["payments"].splitlines()[0], *rows]) + "\n"
    path = market(tmp_path, {"parties": FILES["parties"], "sales": FILES["sales"], "payments": text})
    result = graphkit("cycles", path, "--kind", "payments")
    found = sections(result.stdout)
    assert found["How many"] == ["  1,210,000 circles", "length\tcircles", "2\t1210000"]
    assert found["Circles"] == ["  1,210,000 are too many to list: shorten the window or max_length"]
    assert found["Loops within one day"] == ["  there are too many to list: shorten max_length"]
    result = graphkit("cycles", path, "--kind", "payments", "--view", "1")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)


def test_a_run_says_how_many_payments_to_a_seller_pay_for_no_car(case, tmp_path):
    # of the four first retail invoices none is paid, and only C2 pays D1
    assert Case.open(case).payments_passed_over() == 1
    assert "1 payment from a buyer to its seller is matched with no car" in Case.open(case).summary()


def test_rounds_of_money_come_before_the_counts_and_those_of_cars_are_circles(case):
    found = sections(graphkit("cycles", case, "--kind", "payments").stdout)
    assert list(found)[1:3] == ["Rounds", "How many"]
    assert found["Rounds"][0] == (
        "  1 round, each payment in one at most: those of circular_payments, then first in, first out"
    )
    assert [row[:5] for row in steps(found["Rounds"])] == [
        ("1", "1", "2024-01-03", "D1", "C1"), ("1", "2", "2024-01-09", "C1", "C2"),
        ("1", "3", "2024-02-01", "C2", "D1"),
    ]  # fmt: skip
    assert "Rounds" not in sections(graphkit("cycles", case, "--kind", "sales").stdout)


def test_the_rounds_are_those_that_the_detector_uses_and_they_are_numbered_in_time(tmp_path):
    # first in, first out alone would let T1 go home by T2, and take the car's price off the circle
    paid = """payment_id,payer_id,payee_id,paid_on,amount,currency,purpose,sale_id
T1,D1,C2,2024-01-01,190000,CNY,services,
T2,C2,D1,2024-01-02,189000,CNY,services,
T3,C2,C1,2024-01-03,190000,CNY,services,
T4,C1,D1,2024-01-05,190000,CNY,,S01
T5,D1,E1,2023-12-01,100000,CNY,services,
T6,E1,D1,2023-12-05,100000,CNY,services,
"""
    path = market(tmp_path, {"parties": FILES["parties"], "sales": FILES["sales"], "payments": paid})
    rows = Case.open(path).cycles("payments").rows("Rounds")
    assert rows[["circle", "from_id", "line"]].to_numpy().tolist() == [
        [1, "D1", 6], [1, "E1", 7], [2, "D1", 2], [2, "C2", 4], [2, "C1", 5]
    ]  # fmt: skip
