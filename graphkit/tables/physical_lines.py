"""A text file's bytes → its physical lines as text, with the lines whose bytes no known encoding explains."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa

from graphkit.errors import InputError

UTF8_BOM = b"\xef\xbb\xbf"
UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
WINDOW = 1 << 20
"""Bytes that are decoded at a time where a file has undecodable lines."""


@dataclass(frozen=True)
class PhysicalLines:
    """The lines of a text file in order, without their line ends; line numbers start at 1.

    ``undecodable`` are the numbers of the lines whose bytes are not in ``encoding``; their text shows those bytes as
    ``\\xNN``.
    """

    texts: pl.Series
    encoding: str
    undecodable: frozenset[int]


def read_lines(path: Path) -> PhysicalLines:
    """The physical lines of a file in UTF-8, UTF-16 with its mark, or GB18030; line ends are LF, CRLF or CR.

    Raises ``InputError`` for a file that is no text in these encodings.
    """
    return lines_of(path.name, path.read_bytes())


def lines_of(name: str, data: bytes) -> PhysicalLines:
    """The physical lines of a file's bytes, as ``read_lines`` gives them."""
    encoding, wide = "utf-8", UTF16.get(data[:2])
    if wide:
        data, encoding = _narrowed(data[2:], wide), wide
    if b"\0" in data:
        raise InputError(
            f"{name} is not a text table in UTF-8, GB18030 or Excel's Unicode text; save it as CSV in UTF-8 or XLSX."
        )
    if data.startswith(UTF8_BOM) and not wide:
        data, encoding = data[len(UTF8_BOM) :], "utf-8-sig"
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n") if b"\n" in data else data.replace(b"\r", b"\n")
    bad: list[int] = []
    if not _decodes(data, "utf-8"):
        if wide:
            data, bad = _decode_lines(data, "utf-8")
        else:
            data, encoding, bad = _decode(data, encoding)
    texts = _split(data)
    if len(bad) * 2 > texts.len():
        raise InputError(f"{name} is not a text table: most of its lines are neither UTF-8 nor GB18030.")
    return PhysicalLines(texts, encoding, frozenset(bad))


def _narrowed(data: bytes, codec: str) -> bytes:
    """UTF-16 as UTF-8; half a pair of surrogates, or half a unit at the end, stays bytes that are no UTF-8."""
    whole, rest = data[: len(data) // 2 * 2], data[len(data) // 2 * 2 :]
    return whole.decode(codec, "surrogatepass").encode("utf-8", "surrogatepass") + (b"\xff" if rest else b"")


def _decodes(data: bytes, codec: str) -> bool:
    if data.isascii():
        return True
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _decode(data: bytes, encoding: str) -> tuple[bytes, str, list[int]]:
    """UTF-8 bytes, the encoding they came from, and the undecodable lines, for bytes that are not all UTF-8."""
    as_utf8, bad_utf8 = _decode_lines(data, "utf-8")
    # text in another encoding is hardly ever valid UTF-8 by accident, so a half that is valid decides
    if encoding == "utf-8-sig" or len(bad_utf8) * 2 <= _lines_beyond_ascii(data):
        return as_utf8, encoding, bad_utf8
    as_gb, bad_gb = _decode_lines(data, "gb18030")
    return as_gb, "gb18030", bad_gb


def _lines_beyond_ascii(data: bytes) -> int:
    codes = np.frombuffer(data, dtype=np.uint8)
    ends = np.flatnonzero(codes == ord("\n"))
    return int(np.unique(np.searchsorted(ends, np.flatnonzero(codes >= 128))).size)


def _decode_lines(data: bytes, codec: str) -> tuple[bytes, list[int]]:
    pieces: list[bytes] = []
    bad: list[int] = []
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
                pieces.append(window[first:end].decode(codec, "backslashreplace").encode())
                bad.append(line)
                line += window.count(b"\n", first, end)
                start = end
    return b"".join(pieces), bad


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
