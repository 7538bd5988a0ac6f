"""What one worker made another reads, by its name, in a run with workers and in no other."""

from pathlib import Path

import pytest

from tests.detectors.made_by_one_worker import FOLDER, made_by_one


def test_what_was_made_is_read_and_another_name_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    given = iter([[1], [2], [3]])
    assert [made_by_one(name, lambda: next(given)) for name in ("a", "a", "b")] == [[1], [1], [2]]


def test_without_workers_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FOLDER, raising=False)
    given = iter([1, 2])
    assert [made_by_one("a", lambda: next(given)) for _ in range(2)] == [1, 2]
