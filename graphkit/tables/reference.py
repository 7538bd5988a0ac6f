"""Opens what is packed with graphkit: reference data, sample files, the query library, the detectors' cases."""

from datetime import date
from functools import cache
from pathlib import Path

import polars as pl

_PACKAGE = Path(__file__).resolve().parent.parent


def _folder(packaged: str, source_tree: str) -> Path:
    inside = _PACKAGE / "_packaged" / packaged
    return inside if inside.is_dir() else _PACKAGE.parent / source_tree


def reference_folder() -> Path:
    """The folder of reference data: in the wheel, else in the source tree."""
    return _folder("reference", "data/reference")


def cypher_folder() -> Path:
    """The folder of the query library."""
    return _folder("cypher", "cypher")


def cases_folder() -> Path:
    """The folder of small markets that each detector is tested on, one folder a detector."""
    return _folder("cases", "tests/detectors/cases")


def sample_folder(name: str) -> Path:
    """The folder of a sample that comes with graphkit; raises ``FileNotFoundError`` where none has that name."""
    folder = _folder("sample", "data/sample") / name
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no sample named {name}; see the folders in {folder.parent}.")
    return folder


@cache
def reference_csv(name: str) -> pl.DataFrame:
    """A table of ``data/reference`` by its name without ``.csv``; every column is text, an empty cell null.

    Raises ``FileNotFoundError`` where there is none of that name.

    >>> reference_csv("wmi").columns
    ['first', 'region', 'check_digit']
    """
    path = reference_folder() / f"{name}.csv"
    if not path.is_file():
        raise FileNotFoundError(f"There is no reference table named {name}; see the files in {path.parent}.")
    return pl.read_csv(path, infer_schema=False)


@cache
def _rules() -> tuple[tuple[str, date], ...]:
    rules = reference_csv("rules")
    days = rules["in_force_on"].str.to_date("%Y-%m-%d")
    return tuple(zip(rules["rule"].to_list(), days.to_list(), strict=True))


def rules_by_date() -> dict[str, date]:
    """From which day each dated rule of ``data/reference/rules.csv`` is in force.

    >>> rules_by_date()["used_export_180_days"]
    datetime.date(2026, 1, 1)
    """
    return dict(_rules())
