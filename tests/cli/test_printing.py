from unicodedata import bidirectional
from unicodedata import category as unicode_category

import pandas as pd
import polars as pl
import pytest

from graphkit.cli.printing import print_explanation, print_table, shown
from graphkit.explanation import Explanation, Section


@pytest.mark.parametrize("category", ["Cc", "Cf"])
def test_text_of_the_data_cannot_steer_a_terminal(category):
    """Neither by a control character, of which \x9b alone begins a command, nor by one that turns the direction."""
    steers = {"Cc": lambda sign: sign not in "\t\n", "Cf": lambda sign: bidirectional(sign)[-1:] in tuple("EOFI")}
    signs = [chr(code) for code in range(0x2100) if unicode_category(chr(code)) == category]
    steering = [sign for sign in signs if steers[category](sign)]
    assert len(steering) == {"Cc": 63, "Cf": 9}[category]
    for sign in steering:
        assert shown(f"a{sign}b") == "a�b", hex(ord(sign))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.123456, "0.1235"),
        (-0.5, "-0.5"),
        (999.96, "1000"),
        (1234.5, "1,234"),
        (-1234567.8, "-1,234,568"),
        (2737, "2737"),
        (True, "True"),
        (pd.Timestamp(2025, 12, 7), "2025-12-07"),
        (pd.Timestamp(2025, 12, 7, 10, 30), "2025-12-07 10:30:00"),
        (pd.NaT, ""),
        (float("nan"), ""),
    ],
)
def test_a_cell_is_as_exact_as_a_reader_needs_it(value, text):
    assert shown(value) == text


def test_an_explanation_has_the_first_rows_of_each_section_and_says_how_many_more(capsys):
    rows = pl.DataFrame({"n": range(25)})
    told = Explanation(
        "finding", "f", "title", (Section("A", ("said",), rows), Section("B"), Section("C", ("- one two",)))
    )
    print_explanation(told, width=8)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == ["title", "", "A", "  said", "n"]
    assert lines[5:25] == [str(number) for number in range(20)]
    assert lines[25:] == ["… and 5 more", "", "B", "  none", "", "C", "  - one", "    two"]


def test_a_pipe_gets_one_line_a_row(capsys):
    print_table(pd.DataFrame({"name": ["a\tb\nc", None], "n": [1.5, float("nan")]}))
    assert capsys.readouterr().out == "name\tn\na b�c\t1.5\n\t\n".replace("�", " ")


def test_more_rows_than_fit_are_counted(capsys):
    print_table(pd.DataFrame({"n": range(5)}), most=2)
    assert capsys.readouterr().out.splitlines()[-1] == "… and 3 more"
