"""Every lawful population that a detector declares is asked, explains an innocent car that nothing else does, and is
no reason for which a guilty car is guilty.
"""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from graphkit.detectors import DETECTORS
from graphkit.model import Detector, LookAlike
from tests.detectors.markets import CASES, CLEAR, FOLDERS, folders_of, found, found_in, market_of, verdicts

DECLARED = [(detector, look_alike) for detector in DETECTORS for look_alike in detector.look_alikes]

CLEARS = {
    ("insured_not_plated", "late_plating"): "a plate within the window: the rule is not met, and no row is listed",
}
"""Where the innocent car is tested and not listed, instead of listed as explained."""

LEAVES_OPEN = {
    ("circular_sales", "company_cars"): "a car that its last buyer keeps is never accused unless it stood still",
    ("circular_sales", "group_transfer"): "a circle without a retail invoice is never accused",
    ("pre_insured", "gift_insurance"): "an insured party of the end user's own name is never accused",
    ("collusive_cluster", "parallel_export"): "a car that left the country without a plate is never accused",
    ("related_party_sales", "company_cars"): "a car that its buyer keeps is never accused unless it stood still",
    ("related_party_sales", "fleet_use"): "a car that its buyer keeps is never accused unless it stood still",
    ("shell_buyer", "parallel_export"): "a car that left the country without a plate is never accused",
}
"""Where a car without its explanation is undecided, since a second fact guards it; elsewhere it is flagged."""


def names(pair: Any) -> str:
    return pair.id


def module_of(look_alike: LookAlike) -> ModuleType:
    return import_module(f"graphkit.look_alikes.{look_alike.id}")


def answers(module: ModuleType) -> list[str]:
    """The public functions of a look-alike that say yes or no."""
    return [
        name
        for name, member in inspect.getmembers(module, inspect.isfunction)
        if member.__module__ == module.__name__ and not name.startswith("_")
    ]


def always(function: Callable[..., Any], answer: bool) -> Callable[..., Any]:
    """The function with another answer, which has as many rows as its own."""

    def answered(*given: Any, **named: Any) -> Any:
        return function(*given, **named) | True if answer else function(*given, **named) & False

    return answered


def judged(folder: Path, detector: Detector) -> dict[str, str]:
    if hasattr(detector.settings, "draws"):
        # chance has no part in a verdict, and its draws take long
        detector = replace(detector, settings=replace(detector.settings, draws=1))
    return verdicts(found_in(market_of(folder), detector).hits)


def market_size(folder: Path) -> int:
    return found(folder).exposure["tested"].sum()


@cache
def explained(detector_id: str, look_alike_id: str) -> dict[Path, set[str]]:
    """The cars that each case shows as explained by it."""
    cars = {}
    for folder in FOLDERS:
        if folder.parent.name == detector_id:
            hits = found(folder).hits.filter(verdict="explained", look_alike=look_alike_id)
            cars[folder] = set(hits["subject_id"])
    return {folder: vins for folder, vins in cars.items() if vins}


def innocents(detector: Detector, look_alike: LookAlike) -> dict[Path, set[str]]:
    if (detector.id, look_alike.id) not in CLEARS:
        return explained(detector.id, look_alike.id)
    # every car that is not listed: tests of exposure say that it was tested
    listed = {folder: set(found(folder).hits["subject_id"]) for folder in folders_of(detector)}
    cars = {folder: set(market_of(folder).ledger.collect().to_native()["vin"]) for folder in listed}
    return {folder: cars[folder] - listed[folder] for folder in listed}


@pytest.mark.parametrize(("detector", "look_alike"), DECLARED, ids=names)
def test_an_innocent_car_is_explained_by_it_alone(
    detector: Detector, look_alike: LookAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of(look_alike)
    cars = innocents(detector, look_alike)
    where = (
        f"add to a case under {CASES / detector.id} a car that only {look_alike.id} explains, and that is flagged "
        "without it; where it is clear or left undecided, say so in CLEARS or LEAVES_OPEN of test_look_alikes.py"
    )
    assert any(cars.values()), where
    for name in answers(module):
        monkeypatch.setattr(module, name, always(getattr(module, name), False))
    wanted = "indeterminate" if (detector.id, look_alike.id) in LEAVES_OPEN else "flagged"
    for folder, vins in cars.items():
        without = judged(folder, detector)
        if any(without.get(vin, CLEAR) == wanted for vin in vins):
            return
    raise AssertionError(where)


@pytest.mark.parametrize(("detector", "look_alike"), DECLARED, ids=names)
def test_a_guilty_car_is_lost_where_it_always_explains(
    detector: Detector, look_alike: LookAlike, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of(look_alike)
    # the smallest markets first: one car is enough
    for folder in sorted(folders_of(detector), key=market_size):
        guilty = set(found(folder).hits.filter(verdict="flagged")["subject_id"])
        for name in answers(module) if guilty else ():
            with monkeypatch.context() as patched:
                patched.setattr(module, name, always(getattr(module, name), True))
                still = judged(folder, detector)
            if any(still.get(vin) != "flagged" for vin in guilty):
                return
    raise AssertionError(
        f"{detector.id} does not ask {look_alike.id} by its functions, called as {look_alike.id}.<function>(...), or "
        f"{CASES / detector.id} has no guilty car"
    )


def test_an_exception_is_of_a_declared_look_alike() -> None:
    declared = {(detector.id, look_alike.id) for detector, look_alike in DECLARED}
    assert {*CLEARS, *LEAVES_OPEN} <= declared
