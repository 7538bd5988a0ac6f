"""Names as keys: one spelling per name, and whether a name is that of a company."""

import re
from functools import cache

import polars as pl

from graphkit.tables.reference import reference_csv

_BRACKETS = {"〔": "(", "〕": ")", "【": "(", "】": ")", "[": "(", "]": ")", "{": "(", "}": ")", "〈": "(", "〉": ")"}


def name_key(name: pl.Expr) -> pl.Expr:
    """A name without what differs from one file to the next: width, case, spaces, punctuation; brackets unified.

    Null where the name is null or blank. Traditional and simplified characters stay apart.

    >>> frame = pl.DataFrame({"name": ["临海云帆（集团） 有限公司", "Blue Pine Motors Co., Ltd.", " "]})
    >>> frame.select(name_key(pl.col("name")))["name"].to_list()
    ['临海云帆(集团)有限公司', 'bluepinemotorscoltd', None]
    """
    plain = name.str.normalize("NFKC").str.to_lowercase().str.replace_all("ß", "ss", literal=True)
    plain = plain.str.replace_many(list(_BRACKETS), list(_BRACKETS.values()))
    bare = plain.str.replace_all(r"[\s\p{C}\p{Pc}\p{Pd}\p{Pi}\p{Pf}\p{Po}]", "")
    bare = pl.when(bare == "").then(plain.str.strip_chars()).otherwise(bare)
    return pl.when(bare != "").then(bare)


def city_key(city: pl.Expr) -> pl.Expr:
    """A city in one spelling: width, case, outer spaces and a closing 市 taken away; null where blank.

    >>> pl.DataFrame({"city": ["临海市", "临海 ", ""]}).select(city_key(pl.col("city")))["city"].to_list()
    ['临海', '临海', None]
    """
    plain = city.str.normalize("NFKC").str.to_lowercase().str.strip_chars()
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
