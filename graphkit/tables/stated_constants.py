"""What all rows of a file have in common and no column says: read from its name and headers, else left to its user."""

import re
from collections.abc import Collection, Iterable, Mapping

from graphkit.tables.headers import plain
from graphkit.tables.inputs import Table

DERIVED: Mapping[str, tuple[str, ...]] = {
    "parties": ("party_id", "kind"),
    "sales": ("sale_id", "kind"),
    "policies": ("policy_id",),
    "registrations": ("registration_id",),
    "listings": ("listing_id",),
    "exports": ("export_id",),
    "claims": ("claim_id",),
    "payments": ("payment_id",),
}
"""Required columns that exports never have: an import derives them."""
OF_A_FILE: Mapping[str, tuple[str, ...]] = {
    "ownership": ("owned_id",),
    "positions": ("company_id", "position"),
    "vehicles": ("manufacturer_id",),
    "sales": ("seller_id", "kind"),
    "policies": ("insurer_id",),
    "registrations": ("city",),
    "listings": ("vendor_id",),
    "exports": ("exporter_id", "declared_as", "destination"),
    "foreign_registrations": ("country",),
    "claims": ("claimant_id", "kind"),
    "declared_stock": ("holder_id", "status"),
    "payments": (),
    "reported_counts": ("reporter_id", "series"),
}
"""Columns that may hold one value for a whole file, so that its user can say it."""
_ONE_SIDE = {"sales": ("buyer_id",), "payments": ("payer_id", "payee_id")}
"""Parties that may be one for a whole file where the other side stands in a column."""

_SAID = {
    ("sales", "kind"): {
        "wholesale": r"批发|wholesale|großhandel|\bопт",
        # a 机动车销售统一发票 is issued where a new motor vehicle is sold at retail (国税函〔2006〕479号)
        "retail": r"零售|终端|(?<!旧)机动车销售统一发票|\bretail",
        "resale": r"二手|旧机动车|\bused\b|gebraucht|б/у",
        # a file of new cars may be of either kind, but is not of used ones alone
        "": r"新车|\bnew cars?\b|neuwagen",
    },
    ("policies", "kind"): {
        "compulsory": r"交强|осаго|compulsory|third.party liability|haftpflicht",
        "voluntary": r"商业险|商业保险|каско|voluntary|comprehensive",
    },
    ("registrations", "event"): {"transfer": r"过户|转移登记|转移日期|\btransfers?\b|umschreibung|перерегистрац"},
    ("exports", "declared_as"): {"used": r"二手|旧车|\bused\b|gebraucht|б/у", "new": r"新车|\bnew (?:car|vehicle)s?\b"},
    ("declared_stock", "status"): {
        "demo": r"试驾|试乘|\bdemo|test.drive|vorführ|тест",
        "display": r"展车|展示|\bdisplay|ausstellung|выставоч",
        "loaner": r"代步|\bloaner|courtesy|подменн",
    },
    ("reported_counts", "series"): {
        "insured": r"上险|交强险|\binsured",
        "wholesale": r"批发|wholesale",
        "retail": r"零售|终端|\bretail",
        "plated": r"上牌|\bplated|registrations|zulassung",
        "exported": r"出口|\bexport",
    },
}
CURRENCIES = {
    # 元 of the mainland, in whose characters it stands; what an invoice of its tax offices sums up is in it by law
    "CNY": (
        r"\bcny\b|\brmb\b|人民币|^(?!.*(?:[a-z]{3}|[$€£₽]|美|港|欧|日)).*(?:价税合计|车价合计)"
        r"|^(?!.*[價萬額幣圓]).*(?<![美港日欧英韩澳加新台])元"
    ),
    "USD": r"\busd\b|us\$|美元|美金",
    "EUR": r"\beur\b|€|欧元",
    "GBP": r"\bgbp\b|£",
    "HKD": r"\bhkd\b|港元|港币",
    "RUB": r"\brub\b|руб|₽",
    "JPY": r"\bjpy\b|日元",
}
"""The codes of currencies, and the words by which a header or a note means them."""


def required(table: Table, mapped: Collection[str]) -> list[str]:
    """The required columns of a table that an import does not derive; a party's may stand as a name.

    >>> from graphkit.tables.inputs import TABLES
    >>> required(TABLES["sales"], ["vin", "buyer_name"])
    ['vin', 'buyer_name', 'seller_id', 'invoiced_on']
    """
    names = [name for name in table.required if name not in DERIVED.get(table.name, ())]
    by_name = {name: f"{name.removesuffix('_id')}_name" for name in names if name in table.parties}
    held = [mapped_as for name in names for mapped_as in (name, by_name.get(name, name)) if mapped_as in mapped]
    missing = [name for name in names if name not in mapped and by_name.get(name) not in mapped]
    return [*dict.fromkeys(held), *missing]


def lacking(table: Table, mapped: Collection[str]) -> list[str]:
    """The columns that a table needs from a file and that neither are mapped nor may hold for the whole file.

    >>> from graphkit.tables.inputs import TABLES
    >>> lacking(TABLES["policies"], ["vin", "insured_name"])
    ['starts_on']
    """
    allowed = _of_a_file(table, mapped)
    return [name for name in required(table, mapped) if name not in mapped and name not in allowed]


def constants(table: Table, mapped: Collection[str], said: Iterable[str], amounts: Iterable[str]) -> dict[str, str]:
    """The columns that one value fills for the whole file, each with what ``said`` states of it or with nothing.

    ``said`` are the file's name and headers, ``amounts`` the headers of its money.

    >>> from graphkit.tables.inputs import TABLES
    >>> constants(TABLES["sales"], ["vin", "buyer_name"], ["批发台账2024.xlsx"], ["价格(USD)"])
    {'seller_name': '', 'kind': 'wholesale', 'currency': 'USD'}
    """
    texts = [plain(text).replace("_", " ") for text in said]
    filled: dict[str, str] = {}
    for name in _of_a_file(table, mapped):
        column = f"{name.removesuffix('_id')}_name" if name in table.parties else name
        if name not in mapped and column not in mapped:
            filled[column] = _only(_SAID.get((table.name, name), {}), texts)
    for (name, column), words in _SAID.items():
        stated = _only(words, texts)
        if name == table.name and column not in mapped and stated:
            filled[column] = stated
    if "currency" in table.columns and "currency" not in mapped:
        currency = _only(CURRENCIES, [plain(text) for text in amounts])
        filled |= {"currency": currency} if currency else {}
    return filled


def place_of(table: Table, column: str, value: str, said: Mapping[str, str]) -> str:
    """Where it is said that a constant has this value: the places of the texts (text → place) that say so.

    >>> from graphkit.tables.inputs import TABLES
    >>> place_of(TABLES["sales"], "kind", "wholesale", {"批发台账2024.xlsx": "the file's name", "经销商": "a header"})
    "the file's name"
    """
    words = CURRENCIES if column == "currency" else _SAID.get((table.name, column), {})
    pattern = words.get(value)
    plain_texts = {text: plain(text).replace("_", " ") for text in said}
    held = (said[text] for text, bare in plain_texts.items() if value and pattern and re.search(pattern, bare))
    return " and ".join(dict.fromkeys(held))


def _of_a_file(table: Table, mapped: Collection[str]) -> list[str]:
    names = list(OF_A_FILE.get(table.name, ()))
    sides = [name for name in table.parties if name in mapped or f"{name.removesuffix('_id')}_name" in mapped]
    return names + [name for name in _ONE_SIDE.get(table.name, ()) if any(side != name for side in sides)]


def _only(words: Mapping[str, str], texts: Iterable[str]) -> str:
    """The one word that the texts state; nothing where they state none, or several."""
    held = list(texts)
    found = [word for word, pattern in words.items() if any(re.search(pattern, text) for text in held)]
    return found[0] if len(found) == 1 else ""
