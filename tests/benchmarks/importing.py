"""How fast a CSV of a million sales is read and loaded, beside what polars needs to split the same file into its cells.

``python -m tests.benchmarks.importing`` writes a file in each form (plain UTF-8; GB18030 with CRLF; quoted), reads it
and loads it, and prints seconds of processor, how many times polars' own those are, and rows a second. Two versions of
graphkit are compared by their ratios: run this with each first in ``PYTHONPATH``. ``--rows 100000`` is smaller.
"""

import argparse
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import polars as pl

from graphkit.tables.inputs import TABLES
from graphkit.tables.load import load
from graphkit.tables.readers import read
from graphkit.tables.sources import Source

ROWS = 1_000_000
Done = TypeVar("Done")


def sales(count: int) -> pl.DataFrame:
    """Clean rows: id, VIN, seller, buyer, kind, day, price, currency, and a note that no column takes."""
    number = pl.int_range(count)
    vin = pl.format("WMVAA1AA0{}", (number + 10_000_000).cast(pl.String))
    day = pl.date(2024, 1, 1) + pl.duration(days=number % 365)
    return pl.select(
        sale_id=pl.format("S{}", number),
        vin=vin,
        seller_id=pl.format("D{}", number % 200),
        buyer_id=pl.format("P{}", number),
        kind=pl.lit("retail"),
        invoiced_on=day.dt.to_string("%Y-%m-%d"),
        price=pl.format("{}.50", number % 200_000 + 80_000),
        currency=pl.lit("CNY"),
        note=pl.format("示例备注{}", number % 50),
    )


def forms(table: pl.DataFrame) -> dict[str, bytes]:
    plain = table.write_csv()
    return {
        "UTF-8": plain.encode(),
        "GB18030 with CRLF": plain.replace("\n", "\r\n").encode("gb18030"),
        "all cells quoted": table.write_csv(quote_style="always").encode(),
    }


def _timed(work: Callable[[], Done]) -> tuple[Done, float]:
    began = time.process_time()
    done = work()
    return done, time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.importing", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="how many rows")
    rows = parser.parse_args().rows
    table = sales(rows)
    columns = {name: name for name in table.columns if name != "note"}
    # the peer has the same cells in UTF-8, which is all that it reads
    peer = table.write_csv().encode()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sales.csv"
        for form, data in forms(table).items():
            path.write_bytes(data)
            _, split = _timed(partial(pl.read_csv, peer, infer_schema=False))
            raw, reading = _timed(partial(read, path))
            source = Source(source_id="a" * 64, name=path.name, path=path, columns=columns)
            loaded, loading = _timed(partial(load, TABLES["sales"], [source]))
            assert raw.height == loaded.rows.height == rows
            print(f"{form}: polars splits it in {split:.2f} s")
            for what, seconds in (("read", reading), ("read and loaded", loading)):
                print(f"  {what} in {seconds:.2f} s, {seconds / split:.1f} times as long, {rows / seconds:,.0f} rows/s")


if __name__ == "__main__":
    main()
