"""The party and the currency that a whole file has in common, from what it states outside its table; never a guess."""

import re
from collections.abc import Collection, Mapping, Sequence

from graphkit.tables.inputs import TABLES
from graphkit.tables.organisations import is_organisation, organisations_in
from graphkit.tables.sheet_facts import Said, SheetFacts
from graphkit.tables.stated_constants import CURRENCIES

LABELS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("sales", "seller"): ("seller", "dealer", "reporter"),
    ("policies", "insurer"): ("insurer", "reporter"),
    ("payments", "payer"): ("account_holder",),
    ("payments", "payee"): ("account_holder",),
    ("reported_counts", "reporter"): ("reporter",),
    ("listings", "vendor"): ("dealer", "seller", "reporter"),
    ("exports", "exporter"): ("exporter", "reporter"),
    ("declared_stock", "holder"): ("dealer", "reporter"),
    ("claims", "claimant"): ("claimant", "reporter"),
    ("vehicles", "manufacturer"): ("manufacturer",),
    ("ownership", "owned"): ("company",),
    ("positions", "company"): ("company",),
}
"""Which labels say who a party of a table is."""
TITLED = ("seller", "insurer", "reporter", "vendor", "exporter", "holder", "claimant", "owned", "company")
"""Parties whose own lists bear their name; a statement of an account bears its bank's, a list of cars its user's."""

_INSURER = re.compile(r"保险|财险|产险|insur|assurance|versicherung|страх", re.I)
_SHORT_INSURER = re.compile(r"^[一-鿿]{2,12}(?:保险|财险|产险|车险)$")
_PERSON = re.compile(r"[一-鿿]{2,4}|[^\W\d_]\S*(?:\s[^\W\d_]\S*){1,3}")
_BOUGHT = re.compile(r"采购|购入|进货|收购|收车|回购|置换|purchas|bought|einkauf|ankauf|закуп", re.I)
"""What a list is called whose organisation did not sell, but bought."""
_ANOTHER_HAND = re.compile(
    r"导出|提供|来源|出具|编制|制表|制作|审计|委托|平台|系统|协会|会计师|律师|银行|拍卖|交易市场|报关行"
    r"|exported|provided|source|prepared|audit|platform|bank\b|association|auction"
    r"|erstellt|quelle|источник|подготовлен|банк",
    re.I,
)
"""What a title says where its organisation may only have made the list for somebody."""
_OF_DEALERS = re.compile(r"经销商|dealer|händler|дилер", re.I)


def with_outside(
    table: str,
    mapped: Collection[str],
    constants: Mapping[str, str],
    stated: Mapping[str, str],
    facts: SheetFacts,
    names: Collection[str] = (),
) -> tuple[dict[str, str], dict[str, str]]:
    """Constants of a file with what stands outside its table where they are empty, and where each was read.

    ``names`` are what the file and its sheet are called.

    >>> facts = SheetFacts({"currency": (Said("人民币", 3),)})
    >>> with_outside("payments", ["amount"], {"payer_name": ""}, {}, facts)
    ({'payer_name': '', 'currency': 'CNY'}, {'currency': 'line 3'})
    """
    filled, places = dict(constants), dict(stated)
    lacking = [name for name, value in constants.items() if name.endswith("_name") and not value]
    said = {name: party_said(table, name.removesuffix("_name"), facts, constants, lacking, names) for name in lacking}
    if "currency" in TABLES[table].columns and "currency" not in mapped and not constants.get("currency"):
        said["currency"] = currency_said(facts)
    for name, told in said.items():
        if told:
            filled[name], places[name] = told.text, told.place
    return filled, places


def party_said(
    table: str,
    role: str,
    facts: SheetFacts,
    constants: Mapping[str, str],
    lacking: Collection[str],
    names: Collection[str] = (),
) -> Said | None:
    """Who a party of a file is: one label says it, or else one title does and no other party is ``lacking``.

    None where nothing says it, where two organisations are named, or where what is named is none.

    >>> facts = SheetFacts({"account_holder": (Said("示例江海汽车销售有限公司", 2),)})
    >>> party_said("payments", "payer", facts, {}, ["payer_name"]).place
    'line 2'
    """
    labels = LABELS.get((table, role), ())
    kind = constants.get("kind", "")
    labels = tuple(says for says in labels if not (says == "dealer" and role == "seller" and kind == "wholesale"))
    # who reports cars that it bought, or those of its dealers, did not sell them
    of_others = role == "seller" and any(
        _BOUGHT.search(text) or (kind != "wholesale" and _OF_DEALERS.search(text))
        for text in (*names, *(title.text for title in facts.titles))
    )
    for says in labels:
        told = [one for one in facts.labelled.get(says, ()) if not _is_unit(one, facts)]
        if told and says == "reporter" and of_others:
            return None
        if told:
            return _only(told) if all(_may_be(one.text, role) for one in told) else None
    if role not in TITLED or len(lacking) > 1 or of_others:
        return None
    named = [Said(name, title.line) for title in facts.titles for name in organisations_in(title.text)]
    if not named or any(_ANOTHER_HAND.search(title.text) for title in facts.titles):
        return None
    return _only(named) if all(_may_be(one.text, role) for one in named) else None


def currency_said(facts: SheetFacts) -> Said | None:
    """The code of the one currency that the lines outside a table state."""
    told = [*facts.labelled.get("currency", ()), *facts.labelled.get("unit", ())]
    found = [
        Said(code, one.line) for one in told for code, word in CURRENCIES.items() if re.search(word, one.text.lower())
    ]
    return _only(found)


def _only(told: Sequence[Said]) -> Said | None:
    """The first of some statements that all say the same."""
    return told[0] if told and len({one.text for one in told}) == 1 else None


def _is_unit(one: Said, facts: SheetFacts) -> bool:
    # 单位 is followed by who reports or by a unit, and says the one or the other
    return one in facts.labelled.get("unit", ()) and not is_organisation(one.text)


def _may_be(name: str, role: str) -> bool:
    if role == "insurer":
        return bool(_SHORT_INSURER.match(name)) or (is_organisation(name) and bool(_INSURER.search(name)))
    if role in ("payer", "payee"):
        return is_organisation(name) or bool(_PERSON.fullmatch(name))
    return is_organisation(name)
