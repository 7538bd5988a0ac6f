"""A case whose ``case.toml`` was edited, or whose import was cut off → answers handed on, stale tables loaded anew."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from graphkit.case.folder import Folder
from graphkit.case.loading import Progress, place_tables, stage_tables, staging, stale_tables
from graphkit.case.questions import with_answers
from graphkit.case.settings import Settings, read_settings, settings_text, write_settings
from graphkit.tables.coverage import Span
from graphkit.tables.inputs import TABLES
from graphkit.tables.proposed_coverage import Extract, propose


def refresh(folder: Folder, progress: Progress) -> None:
    """Load what is stale; ``case.toml`` then has each answer wherever it was waited for, and coverage of new rows."""
    before = read_settings(folder.settings)
    settings = with_answers(before)
    stale = stale_tables(folder, settings)
    if not stale and settings == before:
        return
    with folder.locked(), staging(folder) as stage:
        stamps = stage_tables(folder, settings, stale, stage, progress)
        settings = with_coverage(folder, before, settings, stale, stage)
        if settings != before:
            text = settings_text(
                folder.settings, source=settings.source, coverage=settings.coverage, denial=settings.denial
            )
            write_settings(folder.settings, text)
        place_tables(folder, stale, stage, stamps)


def with_coverage(
    folder: Folder, before: Settings, settings: Settings, touched: Sequence[str], stage: Path
) -> Settings:
    """Propose coverage from the rows; what somebody stated stays, what an earlier import proposed is proposed anew.

    ``touched`` are the tables that lie loaded in the ``stage``; ``before`` is what the case said until now.
    """
    held = {path.stem: pl.scan_parquet(path) for path in folder.tables.glob("*.parquet")}
    staged = {path.stem: pl.scan_parquet(path) for path in (stage / "tables").glob("*.parquet")}
    now = {name: frame for name, frame in held.items() if name not in touched} | staged
    earlier = propose(held, _extracts(before))
    stated = [span for span in settings.coverage if span not in earlier]
    spoken_for = {span.table for span in stated}
    proposed = [span for span in propose(now, _extracts(settings)) if span.table not in spoken_for]
    order = list(TABLES)
    spans: list[Span] = sorted((*stated, *proposed), key=lambda span: order.index(span.table))
    return settings.model_copy(update={"coverage": tuple(spans)})


def _extracts(settings: Settings) -> list[Extract]:
    return [Extract(one.table, one.source_id, one.period, one.drawn_on) for one in settings.source]
