"""Names as keys: one spelling per name, and whether a name is that of a company."""

import re
from functools import cache

import polars as pl
from opencc import OpenCC

from graphkit.tables.reference import reference_csv

_BRACKETS = {"〔": "(", "〕": ")", "【": "(", "】": ")", "[": "(", "]": ")", "{": "(", "}": ")", "〈": "(", "〉": ")"}
_TRANSLATION_IN_FRONT = r"^[^\p{Han}()]+\((?<name>\p{Han}.*公司)\)$"
_TRANSLATION_BEHIND = r"^(?<name>\p{Han}.*公司)\s*\([^\p{Han}()]*\b(?:co|corp|inc|limited|llc|ltd)\b[^\p{Han}()]*\)$"


def spelled(name: pl.Expr) -> pl.Expr:
    """A name in one spelling, its words still apart: width, case, traditional characters, brackets, legal forms.

    A Chinese company's translation beside its name is left out.

    >>> frame = pl.DataFrame({"name": ["臨海雲帆汽車〔集團〕有限責任公司", "Blue Pine Company, LIMITED"]})
    >>> frame.select(spelled(pl.col("name")))["name"].to_list()
    ['临海云帆汽车(集团)有限公司', 'blue pine co, ltd']
    >>> pl.select(spelled(pl.lit("Linhai Cloudsail Motors (临海云帆汽车有限公司)"))).item()
    '临海云帆汽车有限公司'
    """
    plain = _simplified(_as_written(name))
    for written, form in _long_forms():
        plain = plain.str.replace_all(written, form)
    return plain


def bare(text: pl.Expr) -> pl.Expr:
    """A text without spaces and punctuation, brackets excepted; as it stands where nothing else is in it.

    Null where the text is null or blank.

    >>> pl.DataFrame({"text": ["blue-pine (s.a.)", "-", " "]}).select(bare(pl.col("text")))["text"].to_list()
    ['bluepine(sa)', '-', None]
    """
    # a function of the column, because an expression that names its input twice computes it twice
    return text.map_batches(_bare, return_dtype=pl.String, is_elementwise=True)


def name_key(name: pl.Expr) -> pl.Expr:
    """A name without what differs from one file to the next: :func:`spelled`, then :func:`bare`.

    >>> frame = pl.DataFrame({"name": ["临海雲帆（集团） 有限公司", "Blue Pine Motors Co., Ltd.", " "]})
    >>> frame.select(name_key(pl.col("name")))["name"].to_list()
    ['临海云帆(集团)有限公司', 'bluepinemotorscoltd', None]
    """
    return bare(spelled(name))


def written_key(name: pl.Expr) -> pl.Expr:
    """A name as :func:`name_key`, but in the characters and the legal form in which it is written.

    Today's registers hold 昇 beside 升, so names that only OpenCC makes equal may be two companies'.

    >>> frame = pl.DataFrame({"name": ["临海雲帆（集团） 有限责任公司", " "]})
    >>> frame.select(written_key(pl.col("name")))["name"].to_list()
    ['临海雲帆(集团)有限责任公司', None]
    """
    return bare(_as_written(name))


def city_key(city: pl.Expr) -> pl.Expr:
    """A city in one spelling: width, case, traditional characters, outer spaces and a closing 市; null where blank.

    >>> pl.DataFrame({"city": ["臨海市", "临海 ", ""]}).select(city_key(pl.col("city")))["city"].to_list()
    ['临海', '临海', None]
    """
    plain = _simplified(city.str.normalize("NFKC").str.to_lowercase().str.strip_chars())
    plain = pl.when(plain.str.len_chars() > 2).then(plain.str.strip_suffix("市")).otherwise(plain)
    return pl.when(plain != "").then(plain)


def is_company_name(name: pl.Expr) -> pl.Expr:
    """Whether a name carries a company's suffix (data/reference/company_suffixes.csv); never null.

    A Chinese suffix counts anywhere (a branch follows it); one of three letters or more as a word anywhere, a
    shorter one only as the last word, because short ones are also initials.

    >>> names = pl.DataFrame({"name": ["临海云帆汽车有限公司一分店", "Blue Pine S.A.", "陆一鸣", "Agnes Incel"]})
    >>> names.select(is_company_name(pl.col("name")))["name"].to_list()
    [True, True, False, False]
    """
    text = name.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"[.,]", "")
    return text.str.contains(_suffix_pattern()).fill_null(False)


def is_state_name(name: pl.Expr) -> pl.Expr:
    """Whether a name is that of a body of the state (ends as data/reference/state_bodies.csv lists); never null.

    Registers often enter such an owner as a company; taken for one it would make a group of all that the state owns.

    >>> names = pl.DataFrame({"name": ["示例省国资委", "Sample Province SASAC", "国资委大厦物业有限公司"]})
    >>> names.select(is_state_name(pl.col("name")))["name"].to_list()
    [True, True, False]
    """
    text = name.str.normalize("NFKC").str.to_lowercase().str.strip_chars()
    return text.str.contains(_state_pattern()).fill_null(False)


def _as_written(name: pl.Expr) -> pl.Expr:
    plain = name.str.normalize("NFKC").str.to_lowercase().str.replace_all("ß", "ss", literal=True)
    plain = plain.str.replace_many(list(_BRACKETS), list(_BRACKETS.values()))
    return plain.str.replace(_TRANSLATION_IN_FRONT, "$name").str.replace(_TRANSLATION_BEHIND, "$name")


def _bare(text: pl.Series) -> pl.Series:
    letters = text.str.replace_all(r"[\s\p{C}\p{Pc}\p{Pd}\p{Pi}\p{Pf}\p{Po}]", "")
    letters = letters.zip_with(letters != "", text.str.strip_chars())
    return letters.set(letters == "", None)


def _simplified(text: pl.Expr) -> pl.Expr:
    return text.map_batches(_in_simple_characters, return_dtype=pl.String, is_elementwise=True)


def _in_simple_characters(text: pl.Series) -> pl.Series:
    # most columns hold few traditional characters or none, and to look for four thousand takes its time
    written = sorted(set("".join(text.drop_nulls().to_list())) & _simple_characters().keys())
    return text.str.replace_many(written, [_simple_characters()[one] for one in written]) if written else text


@cache
def _simple_characters() -> dict[str, str]:
    # character by character: a key must not depend on the words around, as OpenCC's phrases do
    written = [chr(code) for first, last in ((0x3400, 0x4DBF), (0x4E00, 0x9FFF)) for code in range(first, last + 1)]
    simple = OpenCC("t2s").convert("\n".join(written)).split("\n")
    return {one: other for one, other in zip(written, simple, strict=True) if one != other}


@cache
def _long_forms() -> list[tuple[str, str]]:
    """Patterns of legal forms that have a shorter spelling, and that spelling."""
    forms = reference_csv("company_suffixes").filter(pl.col("form").is_not_null())
    longer = forms.filter(pl.col("suffix").str.to_lowercase().str.replace_all(".", "", literal=True) != pl.col("form"))
    return [
        (re.escape(suffix.lower()) if script == "Han" else rf"\b{re.escape(suffix.lower())}\b", form)
        for suffix, script, form in longer.select("suffix", "script", "form").rows()
    ]


@cache
def _state_pattern() -> str:
    endings = [re.escape(ending) for ending in reference_csv("state_bodies")["ending"].to_list()]
    return rf"(?:{'|'.join(endings)})$"


@cache
def _suffix_pattern() -> str:
    words: dict[str, list[str]] = {"anywhere": [], "word": [], "last": []}
    for suffix, script in reference_csv("company_suffixes").select("suffix", "script").rows():
        text = suffix.lower().replace(".", "")
        where = "anywhere" if script == "Han" else "word" if len(text) >= 3 else "last"
        words[where].append(re.escape(text).replace(r"\ ", r"\s+"))
    either = {where: "|".join(sorted(texts)) for where, texts in words.items()}
    return rf"(?:{either['anywhere']})|\b(?:{either['word']})\b|\s(?:{either['last']})[\s)]*$"
