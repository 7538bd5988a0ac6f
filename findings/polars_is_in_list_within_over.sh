#!/usr/bin/env bash
# polars 2.1.0: whether a value is in a list, asked inside an aggregate "over" a key, keeps the whole list once for every
# row. The answer is right and nothing is said; only the memory grows as rows times list: 4,000 rows and 20,000 values take
# some 600 MB (4,000 x 20,000 x 8 bytes), where the same question asked first as a column takes some 60 MB in all. By that
# arithmetic the 50,000 invoices and 60,000 persons of a middling market take 24 GB.
# Seen on polars 2.1.0 (PyPI), CPython 3.11, Linux x86_64:
#     over     4000 rows kept, peak 673 MB
#     column   4000 rows kept, peak 62 MB
# This fails when the first form no longer takes at least four times the memory of the second.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install -q polars==2.1.0

cat > "$folder/ask.py" <<'PYTHON'
import resource
import sys

import polars as pl

sales = pl.DataFrame({"vin": [f"V{n // 2}" for n in range(4_000)], "buyer": [f"P{n}" for n in range(4_000)]})
persons = pl.Series([f"P{n}" for n in range(20_000)]).implode()
is_person = pl.col("buyer").is_in(persons)
if sys.argv[1] == "over":
    kept = sales.filter(is_person.any().over("vin"))
else:
    kept = sales.with_columns(is_person=is_person).filter(pl.col("is_person").any().over("vin"))
print(kept.height, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
PYTHON

read -r rows_over peak_over < <("$folder/venv/bin/python" "$folder/ask.py" over)
read -r rows_column peak_column < <("$folder/venv/bin/python" "$folder/ask.py" column)
echo "over     $rows_over rows kept, peak $peak_over MB"
echo "column   $rows_column rows kept, peak $peak_column MB"
[ "$rows_over" = "$rows_column" ]
[ "$peak_over" -ge $((4 * peak_column)) ]
