"""The rule book says all that decides, as it is declared, and shows a car whose rows are those of the files."""

import csv
import re
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

import graphkit
from graphkit.algorithms.thresholds import thresholds
from graphkit.detectors import DETECTORS
from graphkit.explanation import Explanation, Section
from graphkit.model import REGIMES, Detector
from graphkit.parties.regimes import RULES, Way
from graphkit.rulebook import worked
from graphkit.rulebook.book import every_rule, rules
from graphkit.rulebook.docstring import PARTS, parts
from graphkit.rulebook.regime_thresholds import regime_thresholds
from graphkit.rulebook.threshold_table import number
from graphkit.rulebook.ways import way_in_words
from graphkit.rulebook.worked import worked_car
from graphkit.scores import gate, weights
from graphkit.tables.reference import cases_folder, reference_csv
from graphkit.views.rule_page import render

HEAD = "One sentence.\n\n" + "".join(f"{title}\n    Said of it.\n" for title in PARTS)
each_detector = pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.id)
each_regime = pytest.mark.parametrize("regime", REGIMES)


def section(rule: Explanation, title: str) -> Section:
    return next(one for one in rule.sections if one.title == title)


def headed(monkeypatch: pytest.MonkeyPatch, text: str) -> Detector:
    """A detector whose file begins with this text."""
    module = ModuleType("headed", text)
    monkeypatch.setitem(sys.modules, "headed", module)

    def detect(market: object, settings: object) -> None: ...

    detect.__module__ = "headed"
    return replace(DETECTORS[0], detect=detect)  # type: ignore[arg-type]


@each_detector
def test_a_detector_has_its_six_parts_in_order(detector: Detector) -> None:
    assert tuple(parts(detector)) == PARTS
    titles = [one.title for one in rules(detector.id).sections]
    assert [title for title in titles if title in PARTS] == list(PARTS)
    for title, text in parts(detector).items():
        assert " ".join(text.split()) in " ".join(section(rules(detector.id), title).lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD.replace("Why it matters\n", "Why\n"), "it has What it finds, Why, How it decides"),
        (HEAD.replace("What it misses\n    Said of it.\n", ""), "Lawful look-alikes, References"),
        (
            "One sentence.\n\nReferences\n    Said of it.\n" + HEAD.removeprefix("One sentence.\n\n"),
            "has References, What",
        ),
        (HEAD.replace("How it decides\n    Said of it.", "How it decides\n"), "says nothing under How it decides"),
        ("", "it has none"),
    ],
)
def test_a_head_without_its_parts_is_refused(monkeypatch: pytest.MonkeyPatch, text: str, said: str) -> None:
    with pytest.raises(ValueError, match=f"detector {DETECTORS[0].id} .*{said}"):
        parts(headed(monkeypatch, text))


def test_the_lines_of_a_part_are_those_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD.replace("Said of it.", "Said of it,\n    and more.\n\n    A second paragraph.", 1)
    assert parts(headed(monkeypatch, text))["What it finds"] == "Said of it,\nand more.\n\nA second paragraph."


@pytest.mark.parametrize(
    ("value", "told"), [(10_000, "10,000"), (-0.30103, "-0.30103"), (2.0, "2"), (1_234_567.5, "1,234,567.5")]
)
def test_a_threshold_is_told_to_its_last_digit(value: float, told: str) -> None:
    assert number(value) == told


@each_detector
def test_every_threshold_of_a_detector_is_told_with_unit_and_reason(detector: Detector) -> None:
    rule = rules(detector.id)
    told = section(rule, "Thresholds").frame
    assert told is not None
    declared = thresholds(detector.settings)
    assert told.rows() == [(one.name, number(one.value), one.unit, one.why) for one in declared]
    for one in declared:
        assert f"{one.name} · {number(one.value)} · {one.unit} · {one.why}" in str(rule)
    floors = section(rule, "Floors")
    assert detector.floors.why in floors.lines[0]
    assert floors.frame is not None
    assert floors.frame["value"].to_list() == [
        number(getattr(detector.floors, name)) for name in ("min_tested", "min_flagged", "min_share", "min_effect")
    ]
    against = "of those tested" if detector.null == "deterministic" else "times what is expected"
    assert floors.frame["unit"].to_list() == ["cars", "cars", "of those tested", against]


@each_detector
def test_everything_that_a_detector_declares_is_told(detector: Detector) -> None:
    text = str(rules(detector.id))
    said = [detector.title, detector.family, detector.status, *detector.assumptions, *map(str, detector.references)]
    for one in detector.look_alikes:
        said += [one.id, one.told_apart_by, *map(str, one.references)]
        said.append(f"({one.id}). Told apart by: {one.told_apart_by}. Tables needed: {', '.join(one.needs)}. ")
    said += [f"- {table}: {', '.join(columns)}" for table, columns in detector.needs.items()]
    if detector.reference_rate:
        said += [detector.reference_rate.why, detector.reference_rate.source]
    if detector.deduction:
        said.append(f"column {detector.deduction.column} of the restatement")
    said += [f": {why}" for why in (detector.act_together, detector.binds_seller) if why]
    assert [one for one in said if one not in text] == []
    absent = section(rules(detector.id), "Where a missing row is read as a missing event").lines
    assert [line.removeprefix("- ").split(":")[0] for line in absent if line.startswith("- ")] == list(
        detector.reads_absence_of
    )


@each_detector
def test_a_worked_car_shows_the_rows_of_its_files_with_their_lines(detector: Detector) -> None:
    car = worked_car(detector.id)
    folder = cases_folder() / car.case
    read = set()
    for on, file, line, says in car.rows.iter_rows():
        lines = (folder / file).read_text(encoding="utf-8-sig").split("\n")
        header, cells = next(csv.reader([lines[0]])), next(csv.reader([lines[line - 1]]))
        assert says == "; ".join(f"{name}={cell}" for name, cell in zip(header, cells, strict=False) if cell)
        assert on in ("", *cells)
        read.add((file, line))
    assert len(read) == car.rows.height
    days = [day for day in car.rows["on"] if day]
    assert days == sorted(days)
    assert car.rows["on"].to_list()[: len(days)] == days
    of_car = {
        (path.name, at)
        for path in folder.glob("*.csv")
        if not path.stem.startswith("expected_")
        for at, line in enumerate(path.read_text(encoding="utf-8-sig").split("\n"), 1)
        if car.vin in line
    }
    assert of_car <= read
    assert car.hit["verdict"] == "flagged"
    assert f"Car {car.vin}: {car.reason}." in section(rules(detector.id), "One worked car").lines
    assert f"- Counted in: {car.hit['unit_id']}" in section(rules(detector.id), "One worked car").lines


def test_a_worked_car_names_those_who_stand_behind_its_parties_and_nobody_else() -> None:
    said = worked_car("related_party_sales").rows
    holders = said.filter(pl.col("file") == "ownership.csv")["says"].str.extract(r"owner_id=(\w+); owned_id=(\w+)", 0)
    assert holders.to_list() == [
        "owner_id=H01; owned_id=D01", "owner_id=H01; owned_id=H02", "owner_id=H02; owned_id=C11",
    ]  # fmt: skip
    parties = said.filter(pl.col("file") == "parties.csv")["says"].str.extract(r"party_id=(\w+)")
    assert parties.to_list() == ["M01", "D01", "H01", "H02", "C11"]
    money = worked_car("circular_payments").rows
    assert money.filter(pl.col("file") == "payments.csv")["line"].to_list() == [2, 3, 4]


def test_a_worked_car_names_those_who_stand_behind_its_holders_however_far_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "some_detector" / "a_chain"
    folder.mkdir(parents=True)
    texts = {
        "case.toml": 'title = "t"\nas_of = 2025-01-31\nworked = "V1"\nworked_reason = "r"\n',
        "expected_hits.csv": "subject_id,verdict\nV2,explained\nV1,flagged\n",
        "expected_evidence.csv": "hit_id,table,row_key\nd/V1,payments,Y1\nd/V11,payments,Y2\n",
        "sales.csv": "sale_id,vin,seller_id,buyer_id,invoiced_on\nS1,V1,D1,B1,2025-01-02\nS2,V2,D2,B2,2025-01-02\n",
        "payments.csv": "payment_id,payer_id,payee_id,paid_on\nY1,P1,D1,2025-01-03\nY2,P2,D1,2025-01-03\n",
        # the nearest last; E1 belongs to B1 and stands behind nobody
        "ownership.csv": "owner_id,owned_id\nH4,H3\nH3,H2\nH2,H1\nB1,E1\nH9,D2\nH1,B1\n",
        "parties.csv": "party_id,name\n" + "".join(f"{one},\n" for one in ["H4", "H9", "D1", "B1", "E1", "P1", "P2"]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(worked, "cases_folder", lambda: tmp_path)
    car = worked_car.__wrapped__("some_detector")
    assert (car.case, car.hit) == ("some_detector/a_chain", {"subject_id": "V1", "verdict": "flagged"})
    assert car.rows.select("on", "file", "line").rows() == [
        ("2025-01-02", "sales.csv", 2), ("2025-01-03", "payments.csv", 2),
        *(("", "parties.csv", line) for line in (2, 4, 5, 7)), *(("", "ownership.csv", line) for line in (2, 3, 4, 7)),
    ]  # fmt: skip


NUMBERS = {
    "asbe36_current": "control 50, associate 20",
    "asbe36_2006": "control 50, associate 20",
    "ias24": "control 50, associate 20",
    "cn_exchange": "control 50, held_5 5, adult 18",
    "asc850": "control 50, associate 20, held_over_10 10",
    "eu_close_link": "control 50, held_20 20",
}
"""What decides under each regime; the numbers of the indicators are the same everywhere."""


@each_regime
def test_a_regime_decides_by_these_numbers_and_no_others(regime: str) -> None:
    told = [f"{one.name} {number(one.value)}" for one in regime_thresholds(regime)]
    assert ", ".join(told) == f"{NUMBERS[regime]}, within 12, sharers 10, dependence 10, dealings 10"


@each_regime
def test_a_regime_tells_its_ties_and_numbers(regime: str) -> None:
    rule = rules(regime)
    relating = " ".join(section(rule, "Ties that relate (tier A)").lines)
    indicating = " ".join(section(rule, "Ties that only indicate (tiers B and C)").lines)
    never = " ".join(section(rule, "What never relates").lines)
    for one in RULES:
        ways = one.ways.get(regime, ())
        if one.tier == "A":
            relates = bool(ways) or (one.id == "R8" and regime == "cn_exchange")
            assert (f"- {one.id}, {one.condition}" in relating) == relates
            assert (f"- {one.id}: {one.condition}" in never) == (not relates)
        assert all(way_in_words(way) in relating + indicating for way in ways if way.kin != "sibling")
    told = section(rule, "Thresholds").frame
    assert told is not None
    assert told.rows() == [(one.name, number(one.value), one.unit, one.why) for one in regime_thresholds(regime)]
    assert all(cell for row in told.rows() for cell in row)
    assert section(rule, "References").lines


def test_regimes_differ_where_their_rules_do() -> None:
    compared = section(rules("ias24"), "Where regimes differ").frame
    assert compared is not None
    by_rule = {row["rule"]: [row[regime] for regime in REGIMES] for row in compared.iter_rows(named=True)}
    assert by_rule["R1"] == ["yes"] * 6
    assert by_rule["R2"] == ["yes", "yes", "yes", "no", "yes", "otherwise"]
    assert by_rule["R4"] == ["no", "yes", "no", "no", "no", "no"]
    assert by_rule["R8"] == ["no", "no", "no", "yes", "no", "no"]
    assert by_rule["family"] == ["yes", "yes", "yes", "otherwise", "yes", "yes"]


def test_siblings_and_relations_that_ended_indicate_only_where_no_rule_counts_them() -> None:
    for regime, indicates in (("ias24", True), ("cn_exchange", False)):
        said = " ".join(section(rules(regime), "Ties that only indicate (tiers B and C)").lines)
        assert ("- sibling, " in said) == indicates
        assert ("- ended_within_12_months, " in said) == indicates


@pytest.mark.parametrize(
    ("way", "said"),
    [
        (
            Way("itself", "held_5"),
            "one holds, with those it acts in concert with, at least 5 % of the votes of the other",
        ),
        (Way("itself", "held_over_10"), "one holds more than 10 % of the votes of the other"),
        (
            Way("itself", "associate", "company"),
            "one (a company) holds at least 20 % of the votes of the other without control",
        ),
        (Way("controlled", "controlled", "company"), "a company controls both"),
        (
            Way("controlled", "directed", "person", "relatives"),
            "a person controls one and that person or a relative is legal representative, director or manager of the "
            "other",
        ),
        (
            Way("controlled", "controlled", "person", "sibling"),
            "a person controls one and a sibling of that person controls the other",
        ),
        (
            Way("managed", "managed", "person", least=2),
            "each of at least 2 persons is legal representative, director, supervisor or manager of both",
        ),
    ],
)
def test_a_way_is_told_in_words(way: Way, said: str) -> None:
    assert way_in_words(way) == said


def test_the_bounds_of_weights_and_gate_are_told_and_so_are_the_dated_rules() -> None:
    text = str(rules("scores"))
    for one in (*thresholds(weights.SETTINGS), *thresholds(gate.SETTINGS)):
        assert f"{one.name} · {number(one.value)} · {one.unit} · {one.why}" in text
    families = "booking, buyer, circular_cars, circular_money, export, accounting"
    for said in ("q · 0.05", "strong · 2 ·", "elevated · 1 ·", "watch · 0.5 ·", f"The families are {families}."):
        assert said in text
    dated = str(rules("dated_rules"))
    assert all(str(cell) in dated for row in reference_csv("rules").iter_rows() for cell in row)


def test_the_book_holds_every_rule_once_and_python_gives_each() -> None:
    assert [rule.subject_id for rule in every_rule()] == [
        *(detector.id for detector in DETECTORS), *REGIMES, "scores", "dated_rules",
    ]  # fmt: skip
    assert str(graphkit.rules("pre_insured")) == str(rules("pre_insured"))
    assert graphkit.rules("pre_insured").rows("Thresholds")["name"].to_list() == ["slack_days"]


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: str) -> Tags:
    found = Tags()
    found.feed(page)
    return found


def test_the_page_holds_the_book_and_leads_to_references_only() -> None:
    page = render(every_rule(), "9.9.9")
    assert page == render(every_rule(), "9.9.9")
    found = read(page)
    text = " ".join(found.text.split())
    for rule in every_rule():
        for one in rule.sections:
            cells = [] if one.frame is None else [str(cell) for row in one.frame.iter_rows() for cell in row]
            for said in (one.title, *(line.removeprefix("- ") for line in one.lines), *cells):
                plain = re.sub(r"``|(?<![\w*])\*|\*(?!\w)", "", said)
                assert " ".join(plain.split()) in text
    links = [attrs["href"] or "" for tag, attrs in found.tags if tag == "a"]
    ids = {attrs["id"] for _, attrs in found.tags if "id" in attrs}
    assert {link for link in links if link.startswith("#")} == {
        "#top", *(f"#{rule.subject_id}" for rule in every_rule()),
    }  # fmt: skip
    assert {link[1:] for link in links if link.startswith("#")} <= ids
    addresses = {
        reference.address
        for detector in DETECTORS
        for reference in (*detector.references, *(one for other in detector.look_alikes for one in other.references))
    }
    outward = {link for link in links if not link.startswith("#")}
    assert outward <= addresses
    assert set(re.findall(r"https?://[^\s\"<;,]+", page)) <= {str(one) for one in addresses}
    assert not {tag for tag, _ in found.tags} & {"script", "img", "link", "iframe", "object", "form"}
    assert "url(" not in page


def test_what_a_rule_says_is_text_on_the_page_never_markup() -> None:
    hostile = '<img src=x onerror=alert(1)> & "quotes" ``<b>`` *<i>* javascript:alert(1)'
    frame = pl.DataFrame({"<th>": [hostile], 'data"x': ["https://example.org/a?b=1&c=<d>."]})
    rule = Explanation("detector", "x", hostile, (Section(hostile, (hostile, f"- {hostile}"), frame),))
    page = render((rule, rule), "<9>")
    found = read(page)
    assert not {tag for tag, _ in found.tags} & {"img", "b", "i"}
    assert '<img src=x onerror=alert(1)> & "quotes" <b> <i> javascript:alert(1)' in found.text
    assert ("code", {}) in found.tags
    assert ("em", {}) in found.tags
    assert [attrs["href"] for tag, attrs in found.tags if tag == "a" and "rel" in attrs] == [
        "https://example.org/a?b=1&c=<d>"
    ] * 2


def test_one_rule_makes_a_page_without_contents() -> None:
    page = render((rules("ias24"),), "1")
    assert "<nav" not in page
    assert 'href="#top"' not in page
    assert "<title>International accounting: IAS 24 (ias24)</title>" in page


def test_every_detector_has_its_row_in_the_readme() -> None:
    table = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8").split("\n## ")[0]
    named = re.findall(r"^\|.*\| `(\w+)` \|$", table, re.MULTILINE)
    assert sorted(named) == [detector.id for detector in DETECTORS]
