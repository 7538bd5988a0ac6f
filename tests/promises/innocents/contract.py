"""What ``populations.toml`` asks: the verdict on the cars of each population, and whether a run gave it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

AT_LEAST = 0.95
"""The share of a population's cars that must have the verdict."""

BOOKED = ("pre_insured", "insured_not_plated")
"""Detectors that a car without a policy does not reach."""

VERDICTS = {
    "population": pl.String(),
    "detector": pl.String(),
    "expected": pl.String(),
    "cars": pl.Int64(),
    "right": pl.Int64(),
    "flagged": pl.Int64(),
    "told": pl.String(),
}


@dataclass(frozen=True)
class Without:
    """Data taken away from a population: which, how in the words of the list, and the verdicts that are left."""

    population: str
    data: str
    how: str
    expects: Mapping[str, str]


@dataclass(frozen=True)
class Population:
    """One population of the list."""

    id: str
    expects: Mapping[str, str]
    without: tuple[Without, ...]


def contract() -> dict[str, Population]:
    """The list, by id."""
    text = (Path(__file__).parent / "populations.toml").read_text(encoding="utf-8")
    return {row["id"]: _population(row) for row in tomllib.loads(text)["population"]}


def _population(row: dict[str, object]) -> Population:
    without = []
    for data, given in dict(row.get("without", {})).items():
        rest = dict(given)
        how = str(rest.pop("coverage", rest.pop("rows", "")))
        without.append(Without(str(row["id"]), data, how, rest))
    return Population(str(row["id"]), dict(row["expects"]), tuple(without))


def verdicts(
    population: str, expects: Mapping[str, str], cars: Mapping[str, pl.Series], hits: pl.DataFrame
) -> pl.DataFrame:
    """One row a detector (``VERDICTS``): how many of ``cars`` (by detector) had the verdict, how many were flagged, and
    what was told of them, the most frequent first. Detectors without a word are told where they flagged a car.
    """
    rows = []
    for detector in sorted({*expects, *hits["detector"].unique()}):
        mine = (
            cars[detector]
            .to_frame("vin")
            .join(
                hits.filter(detector=detector).select("verdict", "look_alike", "missing", vin="subject_id"),
                on="vin",
                how="left",
            )
        )
        flagged = mine.filter(verdict="flagged").height
        expected = expects.get(detector, "not flagged")
        right = mine.filter(_is_met(expected)).height
        if detector in expects or flagged:
            rows.append((population, detector, expected, mine.height, right, flagged, _told(mine)))
    return pl.DataFrame(rows, schema=VERDICTS, orient="row")


def failures(table: pl.DataFrame) -> pl.DataFrame:
    """Of the verdicts of all markets together, those that are not as the list asks."""
    is_written = pl.col("expected") != "not flagged"
    too_few = pl.col("right") < AT_LEAST * pl.col("cars")
    return table.filter((is_written & too_few) | (~is_written & (pl.col("flagged") > 0)))


def _is_met(expected: str) -> pl.Expr:
    if expected == "not flagged":
        return pl.col("verdict").fill_null("") != "flagged"
    if expected.startswith("indeterminate: "):
        names = pl.col("missing").str.contains(expected.removeprefix("indeterminate: "), literal=True)
        return (pl.col("verdict") == "indeterminate") & names.fill_null(False)
    words = expected.split(" or ")
    is_clear = pl.col("verdict").is_null() if "clear" in words else pl.lit(False)
    is_explained = (pl.col("verdict") == "explained") & pl.col("look_alike").is_in(words)
    return is_clear | is_explained.fill_null(False)


def _told(mine: pl.DataFrame) -> str:
    said = pl.coalesce("look_alike", "missing", pl.lit(""))
    told = mine.select(pl.concat_str(pl.col("verdict").fill_null("clear"), said, separator=" ").str.strip_chars())
    counted = told.to_series().value_counts(sort=True, name="n").head(3)
    return "; ".join(f"{n} {text}" for text, n in counted.rows())
