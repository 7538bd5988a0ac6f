"""What a command asks of a case: each word and option in its place, on a case that only notes what it is asked."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from graphkit import doctor as machine
from graphkit.case.case import Case
from graphkit.cli.main import app
from graphkit.explanation import Explanation, Section

TOLD = Explanation("kind", "id", "a title", (Section("Ownership tree", ("a tree",)), Section("Owners", ("a list",))))
NOTHING = pd.DataFrame()
ANSWERS: dict[str, Any] = {
    "cycles": TOLD, "related": TOLD, "explain_relation": TOLD, "owners": TOLD, "explain": TOLD, "search": NOTHING,
    "count_cycles": NOTHING, "view_cycle": Path("drawn.html"), "view": Path("drawn.html"), "summary": "in sentences",
    "export": [Path("a.csv")], "export_graph": [Path("a.csv")], "merges": NOTHING, "merge_history": NOTHING,
    "push": SimpleNamespace(rows=9, written=2, removed=1),
}  # fmt: skip
Asked = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


class Noted:
    """A case that answers everything with what ``ANSWERS`` has, and notes what it was asked."""

    path = Path("harbour")

    def __init__(self) -> None:
        self.asked: Asked = []

    def __getattr__(self, name: str) -> Any:
        def answer(*args: Any, **given: Any) -> Any:
            given.pop("progress", None)
            self.asked.append((name, tuple(one for one in args if not callable(one)), given))
            return ANSWERS.get(name)

        return answer


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Noted]:
    case = Noted()
    monkeypatch.setattr(Case, "open", lambda path: case)
    yield case


def graphkit(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


BOUNDS = {"window_days": 180, "max_length": 6, "tolerance": None, "by_groups": True}
OTHER = {"window_days": 90, "max_length": 4, "tolerance": 0.05, "by_groups": False}
TYPED = "--window 90d --max-length 4 --tolerance 5% --parties"
DAY = {"as_of": date(2024, 3, 1)}
NO_SERVER = {"scope": "case", "replace": False, "insecure": False, "prompt": None}


@pytest.mark.parametrize(
    ("typed", "name", "args", "given"),
    [
        ("cycles harbour --kind sales", "cycles", ("sales",), BOUNDS | {"top": 20}),
        (f"cycles harbour --kind payments --top 3 {TYPED}", "cycles", ("payments",), OTHER | {"top": 3}),
        (f"cycles harbour --kind payments --count {TYPED}", "count_cycles", ("payments",), OTHER),
        (f"cycles harbour --kind payments --view 2 {TYPED}", "view_cycle", ("payments", 2), OTHER),
        ("related harbour D09", "related", ("D09",), {"regime": None, "as_of": None}),
        ("related harbour D09 --regime ias24 --as-of 2024-03-01", "related", ("D09",), {"regime": "ias24"} | DAY),
        ("related harbour --between D09 C1", "explain_relation", ("D09", "C1"), {"regime": None, "as_of": None}),
        (
            "related harbour --between D09 C1 --regime ias24 --as-of 2024-03-01",
            "explain_relation",
            ("D09", "C1"),
            {"regime": "ias24"} | DAY,
        ),
        ("owners harbour D09", "owners", ("D09", None), {}),
        ("owners harbour D09 --as-of 2024-03-01", "owners", ("D09", date(2024, 3, 1)), {}),
        ("explain harbour D09", "explain", ("D09",), {}),
        ("search harbour 0001", "search", ("0001",), {}),
        ("judge harbour f1 reject --why seen", "judge", ("f1", "reject", "seen"), {}),
        ("judge harbour f1 undo --why seen", "judge", ("f1", "undo", "seen"), {}),
        ("parties harbour accept P1 P2 --why seal", "merge", ("P1", "P2", "seal"), {}),
        ("parties harbour reject P1 P2 --why seal", "keep_apart", ("P1", "P2", "seal"), {}),
        ("parties harbour undo P1 P2 --why seal", "undo_merge", ("P1", "P2", "seal"), {}),
        ("parties harbour merged", "merges", (), {}),
        ("parties harbour history", "merge_history", (), {}),
        ("run harbour", "run", (), {"as_of": None, "only": (), "regime": None}),
        (
            "run harbour --as-of 2024-03-01 --only pre_insured --only shell_buyer --regime ias24",
            "run",
            (),
            DAY | {"only": ("pre_insured", "shell_buyer"), "regime": "ias24"},
        ),
        ("view harbour k1", "view", ("k1",), {}),
        ("export harbour", "export", (None, ("csv", "xlsx", "graphml")), {}),
        ("export harbour out --format gexf --format csv", "export", (Path("out"), ("gexf", "csv")), {}),
        ("export harbour out --format neo4j-admin", "export_graph", (Path("out"),), {}),
        ("push harbour --to bolt://x", "push", ("bolt://x", None, None), NO_SERVER),
        (
            "push harbour --to bolt://x --database d --scope findings --replace --insecure",
            "push",
            ("bolt://x", None, "d"),
            {"scope": "findings", "replace": True, "insecure": True, "prompt": None},
        ),
    ],
)  # fmt: skip
def test_each_word_and_option_reaches_the_case_in_its_place(
    typed: str, name: str, args: tuple[Any, ...], given: dict[str, Any], noted: Noted
) -> None:
    done = graphkit(*typed.split())
    assert done.exit_code == 0, done.output
    assert noted.asked[0] == (name, args, given)


def test_a_tree_of_owners_is_printed_instead_of_the_list(noted: Noted) -> None:
    for option, shown, left in ((), "a list", "a tree"), (("--tree",), "a tree", "a list"):
        said = graphkit("owners", "harbour", "D09", *option).output
        assert shown in said and left not in said


@pytest.mark.parametrize(
    "typed",
    [
        "related harbour", "related harbour D09 --between D09 C1", "cycles harbour --kind sales --count --view 1",
        "parties harbour accept P1 --why seal", "parties harbour accept P1 P2", "parties harbour merged P1 P2",
        "export harbour out --format neo4j-admin --format csv", "cycles harbour --kind sales --window soon",
        "cycles harbour --kind payments --tolerance 0.1", "cycles harbour --kind sales --max-length 1",
    ],
)  # fmt: skip
def test_what_does_not_go_together_asks_nothing_of_the_case(typed: str, noted: Noted) -> None:
    assert graphkit(*typed.split()).exit_code == 2
    assert noted.asked == []


def test_a_push_says_what_it_wrote_and_where_there_was_nothing_to_do(
    noted: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "holds 9 nodes and relationships: 2 written, 1 removed" in graphkit("push", "h", "--to", "bolt://x").output
    for written, removed, is_idle in ((0, 0, True), (0, 1, False), (1, 0, False)):
        monkeypatch.setitem(ANSWERS, "push", SimpleNamespace(rows=9, written=written, removed=removed))
        assert ("nothing to do" in graphkit("push", "h", "--to", "bolt://x").output) is is_idle


@pytest.mark.parametrize(("is_stale", "now", "said"), [
    (False, "ias24", ""), (True, "ias24", "the case changed after its last run"),
    (False, "gaap", "the last run is under ias24 and case.toml names gaap"),
])  # fmt: skip
def test_findings_of_another_state_or_regime_say_so(
    is_stale: bool, now: str, said: str, noted: Noted, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = (
        "finding_id", "detector", "status", "unit_id", "party_name", "first_month", "last_month", "observed", "n",
        "expected", "effect", "q", "verdict", "sold", "related_a", "related_ab", "related_abc", "judgement", "is_stale",
    )  # fmt: skip
    answers = {"is_stale": is_stale, "known": {"regime": "ias24"}, "settings": SimpleNamespace(regime=now)}
    for name, answer in (answers | {"findings": pd.DataFrame({column: ["x"] for column in columns})}).items():
        monkeypatch.setitem(ANSWERS, name, answer)
    done = graphkit("findings", "harbour")
    assert (said in done.stderr) if said else (done.stderr == "")
    assert done.stdout.splitlines()[0].split("\t") == list(columns)


@pytest.mark.parametrize(("is_ok", "code", "word"), [(True, 0, "ok "), (False, 1, "BAD")])
def test_the_doctor_ends_as_refused_where_anything_is_bad(
    is_ok: bool, code: int, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = [machine.Check("one", True, "x"), machine.Check("two", is_ok, "y")]
    monkeypatch.setattr(machine, "examine", lambda case: checks)
    done = graphkit("doctor")
    assert (done.exit_code, done.output.splitlines()) == (code, ["ok   one: x", f"{word}  two: y"])
