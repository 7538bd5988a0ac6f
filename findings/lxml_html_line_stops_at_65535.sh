#!/usr/bin/env bash
# lxml 6.1.3 with libxml2 2.14.6: an element of a web page that begins beyond line 65,535 says that it begins on line 65,535,
# without a word; the same text read as XML tells the true line. Who cites a row of a long list by file and line (insurers
# and dealer systems export web pages in .xls clothes with more rows than that) then cites one wrong line for all the rest.
# Seen on lxml 6.1.3 (PyPI), CPython 3.11, Linux x86_64:
#     html  row 65534 line 65534, row 65535 line 65535, row 65536 line 65535, row 70000 line 65535
#     xml   row 65534 line 65534, row 65535 line 65535, row 65536 line 65536, row 70000 line 70000
# This fails when the two readers agree, or when the page's lines stop elsewhere.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q lxml==6.1.3

cat > "$folder/lines.py" <<'PYTHON'
import sys

from lxml import etree, html

page = "<table>" + "\n".join(f"<tr><td>{n}</td></tr>" for n in range(1, 70_001)) + "</table>"
tree = html.document_fromstring(page) if sys.argv[1] == "html" else etree.fromstring(page)
rows = {int(row[0].text): row.sourceline for row in tree.iter("tr")}
print(", ".join(f"row {n} line {rows[n]}" for n in (65_534, 65_535, 65_536, 70_000)))
PYTHON

as_html=$("$folder/venv/bin/python" "$folder/lines.py" html)
as_xml=$("$folder/venv/bin/python" "$folder/lines.py" xml)
echo "html  $as_html"
echo "xml   $as_xml"
[ "$as_html" = "row 65534 line 65534, row 65535 line 65535, row 65536 line 65535, row 70000 line 65535" ]
[ "$as_xml" = "row 65534 line 65534, row 65535 line 65535, row 65536 line 65536, row 70000 line 70000" ]
