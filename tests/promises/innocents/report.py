"""What many markets showed, in tables: the census, the verdicts, who was exported, and what is not as the list asks."""

from collections.abc import Sequence

import polars as pl

from tests.promises.innocents.contract import AT_LEAST, contract, failures
from tests.promises.innocents.judging import Judged, exporting

AT_MOST = 2 / 60
"""The share of the markets in which somebody may be exported."""

CARS = 100
"""Cars that each population must have in one market at least."""


def market_line(one: Judged) -> str:
    """One market as it comes."""
    said = f"market {one.task.seed[1]}: {one.dealers} dealers, {one.cars:,} cars, {one.seconds:.0f} s"
    said += f", {one.quarantined} rows quarantined; {one.places}"
    for party, roles, families, reason, flagged in one.exported.rows():
        said += f"\n  exported: {party} ({roles or 'no role'}; {families}): {reason} [{flagged}]"
    return said


def together(frames: Sequence[pl.DataFrame], *by: str) -> pl.DataFrame:
    """Counts of all markets added up; ``told`` is that of the market with most cars."""
    rows = pl.concat(frames).sort("cars", descending=True)
    counted = rows.group_by(*by, maintain_order=True).agg(
        pl.col("cars", "right", "flagged").sum(), pl.len().alias("markets"), pl.col("told").first()
    )
    return counted.with_columns(share=(100 * pl.col("right") / pl.col("cars")).round(1)).sort(*by)


def report(judged: Sequence[Judged]) -> bool:
    """Print everything; true where something failed."""
    verdicts = together([one.verdicts for one in judged], "population", "detector", "expected")
    withheld = together([one.withheld for one in judged], "population", "data", "detector", "expected")
    exported = exporting(judged)
    _show(
        "Census of the market with most cars of each population (days and km: least/middle/most; shares in %)",
        _census(judged),
    )
    _show("Hits among everyday cars", _everyday(judged))
    _show("Verdicts", verdicts.drop("told"))
    _show("Verdicts with data taken away", withheld.drop("told"))
    problems = absent(judged)
    failed = [failures(verdicts), failures(withheld)]
    if any(table.height for table in failed):
        _show(
            f"Not as the list asks (at least {AT_LEAST:.0%}; where nothing is written, none flagged)",
            pl.concat(failed, how="diagonal"),
        )
    if len(exported) > AT_MOST * len(judged):
        problems.append(f"somebody innocent is exported in {len(exported)} of {len(judged)} markets")
    for problem in problems:
        print(f"FAILED: {problem}")
    print(f"innocent parties exported in {len(exported)} of {len(judged)} markets")
    return bool(problems) or any(table.height for table in failed)


def absent(judged: Sequence[Judged]) -> list[str]:
    """What no market holds."""
    most = _census(judged)
    counts = dict(most.select("population", "cars").rows())
    few = [f"no market has {CARS} cars of {name}" for name in contract() if counts.get(name, 0) < CARS]
    taken = {(one.population, one.data) for task in judged for one in task.task.taken}
    asked = {(one.population, one.data) for listed in contract().values() for one in listed.without}
    return few + [f"no market took {data} away from {name}" for name, data in sorted(asked - taken)]


def _census(judged: Sequence[Judged]) -> pl.DataFrame:
    rows = pl.concat([one.census for one in judged]).sort("cars", descending=True)
    return rows.unique("population", keep="first", maintain_order=True).sort("population")


def _everyday(judged: Sequence[Judged]) -> pl.DataFrame:
    cars = sum(one.everyday["cars"].max() or 0 for one in judged)
    hits = pl.concat([one.everyday for one in judged]).group_by("detector", "verdict").agg(pl.col("hits").sum())
    return hits.with_columns(in_100=(100 * pl.col("hits") / max(cars, 1)).round(2)).sort("detector", "verdict")


def _show(title: str, table: pl.DataFrame) -> None:
    print(f"\n{title}")
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=240,
        fmt_str_lengths=120,
        tbl_hide_dataframe_shape=True,
        tbl_hide_column_data_types=True,
        tbl_formatting="NOTHING",
    ):
        print(table)
