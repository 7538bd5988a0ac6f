"""A file's rows → the text cells of a table: columns by name, keys joined, units and dates in one form.

Nothing is read here: numbers and dates only get the form that every column is read in.
"""

from collections.abc import Collection, Mapping, Sequence

import dataframely as dy
import polars as pl

from graphkit.tables.cells import of_distinct, one_spelling, to_half_width, trimmed, without_text_mark
from graphkit.tables.column_units import is_money
from graphkit.tables.decimal_commas import with_points
from graphkit.tables.inputs import Table
from graphkit.tables.nothing import without_nothing
from graphkit.tables.own_units import own_amounts
from graphkit.tables.parsing import currency
from graphkit.tables.sheet_faults import is_error, is_rounded

FACTORS = {"thousand": 1_000, "ten_thousand": 10_000, "million": 1_000_000}
"""By what the numbers of a column are multiplied whose header names such a unit."""
KM_PER_MILE = 1.609344
DATE_ORDERS = ("dmy", "mdy")

_NUMBER = r"^[+-]?(?:\d{1,3}(?:,\d{3})+|\d{1,12})?(?:\.\d{1,8})?$"
_YEAR_LAST = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})(\D.*)?$"
_SHORT_YEAR_LAST = r"^(\d{1,2})[./-](\d{1,2})[./-](\d{2})(\D.*)?$"
_OFFICE = (
    r"^(?:\p{Han}{2,6}省|内蒙古自治区|广西壮族自治区|西藏自治区|宁夏回族自治区|新疆维吾尔自治区)?"
    r"(\p{Han}{2,8}?(?:市|自治州|地区|盟))\p{Han}*(?:局|队|所|中心|分公司|支公司|营业部)$"
)
_MONTHS = (
    "jan january januar jän jänner янв январь января",
    "feb february februar фев февр февраль февраля",
    "mar march märz mär mrz мар март марта",
    "apr april апр апрель апреля",
    "may mai май мая",
    "jun june juni июн июнь июня",
    "jul july juli июл июль июля",
    "aug august авг август августа",
    "sep sept september сен сент сентябрь сентября",
    "oct october okt oktober окт октябрь октября",
    "nov november ноя нояб ноябрь ноября",
    "dec december dez dezember дек декабрь декабря",
)
_NUMBER_OF = {word: str(number) for number, words in enumerate(_MONTHS, start=1) for word in words.split()}
_DAY_MONTH = r"(?i)^(\d{1,2})(?:st|nd|rd|th)?[ .,-]{1,2}([a-zäа-я]{3,})\.?[ ,.-]{1,2}(\d{4})(\D.*)?$"
_MONTH_DAY = r"(?i)^([a-zäа-я]{3,})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})(\D.*)?$"
_OF_THE_YEAR = r"^\s*г(?:\.|ода)?(?:,?\s+|$)"
"""What Russian dates write after the year."""


def shaped(
    rows: pl.DataFrame,
    header: Sequence[str],
    table: Table,
    columns: Mapping[str, str],
    units: Mapping[str, str],
    constants: Mapping[str, str],
    date_order: str | None,
    signless: Collection[str] = (),
) -> pl.DataFrame:
    """The cells of a table's fields as text, empty ones null, and ``line``; ``rows`` has columns by position.

    Several headers of one field are joined with ``-``; a constant fills every row. Of the headers in ``signless`` the
    numbers count without their minus: what was paid out of an account.

    >>> from graphkit.tables.inputs import TABLES
    >>> rows = pl.DataFrame({"c0": ["A"], "c1": ["7"], "c2": ["25/3/2024"], "c3": ["1.5"], "line": [2]})
    >>> columns = {"code": "sale_id", "no": "sale_id", "day": "invoiced_on", "price": "price"}
    >>> units, constants = {"price": "ten_thousand"}, {"kind": "retail"}
    >>> shaped(rows, list(columns), TABLES["sales"], columns, units, constants, "dmy").row(0)
    ('A-7', '2024-3-25', '15000.0000000000', 'retail', 2)
    """
    places: dict[str, list[str]] = {}
    for position, name in enumerate(header):
        if name in columns:
            places.setdefault(columns[name], []).append(f"c{position}")
    fields = []
    for field, held in places.items():
        bare = [
            _without_minus(pl.col(place)) if header[int(place[1:])] in signless else pl.col(place) for place in held
        ]
        cells = [without_nothing(without_text_mark(trimmed(cell)), table, field) for cell in bare]
        if field.endswith("_id") or field in ("uscc", "lei", "person_key") or field.endswith("_uscc"):
            cells = [one_spelling(cell) for cell in cells]
        cell = cells[0] if len(cells) == 1 else _joined(cells)
        if field == "city" or field.endswith("_city"):
            cell = of_distinct(cell, _city_of_office, pl.String())
        if isinstance(table.columns.get(field), dy.Float64 | dy.Int64):
            cell = cell.map_batches(with_points, return_dtype=pl.String())
        unit = None if is_money(field) else units.get(field)
        fields.append(_in_form(cell, table.columns.get(field), unit, date_order).alias(field))
    fields += [pl.lit(value).alias(field) for field, value in constants.items()]
    made = rows.select(*fields, "line")
    for field in [name for name in made.columns if is_money(name)]:
        made = _with_money(made, field, units.get(field, ""), has_currency="currency" in table.columns)
    return made


def _with_money(cells: pl.DataFrame, field: str, unit: str, *, has_currency: bool) -> pl.DataFrame:
    """The cells with the plain numbers of a column of money, each by its own unit where all say one."""
    own = own_amounts(cells[field], FACTORS.get(unit))
    if own is None:
        formed = of_distinct(pl.col(field), lambda text: _multiplied(text, unit), pl.String())
        return cells.with_columns(formed) if unit in FACTORS else cells
    if not has_currency:
        return cells.with_columns(own["amount"].alias(field))
    stated = cells["currency"] if "currency" in cells.columns else pl.Series([None], dtype=pl.String)
    both = cells.with_columns(own=own["amount"], said=own["currency"], stated=stated)
    # where a cell and the column of currencies say two, nobody knows which is true: the cell is told as it stands
    agree = (currency(pl.col("stated")) == pl.col("said")).fill_null(value=True)
    return both.with_columns(
        pl.when(agree).then("own").otherwise(field).alias(field), currency=pl.coalesce("stated", "said")
    ).drop("own", "said", "stated")


def _without_minus(cell: pl.Expr) -> pl.Expr:
    text = to_half_width(cell).str.strip_chars()
    return text.str.replace(r"^\((.+)\)$", "${1}").str.replace(r"^[-−–]", "").str.replace(r"(\d)-$", "${1}")


def _joined(cells: Sequence[pl.Expr]) -> pl.Expr:
    text = pl.concat_str(cells, separator="-", ignore_nulls=True)
    # an error or a rounded number beside another part is no part of a key
    faults = [pl.when(is_error(cell) | is_rounded(cell)).then(cell) for cell in cells]
    return pl.coalesce(*faults, pl.when(text != "").then(text))


def _city_of_office(cell: pl.Expr) -> pl.Expr:
    """The city of an authority that stands where a city should; what is no office's name stays.

    >>> office = "示例省临海市公安局交通警察支队车辆管理所"
    >>> pl.DataFrame({"city": [office, "临海"]}).select(_city_of_office(pl.col("city")))["city"].to_list()
    ['临海市', '临海']
    """
    return pl.coalesce(to_half_width(cell).str.extract(_OFFICE), cell)


def _in_form(cell: pl.Expr, column: dy.Column | None, unit: str | None, date_order: str | None) -> pl.Expr:
    if isinstance(column, dy.Date | dy.Datetime):
        return of_distinct(cell, lambda text: _year_first(text, date_order), pl.String())
    if unit in FACTORS or unit == "mile":
        return of_distinct(cell, lambda text: _multiplied(text, unit or ""), pl.String())
    return cell


def _year_first(cell: pl.Expr, date_order: str | None) -> pl.Expr:
    """Dates whose order is known as year, month, day; all others stay as they are."""
    text = to_half_width(cell)
    forms = [_named(text, _DAY_MONTH, day=1, month=2), _named(text, _MONTH_DAY, day=2, month=1)]
    if date_order in DATE_ORDERS:
        day, month = (1, 2) if date_order == "dmy" else (2, 1)
        forms += [_numbered(text, _YEAR_LAST, day, month, ""), _numbered(text, _SHORT_YEAR_LAST, day, month, "20")]
    return pl.coalesce(*forms, cell)


def _named(text: pl.Expr, pattern: str, *, day: int, month: int) -> pl.Expr:
    named = text.str.extract(pattern, month).str.to_lowercase().replace_strict(_NUMBER_OF, default=None)
    rest = _after_the_year(text, pattern)
    return pl.concat_str(
        text.str.extract(pattern, 3), pl.lit("-"), named, pl.lit("-"), text.str.extract(pattern, day), rest
    )


def _numbered(text: pl.Expr, pattern: str, day: int, month: int, century: str) -> pl.Expr:
    year = pl.lit(century) + text.str.extract(pattern, 3)
    rest = _after_the_year(text, pattern)
    parts = (text.str.extract(pattern, month), pl.lit("-"), text.str.extract(pattern, day), rest)
    return pl.concat_str(year, pl.lit("-"), *parts)


def _after_the_year(text: pl.Expr, pattern: str) -> pl.Expr:
    clock = text.str.extract(pattern, 4).fill_null("").str.replace(_OF_THE_YEAR, " ")
    return clock.str.strip_chars_end()


def _multiplied(cell: pl.Expr, unit: str) -> pl.Expr:
    """Numbers by their unit; what is no number stays, and is told as it stands when it is read."""
    # a cell that names another unit than its header is left as it is, and told
    own = {"thousand": "千元", "ten_thousand": "万元", "million": "百万元"}.get(unit, "")
    bare = to_half_width(cell).str.replace(r"^[¥￥] ?", "").str.replace(rf"\s?{own}$", "")
    bare = bare.str.replace(r"^\((.+)\)$", "-${1}")
    formed = pl.when(bare.str.contains(_NUMBER) & bare.str.contains(r"\d")).then(bare.str.replace_all(",", ""))
    number = formed.cast(pl.Decimal(38, 10), strict=False)
    if unit == "mile":
        scaled = (number.cast(pl.Float64) * KM_PER_MILE).round(0).cast(pl.Int64).cast(pl.String)
    else:
        scaled = (number * FACTORS[unit]).cast(pl.Decimal(38, 10)).cast(pl.String)
    return pl.coalesce(scaled, cell)
