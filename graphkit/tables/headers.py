"""What a header of a file means for a table: the known spellings of ``data/reference/headers.csv``."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import polars as pl

from graphkit.tables.inputs import Table
from graphkit.tables.reference import reference_csv

PARTS = {
    "uscc": (
        "uscc",
        "统一社会信用代码",
        "社会信用代码",
        "信用代码",
        "统一编码",
        "纳税人识别号",
        "识别号",
        "税号",
        "组织机构代码",
        "身份证明号码",
        "身份证号码",
        "身份证号",
        "证件号码",
        "证件号",
    ),
    "id": ("id", "code", "编号", "代码", "编码", "标识", "tax id", "tax no", "tax number"),
    "name": ("name", "名称", "姓名", "户名", "全称"),
    "city": ("city", "城市", "所在城市", "ort", "wohnort", "город"),
}
"""What may follow the word for a party, and what it then says of it."""
BESIDE: Mapping[str, tuple[str, ...]] = {
    "parties": (
        "legal_representative_id",
        "head_id",
        "head_office",
        "director_id",
        "supervisor_id",
        "manager_id",
        "shareholder_id",
        "shareholder_share",
    ),
    "ownership": ("company_id", "company_uscc"),
    "sales": ("dealer_id", "km", "row_status"),
    "policies": ("km", "row_status"),
    "registrations": ("km",),
    "exports": ("goods", "km", "row_status"),
    "claims": ("row_status",),
    "payments": ("counterparty_id", "account_holder_id", "paid_out", "paid_in", "direction", "row_status"),
}
"""What the headers of a table may say that is no column of it: what another table holds, or how a row is read."""
RUNNING = frozenset(
    (
        *("序号", "行号", "顺序号", "no", "seq", "seqno", "sequenceno", "line", "lineno", "row", "rowno", "rownum"),
        *("rownumber", "sn", "lfdnr", "lfdno", "nr", "pos", "пп", "noпп", "nпп"),
    )
)
"""Headers of a running row number, which says nothing of a row and differs between two extracts."""
_REMARK = re.compile(r"\(([^)]*)\)|\[([^\]]*)\]")
_UNIT_BEHIND = re.compile(
    r"(?:\s*[,:/_]\s*|\s+(?:in |в )?|(?<=[价额款值金本程])(?=[万千]?[元公]))"
    r"(%|percent|pct|(?:тыс\.? ?)?км|km|mi|miles|[万千]?公里|[万千]?元|[kt]?eur|t€|usd|cny|rmb|gbp|шт\.?"
    r"|(?:тыс\.? ?|млн\.? ?)?руб(?:лей|\.)?|(?:тыс|млн)\.?)\s*$"
)
"""A unit at the end of a header, behind a sign or, as in 成交价万元, behind the word for money or a distance."""


@dataclass(frozen=True)
class Meaning:
    """What a header means: a column, companion or field of ``BESIDE``.

    Of several headers for one field the lowest ``rank`` is meant. A ``part`` is one more piece of a key. ``how`` says
    of a party's header that it is ``bare`` (an id or a name) or a ``code`` (an id or a social credit code).
    """

    field: str
    rank: int = 1
    part: bool = False
    how: str = ""


def plain(text: str) -> str:
    """A header in one width and case, its white space as single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def remark(text: str) -> str:
    """What a header says in brackets or as a unit at its end; empty where nothing.

    >>> remark("价格（万元）"), remark("Пробег, км"), remark("price")
    ('万元', 'км', '')
    """
    bare = plain(text)
    inside = ["".join(found) for found in _REMARK.findall(bare)]
    behind = _UNIT_BEHIND.search(_REMARK.sub("", bare))
    return " ".join([*inside, *([behind[1]] if behind else [])])


def key(text: str) -> str:
    """A header in its bare spelling: one case and width, without spaces, signs, or a remark in brackets.

    >>> key("车架号 （VIN）"), key("Read_On")
    ('车架号', 'readon')
    """
    return re.sub(r"[\W_]+", "", _REMARK.sub("", plain(text)))


def is_running_number(text: str) -> bool:
    """Whether a header names a running row number.

    >>> is_running_number("序号"), is_running_number("№ п/п"), is_running_number("Policy No.")
    (True, True, False)
    """
    return key(text) in RUNNING or not key(text)


@lru_cache(maxsize=8192)
def meaning_of(table: Table, text: str) -> Meaning | None:
    """What a header means for a table: by its name, else with its remark, else by a part of it between slashes.

    One that names both sides of a payment (payer/payee) names the other side of an account.

    >>> from graphkit.tables.inputs import TABLES
    >>> meaning_of(TABLES["odometer"], "车辆识别代号/车架号码"), meaning_of(TABLES["odometer"], "序号")
    (Meaning(field='vin', rank=1, part=False, how=''), None)
    """
    known = meanings(table)
    if text in table.columns or text in table.companions:
        # before every synonym that stands beside it
        return Meaning(text, rank=0)
    if is_running_number(text):
        return None
    bare = plain(text)
    named = _REMARK.sub("", bare)
    whole = [text, _UNIT_BEHIND.sub("", named), re.sub(r"[()\[\]]", " ", bare)]
    parts = re.split(r"[/、|]|或", named)
    remarks = ["".join(found) for found in _REMARK.findall(bare)]
    found = [known[key(spelling)] for spelling in (*whole, *parts, *remarks) if key(spelling) in known]
    in_parts = {meaning.field for part in parts if (meaning := known.get(key(part)))}
    if not any(key(spelling) in known for spelling in whole) and {"payer_id", "payee_id"} <= in_parts:
        return known[key("counterparty")]
    return found[0] if found else None


@cache
def meanings(table: Table) -> Mapping[str, Meaning]:
    """Every known header of a table in its bare spelling → what it means."""
    synonyms = reference_csv("headers").filter(pl.col("table").is_in(["*", table.name])).sort("table")
    beside = BESIDE.get(table.name, ())
    parties = (*table.parties, *(field for field in beside if field.endswith("_id")))
    known: dict[str, Meaning] = {}
    combined: dict[str, Meaning] = {}
    for field, text, rank in synonyms.select("field", "header", "rank").rows():
        if field in parties:
            named = _party_header(field, text, _rank(rank))
            known[key(text)] = named
            if named.how == "bare":
                combined = _with_parts(field, text, _rank(rank)) | combined
        elif field in table.columns or field in table.companions or field in beside:
            known[key(text)] = Meaning(field, _rank(rank), part=rank == "part")
    for field in parties:
        stem = field.removesuffix("_id").replace("_", " ")
        known.setdefault(key(stem), Meaning(field, how="bare"))
        combined = _with_parts(field, stem, 1) | combined
    exact = {key(name): Meaning(name) for name in (*table.companions, *table.columns)}
    # a column called owner_id holds ids; one called Owner ID may hold the number of an identity card
    exact |= {key(name): Meaning(name, how="code") for name in table.parties}
    return combined | known | exact


def _rank(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 1


def _party_header(field: str, text: str, rank: int) -> Meaning:
    explicit = next((part for part, words in PARTS.items() if text.endswith(words[1:])), None)
    if explicit is None:
        return Meaning(field, rank, how="bare")
    return Meaning(field, rank, how="code") if explicit == "id" else Meaning(_companion(field, explicit), rank)


def _with_parts(field: str, text: str, rank: int) -> dict[str, Meaning]:
    return {
        key(f"{text} {word}"): Meaning(field, rank, how="code")
        if part == "id"
        else Meaning(_companion(field, part), rank)
        for part, words in PARTS.items()
        for word in words
    }


def _companion(field: str, part: str) -> str:
    return f"{field.removesuffix('_id')}_{part}"
