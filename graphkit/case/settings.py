"""``case.toml``: the mapping of every source, coverage, denials, regime; validated, and edited in place."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import tomlkit
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from tomlkit.items import AoT

from graphkit.case.folder import SCHEMA
from graphkit.case.source_entry import SourceEntry, Strict
from graphkit.errors import CaseError, InputError
from graphkit.files import replacing
from graphkit.model import DEFAULT_REGIME, REGIMES
from graphkit.parties.regimes import checked
from graphkit.tables.coverage import NATIONWIDE, Coverage, Span
from graphkit.tables.coverage_entries import from_entries, to_entries
from graphkit.tables.promises import Doubt, relied_on


def _known_regime(name: str) -> str:
    if name not in REGIMES:
        raise ValueError(f"choose one of {', '.join(REGIMES)}")
    return name


def _spans(entries: Any) -> tuple[Span, ...]:
    if not isinstance(entries, list | tuple) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("write each statement as a [[coverage]] entry")
    return from_entries(entries)


Model = TypeVar("Model", bound=BaseModel)
Spans = Annotated[tuple[Span, ...], BeforeValidator(_spans)]


class DenialEntry(Strict):
    """What a party says about a suspicion; printed beside every finding about it."""

    party_id: str
    text: str
    source: str = ""


class Settings(Strict):
    """All that ``case.toml`` says."""

    schema_: int = Field(default=SCHEMA, alias="schema")
    name: str
    regime: Annotated[str, AfterValidator(_known_regime)] = DEFAULT_REGIME
    source: tuple[SourceEntry, ...] = ()
    coverage: Spans = ()
    denial: tuple[DenialEntry, ...] = ()

    def sources_of(self, table: str) -> list[SourceEntry]:
        """The files of one table, in the order of their hash: the order of import plays no part."""
        return sorted((entry for entry in self.source if entry.table == table), key=lambda entry: entry.source_id)

    def named(self, name: str) -> list[SourceEntry]:
        """The sources that were imported under a file name: several where a workbook gave several sheets."""
        return [entry for entry in self.source if entry.name == name]

    def covers(self) -> Coverage:
        """The coverage in the vocabulary of the rooms."""
        return Coverage(self.coverage)

    def under(self, regime: str) -> "Settings":
        """The same settings with another regime; raises ``CaseError`` for one nobody knows."""
        return self.model_copy(update={"regime": checked(regime)})

    def stated(self) -> dict[str, Any]:
        """What a run rests on besides the rows, as ``run.json`` keeps it: regime, coverage, denials."""
        spans = [{key: _json(value) for key, value in entry.items()} for entry in to_entries(self.coverage)]
        return {"regime": self.regime, "coverage": spans, "denials": self.denials()}

    def relying_on(self, doubted: Sequence[Doubt]) -> "Settings":
        """The same settings, in which what is doubted is not complete."""
        return self.model_copy(update={"coverage": relied_on(self.covers(), doubted).spans})

    def denials(self) -> dict[str, str]:
        """Each party's denial, with its source in brackets; several are joined."""
        said: dict[str, list[str]] = {}
        for entry in self.denial:
            said.setdefault(entry.party_id, []).append(f"{entry.text} ({entry.source})" if entry.source else entry.text)
        return {party: "; ".join(texts) for party, texts in sorted(said.items())}


class Statement(Strict):
    """A ``coverage.toml``: coverage and denials that somebody else wrote down."""

    coverage: Spans = ()
    denial: tuple[DenialEntry, ...] = ()


class Mappings(BaseModel):
    """The mappings of a ``case.toml``, whatever else it says."""

    model_config = ConfigDict(frozen=True)

    source: tuple[SourceEntry, ...] = ()


def new_settings(name: str) -> str:
    """The text of the ``case.toml`` of a new case."""
    document = tomlkit.document()
    document.add("schema", SCHEMA)
    document.add("name", name)
    document.add(tomlkit.comment(f"who counts as related: {', '.join(REGIMES)}"))
    document.add("regime", DEFAULT_REGIME)
    return tomlkit.dumps(document)


def read_settings(path: Path) -> Settings:
    """What a ``case.toml`` says; raises ``CaseError`` naming the key that is wrong."""
    return _validated(Settings, path)


def read_statement(path: Path) -> Statement:
    """What a ``coverage.toml`` says; raises ``InputError`` naming the key that is wrong."""
    try:
        return _validated(Statement, path)
    except CaseError as error:
        raise InputError(str(error)) from None


def read_mapping(path: Path) -> tuple[SourceEntry, ...]:
    """The mappings that a ``case.toml`` holds, or a file written by ``graphkit map``; raises ``InputError``."""
    try:
        return _validated(Mappings, path).source
    except CaseError as error:
        raise InputError(str(error)) from None


def mapping_text(source: Sequence[SourceEntry]) -> str:
    """The text of a file that holds mappings alone."""
    document = tomlkit.document()
    _put(document, "source", [_plain(entry) for entry in source])
    return tomlkit.dumps(document)


def settings_text(
    path: Path,
    *,
    source: Sequence[SourceEntry],
    coverage: Sequence[Span],
    denial: Sequence[DenialEntry],
) -> str:
    """The text of ``path`` with these entries, the user's own comments and untouched entries kept."""
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    _put(document, "source", [_plain(entry) for entry in source])
    _put(document, "coverage", to_entries(coverage))
    _put(document, "denial", [_plain(entry) for entry in denial])
    return tomlkit.dumps(document)


def write_settings(path: Path, text: str) -> None:
    """Put ``text`` in the place of ``path`` in one step."""
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8")


def _put(document: Any, key: str, wanted: list[dict[str, Any]]) -> None:
    held: AoT | None = document.get(key)
    kept: dict[int, Any] = {}
    for entry in held or ():
        for place, plain in enumerate(wanted):
            if place not in kept and _same(entry.unwrap(), plain):
                kept[place] = entry
                break
    if held is not None:
        document.remove(key)
    if not wanted:
        return
    array = tomlkit.aot()
    for place, plain in enumerate(wanted):
        array.append(kept[place] if place in kept else _table(plain))
    document.append(key, array)


def _same(held: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    # an entry may spell out a default, or leave it away
    return _told(held) == _told(wanted)


def _told(entry: Mapping[str, Any]) -> dict[str, Any]:
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in entry.items()}
    return {key: value for key, value in plain.items() if value not in (None, False, NATIONWIDE, "", {}, [])}


def _table(plain: Mapping[str, Any]) -> Any:
    table = tomlkit.table()
    for key, value in plain.items():
        table.add(key, _table(value) if isinstance(value, dict) else value)
    return table


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _plain(entry: BaseModel) -> dict[str, Any]:
    plain = entry.model_dump(by_alias=True, exclude_none=True)
    return {
        key: value
        for key, value in plain.items()
        if value not in ({}, (), []) and (value != "" or key in ("date_order", "encoding"))
    }


def _validated(model: type[Model], path: Path) -> Model:
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseError(f"{path} is not valid TOML ({error}): correct it there") from None
    except OSError as error:
        raise CaseError(f"{path} cannot be read ({error.strerror}): check the path and its permissions") from None
    try:
        return model.model_validate(plain)
    except CaseError as error:
        raise CaseError(f"{path}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            what = "graphkit knows no such key; remove or correct it"
        raise CaseError(f"{path} has a wrong value at {key or 'the top'}: {what}") from None
