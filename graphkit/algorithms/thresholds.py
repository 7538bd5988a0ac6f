"""Numbers that decide, each stated with its unit and its reason."""

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

Value = TypeVar("Value")


def setting(value: Value, unit: str, why: str) -> Value:
    """A threshold as a field of a frozen dataclass: its default, its unit, and why it is that and no other.

    >>> @dataclass(frozen=True)
    ... class Settings:
    ...     slack_days: int = setting(7, "days", "clerks file a policy up to a week before the invoice (our judgement)")
    >>> Settings().slack_days
    7
    """
    default: Value = field(default=value, metadata={"unit": unit, "why": why})
    return default


@dataclass(frozen=True)
class Threshold:
    """One number that decides, as :func:`setting` states it."""

    name: str
    value: Any
    unit: str
    why: str


def thresholds(settings: Any) -> tuple[Threshold, ...]:
    """Every threshold of a settings dataclass, those of a dataclass in a field included, in order.

    Raises ``ValueError`` for a threshold without unit or reason.
    """
    found: list[Threshold] = []
    for one in fields(settings):
        value = getattr(settings, one.name)
        if is_dataclass(value):
            found += thresholds(value)
            continue
        unit, why = one.metadata.get("unit"), one.metadata.get("why")
        if not unit or not why:
            raise ValueError(
                f"the setting {one.name} has no unit or no reason: declare it with setting(value, unit, why)"
            )
        found.append(Threshold(one.name, value, unit, why))
    return tuple(found)
