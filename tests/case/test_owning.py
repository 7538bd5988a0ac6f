"""Who owns a party as indented lines: the order, what is not certain, and what was opened before."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from graphkit.case import owning
from graphkit.case.owning import tree
from graphkit.parties.owners import Owners

HOLDING = {"owner_id": pl.String, "owned_id": pl.String, "low": pl.Int64, "high": pl.Int64, "is_certain": pl.Boolean,
           "row_key": pl.String}  # fmt: skip
AGREEMENT = {"controller_id": pl.String, "controlled_id": pl.String, "basis": pl.String, "valid_from": pl.Date,
             "is_certain": pl.Boolean, "row_key": pl.String}  # fmt: skip
NAMES = {"D": "示例 D", "C": "示例 C"}


def lines(
    *holdings: tuple[Any, ...], agreements: tuple[tuple[Any, ...], ...] = (), controls: dict[str, str] | None = None
) -> list[str]:
    """Holdings as owner, owned, low and high in ppm, whether certain; agreements as two ends, basis, day, certain."""
    held = [(*row, f"h{n}") for n, row in enumerate(holdings)]
    agreed = [(*row, f"a{n}") for n, row in enumerate(agreements)]
    owners = pl.DataFrame({"owner_id": list(controls or {}), "controls": list((controls or {}).values())})
    frames = (pl.DataFrame(held, schema=HOLDING, orient="row"), pl.DataFrame(agreed, schema=AGREEMENT, orient="row"))
    found = Owners(owners.cast(pl.String), *frames, ())
    return list(tree("D", found, NAMES))


def test_each_owner_stands_under_what_it_owns_with_its_share_and_what_it_controls() -> None:
    told = lines(
        ("C", "D", 600_000, 600_000, True), ("P1", "C", 333_333, 333_333, True), ("P2", "D", 400_000, 400_000, True),
        controls={"C": "proven"},
    )  # fmt: skip
    assert told == [
        "示例 D (D)",
        "   60 %  示例 C (C), controls (proven)",
        "      33.3333 %  P1 (P1)",
        "   40 %  P2 (P2)",
    ]


def test_what_is_not_certain_is_a_range_or_has_a_question_mark() -> None:
    told = lines(("C", "D", 100_000, 250_000, False), ("P1", "D", 50_000, 50_000, False), ("P2", "D", 0, 200_000, True))
    assert told[1:] == ["   10–25 %?  示例 C (C)", "   5 %?  P1 (P1)", "   0–20 %  P2 (P2)"]


def test_a_company_met_before_is_not_opened_again() -> None:
    told = lines(
        ("C", "D", 500_000, 500_000, True), ("E", "D", 500_000, 500_000, True), ("C", "E", 1_000_000, 1_000_000, True),
        ("P1", "C", 1_000_000, 1_000_000, True), ("D", "C", 10_000, 10_000, True),
    )  # fmt: skip
    assert told == [
        "示例 D (D)",
        "   50 %  示例 C (C)",
        "      100 %  P1 (P1)",
        "      1 %  示例 D (D), see above",
        "   50 %  E (E)",
        "      100 %  示例 C (C), see above",
    ]


def test_agreements_are_said_in_words_with_their_day_and_concert_from_one_side_only() -> None:
    told = lines(
        ("P1", "D", 400_000, 400_000, True),
        agreements=(
            ("P1", "D", "contract", date(2020, 1, 1), True), ("P2", "D", "joint", None, False),
            ("P1", "P3", "concert", date(2021, 1, 1), True),
        ),
    )  # fmt: skip
    assert told == [
        "示例 D (D)",
        "   control by contract since 2020-01-01  P1 (P1)",
        "      acting in concert since 2021-01-01  P3 (P3)",
        "   joint control?  P2 (P2)",
        "   40 %  P1 (P1), see above",
    ]


@pytest.mark.parametrize(("most", "last"), [(3, "… and more: the first 3 lines are shown"), (4, "   1 %  P3 (P3)")])
def test_a_tree_that_is_too_long_is_cut_and_says_so(most: int, last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owning, "MOST_LINES", most)
    told = lines(*((f"P{n}", "D", 10_000, 10_000, True) for n in range(4)))
    assert (told[-1], len(told)) == (last, 5)
