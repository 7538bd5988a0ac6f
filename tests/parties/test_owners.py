"""Owners of a party: shares as intervals, ultimate controllers, beneficial owners, and what cannot be bounded."""

from datetime import date, timedelta
from typing import Any

import pytest

from graphkit.case.owning import tree
from graphkit.identity import resolve
from graphkit.parties.answers import Registers
from graphkit.parties.owners import Owners, owners
from graphkit.tables.coverage import Coverage
from tests.parties.test_relation_rules import START, loaded

DAY = date(2025, 6, 30)


def asked(
    party: str,
    holdings: list[tuple[Any, ...]],
    agreements: tuple[tuple[Any, ...], ...] = (),
    *,
    state: str = "",
    day: date = DAY,
) -> Owners:
    """``holdings``: owner, owned, share in percent (None: unknown, a pair: between), and the day of its end, if any.

    ``agreements``: controller, controlled, basis, first and last day.
    """
    ids = {end for row in (*holdings, *agreements) for end in row[:2]}
    kinds = {"p": "person", "c": "company"}
    parties = [{"party_id": one, "kind": kinds[one[0]], "name": one, "is_state": one == state} for one in sorted(ids)]
    rows = []
    for owner, owned, share, *rest in holdings:
        low, high = share if isinstance(share, tuple) else (None, None)
        exact = None if share is None or isinstance(share, tuple) else round(share * 10_000)
        bounds = {"share_min": low and round(low * 10_000), "share_max": high and round(high * 10_000)}
        ends = {"valid_from": START, "valid_to": rest[0] if rest else None}
        rows.append({"owner_id": owner, "owned_id": owned, "share": exact} | bounds | ends)
    named = ("controller_id", "controlled_id", "basis", "valid_from", "valid_to")
    agreed = loaded("control_agreements", [dict(zip(named, row, strict=True)) for row in agreements])
    tables = {"parties": loaded("parties", parties), "ownership": loaded("ownership", rows)}
    who = resolve(
        tables | {"control_agreements": agreed, "positions": loaded("positions", []), "kinship": loaded("kinship", [])}
    )
    return owners(party, Registers(who.tables, who.identities, Coverage(), day))


def table(found: Owners, *columns: str) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in found.owners.select("owner_id", *columns).rows()}


def test_a_chain_multiplies_shares_and_never_control() -> None:
    found = asked("c3", [("p1", "c1", 51), ("c1", "c2", 51), ("c2", "c3", 51), ("p2", "c3", 49)])
    assert table(found, "direct_low", "controls", "is_ultimate", "beneficial") == {
        "p1": (0, "proven", True, "proven"),
        "c1": (0, "proven", False, None),
        "c2": (0.51, "proven", False, None),
        "p2": (0.49, None, False, "proven"),
    }
    assert table(found, "integrated_low")["p1"][0] == pytest.approx(0.51**3)
    assert found.owners["integrated_low"].equals(found.owners["integrated_high"])


def test_a_quarter_makes_a_beneficial_owner_and_a_millionth_less_does_not() -> None:
    rest = ("c9", "c1", 40)
    assert table(asked("c1", [("p1", "c1", 25), rest]), "beneficial")["p1"] == ("proven",)
    assert table(asked("c1", [("p1", "c1", 24.9999), rest]), "beneficial")["p1"] == (None,)
    # directly and through others together
    half = asked("c1", [("p1", "c2", 50), ("p2", "c2", 50), ("c2", "c1", 50), rest])
    assert table(half, "integrated_low", "beneficial")["p1"] == (0.25, "proven")
    # what could be a quarter is possible
    assert table(asked("c1", [("p1", "c1", (10, 25)), rest]), "beneficial")["p1"] == ("possible",)
    assert table(asked("c1", [("p1", "c1", (10, 24.9999)), rest]), "beneficial")["p1"] == (None,)


def test_a_circle_of_holdings_is_solved() -> None:
    # half of c1 is held by c2 and the other way round: who holds 10 % of either holds them in the end alone
    found = asked("c1", [("c2", "c1", 50), ("c1", "c2", 50), ("p1", "c1", 50), ("p2", "c2", 50)])
    shares = table(found, "integrated_low")
    assert shares["p1"][0] == pytest.approx(2 / 3)
    assert shares["p2"][0] == pytest.approx(1 / 3)


def test_unknown_shares_are_intervals() -> None:
    found = asked("c1", [("p1", "c1", (10, 30)), ("p2", "c1", None), ("p3", "c1", 60)])
    assert table(found, "direct_low", "direct_high", "controls", "beneficial") == {
        "p3": (0.6, 0.6, "proven", "proven"),
        "p2": (0, pytest.approx(0.3), None, "possible"),
        "p1": (pytest.approx(0.1), pytest.approx(0.3), None, "possible"),
    }


def test_where_the_highest_shares_exceed_the_whole_there_is_no_bound_and_it_is_said() -> None:
    found = asked("c1", [("p1", "c1", None), ("p2", "c1", None)])
    (note,) = found.notes
    assert note.startswith("no highest integrated share: ") and "c1" in note
    assert table(found, "integrated_high", "controls", "beneficial")["p1"] == (None, "possible", "possible")


def test_a_company_held_by_more_than_all_is_named() -> None:
    found = asked("c1", [("p1", "c1", 70), ("p2", "c1", 60)])
    assert "c1" in found.notes[0]
    assert table(found, "direct_high", "controls")["p1"] == (0.7, "possible")


def test_only_the_day_counts_and_the_state_is_no_ultimate_controllers_controller() -> None:
    rows = [("c9", "c2", 100), ("c2", "c1", 80), ("p1", "c1", 60, date(2025, 1, 1))]
    found = asked("c1", rows, state="c9")
    assert table(found, "controls", "is_ultimate") == {"c2": ("proven", True), "c9": (None, False)}
    assert "p1" in table(asked("c1", rows, day=date(2024, 12, 31)))


def test_who_holds_up_to_a_day_or_from_it_on_holds_and_controls_on_it() -> None:
    rows = [("p1", "c1", 75, DAY), ("p2", "c1", 25)]
    held = {"p1": (0.75, "proven", "proven"), "p2": (0.25, None, "proven")}
    columns = ("direct_low", "controls", "beneficial")
    assert table(asked("c1", rows), *columns) == table(asked("c1", rows, day=START), *columns) == held
    assert table(asked("c1", rows, day=DAY + timedelta(days=1)), *columns) == {"p2": held["p2"]}
    assert not table(asked("c1", rows, day=START - timedelta(days=1)), *columns)


def test_agreements_of_the_day_stand_beside_the_holdings() -> None:
    ended, later = date(2025, 1, 31), date(2025, 9, 1)
    agreements = (
        ("p1", "c2", "contract", START, None),
        ("p2", "p3", "concert", START, None),
        ("c5", "c1", "declared", None, None),
        ("c3", "c2", "joint", START, None),
        ("c4", "c2", "joint", START, None),
        ("p4", "c2", "contract", START, ended),
        ("p5", "c2", "contract", later, None),
        ("c1", "c9", "contract", START, None),
    )
    holdings = [("c2", "c1", 100), ("p2", "c2", 30), ("p3", "c2", 30)]
    found = asked("c1", holdings, agreements)
    assert found.agreements.drop("row_key").rows() == [
        ("p1", "c2", "contract", START, True),
        # its day is not known, so it may not hold yet
        ("c5", "c1", "declared", None, False),
        ("c3", "c2", "joint", START, True),
        ("c4", "c2", "joint", START, True),
        ("p2", "p3", "concert", START, True),
    ]
    assert table(found, "controls", "basis")["p1"] == ("proven", "agreement")
    assert "c3" not in table(found, "controls")
    assert "p4" in asked("c1", holdings, agreements, day=ended).agreements["controller_id"].to_list()
    assert "p5" in asked("c1", holdings, agreements, day=later).agreements["controller_id"].to_list()


def test_the_tree_says_in_words_what_is_agreed_and_since_when() -> None:
    agreements = (
        ("p1", "c2", "contract", START, None),
        ("p2", "p3", "concert", START, None),
        ("c5", "c1", "declared", None, None),
        ("c3", "c2", "joint", START, None),
    )
    found = asked("c1", [("c2", "c1", 100), ("p2", "c2", 30), ("p3", "c2", 30)], agreements)
    assert list(tree("c1", found, {"p1": "甲一"})) == [
        "c1 (c1)",
        "   declared control?  c5 (c5), controls (possible)",
        "   100 %  c2 (c2), controls (proven)",
        f"      control by contract since {START}  甲一 (p1), controls (proven)",
        f"      joint control since {START}  c3 (c3)",
        "      30 %  p2 (p2), controls (proven)",
        f"         acting in concert since {START}  p3 (p3), controls (proven)",
        "      30 %  p3 (p3), controls (proven), see above",
    ]


def test_nobody_owns_it() -> None:
    found = asked("c2", [("c2", "c1", 80)])
    assert found.owners.is_empty() and found.holdings.is_empty() and not found.notes
