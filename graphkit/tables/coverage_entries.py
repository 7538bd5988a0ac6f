"""Coverage as ``case.toml`` says it: spans to ``[[coverage]]`` entries and back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from graphkit.errors import CaseError
from graphkit.tables.coverage import NATIONWIDE, Span
from graphkit.tables.inputs import TABLES

REGISTERS = ("parties", "ownership", "positions", "kinship", "control_agreements")
"""Tables that say how things stand on a day, not what happened."""

_DAYS = {"from": "first", "to": "last", "as_of": "as_of", "assume_since": "assume_since"}
_KEYS = ("table", "from", "to", "place", "complete", "as_of", "assume_since", "confirmed")


def to_entries(spans: Sequence[Span]) -> list[dict[str, Any]]:
    """Spans as the ``[[coverage]]`` entries of ``case.toml``; what a span leaves open is left out.

    >>> to_entries([Span("sales", date(2024, 1, 1), date(2024, 12, 31))])[0]["to"]
    datetime.date(2024, 12, 31)
    """
    entries = []
    for span in spans:
        days = {key: getattr(span, attribute) for key, attribute in _DAYS.items()}
        whole = {"table": span.table, "place": span.place, "complete": span.complete, **days}
        # what nobody asked about needs no answer
        whole["confirmed"] = span.confirmed or None
        entries.append({key: whole[key] for key in _KEYS if whole[key] is not None})
    return entries


def from_entries(entries: Sequence[Mapping[str, Any]]) -> tuple[Span, ...]:
    """``[[coverage]]`` entries → spans. Raises ``CaseError`` naming the entry that does not hold together.

    >>> from_entries([{"table": "sales", "from": date(2024, 1, 1), "to": "2024-12-31", "complete": True}])[0].complete
    True
    """
    return tuple(_span(number, entry) for number, entry in enumerate(entries, start=1))


def _span(number: int, entry: Mapping[str, Any]) -> Span:
    where = f"the {number}. [[coverage]] entry"
    strange = sorted(set(entry).difference(_KEYS))
    if strange:
        raise CaseError(f"{where} has an unknown key {strange[0]}; use {', '.join(_KEYS)}.")
    if entry.get("table") not in TABLES:
        raise CaseError(f"{where} names no known table ({entry.get('table')}); use one of {', '.join(TABLES)}.")
    days = {attribute: _day(where, key, entry.get(key)) for key, attribute in _DAYS.items()}
    complete, confirmed = entry.get("complete", False), entry.get("confirmed", False)
    place = entry.get("place", NATIONWIDE)
    for key, value in (("complete", complete), ("confirmed", confirmed)):
        if not isinstance(value, bool):
            raise CaseError(f"{where} must say {key} = true or {key} = false.")
    if not isinstance(place, str) or not place:
        raise CaseError(f'{where} must give place as "{NATIONWIDE}" or the name of a city.')
    first, last = days["first"], days["last"]
    if first and last and first > last:
        raise CaseError(f"{where} ends ({last}) before it begins ({first}); swap from and to.")
    if complete and not (first and last):
        raise CaseError(f"{where} is complete but has no from and to; say from when to when.")
    return Span(entry["table"], first, last, place, complete, days["as_of"], days["assume_since"], confirmed)


def _day(where: str, key: str, value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise CaseError(f"{where} has no day in {key} ({value}); write it as 2024-01-31.") from error
