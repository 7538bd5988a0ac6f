"""One reading of a file's header → the tables that its rows feed, each with its columns.

A company list holds offices and holdings too, a list with kilometres holds readings, a statement of one account holds
what was paid and what was received, and a row with two policy numbers holds two policies.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphkit.tables.header_reading import File, Reading, read_headers
from graphkit.tables.headers import plain
from graphkit.tables.inputs import TABLES

FILLED, NEGATIVE, POSITIVE = "filled", "negative", "positive"
"""Which rows a part is of: those whose cell holds something other than zero, or a number of that sign."""

_OFFICES = ("legal_representative", "director", "supervisor", "manager")
_OUT = frozenset(
    (
        *("借", "借方", "支出", "支", "付", "付款", "付出", "转出", "出", "出账", "d", "dr", "debit", "dbit", "out"),
        *("s", "soll", "дебет", "д", "расход", "списание", "-"),
    )
)
_IN = frozenset(
    (
        *("贷", "贷方", "收入", "收", "收款", "转入", "入", "入账", "进", "来账", "c", "cr", "credit", "crdt", "in"),
        *("h", "haben", "кредит", "к", "приход", "зачисление", "+"),
    )
)
"""The words of statements for money that leaves an account, and for money that comes in."""
_GROUPS = {"compulsory": re.compile(r"交强险?"), "voluntary": re.compile(r"商业险|商险")}
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = re.compile(
    r"(?P<y5>(?:19|20)\d\d)(?P<m5>0[1-9]|1[0-2])"
    r"|(?:(?P<y1>(?:19|20)\d\d)\s*[年./-]?\s*)?(?P<m1>1[0-2]|0?[1-9])\s*月(?:份|销量|台数)?"
    r"|(?P<y2>(?:19|20)\d\d)\s*[./-]\s*(?P<m2>1[0-2]|0?[1-9])"
    r"|(?P<m3>1[0-2]|0?[1-9])\s*[./-]\s*(?P<y3>(?:19|20)\d\d)"
    rf"|(?P<m4>{'|'.join(_MONTHS)})[a-z]*[ .'/-]*(?P<y4>(?:19|20)?\d\d)?"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


@dataclass(frozen=True)
class Part:
    """A table that a file feeds: header → column, what else is known of all its rows, and which rows are of it."""

    table: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def parts_of(reading: Reading, file: File) -> list[Part]:
    """The parts of a file that is mainly of one table, that table first."""
    main = Part(reading.table.name, reading.columns, doubts=reading.doubts)
    if reading.table.name == "payments":
        return _payments(reading, file)
    if reading.table.name == "policies":
        mains = _policies(main, file)
    elif reading.table.name == "reported_counts":
        mains = _by_month(main, file)
    else:
        mains = [main]
    return [*mains, *_holdings(reading), *_offices(reading), *_readings_of_km(reading)]


def _holdings(reading: Reading) -> list[Part]:
    owner = reading.header_of("shareholder_name") or reading.header_of("shareholder_id")
    company = _company_of(reading, "owned")
    if owner is None or company is None:
        return []
    share = reading.header_of("shareholder_share")
    return [Part("ownership", company | {owner: "owner_name"} | ({share: "share"} if share else {}))]


def _offices(reading: Reading) -> list[Part]:
    company = _company_of(reading, "company")
    if company is None:
        return []
    parts = []
    for office in _OFFICES:
        person = reading.header_of(f"{office}_name")
        if person:
            parts.append(Part("positions", company | {person: "person_name"}, {"position": office}))
    head, office_of_head = reading.header_of("head_name"), reading.header_of("head_office")
    if head and office_of_head:
        parts.append(Part("positions", company | {head: "person_name", office_of_head: "position"}))
    elif head:
        parts.append(Part("positions", company | {head: "person_name"}, {"position": "legal_representative"}))
    return parts


def _company_of(reading: Reading, role: str) -> dict[str, str] | None:
    """The columns of a company list that say which company an office or a holding is of."""
    if reading.table.name != "parties" or reading.header_of("name") is None:
        return None
    named = {"party_id": f"{role}_id", "name": f"{role}_name", "uscc": f"{role}_uscc", "city": f"{role}_city"}
    return {text: named[column] for text, column in reading.columns.items() if column in named}


def _readings_of_km(reading: Reading) -> list[Part]:
    table, km = reading.table, reading.header_of("km")
    vin, day = reading.header_of("vin"), reading.header_of(table.dated or "")
    if table.name == "odometer" or km is None or vin is None or day is None:
        return []
    return [Part("odometer", {vin: "vin", day: "read_on", km: "km"})]


def _policies(main: Part, file: File) -> list[Part]:
    """A part for each kind of policy that has headers of its own (交强险保单号, 商业险保单号)."""
    own = {kind: [text for text in file.texts if word.search(plain(text))] for kind, word in _GROUPS.items()}
    parts = []
    for kind, texts in own.items():
        bare = {_GROUPS[kind].sub("", text): text for text in texts}
        renamed = File(
            [text if text not in texts else _GROUPS[kind].sub("", text) for text in file.header], file.sample
        )
        named = read_headers(TABLES["policies"], renamed, bare).columns
        if "policy_id" in named.values():
            of_kind = {bare[text]: column for text, column in named.items()}
            all_kinds = {text for texts in own.values() for text in texts}
            shared = {
                text: column
                for text, column in main.columns.items()
                if text not in all_kinds and column not in of_kind.values() and column not in ("policy_id", "kind")
            }
            columns = {text: (shared | of_kind)[text] for text in file.header if text in shared or text in of_kind}
            number = next(text for text, column in of_kind.items() if column == "policy_id")
            parts.append(Part("policies", columns, {"kind": kind}, {number: FILLED}, main.doubts))
    if len(parts) == 1:
        return [Part(parts[0].table, parts[0].columns, parts[0].constants, doubts=main.doubts)]
    return parts or [main]


def _payments(reading: Reading, file: File) -> list[Part]:
    columns, doubts = dict(reading.columns), list(reading.doubts)
    if "paid_on" not in columns.values():
        columns = {text: "paid_on" if column == "paid_at" else column for text, column in columns.items()}
    paid_out, paid_in = reading.header_of("paid_out"), reading.header_of("paid_in")
    other, holder = reading.header_of("counterparty_name"), reading.header_of("account_holder_name")
    has_sides = any(column.startswith(("payer_", "payee_")) for column in columns.values())
    rows: list[tuple[str, str, str, str]] = []
    amount = next((text for text, column in columns.items() if column == "amount"), None)
    if paid_out and paid_in:
        columns = {text: column for text, column in columns.items() if column != "amount"}
        rows = [(paid_out, paid_out, FILLED, "payer"), (paid_in, paid_in, FILLED, "payee")]
    elif amount and other and not has_sides:
        direction = reading.header_of("direction")
        words = _words_of(file.values(direction)) if direction else None
        if direction and words:
            rows = [(amount, direction, words[0], "payer"), (amount, direction, words[1], "payee")]
        else:
            rows = [(amount, amount, NEGATIVE, "payer"), (amount, amount, POSITIVE, "payee")]
            doubts += [] if _has_negatives(file.values(amount)) else ["direction"]
    if amount and has_sides and not rows and _has_negatives(file.values(amount)):
        # both sides are named: less than nothing may be paid back, or paid out
        doubts.append("direction")
    if not rows:
        return [Part("payments", columns, doubts=tuple(doubts))]
    parts = []
    for number, header, value, ours in rows:
        theirs = "payee" if ours == "payer" else "payer"
        sides = {} if has_sides else {other: f"{theirs}_name", holder: f"{ours}_name"}
        mapped = columns | {number: "amount"} | {text: side for text, side in sides.items() if text}
        in_order = {text: mapped[text] for text in file.header if text in mapped}
        parts.append(Part("payments", in_order, {}, {header: value}, tuple(doubts)))
    return parts


def _has_negatives(cells: Sequence[str]) -> bool:
    return any(cell.startswith(("-", "−", "(")) or cell.endswith("-") for cell in cells)


def _words_of(cells: Sequence[str]) -> tuple[str, str] | None:
    """The file's word for money that leaves the account, and for money that comes in."""
    found = dict.fromkeys(cells)
    out = [word for word in found if plain(word) in _OUT]
    into = [word for word in found if plain(word) in _IN]
    return (out[0], into[0]) if (len(out), len(into), len(found)) == (1, 1, 2) else None


def _by_month(main: Part, file: File) -> list[Part]:
    """A part a month of a cross-table whose months are columns."""
    months = {text: month for text in file.texts if text not in main.columns and (month := _month(text, file))}
    if len(months) < 2 or "period" in main.columns.values():
        return [main]
    columns = {text: column for text, column in main.columns.items() if column != "units"}
    doubts = main.doubts + ("period",) * any(month.startswith("-") for month in months.values())
    return [
        Part(main.table, columns | {text: "units"}, {"period": month}, doubts=doubts) for text, month in months.items()
    ]


def _month(text: str, file: File) -> str | None:
    """The month that a header names, of the year that it, else the file's name, else its title names; ``-01`` without
    a year."""
    found = _MONTH.fullmatch(plain(text))
    if found is None:
        return None
    said = {part: value for part, value in found.groupdict().items() if value}
    month = next(value for part, value in said.items() if part.startswith("m"))
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    year = next((value for part, value in said.items() if part.startswith("y")), None)
    if year is None:
        named = (set(_YEAR.findall(text)) for text in (f"{file.name} {file.sheet}", " ".join(file.titles)))
        of_file = next((years for years in named if years), set())
        year = of_file.pop() if len(of_file) == 1 else ""
    return f"{'20' if len(year) == 2 else ''}{year}-{number:02d}"
