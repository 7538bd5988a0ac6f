#!/usr/bin/env bash
# python-calamine 0.9.1: a cell that holds an error (#N/A, #REF!, #DIV/0!) is given as empty text, the same as a cell that
# holds nothing. A value that a lookup did not find can then not be told from one that was left out, and nothing is said.
# openpyxl 3.1.5 gives the text of the error; calamine itself, in Rust, gives an error of its own type.
# Seen on python-calamine 0.9.1 and openpyxl 3.1.5 (PyPI), CPython 3.11, Linux x86_64:
#     python-calamine  ['#N/A is' -> '', 'empty is' -> '']
#     openpyxl         ['#N/A is' -> '#N/A', 'empty is' -> None]
# This fails when python-calamine tells the two cells apart.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q python-calamine==0.9.1 openpyxl==3.1.5 xlsxwriter==3.3.1

cat > "$folder/read.py" <<'PYTHON'
import sys

import openpyxl
import python_calamine
import xlsxwriter

path = sys.argv[1]
with xlsxwriter.Workbook(path) as book:
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["#N/A is", "empty is", "end"])
    sheet.write_formula(1, 0, "=NA()", None, "#N/A")
    sheet.write(1, 2, "x")

error, empty, _ = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()[1]
other, nothing, _ = next(openpyxl.load_workbook(path, data_only=True).active.iter_rows(min_row=2, values_only=True))
print(f"python-calamine  ['#N/A is' -> {error!r}, 'empty is' -> {empty!r}]")
print(f"openpyxl         ['#N/A is' -> {other!r}, 'empty is' -> {nothing!r}]")
sys.exit(0 if error == empty and other == "#N/A" and nothing is None else 1)
PYTHON
"$folder/venv/bin/python" "$folder/read.py" "$folder/book.xlsx"
