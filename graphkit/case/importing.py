"""Files into a case: those named all or none, kept whole, mapped by proposal, each content only once."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from graphkit.case.folder import Folder, kept_at
from graphkit.case.import_report import report
from graphkit.case.incoming import incoming
from graphkit.case.loading import Progress, place_tables, stage_tables, staging, stale_tables
from graphkit.case.questions import with_answers
from graphkit.case.readings import Told
from graphkit.case.renewing import with_coverage
from graphkit.case.settings import Settings, read_settings, read_statement, settings_text, write_settings
from graphkit.case.source_entry import SourceEntry
from graphkit.case.taking import UNCHANGED, Taken, take_all, why_no_statement
from graphkit.tables.inputs import TABLES


def import_files(folder: Folder, paths: Sequence[Path], told: Told, progress: Progress) -> pl.DataFrame:
    """Take ``paths`` into the case: a row a table with the columns of ``REPORT``.

    A folder and a zip stand for the files in them, a workbook for the sheets that fit a table. A ``.toml`` file is a
    statement of coverage and denials. Raises ``InputError`` naming the file that is refused; then, and on Ctrl-C, the
    case is as it was. A file of a folder or a zip that is refused stops no other: its row says so.
    """
    with folder.locked(), staging(folder) as stage:
        before = read_settings(folder.settings)
        (stage / "unpacked").mkdir()
        given = incoming(paths, stage / "unpacked")
        statements = [one for one in given if one.name.lower().endswith(".toml") and not why_no_statement(one)]
        files = [one for one in given if one not in statements]
        taken = take_all(folder, before, files, told, stage, progress)
        settings = with_answers(_with_statements(_with_sources(before, taken), [one.path for one in statements]))
        touched = _touched(before, settings, folder)
        stamps = stage_tables(folder, settings, touched, stage, progress, staged=stage / "sources")
        settings = with_coverage(folder, before, settings, touched, stage)
        if settings != before:
            text = settings_text(
                folder.settings, source=settings.source, coverage=settings.coverage, denial=settings.denial
            )
            try:
                _keep_sources(folder, stage, taken)
                write_settings(folder.settings, text)
            except BaseException:
                _drop_unnamed(folder, taken)
                raise
        # from here on the case is the new one: what is cut off while it is placed is loaded again from its sources
        place_tables(folder, touched, stage, stamps)
    return report(folder, settings, taken, [one.name for one in statements])


def _with_sources(settings: Settings, taken: Sequence[Taken]) -> Settings:
    fresh = _fresh_entries(taken)
    kept = [entry for entry in settings.source if not any(_is_swapped(entry, other) for other in fresh)]
    return settings.model_copy(update={"source": (*kept, *fresh)})


def _is_swapped(entry: SourceEntry, fresh: SourceEntry) -> bool:
    """Whether a new source takes the place of one: its file has other content, or its sheet is read anew."""
    return entry.name == fresh.name and (entry.kept != fresh.kept or entry.sheet == fresh.sheet)


def _with_statements(settings: Settings, paths: Sequence[Path]) -> Settings:
    """A statement speaks for the tables and parties that it names; the rest stays."""
    for path in paths:
        stated = read_statement(path)
        tables = {entry.table for entry in stated.coverage}
        parties = {entry.party_id for entry in stated.denial}
        coverage = [entry for entry in settings.coverage if entry.table not in tables]
        denial = [entry for entry in settings.denial if entry.party_id not in parties]
        settings = settings.model_copy(
            update={"coverage": (*coverage, *stated.coverage), "denial": (*denial, *stated.denial)}
        )
    return settings


def _touched(before: Settings, after: Settings, folder: Folder) -> list[str]:
    """The tables to load: those whose sources change, and those that were stale before."""
    changed = [name for name in TABLES if before.sources_of(name) != after.sources_of(name)]
    stale = stale_tables(folder, before)
    return [name for name in TABLES if name in changed or name in stale]


def _keep_sources(folder: Folder, stage: Path, taken: Sequence[Taken]) -> None:
    for entry in _fresh_entries(taken):
        kept = folder.source(entry.kept, entry.name)
        staged = stage / "sources" / kept_at(entry.kept, entry.name)
        # of several sheets the first brings the file
        if staged.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(kept)


def _drop_unnamed(folder: Folder, taken: Sequence[Taken]) -> None:
    named = {entry.kept for entry in read_settings(folder.settings).source}
    for entry in _fresh_entries(taken):
        if entry.kept not in named:
            shutil.rmtree(folder.sources / entry.kept, ignore_errors=True)


def _fresh_entries(taken: Sequence[Taken]) -> list[SourceEntry]:
    return [one.entry for one in taken if one.entry is not None and one.status != UNCHANGED]
