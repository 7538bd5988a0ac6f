import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from graphkit import Case
from graphkit.case import importing, loading, taking
from graphkit.errors import CaseError, InputError

DATA = Path(__file__).parent / "data"
FILES = [DATA / f"{name}.csv" for name in ("sales", "policies", "vehicles", "parties")]


@pytest.fixture
def case(tmp_path):
    return Case.new(tmp_path / "harbour")


def content(case):
    """Every file of a case with its bytes, so that "as it was" can be said exactly."""
    paths = sorted(path for path in case.path.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(case.path)): path.read_bytes() for path in paths}


def test_files_are_guessed_mapped_loaded_and_counted(case):
    taken = case.import_files(FILES).set_index("file")
    assert taken.loc["sales.csv", ["table", "status"]].tolist() == ["sales", "imported"]
    assert taken.loc["sales.csv", ["rows", "loaded", "quarantined"]].tolist() == [5, 4, 1]
    assert (taken["rows"] == taken["loaded"] + taken["quarantined"]).all()
    assert case.table("sales")["sale_id"].tolist() == ["S1", "S2", "S3", "S5"]
    assert case.settings().named("sales.csv")[0].columns["发票号"] == "sale_id"


def test_party_files_are_read_first_so_that_ids_are_known(case, tmp_path):
    # the header does not say whether it names sellers or their ids
    plain = tmp_path / "sales.csv"
    plain.write_text(FILES[0].read_text("utf-8").replace("销售方编号", "销售方"), "utf-8")
    case.import_files([plain, *FILES[1:]])
    sales = case.frame("sales")
    assert sales["seller_id"].null_count() == 0
    assert sales["seller_name"].null_count() == sales.height


def test_coverage_is_proposed_and_never_complete(case):
    case.import_files(FILES)
    spans = {span.table: span for span in case.settings().coverage}
    assert str(spans["sales"].first) == "2024-01-20"
    assert not any(span.complete for span in spans.values())


def test_what_was_proposed_grows_with_a_later_file_and_what_was_stated_stays(case, tmp_path):
    case.import_files(FILES)
    statement = tmp_path / "coverage.toml"
    statement.write_text('[[coverage]]\ntable = "policies"\nfrom = 2024-01-01\nto = 2024-06-30\n', "utf-8")
    later = tmp_path / "later.csv"
    header = FILES[0].read_text("utf-8").splitlines()[0]
    later.write_text(f"{header}\nS9,LMVAA1AA0RA000001,M01,D09,wholesale,2025-07-01,100000\n", "utf-8")
    case.import_files([statement])
    case.import_files([later])
    spans = case.settings().coverage
    assert len(spans) == len({span.table for span in spans})
    last = {span.table: str(span.as_of or span.last) for span in spans}
    assert (last["sales"], last["parties"], last["policies"]) == ("2025-07-01", "2025-07-01", "2024-06-30")


def test_the_same_file_again_changes_nothing(case):
    case.import_files(FILES)
    before = content(case)
    again = case.import_files([DATA / "sales.csv"])
    assert again["status"].tolist() == ["unchanged"]
    assert content(case) == before


def test_other_content_under_the_same_name_needs_replace(case, tmp_path):
    case.import_files(FILES)
    before = content(case)
    corrected = tmp_path / "in" / "sales.csv"
    corrected.parent.mkdir()
    shutil.copy(DATA / "sales_corrected.csv", corrected)
    with pytest.raises(InputError, match="--replace"):
        case.import_files([corrected])
    assert content(case) == before
    assert case.import_files([corrected], replace=True)["status"].tolist() == ["replaced"]
    assert case.table("sales")["sale_id"].tolist() == ["S1", "S4"]
    assert len(case.settings().source) == len(FILES)
    # evidence of an older run still opens
    assert len(list(case.path.glob("sources/*/sales.csv"))) == 2


def test_several_files_of_a_table_are_appended(case, tmp_path):
    text = (DATA / "policies.csv").read_text(encoding="utf-8").splitlines()
    for number in (1, 2):
        (tmp_path / f"policies_{number}.csv").write_text("\n".join([text[0], text[number]]) + "\n", encoding="utf-8")
    case.import_files([tmp_path / "policies_1.csv"])
    case.import_files([tmp_path / "policies_2.csv"])
    assert case.table("policies")["policy_id"].tolist() == ["P1", "P2"]


def test_a_statement_of_coverage_is_merged_and_kept_by_later_imports(case):
    case.import_files([*FILES[1:], DATA / "coverage.toml"])
    case.import_files([DATA / "sales.csv"])
    settings = case.settings()
    assert settings.covers().complete_spans("sales")
    assert settings.denials() == {"D09": "All cars were display cars. (letter of 2025-01-07)"}
    assert [span.complete for span in settings.coverage if span.table == "policies"] == [False]


def test_a_later_statement_takes_the_place_of_what_was_said_of_its_tables_and_parties(case, tmp_path):
    """Complete that was taken back lets no absence be read any more; what the later statement is silent on stays."""
    denial = '[[denial]]\nparty_id = "{}"\ntext = "{}"\n'
    span = '[[coverage]]\ntable = "{}"\nfrom = 2024-01-01\nto = {}\ncomplete = {}\n'
    said = {
        "first": span.format("sales", "2024-12-31", "true")
        + span.format("sales", "2023-12-31", "true").replace("2024-01-01", "2023-01-01")
        + span.format("policies", "2024-12-31", "true")
        + denial.format("D09", "display cars")
        + denial.format("M01", "a letter"),
        "later": span.format("sales", "2024-06-30", "false") + denial.format("D09", "cars of the staff"),
    }
    for name, text in said.items():
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        case.import_files([*FILES, tmp_path / f"{name}.toml"])
    settings = case.settings()
    assert [(str(span.last), span.complete) for span in settings.coverage if span.table == "sales"] == [
        ("2024-06-30", False)
    ]
    assert [span.complete for span in settings.coverage if span.table == "policies"] == [True]
    assert settings.denials() == {"D09": "cars of the staff", "M01": "a letter"}


def bad_files(folder):
    (folder / "empty.csv").touch()
    (folder / "letter.csv").write_text("Dear Sir,\n\nplease find enclosed\n", encoding="utf-8")
    (folder / "image.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    with zipfile.ZipFile(folder / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("[Content_Types].xml", "<Types/>")
        bomb.writestr("xl/workbook.xml", "<workbook/>")
        with bomb.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(600):
                sheet.write(b"0" * (1 << 20))
    (folder / "folder.csv").mkdir()
    return [
        "empty.csv",
        "letter.csv",
        "image.csv",
        "bomb.xlsx",
        "folder.csv",
        "gone.csv",
    ]


def test_one_refused_file_leaves_the_case_as_it_was_and_is_named(case, tmp_path):
    case.import_files([DATA / "parties.csv"])
    before = content(case)
    for name in bad_files(tmp_path):
        with pytest.raises(InputError) as refused:
            case.import_files([DATA / "vehicles.csv", tmp_path / name, DATA / "sales.csv"])
        said = str(refused.value)
        assert name in said
        assert "\n" not in said
        assert content(case) == before, name


@pytest.mark.parametrize(
    ("module", "place"),
    [(taking, "tables_in"), *((importing, name) for name in ("stage_tables", "settings_text", "write_settings"))],
    ids=["read", "stage_tables", "settings_text", "write_settings"],
)
def test_ctrl_c_leaves_the_case_as_it_was(case, monkeypatch, module, place):
    case.import_files([DATA / "parties.csv"])
    before = content(case)

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, place, stop)
    with pytest.raises(KeyboardInterrupt):
        case.import_files([DATA / "sales.csv"])
    monkeypatch.undo()
    assert content(case) == before
    assert case.import_files([DATA / "sales.csv"])["status"].tolist() == ["imported"]


def test_an_import_cut_off_while_tables_are_placed_is_finished_by_the_next_look(case, monkeypatch):
    case.import_files([DATA / "parties.csv"])
    real, calls = loading.replacing, []

    def stop(path):
        calls.append(path)
        raise KeyboardInterrupt

    monkeypatch.setattr(loading, "replacing", stop)
    with pytest.raises(KeyboardInterrupt):
        case.import_files([DATA / "sales.csv"])
    monkeypatch.setattr(loading, "replacing", real)
    assert calls
    assert case.check().loaded.set_index("table").loc["sales", ["rows", "quarantined"]].tolist() == [4, 1]


def test_an_edited_mapping_is_noticed_and_the_table_loaded_again(case):
    case.import_files(FILES)
    path = case.path / "case.toml"
    text = path.read_text(encoding="utf-8")
    assert '"价税合计" = "price"' in text
    path.write_text(text.replace('"价税合计" = "price"\n', ""), encoding="utf-8")
    assert case.frame("sales")["price"].null_count() == 4


def test_a_mapping_edited_wrongly_names_the_file(case):
    case.import_files(FILES)
    path = case.path / "case.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('= "price"', '= "prize"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"sales\.csv"):
        case.check()


def test_a_corrected_mapping_is_kept_for_a_corrected_extract(case, tmp_path):
    case.import_files(FILES)
    path = case.path / "case.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"价税合计" = "price"\n', ""), encoding="utf-8")
    corrected = tmp_path / "in" / "sales.csv"
    corrected.parent.mkdir()
    shutil.copy(DATA / "sales_corrected.csv", corrected)
    case.import_files([corrected], replace=True)
    assert case.frame("sales")["price"].null_count() == 2


def test_of_two_files_with_one_header_each_keeps_its_own_mapping(case, tmp_path):
    case.import_files(FILES)
    more = tmp_path / "more.csv"
    more.write_text((DATA / "sales.csv").read_text(encoding="utf-8").replace("\nS", "\nT"), encoding="utf-8")
    case.import_files([more])
    path = case.path / "case.toml"
    # the price is taken out of the mapping of the file that came first
    text = path.read_text(encoding="utf-8").replace('"价税合计" = "price"\n', "", 1)
    path.write_text(text, encoding="utf-8")
    corrected = tmp_path / "in" / "sales.csv"
    corrected.parent.mkdir()
    shutil.copy(DATA / "sales_corrected.csv", corrected)
    case.import_files([corrected], replace=True)
    assert "价税合计" not in case.settings().named("sales.csv")[0].columns
    assert case.settings().named("more.csv")[0].columns["价税合计"] == "price"


def test_what_a_repaired_file_no_longer_breaks_leaves_quarantine_and_a_file_taken_out_its_table(case, tmp_path):
    case.import_files(FILES)
    assert case.check().quarantined["table"].tolist() == ["sales"]
    corrected = tmp_path / "sales.csv"
    shutil.copy(DATA / "sales_corrected.csv", corrected)
    case.import_files([corrected], replace=True)
    assert case.check().quarantined.empty
    assert not list((case.path / "quarantine").iterdir())
    path = case.path / "case.toml"
    head, *sources = path.read_text(encoding="utf-8").split("[[source]]")
    kept = [text for text in sources if 'name = "policies.csv"' not in text]
    path.write_text("[[source]]".join([head, *kept]), encoding="utf-8")
    assert case.frame("policies").is_empty()
    assert not (case.path / "tables" / "policies.parquet").exists()
    assert case.check().loaded["table"].tolist() == ["parties", "vehicles", "sales"]


def test_a_kept_source_that_is_gone_is_said(case):
    case.import_files(FILES)
    next(case.path.glob("sources/*/sales.csv")).unlink()
    (case.path / "tables" / "loaded.json").unlink()
    with pytest.raises(CaseError, match=r"sales\.csv"):
        case.check()


def test_rows_lead_back_to_file_and_line(case):
    case.import_files(FILES)
    row = case.frame("sales").filter(pl.col("sale_id") == "S3").row(0, named=True)
    lines = next(case.path.glob(f"sources/{row['source_id']}/*")).read_text(encoding="utf-8").splitlines()
    assert lines[row["line"] - 1].startswith("S3,")


def test_a_file_that_may_not_be_read_is_refused(case, monkeypatch):
    open_any = Path.open

    def refuse(path, *args, **kwargs):
        if path == FILES[0]:
            raise PermissionError(13, "Permission denied")
        return open_any(path, *args, **kwargs)

    before = content(case)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"sales\.csv cannot be read \(Permission denied\)"):
        case.import_files(FILES)
    assert content(case) == before


def test_parties_known_only_by_name_keep_no_detector_from_running(case, tmp_path):
    sales, policies = tmp_path / "发票.csv", tmp_path / "保单.csv"
    sales.write_text(
        "发票号码,车架号,销售方名称,购买方名称,开票日期,交易类型\n"
        "F1,LMVAA1AA0RA000001,海山汽车销售有限公司,示例商贸有限公司,2024-03-01,零售\n",
        encoding="gb18030",
    )
    policies.write_text(
        "保单号,车架号,保险公司,被保险人,起保日期,险种\nB1,LMVAA1AA0RA000001,示例保险公司,海山汽车销售有限公司,2024-01-01,交强险\n",
        encoding="gb18030",
    )
    case.import_files([sales, policies])
    said = case.check().detectors.set_index("detector")["can_run"]
    case.run()
    run = set(case.frame("exposure")["detector"])
    assert said["pre_insured"]
    assert {name for name, can_run in said.items() if can_run} == run
