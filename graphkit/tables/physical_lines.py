"""A text file's bytes → its physical lines as text, with the lines whose bytes no known encoding explains."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import polars as pl
import pyarrow as pa

from graphkit.errors import InputError
from graphkit.tables.encodings import (
    UTF8_BOM,
    UTF16,
    Encoding,
    codec_of,
    encoding_of,
    is_surely_utf8,
    is_valid,
    named,
    reads_otherwise,
    wide_of,
)

WINDOW = 1 << 20
"""Bytes that are decoded at a time where a file has undecodable lines."""
_PADDING = re.compile(rb"(?<=[^\0\n])\0+(?=[,;\t|\"\n]|$)|(?<=[,;\t|\"])\0+(?=[^\0])")
"""Zeros around what a cell holds: programs that know the length of a field alone fill it up with them."""


@dataclass(frozen=True)
class PhysicalLines:
    """The lines of a text file in order, without their line ends; line numbers start at 1.

    ``undecodable`` are the numbers of the lines whose bytes are not in ``encoding``; their text shows those bytes as
    ``\\xNN``. ``otherwise`` are the lines that are in another encoding and are read in it: line → encoding. ``proven``
    is false where ``encoding`` is only the likeliest: its user is asked, and nothing is loaded before.
    """

    texts: pl.Series
    encoding: str
    undecodable: frozenset[int]
    otherwise: dict[int, str] = field(default_factory=dict)
    proven: bool = True


def lines_of(name: str, data: bytes, encoding: str | None = None, said: str | None = None) -> PhysicalLines:
    """The physical lines of a file's bytes; line ends are LF, CRLF or CR.

    A mark at its begin proves UTF-8 or UTF-16, and so do the zeros of UTF-16; else ``encoding`` holds, which its user
    says, else what all its lines prove and the file says of itself (``said``). Raises ``InputError`` for what is no
    text.
    """
    wide = wide_of(data) or (encoding if encoding in UTF16.values() else None)
    if wide:
        data = _narrowed(data[2:] if data[:2] in UTF16 else data, wide)
    marked = data.startswith(UTF8_BOM) and not wide
    if marked:
        data = data[len(UTF8_BOM) :]
    data = _with_one_line_end(data)
    zeros: list[int] = []
    if b"\0" in data:
        data, zeros = _without_zeros(data)
    own = wide or ("utf-8-sig" if marked else encoding)
    is_utf8 = (wide or marked or encoding in (None, "utf-8", "utf-8-sig")) and is_valid(data, "utf-8")
    found = Encoding(own) if own else _told_by(data, said, is_utf8=bool(is_utf8))
    if is_utf8 and found.proven:
        return _lines(name, data, found, zeros, {})
    data, bad, otherwise = _decode_lines(data, "utf-8" if wide or marked else codec_of(found.name), found.name)
    return _lines(name, data, found, sorted({*bad, *zeros}), otherwise)


def _lines(name: str, data: bytes, found: Encoding, bad: list[int], otherwise: dict[int, str]) -> PhysicalLines:
    texts = _split(data)
    if len(bad) * 2 > texts.len():
        raise InputError(f"{name} is not a text table: most of its lines are no text in {found.name}.")
    return PhysicalLines(texts, found.name, frozenset(bad), otherwise, found.proven)


def _with_one_line_end(data: bytes) -> bytes:
    if b"\r" not in data:
        return data
    data = data.replace(b"\r\n", b"\n")
    # lines that end with CR may have LF inside cells, and lines that end with LF have CR there
    return data.replace(b"\r", b"\n") if data.count(b"\r") > data.count(b"\n") else data


def _without_zeros(data: bytes) -> tuple[bytes, list[int]]:
    """The bytes without the zeros around cells, and the lines that have others: part of what they said is lost."""
    bare = _PADDING.sub(b"", data)
    if b"\0" not in bare:
        return bare, []
    lines = bare.split(b"\n")
    bad = [number for number, line in enumerate(lines, start=1) if b"\0" in line]
    return bare.replace(b"\0", rb"\x00"), bad


def _told_by(data: bytes, said: str | None, *, is_utf8: bool) -> Encoding:
    if is_utf8 and is_surely_utf8(data):
        return Encoding("utf-8")
    found = encoding_of([line for line in data.split(b"\n") if not line.isascii()])
    try:
        own = named(said) if said else ""
    except ValueError:
        return found
    # any bytes are text where each is a letter: such an encoding proves nothing
    means = found.name == own or (own in ("big5", "shift_jis", "euc_jp", "euc_kr") and found.name != "utf-8")
    return Encoding(own) if means and is_valid(data, own) else found


def _narrowed(data: bytes, codec: str) -> bytes:
    """UTF-16 as UTF-8; half a pair of surrogates, or half a unit at the end, stays bytes that are no UTF-8."""
    whole, rest = data[: len(data) // 2 * 2], data[len(data) // 2 * 2 :]
    return whole.decode(codec, "surrogatepass").encode("utf-8", "surrogatepass") + (b"\xff" if rest else b"")


def _decode_lines(data: bytes, codec: str, encoding: str) -> tuple[bytes, list[int], dict[int, str]]:
    """The bytes as UTF-8, the lines that are not in the encoding, and those that are in another."""
    pieces: list[bytes] = []
    bad: list[int] = []
    otherwise: dict[int, str] = {}
    line = 1
    for window in _windows(data):
        start = 0
        while start < len(window):
            try:
                pieces.append(window[start:].decode(codec).encode())
                line += window.count(b"\n", start)
                break
            except UnicodeDecodeError as error:
                at = start + error.start
                first = window.rfind(b"\n", start, at) + 1 or start
                end = window.find(b"\n", at) + 1 or len(window)
                line += window.count(b"\n", start, first)
                pieces.append(window[start:first].decode(codec).encode())
                other = reads_otherwise(window[first:end], encoding)
                if other:
                    otherwise[line] = other
                else:
                    bad.append(line)
                pieces.append(window[first:end].decode(other or codec, "backslashreplace").encode())
                line += window.count(b"\n", first, end)
                start = end
    return b"".join(pieces), bad, otherwise


def _windows(data: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = data.find(b"\n", min(start + WINDOW, len(data))) + 1 or len(data)
        yield data[start:end]
        start = end


def _split(data: bytes) -> pl.Series:
    if not data.endswith(b"\n"):
        data += b"\n"
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\n")) + 1
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), ends.astype(np.int64)])
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    lines = pa.LargeStringArray.from_buffers(len(offsets) - 1, buffers[1], buffers[2])
    return pl.Series("text", lines, dtype=pl.String).str.strip_suffix("\n")
