"""The public face of a case: one class over a case folder; results are pandas tables or a networkx graph."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from graphkit.case import importing, merges
from graphkit.case.checking import Check, check_case
from graphkit.case.circles import CirclesOfCase
from graphkit.case.deciding import Decided, decide, undecidable
from graphkit.case.folder import create, open_folder
from graphkit.case.graph import GraphOfCase
from graphkit.case.last_day import last_day
from graphkit.case.loading import read_quarantine, read_skipped, read_tables, read_unread, sources_frame
from graphkit.case.opened import Progress, quiet
from graphkit.case.parties import PartiesOfCase
from graphkit.case.questions import open_questions
from graphkit.case.readings import Told
from graphkit.case.results import ResultsOfCase
from graphkit.case.runs import describe, write_run
from graphkit.case.settings import Settings, new_settings, read_mapping
from graphkit.detectors import DETECTORS
from graphkit.errors import CaseError, InputError, NotFoundError
from graphkit.tables.encodings import named
from graphkit.tables.inputs import TABLES
from graphkit.tables.known_on import known_on
from graphkit.tables.promises import Doubt, doubts, relied_on
from graphkit.tables.raw_table import HeaderRow
from graphkit.tables.stubs import vehicle_stubs
from graphkit.trade.paid_sales import passed_over

if TYPE_CHECKING:
    import pandas as pd

    from graphkit.identity.resolve import Resolved


class Case(ResultsOfCase, PartiesOfCase, CirclesOfCase, GraphOfCase):
    """A case folder: import files, check, run, read the findings, decide about them, hand them on.

    >>> import tempfile
    >>> case = Case.new(Path(tempfile.mkdtemp()) / "harbour")
    >>> len(case.table("sales"))
    0
    """

    @classmethod
    def new(cls, path: str | Path, name: str | None = None) -> "Case":
        """Make an empty case folder; raises ``CaseError`` where something is there already."""
        path = Path(path)
        return cls(create(path, new_settings(name or path.resolve().name)))

    @classmethod
    def open(cls, path: str | Path) -> "Case":
        """Open a case folder; raises ``CaseError`` where it is none, or of another version."""
        case = cls(open_folder(Path(path)))
        case.settings()
        return case

    def import_files(
        self,
        paths: Sequence[str | Path] | str | Path,
        table: str | None = None,
        replace: bool = False,
        sheet: str | None = None,
        header_row: str | int | None = None,
        encoding: str | None = None,
        columns: Mapping[str, str] | None = None,
        constants: Mapping[str, str] | None = None,
        like: str | Path | None = None,
        progress: Progress = quiet,
    ) -> "pd.DataFrame":
        """Take files into the case: file, table, status, rows, loaded, quarantined, skipped lines, unmapped columns,
        what is stated elsewhere than in a column (``seller_name = …, from line 1``), reason, and notes on hidden rows,
        rounded numbers, bare day numbers and lines in another encoding.

        Files that are named go in all or none. A folder or a zip stands for the files in it: one of them that is
        refused, or skipped as a hidden file, has that status and its reason, and the others go in.
        A workbook gives a row a sheet. The header is looked for unless ``header_row`` gives its line, such as 3, or its
        two, such as ``"2-3"``; all sheets that fit a table are taken unless ``sheet`` names one. What is no data is
        counted as skipped: header, titles, notes, totals. The table is guessed from the header unless ``table`` names
        it; ``columns`` (header → column) and ``constants`` (column → the value of the whole file) overrule what is
        proposed, and ``like`` is a ``case.toml``, or a file of ``graphkit map``, whose mappings serve files of the same
        header. ``encoding`` is that of the texts whose bytes do not prove one, and of a text that is named itself. What
        only the user can say has the status ``asked``, with the lines of ``case.toml`` to fill.
        ``replace`` swaps the file of the same name, or reads the same one anew; a ``.toml`` file states coverage and
        denials. Raises ``InputError`` naming the file that is refused.
        """
        files = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
        told = _told(table, replace, sheet, header_row, encoding, columns, constants, like)
        return importing.import_files(self._folder, files, told, progress).to_pandas()

    @staticmethod
    def map_file(
        path: str | Path,
        table: str | None = None,
        sheet: str | None = None,
        header_row: str | int | None = None,
        encoding: str | None = None,
        columns: Mapping[str, str] | None = None,
        constants: Mapping[str, str] | None = None,
        like: str | Path | None = None,
        to: str | Path | None = None,
    ) -> "pd.DataFrame":
        """How a file would be read: sheet, table, column, header, unit, and three examples; nothing is imported.

        The arguments are those of ``import_files``; ``to`` writes the mapping to a file for its ``like``. A ``?`` is
        what only the user can say. Raises ``InputError`` where no table fits.

        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "readings.csv"
        >>> _ = path.write_text("VIN,Reading Date,Mileage (miles)\\nWMVAA1AA0RA000001,2024-01-05,12\\n", "utf-8")
        >>> Case.map_file(path)[["table", "column", "unit"]].iloc[2].tolist()
        ['odometer', 'km', 'mile']
        """
        from graphkit.case.mapped_file import map_file

        told = _told(table, False, sheet, header_row, encoding, columns, constants, like)
        return map_file(Path(path), told, Path(to) if to else None).to_pandas()

    def asked(self) -> "pd.DataFrame":
        """What only the user can say before some files are loaded: files, table, line of ``case.toml``, answer.

        Each is asked once for all files that wait for it: an answer in the entry of one is handed on to the others at
        the next ``check`` or ``run``.
        """
        return open_questions(self.settings()).to_pandas()

    def check(self, progress: Progress = quiet) -> Check:
        """What is loaded, quarantined and why, not read, referred to but undefined; and what each detector will decide.

        The detectors judge the case as a run on its last covered day would, but nothing is scored or written.
        """
        from graphkit.identity.resolve import resolve
        from graphkit.parties.contradictions import contradictions

        tables = self._tables(progress)
        progress("who is who", 0, 0)
        resolved = resolve(tables, merges.in_force(self._folder.merges))
        who = resolved.identities.filter("is_stub").select(kind=pl.lit("party"), id=pl.col("party_id"))
        cars = vehicle_stubs(tables).select(kind=pl.lit("vehicle"), id=pl.col("vin"))
        kept_out = read_quarantine(self._folder), read_unread(self._folder)
        settings = self.settings()
        day = settings.covers().last_day() or last_day(tables)
        odd = contradictions(resolved.tables, resolved.identities, settings.covers(), day or date.max)
        skipped = read_skipped(self._folder)
        doubted = doubts(settings.covers(), tables)
        decided = self._decided(resolved, settings, doubted, day, progress)
        return check_case(settings, tables, *kept_out, skipped, pl.concat([who, cars]), odd, decided, doubted)

    def _decided(
        self,
        resolved: "Resolved",
        settings: Settings,
        doubted: Sequence[Doubt],
        day: date | None,
        progress: Progress,
    ) -> Decided:
        from graphkit import pipeline

        if day is None:
            return undecidable(resolved.tables)
        # a party that only later rows name has no row here that could be judged
        who = replace(resolved, tables=known_on(resolved.tables, day))
        prepared = pipeline.prepare(
            who,
            read_quarantine(self._folder),
            coverage=relied_on(settings.covers(), doubted).known_on(day),
            regime=settings.regime,
            as_of=day,
            unread=read_unread(self._folder),
            step=lambda name: progress(name, 0, 0),
        )
        return decide(prepared.market, who.tables, {one.span.table for one in doubted}, progress)

    def run(
        self,
        as_of: date | None = None,
        only: Sequence[str] = (),
        regime: str | None = None,
        progress: Progress = quiet,
    ) -> "pd.DataFrame":
        """Run the detectors, score, cluster and restate as known on ``as_of``; give the findings.

        ``as_of`` is the last covered day unless given; ``only`` keeps the detectors of these ids; ``regime`` says who
        counts as related in this run, that of ``case.toml`` unless given. Raises ``NotFoundError`` for a detector that
        does not exist and ``CaseError`` for an unknown regime or a case without rows.
        """
        from graphkit import pipeline

        known = [detector.id for detector in DETECTORS]
        unknown = [name for name in only if name not in known]
        if unknown:
            raise NotFoundError(f"there is no detector {unknown[0]}: choose from {', '.join(known)}")
        settings = self._renewed(progress)
        if regime is not None:
            settings = settings.under(regime)
        doubted = self.doubted(progress)
        settings = settings.relying_on(doubted)
        quarantine = read_quarantine(self._folder)
        sources, day = self._sources_and_day(settings, quarantine, as_of, progress)
        results = pipeline.run(
            # read again, so that the flow alone holds them and can let them go
            read_tables(self._folder),
            quarantine,
            coverage=settings.covers(),
            regime=settings.regime,
            as_of=day,
            only=tuple(only),
            denials=settings.denials(),
            sources=sources,
            judged=merges.in_force(self._folder.merges),
            unread=read_unread(self._folder),
            progress=progress,
        )
        about = describe(
            self._row_hashes(),
            sources,
            self._stamps(),
            settings.stated() | {"as_of": str(day), "only": sorted(only)},
        )
        not_run = {name: list(lacking) for name, lacking in results.not_run.items()}
        unmatched = passed_over(results.tables["sales"], results.tables["payments"])
        noted = {"not_run": not_run, "payments_passed_over": unmatched, "not_relied_on": [str(one) for one in doubted]}
        with self._folder.locked():
            write_run(self._folder, results.frames, results.tables, about | noted)
        return self.findings()

    def _sources_and_day(
        self, settings: Settings, quarantine: dict[str, pl.DataFrame], as_of: date | None, progress: Progress
    ) -> tuple[pl.DataFrame, date]:
        tables = self._tables(progress)
        day = as_of or settings.covers().last_day() or last_day(tables)
        if day is None:
            raise CaseError(f"{self.path} has no dated rows: import files first, or give a day with --as-of")
        return sources_frame(self._folder, settings, tables, quarantine), day


def _told(
    table: str | None,
    replace: bool,
    sheet: str | None,
    header_row: str | int | None,
    encoding: str | None,
    columns: Mapping[str, str] | None,
    constants: Mapping[str, str] | None,
    like: str | Path | None,
) -> Told:
    if table is not None and table not in TABLES:
        raise InputError(f"no table is called {table}: choose from {', '.join(TABLES)}")
    known_columns = {name for one in TABLES.values() for name in (*one.columns, *one.companions)}
    strange = sorted({*(columns or {}).values(), *(constants or {})} - known_columns)
    if strange:
        raise InputError(f"no table has a column {', '.join(strange)}: see graphkit/tables/inputs.py")
    row = None if header_row is None else HeaderRow.of(str(header_row))
    known = read_mapping(Path(like)) if like else ()
    try:
        said = None if encoding is None else named(encoding)
    except ValueError as error:
        raise InputError(str(error)) from None
    return Told(table, sheet, row, said, replace, columns or {}, constants or {}, known)
