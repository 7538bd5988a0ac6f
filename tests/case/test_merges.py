import csv
import datetime as dt

import polars as pl
import pytest

from graphkit import Case
from graphkit.case import merge_review, merges
from graphkit.errors import CaseError, GraphkitError, NotFoundError
from graphkit.identity import resolve
from graphkit.tables.inputs import TABLES
from tests.identity.rows import a_lei, a_uscc, company, table

PARTIES = [
    company("P1", "临海云帆汽车有限公司", city="临海"),
    company("P2", "云帆（临海）汽车有限公司", city="临海"),
    company("P3", "临海云航汽车有限公司", city="临海"),
    company("P4", "海风商贸有限公司", city="台州", uscc=a_uscc(4)),
    company("P5", "海风商贸有限公司", city="台州"),
    company("P6", "松岚物流有限公司", city="温州", uscc=a_uscc(6)),
    company("P7", "松岚物流有限公司台州分公司", city="台州", uscc=a_uscc(7)),
    {"party_id": "H1", "kind": "person", "name": "陆一鸣"},
    company("P8", "竹影贸易有限公司", city="温州", lei=a_lei(8)),
    company("P9", "枫林贸易有限公司", city="温州", lei=a_lei(9)),
    company("PB", "枫林二部", city="宁波", lei=a_lei(11), uscc=a_uscc(11)),
    company("PC", "枫林三部", city="宁波", lei=a_lei(12), uscc=a_uscc(11)),
    company("PA", "枫林贸易有限公司宁波分公司", city="宁波", lei=a_lei(10), uscc=a_uscc(10)),
    {"party_id": "G1", "kind": "government", "name": "示例局"},
]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "merges.csv"


def decide(path, decision, one, other, why="seen on the seal"):
    rows = table("parties", PARTIES)
    merges.record(path, decision, (one, other), why, resolve({"parties": rows}, merges.in_force(path)))


def stands(path):
    return merges.in_force(path).select("party_a", "party_b", "is_same").rows()


def test_a_decision_can_be_taken_back_and_the_one_before_stands_again(path):
    decide(path, "same", "P2", "P1")
    decide(path, "apart", "P1", "P2")
    assert stands(path) == [("P1", "P2", False)]
    decide(path, "undo", "P1", "P2")
    assert stands(path) == [("P1", "P2", True)]
    decide(path, "undo", "P2", "P1")
    assert stands(path) == []
    history = merges.read(path)
    assert history["decision"].to_list() == ["same", "apart", "undo", "undo"]
    assert set(history["why"]) == {"seen on the seal"}
    assert all(history["who"]) and all(dt.datetime.fromisoformat(when) for when in history["when"])


def test_rows_are_only_added_and_stay_text(path):
    decide(path, "same", "P1", "P2", '=HYPERLINK("x")')
    before = path.read_bytes()
    decide(path, "same", "P1", "P3")
    assert path.read_bytes().startswith(before)
    assert merges.read(path)["why"][0] == '=HYPERLINK("x")'
    with path.open(encoding="utf-8", newline="") as stream:
        assert not any(cell.startswith("=") for row in csv.reader(stream) for cell in row)


@pytest.mark.parametrize(
    ("made", "last", "said"),
    [
        ([("same", "P1", "P2"), ("same", "P2", "P3")], ("apart", "P1", "P3"), "P1 is P2 .* and P2 is P3 .* apart"),
        ([("same", "P1", "P2"), ("apart", "P1", "P3")], ("same", "P2", "P3"), "P1 is P2 .* and P2 is P3 .* apart"),
        ([], ("same", "P4", "P6"), "P4 is P6 .* different valid USCCs"),
        ([], ("same", "P5", "P6"), "P4 is P5 .* and P5 is P6 .* P4 and P6 have different valid USCCs"),
        ([("same", "P1", "P4")], ("same", "P1", "P6"), "P4 is P1 .* and P1 is P6 .* different valid USCCs"),
        ([], ("same", "P8", "P9"), "P8 is P9 .* different valid LEIs"),
        ([], ("same", "P1", "H1"), "a person and the other is not"),
        ([], ("same", "G1", "H1"), "a person and the other is not"),
        (
            [("same", "P1", "P2"), ("undo", "P1", "P2"), ("apart", "P1", "P3"), ("same", "P2", "P3")],
            ("same", "P1", "P2"),
            "judged apart",
        ),
        (
            [("apart", "P1", "P3"), ("same", "P1", "P3"), ("same", "P1", "P2"), ("same", "P2", "P3")],
            ("undo", "P1", "P3"),
            "P1 is P2 .* and P2 is P3 .* apart",
        ),
    ],
)  # fmt: skip
def test_a_contradiction_is_refused_with_its_chain_and_not_recorded(path, made, last, said):
    for decision in made:
        decide(path, *decision)
    before = merges.read(path)
    with pytest.raises(GraphkitError, match=said) as refused:
        decide(path, *last)
    assert "\n" not in str(refused.value)
    assert merges.read(path).equals(before)


def test_what_a_rule_joined_may_be_judged_apart_and_a_branch_has_its_own_code(path):
    decide(path, "apart", "P4", "P5")
    decide(path, "same", "P6", "P7")
    # nor does the LEI of a branch, and an office may be what a company's name stands for
    decide(path, "same", "P9", "PA")
    decide(path, "same", "P1", "G1")
    # and of two LEIs that a register gives one USCC nobody says which is wrong
    decide(path, "same", "P3", "PC")
    assert stands(path) == [
        ("G1", "P1", True), ("P3", "PC", True), ("P4", "P5", False), ("P6", "P7", True), ("P9", "PA", True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "pair", "error", "said"),
    [
        ("same", ("P1", "P1"), GraphkitError, "two different ones"),
        ("same", ("P1", "NOBODY"), NotFoundError, "no party NOBODY"),
        ("undo", ("P1", "P2"), GraphkitError, "nothing to undo"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(path, decision, pair, error, said):
    with pytest.raises(error, match=said):
        decide(path, decision, *pair)
    assert not path.exists()


def test_a_decision_needs_a_reason(path):
    with pytest.raises(GraphkitError, match="--why"):
        decide(path, "same", "P1", "P2", "  ")


def test_a_damaged_file_is_said(path):
    path.write_text("when,who\nx\n", encoding="utf-8")
    with pytest.raises(CaseError, match="is damaged"):
        merges.in_force(path)


def test_what_was_joined_and_what_could_not_be_is_listed_with_why_and_no_other():
    rows = [
        company("P1", "云帆", uscc=a_uscc(1)), company("P2", "云帆二", uscc=a_uscc(1)), company("P3", "海风"),
        {"party_id": "H1", "kind": "person", "name": "陆一鸣", "uscc": a_uscc(1)},
    ]  # fmt: skip
    sold = [
        {"sale_id": "S1", "seller_id": "P1", "buyer_name": "海风有限公司"},
        {"sale_id": "S2", "seller_id": "P1", "buyer_name": "海风有限公司", "buyer_city": "临海"},
    ]
    resolved = resolve({"parties": table("parties", rows), "sales": table("sales", sold)})
    # nobody knows which of two names without an id is which, and that is no merge to review
    assert resolved.identities.filter("is_stub", "is_undecided").height == 2
    told = merge_review.merges(resolved)
    assert told.select("party_id", "name", "canonical_id", "canonical_name", "basis").rows() == [
        ("H1", "陆一鸣", "H1", "陆一鸣", "self"),
        ("P2", "云帆二", "P1", "云帆", "code"),
    ]


def test_facts_and_rows_of_both_are_shown_whatever_ids_they_stand_under():
    rows = [
        company("P1", "云帆", uscc=a_uscc(1), city="临海"), company("P2", "云帆二", uscc=a_uscc(1), city="临海"),
        company("P3", "海风", phone="1"),
    ]  # fmt: skip
    sold = [{"sale_id": f"S{at}", "seller_id": "P2", "buyer_id": buyer} for at, buyer in enumerate(("P1", "P3", "P3"))]
    insured = [{"policy_id": f"B{at}", "insured_id": "P1", "insurer_id": "I"} for at in range(5)]
    loaded = {"parties": table("parties", rows), "sales": table("sales", sold), "policies": table("policies", insured)}
    pairs = pl.DataFrame({"party_a": ["P1"], "party_b": ["P3"], "strength": [3], "reason": ["same seal"]})
    (shown,) = merge_review.side_by_side(pairs, loaded["parties"], resolve(loaded)).to_dicts()
    wanted = {
        "name_a": "云帆 / 云帆二", "name_b": "海风", "uscc_a": a_uscc(1), "uscc_b": None, "city_a": "临海",
        "phone_b": "1", "rows_a": "policies 5, sales 4", "rows_b": "sales 2", "reason": "same seal",
    }  # fmt: skip
    assert {name: shown[name] for name in wanted} == wanted


@pytest.fixture
def case(tmp_path):
    """Two companies that look alike, one of which bought a car, and a name that nothing defines."""
    rows = pl.DataFrame(PARTIES).select(name for name in TABLES["parties"].columns if name in PARTIES[0] | PARTIES[3])
    rows.write_csv(tmp_path / "parties.csv")
    sales = [
        {"sale_id": f"S{n}", "vin": f"LMVAA1AA0RA00000{n}", "seller_id": "P6", "buyer_id": buyer, "buyer_name": name,
         "kind": "retail", "invoiced_on": "2024-05-01"}
        for n, (buyer, name) in enumerate([("P2", None), ("P2", None), (None, "海风商贸有限责任公司")])
    ]  # fmt: skip
    pl.DataFrame(sales).write_csv(tmp_path / "sales.csv")
    case = Case.new(tmp_path / "case")
    case.import_files([tmp_path / "parties.csv", tmp_path / "sales.csv"])
    return case


def test_suggestions_stand_side_by_side_with_the_rows_that_mention_them(case):
    found = case.suggested_merges()
    pair = found[(found.party_a == "P1") & (found.party_b == "P2")].iloc[0]
    assert (pair.name_a, pair.name_b) == ("临海云帆汽车有限公司", "云帆（临海）汽车有限公司")
    assert pair.rows_b == "sales 2"
    assert "same core name" in pair.reason
    assert len(case.suggested_merges(top=1)) == 1
    mention = found[found.party_b == "name:海风商贸有限公司"].iloc[0]
    assert (mention.party_a, mention.uscc_a, mention.rows_b) == ("P4", a_uscc(4), "sales 1")


def test_a_merge_holds_from_the_next_run_on_until_it_is_undone(case):
    case.run(as_of=dt.date(2024, 12, 31))
    first = case._run().run_id
    case.merge("P1", "P2", "one seal")
    assert case.is_stale()
    case.run(as_of=dt.date(2024, 12, 31))
    assert not case.is_stale()
    row = case.frame("identities").row(by_predicate=pl.col("party_id") == "P2", named=True)
    assert (row["canonical_id"], row["basis"]) == ("P1", "judged")
    assert "one seal" in row["reason"]
    assert "one seal" in str(case.explain("P1"))
    assert ("P1", "P2") not in case.suggested_merges()[["party_a", "party_b"]].itertuples(index=False, name=None)
    merged = case.merges().set_index("party_id")
    assert (merged.loc["P2", "canonical_id"], merged.loc["P5", "basis"]) == ("P1", "name_city")
    case.undo_merge("P1", "P2", "two seals after all")
    case.run(as_of=dt.date(2024, 12, 31))
    assert case._run().run_id == first, "the case is again what it was"
    assert case.merge_history()["decision"].tolist() == ["same", "undo"]


def test_a_pair_kept_apart_is_joined_by_no_rule(case):
    assert "P5" in case.merges()["party_id"].tolist()
    case.keep_apart("P4", "P5", "two tax numbers")
    assert "P5" not in case.merges()["party_id"].tolist()
    case.merge("P1", "P5", "no such luck")
    with pytest.raises(GraphkitError, match=r"P4 is P1 .* and P1 is P5 .* judged apart: two tax numbers"):
        case.merge("P1", "P4", "one owner")
