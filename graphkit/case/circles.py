"""Cars and money that come back, in a case: listed with file and line, counted, drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from graphkit.algorithms.cycle_threads import TooManyCyclesError
from graphkit.algorithms.validity import number_of, with_numbers
from graphkit.case.opened import OpenedCase
from graphkit.errors import GraphkitError, NotFoundError
from graphkit.explanation import Explanation, Section, cited
from graphkit.files import hash_text, replacing
from graphkit.trade.circles import (
    MAX_LENGTH,
    MONEY_STEP,
    TOLERANCE,
    WINDOW_DAYS,
    Bounds,
    Steps,
    count_circles,
    of_payments,
    of_sales,
    ordered_circles,
    unordered_loops,
)
from graphkit.trade.rounds import rounds

if TYPE_CHECKING:
    import pandas as pd

    from graphkit.case.runs import Run

KINDS = {"sales": of_sales, "payments": of_payments}
"""Of what there may be circles: the name of the input table."""

ROUNDS, COUNTS, CIRCLES, LOOPS = "Rounds", "How many", "Circles", "Loops within one day"
"""The sections of a listing."""

_COLUMNS = ("circle", "step", "on_date", "from_id", "from_name", "to_id", "to_name", "kind", "vin", "amount",
            "currency", "file", "line")  # fmt: skip
_DECIDES = {
    "sales": "a sequence for every invoice of that car and day decides",
    "payments": "paid_at or a sequence for every payment of that day that hangs together with them decides",
}


@dataclass(frozen=True)
class _Asked:
    """What is asked of a run: its steps, its groups or none, and the bounds of a circle."""

    kind: str
    steps: Steps
    groups: pl.DataFrame | None
    bounds: Bounds

    def circles(self) -> pl.DataFrame:
        """The circles, numbered by the amount of the last step, the largest first."""
        found = ordered_circles(self.steps, self.groups, self.bounds)
        last = found.filter(pl.col("step") == pl.col("steps")).select("circle", "amount")
        ranked = last.sort("amount", "circle", descending=[True, False], nulls_last=True).select("circle")
        places = ranked.with_row_index("place", offset=1).with_columns(pl.col("place").cast(pl.Int64))
        return found.join(places, on="circle").with_columns(circle="place").drop("place").sort("circle", "step")

    def loops(self) -> pl.DataFrame:
        """The loops whose order is not known."""
        return unordered_loops(self.steps, self.groups, self.bounds)

    def counts(self) -> pl.DataFrame:
        """length and circles, without listing them."""
        try:
            return count_circles(self.steps, self.groups, self.bounds)
        except TooManyCyclesError as error:
            raise GraphkitError(str(error)) from error

    def said(self) -> str:
        """The bounds in words."""
        bounds = self.bounds
        like = "" if bounds.tolerance is None else f", amounts within {bounds.tolerance * 100:g} %"
        on = "parties" if self.groups is None else "control groups"
        return f"within {bounds.window_days} days, at most {bounds.max_length} steps{like}, closing on {on}"


class CirclesOfCase(OpenedCase):
    """Ask for the cars and the money that come back."""

    def cycles(
        self,
        kind: str,
        *,
        window_days: int = WINDOW_DAYS,
        max_length: int = MAX_LENGTH,
        tolerance: float | None = None,
        by_groups: bool = True,
        top: int | None = None,
    ) -> Explanation:
        """Every circle of ``"sales"`` of one car, or of ``"payments"`` of one currency, once, with its rows.

        Of payments ``.rows("Rounds")`` come first, numbered in time: circles in which no payment stands twice, those
        that ``circular_payments`` found before others, first in, first out. ``.rows("How many")`` are counts by length;
        ``.rows("Circles")`` has a row a step, as the rounds have: circle, step, on_date, from_id, from_name, to_id,
        to_name, kind, vin, amount, currency, file, line. Circle
        1 is the one whose last step has the largest amount; ``top`` keeps the first so many.
        ``.rows("Loops within one day")`` are indeterminate: nobody recorded the order of the day; they are numbered on
        from the last circle. Where there are too many to list the section says so, and the counts are exact all the
        same.

        ``window_days`` counts from the first step's date to the last's. With ``by_groups`` a circle also closes on the
        first party's control group as of the first step. ``tolerance`` is for payments only, and 0.1 there unless
        given: each amount lies within 10 % of the one before it, and the last within 10 % of the first.

        Raises ``GraphkitError`` for another kind, a tolerance for sales, and for more circles than can be counted;
        ``ValueError`` for bounds that are none.
        """
        run = self._run()
        asked = _asked(run, kind, window_days, max_length, tolerance, by_groups)
        files = self._files()
        try:
            found = asked.circles()
        except TooManyCyclesError:
            counts = asked.counts()
            total = int(counts["circles"].sum())
            shown = Section(CIRCLES, (f"{total:,} are too many to list: shorten the window or max_length",))
        else:
            counts = found.filter(pl.col("step") == 1).group_by(length="steps").len("circles").sort("length")
            total = int(counts["circles"].sum())
            shown = Section(CIRCLES, _left_out(total, top, "first those that returned most"), _cut(found, top))
        try:
            loops = asked.loops().with_columns(pl.col("circle") + total)
        except TooManyCyclesError:
            apart = Section(LOOPS, ("there are too many to list: shorten max_length",))
        else:
            number = loops["circle"].n_unique()
            why = (f"the order of these steps is not on record: {_DECIDES[kind]}",) if number else ()
            apart = Section(LOOPS, (*why, *_left_out(number, top, "the earliest")), _cut(loops, top, total))
        names = dict(run.frame("identities").select("party_id", "name").iter_rows())
        tables = run.resolved(kind)
        told = {one.title: one for one in (shown, apart, *([_rounds(run, asked, top)] if kind == "payments" else []))}
        read = {
            name: Section(name, one.lines, None if one.frame is None else _read(one.frame, names, tables, files))
            for name, one in told.items()
        }
        counted = Section(COUNTS, (_in_words(total, "circle"),), counts)
        sections = [*([read[ROUNDS]] if ROUNDS in read else []), counted, read[CIRCLES], read[LOOPS]]
        title = f"Circles of {kind} {asked.said()}, as known on {run.as_of}"
        return Explanation("circles", kind, title, tuple(sections))

    def count_cycles(
        self,
        kind: str,
        *,
        window_days: int = WINDOW_DAYS,
        max_length: int = MAX_LENGTH,
        tolerance: float | None = None,
        by_groups: bool = True,
    ) -> "pd.DataFrame":
        """How many circles there are of each length, exactly: length, circles; bounds and errors as :meth:`cycles`.

        Loops within one day whose order is not known are not counted.
        """
        return _asked(self._run(), kind, window_days, max_length, tolerance, by_groups).counts().to_pandas()

    def view_cycle(
        self,
        kind: str,
        number: int,
        *,
        window_days: int = WINDOW_DAYS,
        max_length: int = MAX_LENGTH,
        tolerance: float | None = None,
        by_groups: bool = True,
    ) -> Path:
        """Draw circle ``number`` of :meth:`cycles` with the same bounds as one page beside the run; give its path.

        Its lines are numbered in time. The file is named for the rows of the circle, so that another one never takes
        its place. Raises ``NotFoundError`` where there is no such number.
        """
        from graphkit.views.circles import circle_view
        from graphkit.views.page import render

        run = self._run()
        asked = _asked(run, kind, window_days, max_length, tolerance, by_groups)
        try:
            ordered = asked.circles()
            total = ordered["circle"].n_unique()
            is_ordered = number <= total
            found = ordered if is_ordered else asked.loops().with_columns(pl.col("circle") + total)
        except TooManyCyclesError as error:
            raise GraphkitError("there are too many circles to list: shorten the window or max_length") from error
        steps = found.filter(pl.col("circle") == number)
        if steps.is_empty():
            raise NotFoundError(f"there is no circle {number} of {kind}: graphkit cycles lists their numbers")
        keys = steps["row_key"].to_list()
        first = number_of(steps["on_date"][0])
        held = with_numbers(run.frame("groups")).filter(pl.lit(first).is_between("first", "last"))
        identities = run.frame("identities").filter(pl.col("party_id") == pl.col("canonical_id"))
        drawn = circle_view(
            cited(steps, run.resolved(kind), self._files()),
            identities,
            dict(held.select("party_id", "group_id").iter_rows()),
            title=f"{'A circle' if is_ordered else 'A loop within one day'} of {kind}, {len(keys)} steps",
            case_name=self.settings().name,
        )
        path = run.views / f"circle-{hash_text(kind, *keys)}.html"
        with replacing(path) as beside:
            beside.write_text(render(drawn), encoding="utf-8")
        return path


def _asked(
    run: "Run", kind: str, window_days: int, max_length: int, tolerance: float | None, by_groups: bool
) -> _Asked:
    if kind not in KINDS:
        raise GraphkitError(f"there are no circles of {kind}: choose from {', '.join(KINDS)}")
    if kind == "sales" and tolerance is not None:
        raise GraphkitError("a tolerance is for payments: a car that comes back is the same car at any price")
    steps = KINDS[kind](run.resolved(kind)[kind])
    like = None if kind == "sales" else TOLERANCE if tolerance is None else tolerance
    groups = run.frame("groups") if by_groups else None
    return _Asked(kind, steps, groups, Bounds(window_days, max_length, like))


def _rounds(run: "Run", asked: _Asked, top: int | None) -> Section:
    """Money goes round once: each payment in one circle at most, and in that of the detector where it is in one."""
    hits = run.frame("hits").filter(detector="circular_payments")
    on_circles = run.frame("evidence").filter(role=MONEY_STEP).join(hits, on="hit_id", how="semi")
    told = on_circles.sort("hit_id", "ordinal").group_by("hit_id").agg(pl.col("row_key").str.join("|"))["row_key"]
    try:
        found, days = rounds(asked.steps, asked.groups, asked.bounds, told=told.to_list())
    except TooManyCyclesError:
        return Section(ROUNDS, ("there are too many within one day to trace: shorten max_length",))
    number = found["circle"].n_unique()
    less = () if days == asked.bounds.window_days else (f"looked for within {days} days, of more there are too many",)
    how = "those of circular_payments, then first in, first out"
    said = f"{_in_words(number, 'round')}, each payment in one at most: {how}"
    return Section(ROUNDS, (said, *less, *_left_out(number, top, "the earliest")), _cut(found, top))


def _cut(found: pl.DataFrame, top: int | None, before: int = 0) -> pl.DataFrame:
    return found if top is None else found.filter(pl.col("circle") <= before + top)


def _left_out(number: int, top: int | None, which: str) -> tuple[str, ...]:
    return () if top is None or number <= top else (f"{top:,} of {number:,} are shown, {which}",)


def _in_words(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _read(
    found: pl.DataFrame, names: Mapping[str, str], tables: Mapping[str, pl.DataFrame], files: Mapping[str, str]
) -> pl.DataFrame:
    """The steps as they are read: with names, files and lines."""
    named = [
        pl.col(f"{end}_id").replace_strict(names, default=None, return_dtype=pl.String).alias(f"{end}_name")
        for end in ("from", "to")
    ]
    return cited(found.with_columns(named), tables, files).select(_COLUMNS)
