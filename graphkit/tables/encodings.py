"""In which encoding the bytes of a text are: proven by all its lines, or only likely, and then its user is asked."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from graphkit.tables.reference import reference_csv

GB = "gb18030"
UTF8_BOM = b"\xef\xbb\xbf"
UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
CODECS = {"big5": "big5hkscs", "shift_jis": "cp932", "euc_kr": "cp949", "iso8859-1": "cp1252"}
"""Encodings that are read as the larger one which programs write under their name, as browsers do (WHATWG Encoding)."""
_NAMES = {"big5hkscs": "big5", "cp950": "big5", "cp932": "shift_jis", "cp949": "euc_kr", "euc_jis_2004": "euc_jp"}
_NAMES |= {"gb2312": GB, "gbk": GB, "ascii": "utf-8", "iso8859-1": "cp1252"}
KNOWN = (
    *("gb18030", "big5hkscs", "cp932", "euc_jis_2004", "cp949", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254"),
    *("cp1255", "cp1256", "cp1257", "cp1258", "cp874", "koi8-r", "cp866"),
)
"""What offices and firms write outside of Unicode; of the encodings of other machines a short text is often one."""
CLEARLY = 1.25
"""By how much another encoding has to be likelier than GB18030; between a few Chinese names it often is by a hair."""
MOSTLY = 0.6
"""The share of its bytes that is valid in a damaged line of UTF-8; of Chinese in GB18030 about a fifth is."""
KNOWN_WORDS = 0.05
"""The share of known words that other encodings never reach by chance."""
_ASCII = bytes(range(128))
_OF_TABLES = re.compile(r"utf-8|gb18030|big5|shift_jis|euc_jp|euc_kr|cp\d+|iso8859-\d+|koi8-\w|mac-\w+")
_STRUCTURE = re.compile(r"[\t\n\r,;|<>:]")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_UTF8_ALONE = re.compile(
    rb"[\xe0-\xf4][\x80-\xbf]{2}|[A-Za-z][\xc2-\xdf][\x80-\xbf]|[\xc2-\xdf][\x80-\xbf][A-Za-z]|(?:[\xc2-\xdf][\x80-\xbf]){3}"
)
"""What valid UTF-8 has and Chinese in GB18030 next to never: three bytes, or two of them in a word."""
_CHINESE = re.compile("[\u4e00-\u9fff]{2,}")
_LONE = re.compile(r"(?<!\w)[^\W\d_\x00-\x7f](?!\w)")
_FREQUENT = re.compile(rb"(?:[\xb0-\xd7][\xa1-\xfe])+")
"""The characters of the first level of GB 2312."""


@dataclass(frozen=True)
class Encoding:
    """The encoding of a text; ``proven`` is false where it is only the likeliest, and is to be asked about."""

    name: str
    proven: bool = True


def named(text: str) -> str:
    """The one name of an encoding that somebody names; raises ``ValueError`` for one in which no table is written.

    >>> named("Big5-HKSCS"), named("windows-1252"), named("GBK")
    ('big5', 'cp1252', 'gb18030')
    """
    try:
        found = codecs.lookup(text).name
    except (LookupError, UnicodeError, ValueError):
        found = ""
    name = _NAMES.get(found, found)
    if name in (*UTF16.values(), "utf-8-sig"):
        return name
    if _OF_TABLES.fullmatch(name) and _ASCII.decode(name) == _ASCII.decode("ascii"):
        return name
    raise ValueError(f"{text} is no encoding of a table; say big5, gb18030, shift_jis, euc_kr, cp1252, cp1251 or utf-8")


def codec_of(name: str) -> str:
    """The codec that reads an encoding: the largest one that is written under its name."""
    return CODECS.get(name, name)


def wide_of(data: bytes) -> str | None:
    """Which UTF-16 some bytes are: by their mark, else by the zeros that each letter of ASCII has on one side.

    >>> wide_of("vin,km".encode("utf-16-be")), wide_of(b"vin,km\\0\\0")
    ('utf-16-be', None)
    """
    if data[:2] in UTF16:
        return UTF16[data[:2]]
    zeros = data.count(b"\0")
    # a table has delimiters and line ends at the least
    if zeros < 2 or zeros * 20 < len(data):
        return None
    texts = {name: data.decode(name, "replace") for name in UTF16.values()}
    name = max(texts, key=lambda name: len(_STRUCTURE.findall(texts[name])))
    return name if _STRUCTURE.search(texts[name]) and "\0" not in texts[name] else None


def encoding_of(lines: Sequence[bytes]) -> Encoding:
    """The encoding of a text without a mark, told from all its lines that are not ASCII alone.

    UTF-8 and GB18030 are proven where most lines are valid in them and look like text; everything else is likely only.

    >>> encoding_of(["公司名稱,股東".encode("big5")])
    Encoding(name='big5', proven=False)
    """
    valid = [line for line in lines if is_valid(line, "utf-8")]
    if len(valid) == len(lines):
        return Encoding(GB, proven=False) if _are_lone_pairs(lines) else Encoding("utf-8")
    # a file in one encoding is looked at as a whole, which is much faster than line by line
    chinese = lines if is_valid(b"\n".join(lines), GB) else [line for line in lines if is_valid(line, GB)]
    # a short Chinese name may be mostly UTF-8 by chance
    damaged = [] if chinese is lines else [line for line in lines if _is_mostly_utf8(line) and not is_valid(line, GB)]
    sure = sum(is_surely_utf8(line) for line in valid) + sum(not is_valid(line, "utf-8") for line in damaged)
    if sure and sure * 2 >= len(lines):
        return Encoding("utf-8")
    # where some lines are damaged the others tell
    told = chinese if len(chinese) * 2 > len(lines) else lines
    name = GB if told is chinese and _has_known_words(told) else _likeliest(told)
    return Encoding(name, proven=name == GB)


def reads_otherwise(line: bytes, name: str) -> str | None:
    """The encoding of a line that is not valid in its file's own, where that is certain; else None.

    A line of which a part is UTF-8 is damaged UTF-8, and nothing else.
    """
    if not name.startswith("utf-8"):
        return "utf-8" if is_valid(line, "utf-8") else None
    if _is_mostly_utf8(line) or not is_valid(line, GB):
        return None
    return GB if _has_known_words([line]) or _likeliest([line]) == GB else None


def is_valid(data: bytes, name: str) -> bool:
    """Whether some bytes are text in an encoding."""
    if data.isascii():
        return True
    try:
        data.decode(codec_of(name))
    except UnicodeDecodeError:
        return False
    return True


def is_surely_utf8(data: bytes) -> bool:
    """Whether bytes that are valid UTF-8 can hardly be anything else."""
    return data.isascii() or _UTF8_ALONE.search(data) is not None


def _is_mostly_utf8(line: bytes) -> bool:
    if not is_surely_utf8(line):
        return False
    letters = len(line.translate(None, _ASCII))
    return len(line.decode("utf-8", "ignore").encode().translate(None, _ASCII)) >= MOSTLY * letters


def _are_lone_pairs(lines: Sequence[bytes]) -> bool:
    """Whether valid UTF-8 is nothing but single letters that are frequent Chinese ones in GB18030: 女, 元."""
    if any(is_surely_utf8(line) for line in lines):
        return False
    letters = {letter for line in lines for letter in _BEYOND_ASCII.findall(line.decode())}
    alone = {letter for line in lines for letter in _LONE.findall(line.decode())}
    return letters == alone and all(_FREQUENT.fullmatch(letter.encode()) for letter in letters)


def _has_known_words(lines: Sequence[bytes]) -> bool:
    """Whether the text, read as GB18030, says in Chinese what columns, values and places are called."""
    words = set(_CHINESE.findall(b"\n".join(lines).decode(GB)))
    return len(words & _known_words()) > KNOWN_WORDS * len(words)


@cache
def _known_words() -> frozenset[str]:
    texts = [*reference_csv("headers")["header"], *reference_csv("words")["word"], *reference_csv("places")["place"]]
    return frozenset(text for text in texts if _CHINESE.fullmatch(text))


def _likeliest(lines: Sequence[bytes]) -> str:
    # a quarter of a second that only those pay who read no UTF-8
    import chardet

    text = b"\n".join(lines)
    found = {
        one["encoding"] or "cp1252": one["confidence"]
        for one in chardet.detect_all(
            text, ignore_threshold=True, max_bytes=len(text), include_encodings=KNOWN, compat_names=False
        )
    }
    others = {name: sure for name, sure in found.items() if name != GB}
    best = max(others, key=lambda name: others[name], default="cp1252")
    if is_valid(text, GB) and found.get(GB, 0) * CLEARLY >= others.get(best, 0):
        return GB
    return _NAMES.get(best, best)
