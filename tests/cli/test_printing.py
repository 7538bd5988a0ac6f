from unicodedata import bidirectional
from unicodedata import category as unicode_category

import pandas as pd
import pytest

from graphkit.cli.printing import print_table, shown


@pytest.mark.parametrize("category", ["Cc", "Cf"])
def test_text_of_the_data_cannot_steer_a_terminal(category):
    """Neither by a control character, of which \x9b alone begins a command, nor by one that turns the direction."""
    steers = {"Cc": lambda sign: sign not in "\t\n", "Cf": lambda sign: bidirectional(sign)[-1:] in tuple("EOFI")}
    signs = [chr(code) for code in range(0x2100) if unicode_category(chr(code)) == category]
    steering = [sign for sign in signs if steers[category](sign)]
    assert len(steering) == {"Cc": 63, "Cf": 9}[category]
    for sign in steering:
        assert shown(f"a{sign}b") == "a�b", hex(ord(sign))


def test_a_pipe_gets_one_line_a_row(capsys):
    print_table(pd.DataFrame({"name": ["a\tb\nc", None], "n": [1.5, float("nan")]}))
    assert capsys.readouterr().out == "name\tn\na b�c\t1.5\n\t\n".replace("�", " ")


def test_more_rows_than_fit_are_counted(capsys):
    print_table(pd.DataFrame({"n": range(5)}), most=2)
    assert capsys.readouterr().out.splitlines()[-1] == "… and 3 more"
