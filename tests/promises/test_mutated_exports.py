"""Of exports that are changed as offices change them none breaks an import, and none loses a row in silence."""

from pathlib import Path

import pytest

from tests.promises.mutated.offices import CHANGES
from tests.promises.mutated.trial import Trial, trial

SEEDS = range(60)
"""``python -m tests.promises.mutated`` tries 500."""


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> list[Trial]:
    return [trial(seed, tmp_path_factory.mktemp("mutated")) for seed in SEEDS]


def test_each_loads_or_asks_or_is_refused_by_name_and_no_line_is_lost(tried: list[Trial]) -> None:
    faults = [f"{one.seed} {one.what}: {fault}" for one in tried for fault in one.faults]
    assert not faults, "\n".join(faults)


def test_most_go_in_so_that_a_lost_row_would_be_seen(tried: list[Trial]) -> None:
    assert sum(one.ended == "loaded" for one in tried) > len(SEEDS) / 2
    assert sum(one.lines for one in tried if one.ended == "loaded") > 20 * len(SEEDS) / 2


def test_every_change_is_made(tried: list[Trial]) -> None:
    assert [name for name in CHANGES if not any(name in one.what for one in tried)] == []


def test_a_seed_makes_one_file(tmp_path: Path) -> None:
    one, again, other = (trial(seed, _made(tmp_path / str(at))) for at, seed in enumerate((3, 3, 4)))
    assert (one.what, one.ended) == (again.what, again.ended)
    assert one.what != other.what


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
