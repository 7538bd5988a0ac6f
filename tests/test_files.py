"""Files that appear whole or not at all, and hashes that tell every content apart."""

import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from graphkit.files import hash_file, hash_text, replacing

NO_ROOM = OSError(28, "No space left on device")


def write_half(path: Path, error: BaseException) -> None:
    with replacing(path) as beside:
        beside.write_text("ha", encoding="utf-8")
        raise error


def held(folder: Path) -> dict[str, str]:
    """Every file below a folder, hidden ones too, and what it says; an empty folder ends in a stroke."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {name: path.read_text(encoding="utf-8") for name, path in found.items() if path.is_file()} | {
        f"{name}/": "" for name, path in found.items() if path.is_dir() and not any(path.iterdir())
    }


def test_a_file_takes_the_place_of_the_one_before_and_leaves_nothing_beside(tmp_path: Path) -> None:
    for text in ("first", "second"):
        with replacing(tmp_path / "new" / "a.txt") as beside:
            beside.write_text(text, encoding="utf-8")
        assert held(tmp_path) == {"new/a.txt": text}


def test_until_it_is_whole_the_file_lies_in_the_same_folder_under_its_own_name(tmp_path: Path) -> None:
    # a rename from another disk is a copy, which can be cut off
    (tmp_path / "a.csv").write_text("old", encoding="utf-8")
    with replacing(tmp_path / "a.csv") as beside:
        beside.write_text("new", encoding="utf-8")
        assert (beside.parent.parent, beside.name) == (tmp_path, "a.csv")
        assert beside.parent.name.startswith(".a.csv.")
        assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize("error", [NO_ROOM, ValueError("no"), KeyboardInterrupt()])
@pytest.mark.parametrize("before", [{}, {"a.txt": "old"}])
def test_a_write_that_is_cut_off_changes_nothing_and_its_error_is_told(
    tmp_path: Path, before: dict[str, str], error: BaseException
) -> None:
    for name, text in before.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(type(error)) as told:
        write_half(tmp_path / "a.txt", error)
    assert told.value is error
    assert held(tmp_path) == before


def test_a_folder_takes_the_place_of_a_folder_with_nothing_of_it_left(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with replacing(tmp_path / "run") as beside:
            beside.mkdir()
            (beside / f"{name}.txt").write_text(name, encoding="utf-8")
        assert held(tmp_path) == {f"run/{name}.txt": name}


def test_a_folder_that_cannot_be_put_in_place_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "a.txt").write_text("old", encoding="utf-8")
    real = Path.rename

    def refused(self: Path, target: Path) -> Path:
        if target == tmp_path / "run" and (self / "b.txt").exists():
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(PermissionError), replacing(tmp_path / "run") as beside:
        beside.mkdir()
        (beside / "b.txt").write_text("new", encoding="utf-8")
    assert held(tmp_path) == {"run/a.txt": "old"}


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (lambda path: (path.mkdir(), (path / "kept.txt").write_text("old")), lambda path: path.write_text("new")),
        (lambda path: path.write_text("old"), lambda path: (path.mkdir(), (path / "b.txt").write_text("new"))),
    ],
    ids=["a file for a folder", "a folder for a file"],
)
def test_a_file_and_a_folder_never_take_each_others_place(
    tmp_path: Path, was: Callable[[Path], object], becomes: Callable[[Path], object]
) -> None:
    was(tmp_path / "out")
    before = held(tmp_path)
    with pytest.raises(OSError), replacing(tmp_path / "out") as beside:
        becomes(beside)
    assert held(tmp_path) == before


def test_where_nothing_can_be_written_the_error_names_the_file_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(prefix: str, dir: Path) -> str:
        raise PermissionError(13, "Permission denied", str(dir / f"{prefix}x1"))

    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(PermissionError) as told, replacing(tmp_path / "a.txt"):
        pass
    assert told.value.filename == str(tmp_path / "a.txt")


@pytest.mark.parametrize("length", [0, 1, 65_536, 262_144, 3_000_000])
def test_the_hash_of_a_file_is_that_of_all_its_bytes(tmp_path: Path, length: int) -> None:
    for last in (b"a", b"b"):
        (tmp_path / "a").write_bytes(bytes(length) + last)
        assert hash_file(tmp_path / "a") == hashlib.sha256(bytes(length) + last).hexdigest()


def test_texts_have_one_id_only_if_they_are_the_same_texts_in_the_same_order() -> None:
    told_apart = [("a", "b"), ("ab",), ("b", "a"), ("a", "b", ""), ("", "a", "b"), ("a",), ("海", "a")]
    assert len({hash_text(*parts) for parts in told_apart}) == len(told_apart)
    assert hash_text("a", "b") == hash_text("a", "b") == hash_text("a", "b", length=64)[:16]
