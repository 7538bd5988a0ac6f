"""A folder and a zip stand for their files: names in evidence, what is skipped, what is refused and stops no other."""

import zipfile
from pathlib import Path

import pytest

from graphkit import Case
from graphkit.case import incoming as reading
from graphkit.case.incoming import Incoming, incoming
from graphkit.errors import InputError

DATA = Path(__file__).parent / "data"
SALES, VEHICLES, PARTIES = ((DATA / f"{name}.csv").read_bytes() for name in ("sales", "vehicles", "parties"))


@pytest.fixture
def case(tmp_path):
    return Case.new(tmp_path / "case")


@pytest.fixture
def box(tmp_path):
    folder = tmp_path / "box"
    folder.mkdir()
    return folder


def packed(path, files):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def as_written(path, encoding, name, content):
    """A zip whose one name has these bytes and no flag that says they are UTF-8."""
    stand_in = "x" * len(name.encode(encoding))
    packed(path, {stand_in: content})
    path.write_bytes(path.read_bytes().replace(stand_in.encode(), name.encode(encoding)))
    return path


def status(report):
    return dict(zip(report["file"], report["status"], strict=True))


def test_a_folder_stands_for_its_files_by_name_and_those_below_it(case, box):
    (box / "b.csv").write_bytes(SALES)
    (box / "2024").mkdir()
    (box / "2024" / "a.csv").write_bytes(PARTIES)
    packed(box / "c.zip", {"d/e.csv": VEHICLES})
    (box / "coverage.toml").write_bytes((DATA / "coverage.toml").read_bytes())
    report = case.import_files(box).set_index("file")
    assert report["status"].to_dict() == {
        "b.csv": "imported",
        "c.zip/d/e.csv": "imported",
        "2024/a.csv": "imported",
        "coverage.toml": "coverage and denials taken over",
    }
    assert report.loc["b.csv", ["table", "rows", "quarantined"]].tolist() == ["sales", 5, 1]
    assert set(case.import_files(box)["status"]) == {"unchanged", "coverage and denials taken over"}
    # what is kept can be read again when the mapping changes, and evidence names the file as it came
    toml = case.path / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('"价税合计" = "price"\n', ""), encoding="utf-8")
    assert case.frame("sales")["price"].null_count() == 4
    assert {entry.name for entry in case.settings().source} == {"b.csv", "c.zip/d/e.csv", "2024/a.csv"}


def test_a_file_of_a_folder_that_is_refused_is_named_with_its_reason_and_stops_no_other(case, box):
    case.import_files(DATA / "sales.csv")
    (box / "a.csv").write_bytes(PARTIES)
    (box / "b.csv").write_bytes(b"%PDF-1.7\n")
    (box / "c.csv").write_text("strange,columns\n1,2\n", encoding="utf-8")
    (box / "d.csv").write_bytes(b"")
    (box / "e.toml").write_text("[[coverage]]\ntable = 'nothing'\n", encoding="utf-8")
    (box / "f.zip").write_bytes(b"PK\x03\x04 damaged")
    (box / "g\\h.csv").write_bytes(VEHICLES)
    report = case.import_files(box).set_index("file")
    assert report["status"].to_dict() == {"a.csv": "imported"} | dict.fromkeys(
        ["b.csv", "c.csv", "d.csv", "e.toml", "f.zip", "g\\h.csv"], "refused"
    )
    for name, reason in report["reason"].drop("a.csv").items():
        assert name in reason or name == "e.toml"
        assert "\n" not in reason
    assert "PDF" in report["reason"]["b.csv"]
    assert (case.frame("sales").height, case.frame("parties").height) == (4, 5)


def test_a_mapping_that_does_not_fit_a_file_of_a_folder_costs_that_file_only(case, box):
    own = SALES.decode().replace("价税合计", "甲")
    (box / "a.csv").write_text(own, encoding="utf-8")
    case.import_files(box / "a.csv")
    toml = case.path / "case.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace('= "sale_id"', '= "sale_id"\n"甲" = "price"'), "utf-8")
    # read with the user's mapping, in which one of the two would be lost
    (box / "b.csv").write_text("\n".join(f"{line},{line.rpartition(',')[2]}" for line in own.splitlines()), "utf-8")
    (box / "c.csv").write_bytes(PARTIES)
    report = case.import_files(box).set_index("file")
    assert report["status"].to_dict() == {"a.csv": "unchanged", "b.csv": "refused", "c.csv": "imported"}
    assert "both mapped to price" in report["reason"]["b.csv"]


def test_a_zip_that_was_named_stops_for_no_file_in_it_either(case, tmp_path):
    report = case.import_files(packed(tmp_path / "z.zip", {"a.csv": SALES, "b.csv": b"%PDF-1.7\n"}))
    assert status(report) == {"z.zip/a.csv": "imported", "z.zip/b.csv": "refused"}


def test_other_content_under_a_held_name_of_a_folder_needs_replace(case, box):
    (box / "a.csv").write_bytes(SALES)
    case.import_files(box)
    (box / "a.csv").write_bytes((DATA / "sales_corrected.csv").read_bytes())
    report = case.import_files(box)
    assert status(report) == {"a.csv": "refused"}
    assert "--replace" in report["reason"][0]
    assert status(case.import_files(box, replace=True)) == {"a.csv": "replaced"}


def test_hidden_files_and_locks_are_skipped_and_said(case, box):
    (box / ".git").mkdir()
    (box / ".git" / "x.csv").write_bytes(SALES)
    (box / "link").symlink_to(DATA, target_is_directory=True)
    for name in (".a.csv", "~$b.xlsx", "Thumbs.db", "a.csv"):
        (box / name).write_bytes(SALES)
    packed(box / "z.zip", {"__MACOSX/._v.csv": "x", "v.csv": VEHICLES})
    report = case.import_files(box)
    assert status(report) == dict.fromkeys(
        [".git", ".a.csv", "~$b.xlsx", "Thumbs.db", "link", "z.zip/__MACOSX/._v.csv"], "skipped"
    ) | {"a.csv": "imported", "z.zip/v.csv": "imported"}
    assert report[report["status"] == "skipped"]["reason"].notna().all()


def test_a_case_below_the_folder_is_not_taken_for_files_that_were_handed_over(box):
    (box / "a.csv").write_bytes(SALES)
    case = Case.new(box / "case")
    case.import_files(box)
    assert status(case.import_files(box)) == {"case": "skipped", "a.csv": "unchanged"}


def test_a_folder_or_zip_without_files_is_refused(case, box, tmp_path):
    for path in (box, packed(tmp_path / "z.zip", {})):
        with pytest.raises(InputError, match="holds no files"):
            case.import_files(path)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("gb18030", "示例清单.csv"), ("utf-8", "示例清单.csv"), ("gb18030", "沛乗.csv"), ("cp437", "plain.csv")],
)
def test_chinese_names_are_shown_right_without_the_flag_for_utf_8(tmp_path, encoding, name):
    given = incoming([as_written(tmp_path / "z.zip", encoding, name, SALES)], tmp_path)
    assert [one.name for one in given] == [f"z.zip/{name}"]


@pytest.mark.parametrize("name", ["../../up.csv", "/up.csv", "..\\up.csv", "./up.csv"])
def test_no_name_in_a_zip_says_where_a_file_goes(case, tmp_path, name):
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    report = case.import_files(packed(tmp_path / "z.zip", {name: SALES}))
    assert status(report) == {"z.zip/up.csv": "imported"}
    written = set(tmp_path.rglob("up.csv")) - before
    assert [path.parent.parent for path in written] == [case.path / "sources"]


def test_a_zip_inside_a_zip_and_a_locked_or_damaged_file_are_refused_alone(tmp_path):
    inner = packed(tmp_path / "inner.zip", {"a.csv": SALES})
    packed(tmp_path / "z.zip", {"inner.zip": inner.read_bytes(), "b.csv": SALES, "bad.csv": b"once,upon"})
    content = (tmp_path / "z.zip").read_bytes()
    (tmp_path / "z.zip").write_bytes(content.replace(b"once,upon", b"once,upom"))
    given = {one.name: one.refused for one in incoming([tmp_path / "z.zip"], tmp_path)}
    assert "archive inside an archive" in given["z.zip/inner.zip"]
    assert "damaged in the zip" in given["z.zip/bad.csv"]
    assert given["z.zip/b.csv"] == ""
    packed(tmp_path / "locked.zip", {"a.csv": SALES})
    content = bytearray((tmp_path / "locked.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(content)
    assert "password" in incoming([tmp_path / "locked.zip"], tmp_path)[0].refused


def test_a_zip_of_too_many_files_or_bytes_is_not_opened(tmp_path, monkeypatch):
    path = packed(tmp_path / "z.zip", {"a.csv": "x" * 60, "b.csv": "y" * 40})
    monkeypatch.setattr(reading, "MOST_FILES", 2)
    monkeypatch.setattr(reading, "MOST_UNPACKED", 100)
    assert len(incoming([path], tmp_path)) == 2
    monkeypatch.setattr(reading, "MOST_UNPACKED", 99)
    with pytest.raises(InputError, match=r"z\.zip would unpack to"):
        incoming([path], tmp_path)
    monkeypatch.setattr(reading, "MOST_UNPACKED", 100)
    monkeypatch.setattr(reading, "MOST_FILES", 1)
    with pytest.raises(InputError, match="holds 2 files"):
        incoming([path], tmp_path)


def test_a_bomb_in_a_folder_is_refused_and_stops_no_other(box, tmp_path, monkeypatch):
    (box / "a.csv").write_bytes(SALES)
    packed(box / "z.zip", {"b.csv": "x" * 60})
    monkeypatch.setattr(reading, "MOST_UNPACKED", 59)
    given = incoming([box], tmp_path)
    assert given[0] == Incoming("a.csv", box / "a.csv", found=True)
    assert "would unpack" in given[1].refused
