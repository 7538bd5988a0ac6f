import multiprocessing

import pytest

from graphkit.case.folder import Folder, create, open_folder
from graphkit.case.settings import new_settings
from graphkit.errors import CaseError


def test_a_new_case_opens(tmp_path):
    create(tmp_path / "harbour", new_settings("harbour"))
    assert open_folder(tmp_path / "harbour").settings.is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["harbour"]


def test_a_new_case_may_fill_an_empty_folder(tmp_path):
    create(tmp_path, new_settings("harbour"))
    assert open_folder(tmp_path).path == tmp_path


@pytest.mark.parametrize("held", ["case.toml", "notes.txt"])
def test_a_folder_with_something_in_it_is_not_taken(tmp_path, held):
    (tmp_path / held).write_text("schema = 1\n", encoding="utf-8")
    with pytest.raises(CaseError, match="choose another folder"):
        create(tmp_path, new_settings("harbour"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 0\n", "make a new case and import its sources again"),
        ("name = 'x'\n", "has no schema"),
        ("schema = 2\n", "upgrade graphkit"),
        ("schema = \n", "is not valid TOML"),
    ],
)
def test_a_case_of_another_version_is_refused_in_one_sentence(tmp_path, text, said):
    (tmp_path / "case.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CaseError, match=said) as refused:
        open_folder(tmp_path)
    assert "\n" not in str(refused.value)


def test_what_is_no_case_is_refused(tmp_path):
    with pytest.raises(CaseError, match="graphkit new"):
        open_folder(tmp_path)
    with pytest.raises(CaseError, match="is no case folder"):
        open_folder(tmp_path / "nowhere")


def _hold(path, held, done):
    with Folder(path).locked():
        held.set()
        done.wait(20)


def test_a_second_writer_is_told_to_wait_and_a_killed_one_leaves_no_lock(tmp_path):
    folder = create(tmp_path / "harbour", new_settings("harbour"))
    spawn = multiprocessing.get_context("spawn")
    held, done = spawn.Event(), spawn.Event()
    other = spawn.Process(target=_hold, args=(folder.path, held, done))
    other.start()
    try:
        assert held.wait(20)
        with pytest.raises(CaseError, match="another graphkit"), folder.locked():
            pass
    finally:
        other.kill()
        other.join()
    with folder.locked():
        pass
