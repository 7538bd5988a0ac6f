import pandas as pd

from graphkit.cli.printing import print_table, shown


def test_text_of_the_data_cannot_steer_a_terminal():
    assert "\x1b" not in shown("\x1b[2Jgone")
    assert "\u202e" not in shown("a\u202eb")


def test_a_pipe_gets_one_line_a_row(capsys):
    print_table(pd.DataFrame({"name": ["a\tb\nc", None], "n": [1.5, float("nan")]}))
    assert capsys.readouterr().out == "name\tn\na b�c\t1.5\n\t\n".replace("�", " ")


def test_more_rows_than_fit_are_counted(capsys):
    print_table(pd.DataFrame({"n": range(5)}), most=2)
    assert capsys.readouterr().out.splitlines()[-1] == "… and 3 more"
