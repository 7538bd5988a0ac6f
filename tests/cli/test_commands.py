import errno
import shutil
import tempfile
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from graphkit.case.case import Case
from graphkit.cli.main import app

DATA = Path(__file__).parent.parent / "case" / "data"
FILES = [str(DATA / f"{name}.csv") for name in ("parties", "vehicles", "sales", "policies")]


def graphkit(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A case into which files were imported once."""
    path = tmp_path_factory.mktemp("commands") / "harbour"
    assert graphkit("new", path).exit_code == 0
    assert graphkit("import", path, *FILES).exit_code == 0
    return path


@pytest.fixture
def case(imported, tmp_path):
    """The same case, to be changed."""
    return shutil.copytree(imported, tmp_path / "harbour")


def refused(result, code):
    """An error is one sentence on stderr, with nothing on stdout and no traceback."""
    assert result.exit_code == code
    assert result.stdout == ""
    assert result.stderr.startswith("graphkit: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def test_import_says_what_became_of_each_file(tmp_path):
    graphkit("new", tmp_path / "harbour")
    lines = graphkit("import", tmp_path / "harbour", *FILES).stdout.splitlines()
    assert lines[0].split("\t")[:3] == ["file", "table", "status"]
    assert "sales.csv\tsales\timported\t5\t4\t1\t1\t" in lines


def test_import_asks_about_a_promise_that_the_rows_contradict(tmp_path):
    stated = tmp_path / "coverage.toml"
    span = '[[coverage]]\ntable = "exports"\nfrom = 2024-01-01\nto = 2024-12-31\ncomplete = true\n'
    stated.write_text(span, encoding="utf-8")
    graphkit("new", tmp_path / "harbour")
    (asked,) = [
        line for line in graphkit("import", tmp_path / "harbour", *FILES, stated).stdout.splitlines() if "?" in line
    ]
    assert asked.startswith("is it true? exports complete from 2024-01-01 to 2024-12-31: the case has no row of it; ")
    stated.write_text(f"{span}confirmed = true\n", encoding="utf-8")
    assert "?" not in graphkit("import", tmp_path / "harbour", stated).stdout


def test_import_of_a_folder_takes_what_it_can_names_the_rest_and_ends_like_an_unreadable_file(tmp_path):
    box = tmp_path / "box"
    shutil.copytree(DATA, box)
    (box / "~$sales.xlsx").write_bytes(b"x")
    (box / "letter.csv").write_bytes(b"%PDF-1.7")
    (box / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    (box / "sales_corrected.csv").unlink()
    graphkit("new", tmp_path / "harbour")
    result = graphkit("import", tmp_path / "harbour", box)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert "sales.csv\tsales\timported\t5\t4\t1\t1\t" in lines
    assert "skipped ~$sales.xlsx: a file by which Office locks another" in lines
    told = result.stderr.splitlines()
    assert told[0] == "refused letter.csv: letter.csv is a PDF; ask for the table as CSV or XLSX."
    assert told[1].startswith("refused other.csv: The header (a, b) fits no table;")
    assert told[2:] == ["graphkit: 2 of 8 files were refused, each for its reason; the others are in"]
    for number in range(7):
        (box / f"letter{number}.csv").write_bytes(b"\xd0\xcf\x11\xe0")
        (box / f"~$book{number}.xlsx").write_bytes(b"x")
    shown = graphkit("import", tmp_path / "harbour", box).stdout
    locks = "~$book0.xlsx, ~$book1.xlsx, ~$book2.xlsx, ~$book3.xlsx, ~$book4.xlsx and 3 more"
    assert f"skipped 8 files ({locks}): a file by which Office locks another" in shown.splitlines()
    for path in (*box.glob("letter*.csv"), box / "other.csv"):
        path.unlink()
    assert graphkit("import", tmp_path / "harbour", box).exit_code == 0


def test_import_ends_with_what_only_its_user_can_say_each_thing_once_and_coverage_last(tmp_path):
    header = "发票号码,车架号,购方名称,开票日期"
    for number, above in (("1", "示例江海汽车销售有限公司2024年发票"), ("2", "")):
        line = f"F{number},LMVAA1AA0RA00000{number},示例甲,2024-01-02"
        (tmp_path / f"{number}.csv").write_text(f"{above}\n{header}\n{line}\n", encoding="utf-8")
    graphkit("new", tmp_path / "harbour")
    files = [*FILES, tmp_path / "1.csv", tmp_path / "2.csv"]
    result = graphkit("import", tmp_path / "harbour", *files)
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert "read 1.csv: seller_name = 示例江海汽车销售有限公司, from line 1" in lines
    said = lines[lines.index("Only you can say:") + 1 :]
    assert said[0].startswith('1. 1.csv, 2.csv: in [[source]], constants.kind = ""  (wholesale or retail or')
    assert said[1] == '2. 2.csv: in [[source]], constants.seller_name = ""  (the full name of the seller)'
    assert said[2].startswith("3. what the extracts hold: in [[coverage]], correct from and to")
    assert "sales 2024-01-20 to " in said[2]
    assert len(said) == 3
    assert result.stderr.startswith("graphkit: 2 files wait for what only you can say")


def test_a_statement_that_only_pays_in_is_no_file_without_a_row(tmp_path):
    text = (
        "户名：示例江海汽车销售有限公司\n交易日期,交易流水号,借方金额,贷方金额,对方户名\n2024-03-02,L1,,188800,示例甲\n"
    )
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    graphkit("new", tmp_path / "harbour")
    assert graphkit("import", tmp_path / "harbour", tmp_path / "a.csv").exit_code == 0


def test_check_says_what_is_loaded_why_rows_are_not_and_what_detectors_lack(case):
    shown = graphkit("check", case).stdout.splitlines()
    assert {"sales\t1\t4\t1", "vehicle\t1\tLMVAA1AA0RA000009", "party\t1\tX77"} <= set(shown)
    (lost,) = [line for line in shown if "2024-13-01" in line]
    assert lost.startswith("sales\tinvoiced_on: '2024-13-01' is not a date") and lost.endswith("\t1\tsales.csv\t5")
    (lacks,) = [line for line in shown if line.startswith("zero_mileage_export\t")]
    assert lacks.startswith("zero_mileage_export\tstable\tFalse\texports")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("check", "{case}/nowhere"), 4, "graphkit new"),
        (("new", "{case}"), 4, "already holds a case"),
        (("import", "{case}", "{case}"), 3, "is a folder that holds a case"),
        (("import", "{case}", "{case}/gone.csv"), 3, "gone.csv"),
        (("import", "{case}", "x.csv", "--table", "cars"), 3, "choose from parties"),
        (("run", "{case}", "--only", "nonsense"), 5, "choose from"),
        (("run", "{case}", "--regime", "gaap"), 4, "choose from asbe36_current, asbe36_2006, ias24, cn_exchange"),
        (("findings", "{case}"), 4, "graphkit run"),
        (("explain", "{case}", "NOBODY"), 5, "graphkit search"),
        (("judge", "{case}", "f", "confirm", "--why", "x"), 4, "graphkit run"),
        (("query", "{case}", "nonsense"), 5, "lists them"),
        (("view", "{case}", "nonsense"), 4, "graphkit run"),
    ],
)
def test_errors_are_one_sentence_and_say_what_to_do(case, words, code, said):
    assert said in refused(graphkit(*(word.format(case=case) for word in words)), code)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("judge", "{case}", "f", "maybe", "--why", "x"), "'explain', 'undo'; graphkit judge --help"),
        (("judge", "{case}", "f", "confirm"), "missing option '--why'; graphkit judge --help"),
        (("judge", "{case}", "f"), "choose from: confirm"),
        (("run", "{case}", "--as-of", "2024-13-01"), "'2024-13-01' does not match"),
        (("query", "{case}", "dealer_buyers", "--param", "x"), "graphkit: write --param NAME=VALUE, not 'x'"),
        (("query", "{case}", "dealer_buyers", "--out", "x.csv"), "--format csv, json or parquet"),
        (("query", "{case}", "dealer_buyers", "--format", "parquet"), "add --out FILE"),
        (("nonsense",), "no such command 'nonsense'; graphkit --help"),
        (("--nonsense",), "no such option: --nonsense; graphkit --help"),
    ],
)
def test_wrong_usage_is_one_sentence_too(case, words, said):
    shown = graphkit(*(word.format(case=case) for word in words))
    assert said.lower() in refused(shown, 2).lower()


def test_what_the_operating_system_refuses_says_what_to_do(case):
    assert "choose another place" in refused(graphkit("simulate", case / "case.toml"), 1)


def test_a_case_that_may_not_be_written_to_says_so(case):
    (case / "lock").unlink()
    (case / "lock").mkdir()
    assert "cannot be written to" in refused(graphkit("import", case, *FILES), 4)


def test_a_section_without_rows_says_none(case):
    graphkit("run", case)
    assert "Clusters\n  none\n" in graphkit("explain", case, "D09").stdout


def test_a_name_cannot_steer_the_terminal(tmp_path):
    case, files = tmp_path / "harbour", [tmp_path / "parties.csv", tmp_path / "counts.csv"]
    files[0].write_text("party_id,kind,name,roles\nM1,company,\x1b[31mRed,manufacturer\n", encoding="utf-8")
    files[1].write_text(
        "reporter_id,subject_id,period,series,units,source\nM1,M1,2024-01,retail,9,\x1b[2Jpress\n", encoding="utf-8"
    )
    graphkit("new", case)
    assert graphkit("import", case, *files).exit_code == 0
    assert "\x1b" not in graphkit("run", case).stdout
    assert "\x1b" not in refused(graphkit("import", case, "\x1b[31m.csv"), 3)


def test_an_older_case_is_refused(case):
    (case / "case.toml").write_text("schema = 0\n", encoding="utf-8")
    assert "schema 0" in refused(graphkit("check", case), 4)


def test_ctrl_c_ends_with_130(case, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(Case, "check", stop)
    assert "stopped" in refused(graphkit("check", case), 130)


def raised(error):
    """What stands in for a command that meets ``error``."""

    def stop(*args, **kwargs):
        raise error

    return stop


class Panic(BaseException):
    """What a compiled library raises: no Exception."""


@pytest.mark.parametrize("error", [KeyError("Zhang of harbour"), Panic("index out of bounds"), MemoryError()])
def test_what_nobody_foresaw_is_one_sentence_and_a_file_to_report(case, monkeypatch, tmp_path, error):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(Case, "run", raised(error))
    said = refused(graphkit("run", case, "--only", "pre_insured"), 8)
    assert type(error).__name__ in said
    (details,) = tmp_path.glob("graphkit-error-*.txt")
    assert said.endswith(f"the details in {details}\n")
    assert details.stat().st_mode & 0o077 == 0
    text = details.read_text(encoding="utf-8")
    assert "Traceback" in text and str(error) in text and "command: graphkit run … --only …\n" in text
    # neither the case, nor a value, nor where the user keeps its programs
    assert not [word for word in (str(case), "pre_insured", str(Path(typer.__file__).parent)) if word in text]


def test_what_nobody_foresaw_is_told_where_its_details_cannot_be_written(case, monkeypatch):
    monkeypatch.setattr(tempfile, "mkstemp", raised(OSError(errno.ENOSPC, "No space left on device")))
    monkeypatch.setattr(Case, "run", raised(ValueError("x")))
    assert "No space left on device" in refused(graphkit("run", case), 8)


def test_a_car_is_explained_with_file_and_line_before_any_run(case):
    lines = graphkit("explain", case, "lmvaa1aa0ra000001").stdout.splitlines()
    life = [line.split("\t") for line in lines if ".csv" in line]
    assert [(event[0], event[1], event[-2], event[-1]) for event in life] == [
        ("2024-01-05", "built", "vehicles.csv", "2"),
        ("2024-01-20", "invoiced", "sales.csv", "2"),
        ("2024-02-01", "insured", "policies.csv", "2"),
        ("2024-03-02", "invoiced", "sales.csv", "3"),
    ]


def test_a_row_that_could_not_be_loaded_is_shown_with_its_car(case):
    shown = graphkit("explain", case, "LMVAA1AA0RA000003").stdout
    assert "Rows that could not be loaded" in shown
    assert "sales.csv\t5" in shown


def test_search_finds_names_ids_and_cars_whatever_their_width_and_case(case):
    assert "D09" in graphkit("search", case, "ｈａｒｂｏｕｒ motors").stdout
    assert "LMVAA1AA0RA000002" in graphkit("search", case, "a0ra000002").stdout
    assert "S3" in graphkit("search", case, "s3").stdout
    assert graphkit("search", case, "没有").stdout == "nothing found\n"


def test_the_library_is_listed_by_question(case):
    shown = graphkit("query", case).stdout
    assert shown.splitlines()[0] == "group\tquestion\tname\tparams"
    assert "inventory absorption\tWho absorbed a dealer's cars?\tdealer_buyers\tdealer_id, top\n" in shown
    assert graphkit("query").stdout == shown


def test_parquet_needs_a_file(case):
    result = graphkit("query", case, "dealer_buyers", "--format", "parquet")
    assert result.exit_code == 2
    assert "--out" in result.stderr


def test_doctor_finds_a_changed_source_and_half_written_work(case):
    assert "BAD" not in graphkit("doctor", case).stdout
    next(case.glob("sources/*/sales.csv")).write_text("x", encoding="utf-8")
    (case / ".stage.abc").mkdir()
    result = graphkit("doctor", case)
    assert result.exit_code == 1
    assert "BAD  sources: sales.csv" in result.stdout
    assert "BAD  half-written work: .stage.abc" in result.stdout
