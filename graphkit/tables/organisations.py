"""The full names of organisations in a text: they end in a legal form (Russian ones begin with it)."""

import re
from functools import cache

from graphkit.tables.reference import reference_csv

_PLACEHOLDER = re.compile(r"某|×|[xX]{2}|示意|\*")
"""What stands in the place of a name that is not told."""
_OF_A_LIST = re.compile(
    r"明细|清单|台账|报表|月报|日报|统计|汇总|一览|登记表|记录|名单|流水|对账单|查询|结果|关于|导出|来源"
    r"|^(?:零售|批发|终端|整车|年度|月度|季度|下属|所属)|\d{4}年"
    r"|\b(?:report|list|statement|register|export|ledger|journal|extract|overview|of|for|from|by|to|and"
    r"|bericht|liste|auszug|übersicht|von|für|der|und|от|отчет|отчёт|список|реестр|выписка|по|за|для|и)\b",
    re.I,
)
"""What a title says of its list: where it cannot be told from the name, the name is not read."""
_BEGINS_A_LIST = re.compile(
    r"(?:retail|wholesale|sales|polic(?:y|ies)|invoices?|exports?|stock|demo|used|new|annual|monthly|total|summary)\b",
    re.I,
)
_SMALL_WORD = re.compile(r"(?<![\w'’.&-])(?!co\b|ltd\b|plc\b|inc\b|de\b|la\b)[a-zäöüßа-яё]{3,}")
"""A word that no name of a firm is written with: one in small letters."""
_BETWEEN = re.compile(
    r"\s+(?=\d)|\s[-–—|]+\s|——+|[;:：；。|\n]|(?<=司)\s+|[（(](?=\s*\d)|[、，]"
    r"|,(?!\s*(?:ltd|limited|inc|incorporated|llc|llp|plc|corp|s\.|gmbh|co)\b)",
    re.I,
)
_MONTH = r"\d{1,2}\s*月份?|第?[一二三四1-4]季度|[上下]半年|\d{1,2}[-/.]?"
_DAY = rf"\d{{4}}(?:\s*年度?|[-/.])?(?:\s*(?:{_MONTH})(?:\d{{1,2}}日?)?)?"
_YEAR = re.compile(rf"^[\s(（]*(?:{_DAY}[\s至到~～\-—()（）]*)*")
"""A year, a month or days before a name; no more than that, for names begin with 上海, 四川 or 一 too."""


def is_organisation(name: str) -> bool:
    """Whether a text is the full name of one organisation, or of a branch of one, and nothing else.

    >>> [is_organisation(name) for name in ("示例江海汽车销售有限公司苏州分公司", "Sample Cars GmbH", "示例甲")]
    [True, True, False]
    """
    bare = name.strip()
    return organisations_in(bare) == [bare]


def organisations_in(text: str) -> list[str]:
    """The full names of organisations in a title, each once, in their order; none where a name has no clear ends.

    >>> organisations_in("整车零售明细 —— 示例江海汽车销售有限公司（2024-01-01 至 2024-12-31）")
    ['示例江海汽车销售有限公司']
    >>> organisations_in("Sales report 2024 - Sample Motors Co., Ltd.")
    ['Sample Motors Co., Ltd.']
    """
    found: list[str] = []
    for piece in _BETWEEN.split(text):
        bare = _YEAR.sub("", piece).strip()
        found += _chinese(bare) if re.search(r"[一-鿿]", bare) else _western(bare)
    return list(dict.fromkeys(found))


def _chinese(text: str) -> list[str]:
    names = []
    for part in text.split():
        for told in re.finditer(
            rf".+?(?:{_han_forms()})(?:(?<=合伙)[）)])?(?:[^\s（(]{{0,12}}?(?:{_branches()}))*", part
        ):
            names.append(told[0])
    bad = any(_PLACEHOLDER.search(name) or _OF_A_LIST.search(name) or len(name) < 6 for name in names)
    return [] if bad else names


def _western(text: str) -> list[str]:
    name = text.strip(" .,;-–—\"'") + ("." if text.rstrip().endswith(".") else "")
    is_one = re.search(rf"[\s,.](?:{_word_forms('Latin')})\.?$", name, re.I) or re.match(
        rf"(?:{_word_forms('Cyrillic')})\s*[«\"“]?\w", name
    )
    is_named = re.search(r"[^\W\d_]{3}", name) and name[:1].isupper() and not _BEGINS_A_LIST.match(name)
    is_named = is_named and not _SMALL_WORD.search(name)
    return [name] if is_one and is_named and not _OF_A_LIST.search(name) and not _PLACEHOLDER.search(name) else []


@cache
def _han_forms() -> str:
    forms = reference_csv("company_suffixes")
    # 公司 alone may end 保险公司 or 各公司, which name nobody
    named = forms.filter((forms["script"] == "Han") & forms["form"].is_not_null() & (forms["suffix"] != "公司"))
    return "|".join(sorted(map(re.escape, named["suffix"]), key=lambda text: (-len(text), text)))


@cache
def _branches() -> str:
    branches = reference_csv("branch_suffixes")
    own = branches.filter(branches["script"] == "Han")["suffix"].to_list()
    return "|".join(map(re.escape, [*own, "支公司", "服务部"]))


@cache
def _word_forms(script: str) -> str:
    forms = reference_csv("company_suffixes")
    named = forms.filter((forms["script"] == script) & forms["form"].is_not_null())["suffix"]
    return "|".join(re.escape(form).replace(r"\.", r"\.?") for form in named)
