from datetime import date

import pytest

from graphkit.case.settings import (
    DenialEntry,
    new_settings,
    read_settings,
    read_statement,
    settings_text,
    write_settings,
)
from graphkit.case.source_entry import SourceEntry
from graphkit.errors import CaseError, InputError
from graphkit.tables.coverage import Span

SHA = "a" * 64


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "case.toml"
    path.write_text(new_settings("harbour"), encoding="utf-8")
    return path


def test_what_is_written_is_read_back(path):
    source = SourceEntry(
        source_id=SHA, name="发票.csv", table="sales", encoding="gb18030", columns={"发票号": "sale_id"}, units={}
    )
    spans = [
        Span("sales", date(2024, 1, 1), date(2024, 12, 31), complete=True),
        Span("ownership", as_of=date(2025, 1, 1)),
    ]
    denial = [DenialEntry(party_id="D09", text='they were "display" cars', source="letter")]
    write_settings(path, settings_text(path, source=[source], coverage=spans, denial=denial))
    settings = read_settings(path)
    assert settings.source == (source,)
    assert list(settings.covers().spans) == spans
    assert settings.denials() == {"D09": 'they were "display" cars (letter)'}
    assert settings.name == "harbour"


def test_comments_and_untouched_entries_of_the_user_stay(path):
    held = path.read_text(encoding="utf-8")
    path.write_text(
        held
        + '\n[[coverage]]\n# confirmed by letter\ntable = "sales"\nfrom = 2024-01-01\nto = 2024-12-31\nplace = "CN"\n',
        encoding="utf-8",
    )
    settings = read_settings(path)
    denial = [DenialEntry(party_id="D09", text="no")]
    write_settings(path, settings_text(path, source=(), coverage=settings.coverage, denial=denial))
    text = path.read_text(encoding="utf-8")
    assert "# confirmed by letter" in text
    assert read_settings(path).coverage == settings.coverage


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('regime = "gaap"\n', "regime"),
        ('coverage = "all"\n', "coverage"),
        (f'[[source]]\nsource_id = "{SHA}"\nname = "../../x"\ntable = "sales"\n', "source.1.name"),
        ('[[source]]\nsource_id = "../up"\nname = "x"\ntable = "sales"\n', "source.1.source_id"),
        ('[[denial]]\nparty_id = "D09"\n', "denial.1.text"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path, text, key):
    path = tmp_path / "case.toml"
    path.write_text(f'schema = 1\nname = "x"\n{text}', encoding="utf-8")
    with pytest.raises(CaseError, match=f"at {key}:") as refused:
        read_settings(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('table = "cars"', "cars"),
        ('table = "sales"\nfrom = "soon"', "from"),
        ('table = "sales"\nuntil = 2024-01-01', "until"),
        ('table = "sales"\ncomplete = true', "complete"),
    ],
)
def test_a_wrong_statement_of_coverage_is_named_by_its_number(tmp_path, text, word):
    path = tmp_path / "case.toml"
    path.write_text(f'schema = 1\nname = "x"\n[[coverage]]\n{text}\n', encoding="utf-8")
    with pytest.raises(CaseError, match=rf"case\.toml: the 1\. \[\[coverage\]\] entry.*{word}"):
        read_settings(path)


def test_a_statement_of_coverage_knows_nothing_else(tmp_path):
    path = tmp_path / "coverage.toml"
    path.write_text('[[coverage]]\ntable = "sales"\n[[source]]\nname = "x"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"coverage\.toml has a wrong value at source: graphkit knows no such key"):
        read_statement(path)


def test_a_statement_that_is_not_there_is_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match=r"gone\.toml cannot be read \(No such file or directory\)"):
        read_statement(tmp_path / "gone.toml")


def test_a_wrong_statement_names_its_own_file(tmp_path):
    path = tmp_path / "coverage.toml"
    path.write_text('[[coverage]]\ntable = "cars"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"coverage\.toml: the 1\. \[\[coverage\]\] entry names no known table"):
        read_statement(path)
