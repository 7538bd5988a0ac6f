"""CSV text → cells, in columns, with the physical line of every record; broken records are kept with their reason."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from graphkit.errors import InputError
from graphkit.tables.header_words import known_in
from graphkit.tables.layout import HEADER, NOTES, SEARCHED, SURE, Header, find_header, no_data, no_records
from graphkit.tables.physical_lines import PhysicalLines
from graphkit.tables.raw_table import BROKEN_SCHEMA, SKIPPED_SCHEMA, UNDECODABLE, HeaderRow, RawTable, column_names
from graphkit.tables.uneven_lines import evened

DELIMITERS = (",", "\t", ";", "|")
LONGEST_RECORD = 1000
"""Physical lines that a quoted cell may run over before its quote counts as never closed."""
WIDEST_HEADER = 1000
"""Columns; no register has more, and a wider file is not a table."""

_SAID_DELIMITER = re.compile(r'"?sep=([!#-,./:;<=>?@\\^_`{|}~\t])"?[ \t,;|]*', re.I)
"""The line by which a file tells Excel its delimiter; Excel obeys it in the first line only."""

BROKEN: list[str | None] = [None]
"""The cells of one of the first lines that is no record."""
UNCLOSED = "has a quote that is never closed"
STRAY = "has a quote inside a cell or text after a closing quote"

RECORDS_SCHEMA = {"line": pl.Int64(), "text": pl.String()}


@dataclass(frozen=True)
class _Top:
    """The first filled records of a file under one delimiter: where each begins and ends by position, and its cells."""

    delimiter: str
    spans: list[tuple[int, int]]
    rows: list[list[str | None]]
    header: Header

    @property
    def known(self) -> int:
        """Columns of the header that graphkit knows the names of."""
        return known_in(self.header.names)

    @property
    def even(self) -> float:
        """The share of the records below the header that are as wide as it."""
        widths = [len(row) for row in self.rows[self.header.last + 1 :]]
        return sum(width == len(self.rows[self.header.last]) for width in widths) / max(len(widths), 1)


def read_delimited(name: str, lines: PhysicalLines, header_row: HeaderRow | None = None) -> RawTable:
    """The cells of a text file (comma, tab, semicolon or pipe, cells quoted as in RFC 4180).

    A first line like ``sep=;`` is obeyed and no header; it counts as a line.

    Raises ``InputError`` where the file has no header row of at least two columns, or nothing on the lines of
    ``header_row``. A header alone is a table without rows.
    """
    said = _SAID_DELIMITER.fullmatch(lines.texts[0])
    top = _top(name, lines, 1 if said else 0, (said[1],) if said else DELIMITERS, header_row)
    delimiter, header = top.delimiter, top.header.names
    first, last = top.spans[top.header.first][0], top.spans[top.header.last][1]
    if any(line + 1 in lines.undecodable for line in range(first, last)):
        raise InputError(f"The header of {name} has bytes that are not in {lines.encoding}; save the file in UTF-8.")
    width = len(top.rows[top.header.last])
    body = pl.DataFrame({"line": pl.int_range(1, lines.texts.len() + 1, eager=True), "text": lines.texts}).slice(last)
    even = body.with_columns(text=evened(body["text"], delimiter, width, len(header)))
    records, broken = split_into_records(even, delimiter, width, lines.undecodable)
    cells = _without_formulas(split_into_cells(records["text"], delimiter, width))
    records, broken = (_as_written(found, even, body) for found in (records, broken))
    if cells.height != records.height:
        raise InputError(f"{name} cannot be split into cells; export it again as CSV with quoted text.")
    aside, out = no_data(cells, header), no_records(broken, delimiter, records["line"].max())
    found = [records[aside["place"]].with_columns(aside["kind"]), broken[out["place"]].with_columns(out["kind"])]
    if aside.height:
        kept = ~pl.int_range(records.height, eager=True).is_in(aside["place"].implode())
        records, cells = records.filter(kept), cells.filter(kept)
    broken = broken.filter(~pl.int_range(broken.height, eager=True).is_in(out["place"].implode()))
    return RawTable(
        header=header,
        rows=cells.drop(cells.columns[len(header) : width]).with_columns(records["line"]),
        broken=broken,
        format="csv",
        encoding=lines.encoding,
        delimiter=delimiter,
        texts=records["text"],
        skipped=pl.concat([_above(lines, top), *(part.select(*SKIPPED_SCHEMA) for part in found)]).sort("line"),
    )


def _as_written(found: pl.DataFrame, even: pl.DataFrame, body: pl.DataFrame) -> pl.DataFrame:
    """Records with the text of the file where their line was evened."""
    changed = body.filter(body["text"] != even["text"])
    return found.update(changed, on="line").sort("line") if changed.height else found


def _without_formulas(cells: pl.DataFrame) -> pl.DataFrame:
    """Cells without the ``="…"`` by which programs keep Excel from reading an id as a number."""
    held = [name for name in cells.columns if cells[name].str.starts_with('="').any()]
    return cells.with_columns(pl.col(held).str.replace(r'^="([^"]*)"$', "${1}")) if held else cells


def _above(lines: PhysicalLines, top: _Top) -> pl.DataFrame:
    """What stands above the first record: notes, then the header."""
    # the line that tells the delimiter stands above the first record
    said = [(1, NOTES, str(lines.texts[0]))] if top.spans[0][0] and lines.texts[0].strip(" ") else []
    rows = said + [
        (start + 1, NOTES if place < top.header.first else HEADER, "\n".join(lines.texts[start:end]))
        for place, (start, end) in enumerate(top.spans[: top.header.last + 1])
    ]
    return pl.DataFrame(rows, schema=SKIPPED_SCHEMA, orient="row")


def _top(name: str, lines: PhysicalLines, start: int, delimiters: Sequence[str], header_row: HeaderRow | None) -> _Top:
    """The first records under the delimiter that explains the header and the records below it best."""
    if not any(text.strip(" ") for text in lines.texts[start:]):
        raise InputError(f"{name} is empty; give a file with a header and rows.")
    tops = []
    for delimiter in delimiters:
        spans, rows = _first_records(lines.texts, start, delimiter, header_row.last if header_row else 0)
        told = header_row.places(name, [first + 1 for first, _ in spans]) if header_row else None
        widest = max(len(row) for row in rows)
        header = find_header([[*row, *[None] * (widest - len(row))] for row in rows], told)
        if header is None or not 2 <= len(header.names) <= WIDEST_HEADER:
            continue
        top = _Top(delimiter, spans, rows, header)
        # a broken line that has columns may be the header itself: a row is not taken for it on its width alone
        if top.known >= SURE or not any(row == BROKEN for row in rows[: header.first]):
            tops.append(top)
    if not tops:
        raise InputError(
            f"{name} is not a table: its first lines hold no header of columns between commas, tabs, "
            "semicolons or pipes."
        )
    return max(tops, key=lambda top: (top.known, top.even, len(top.header.names)))


def _first_records(
    texts: pl.Series, start: int, delimiter: str, until: int
) -> tuple[list[tuple[int, int]], list[list[str | None]]]:
    """The first filled records: where each begins and ends, and its cells; a line that is none has one empty cell."""
    pattern = re.compile(_record_pattern(delimiter))
    spans: list[tuple[int, int]] = []
    rows: list[list[str | None]] = []
    at = start
    while at < texts.len() and (len(rows) < SEARCHED or at < until):
        end = at + 1
        text = str(texts[at])
        while text.count('"') % 2 and end < min(texts.len(), at + LONGEST_RECORD):
            text += "\n" + str(texts[end])
            end += 1
        if not pattern.fullmatch(text):
            text, end = str(texts[at]), at + 1
        if text.strip(" "):
            spans.append((at, end))
            rows.append(_cells_of(text, delimiter) if pattern.fullmatch(text) else BROKEN)
        at = end
    return spans, rows


def _cells_of(text: str, delimiter: str) -> list[str | None]:
    try:
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return BROKEN
    return [" ".join(cell.split()) or None for cell in cells]


def _record_pattern(delimiter: str, width: int | None = None) -> str:
    """A regular expression (the same to Python and to polars) for a whole record of ``width`` cells, or of any."""
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"\n{mark}]*)'
    times = "*" if width is None else f"{{{width - 1}}}"
    return f"{cell}(?:{mark}{cell}){times}"


def split_into_records(
    body: pl.DataFrame, delimiter: str, width: int, undecodable: frozenset[int] = frozenset()
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Physical lines (line, text) → records (line, text) of exactly ``width`` cells, and the broken ones (with reason).

    Clean files never leave columns: a record a line, else records found by the parity of quotes. Only a file in which
    that leaves something over is mended line by line, and then only around the lines that do not fit.

    >>> body = pl.DataFrame({"line": [2, 3, 4], "text": ['1,"a', 'b"', "2"]})
    >>> records, broken = split_into_records(body, ",", 2)
    >>> records.rows()
    [(2, '1,"a\\nb"')]
    >>> broken.rows()
    [(4, '2', 'has 1 cells where the header has 2')]
    """
    body = body.with_columns(
        fits=_fits(body["text"], delimiter, width) & ~pl.col("line").is_in(sorted(undecodable)),
        blank=pl.col("text").str.strip_chars(" ") == "",
    )
    odd = body.filter(~pl.col("fits") & ~pl.col("blank"))
    if odd.is_empty():
        return body.filter(~pl.col("blank")).select("line", "text"), pl.DataFrame(schema=BROKEN_SCHEMA)
    if not undecodable and odd["text"].str.contains('"', literal=True).any():
        joined = _joined_by_parity(body)
        if _fits(joined["text"], delimiter, width).all():
            return joined, pl.DataFrame(schema=BROKEN_SCHEMA)
    return mend(body, delimiter, width, undecodable)


def _fits(texts: pl.Series, delimiter: str, width: int) -> pl.Series:
    frame = pl.DataFrame({"text": texts})
    counted = pl.col("text").str.count_matches(delimiter, literal=True) == width - 1
    if not texts.str.contains('"', literal=True).any():
        return frame.select(fits=counted).to_series()
    quoted = pl.col("text").str.contains('"', literal=True)
    matches = pl.col("text").str.contains(f"^{_record_pattern(delimiter, width)}$")
    return frame.select(fits=pl.when(quoted).then(matches).otherwise(counted)).to_series()


def _joined_by_parity(body: pl.DataFrame) -> pl.DataFrame:
    quotes = pl.col("text").str.count_matches('"', literal=True)
    return (
        body.with_columns(starts=(quotes.cum_sum() - quotes) % 2 == 0)
        .filter(~(pl.col("blank") & pl.col("starts")))
        .group_by(pl.col("starts").cum_sum().alias("record"), maintain_order=True)
        .agg(pl.col("line").first(), pl.col("text").str.join("\n"))
        .select("line", "text")
    )


def mend(
    body: pl.DataFrame, delimiter: str, width: int, undecodable: frozenset[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The careful path of ``split_into_records``: walks the lines that do not fit, and only those.

    ``body`` has line, text, fits, blank. A quote that is never closed costs its own line, not the rest of the file.
    """
    numbers, texts, fits = body["line"], body["text"], body["fits"]
    wanted = re.compile(_record_pattern(delimiter, width))
    anyhow = re.compile(_record_pattern(delimiter))
    records: list[tuple[int, str]] = []
    broken: list[tuple[int, str, str]] = []
    taken: list[int] = []
    done = -1
    for start in (~(body["fits"] | body["blank"])).arg_true().to_list():
        if start <= done:
            continue
        line, text = int(numbers[start]), str(texts[start])
        if line in undecodable:
            broken.append((line, text, UNDECODABLE))
            continue
        end = _closing_line(texts, numbers, start, undecodable)
        if end is None:
            broken.append((line, text, UNCLOSED))
            continue
        whole = "\n".join(texts[start : end + 1].to_list())
        if end > start and wanted.fullmatch(whole):
            records.append((line, whole))
        elif not anyhow.fullmatch(whole):
            broken.append((line, text, UNCLOSED if end > start else STRAY))
            continue
        elif bool(fits[start + 1 : end + 1].any()):
            # a whole row lies inside the quotes: the quote was left open by mistake
            broken.append((line, text, UNCLOSED))
            continue
        else:
            cells = re.sub('"(?:[^"]|"")*"', "", whole).count(delimiter) + 1
            broken.append((line, whole, f"has {cells} cells where the header has {width}"))
        done = end
        taken.extend(range(start, end + 1))
    single = pl.col("fits") & ~pl.col("blank") & ~pl.int_range(pl.len()).is_in(taken)
    mended = pl.DataFrame(records, schema=RECORDS_SCHEMA, orient="row")
    rows = pl.concat([body.filter(single).select("line", "text"), mended]).sort("line")
    return rows, pl.DataFrame(broken, schema=BROKEN_SCHEMA, orient="row")


def _closing_line(texts: pl.Series, numbers: pl.Series, start: int, undecodable: frozenset[int]) -> int | None:
    quotes = 0
    for index in range(start, min(start + LONGEST_RECORD, texts.len())):
        if int(numbers[index]) in undecodable:
            return None
        quotes += str(texts[index]).count('"')
        if quotes % 2 == 0:
            return index
    return None


def split_into_cells(texts: pl.Series, delimiter: str, width: int) -> pl.DataFrame:
    """Well-formed records → their cells, unquoted, as String columns by position.

    >>> split_into_cells(pl.Series(['1,"a ""b"" c"']), ",", 2).row(0)
    ('1', 'a "b" c')
    """
    names = column_names(width)
    if texts.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(names, pl.String()))
    quoted = bool(texts.str.contains('"', literal=True).any())
    # a line break inside a cell would mislead a parallel reader; a letter that the file does not use stands in for it
    stand_in = _unused_letter(texts) if texts.str.contains("\n", literal=True).any() else None
    if stand_in:
        texts = texts.str.replace_all("\n", stand_in, literal=True)
    buffer = io.BytesIO()
    texts.to_frame("text").write_csv(buffer, include_header=False, quote_style="never")
    cells = pl.read_csv(
        buffer.getvalue(),
        has_header=False,
        separator=delimiter,
        quote_char='"' if quoted else None,
        schema=dict.fromkeys(names, pl.String()),
    )
    if stand_in:
        cells = cells.with_columns(pl.all().str.replace_all(stand_in, "\n", literal=True))
    return cells


def _unused_letter(texts: pl.Series) -> str:
    for code in range(0xE000, 0xF8FF):
        if not texts.str.contains(chr(code), literal=True).any():
            return chr(code)
    raise InputError("The file uses every private letter of Unicode; export it again without line breaks in cells.")
