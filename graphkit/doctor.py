"""Is this machine, and this case, all right? Python, libraries, the graph engine; a case's sources and runs."""

import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from graphkit.case.folder import Folder, open_folder
from graphkit.case.loading import stale_tables
from graphkit.case.runs import current_run
from graphkit.case.settings import Settings, read_settings
from graphkit.errors import GraphkitError, StoreError
from graphkit.files import hash_file
from graphkit.store.engine import require_wheel
from graphkit.tables.outputs import SHAPES

OLDEST_PYTHON = (3, 11)
ENGINE = "arcadedb-embedded"
"""The library that only some machines can have; it has a check of its own."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at, whether it is right, and what was seen or what to do."""

    name: str
    is_ok: bool
    detail: str


def examine(case: Path | None = None) -> list[Check]:
    """Look at this machine, and at a case folder where one is given; nothing is changed."""
    checks = [_python(), _libraries(), _engine()]
    if case is not None:
        checks += _case(case)
    return checks


def _python() -> Check:
    wanted = ".".join(map(str, OLDEST_PYTHON))
    is_ok = sys.version_info[:2] >= OLDEST_PYTHON
    return Check("Python", is_ok, platform.python_version() + ("" if is_ok else f", {wanted} or newer is needed"))


def _libraries() -> Check:
    lines = [line for line in requires("graphkit") or () if "extra ==" not in line]
    names = [match[0] for line in lines if (match := re.match(r"[A-Za-z0-9._-]+", line)) and match[0] != ENGINE]
    missing = [name for name in sorted(names) if not _version(name)]
    if missing:
        return Check("libraries", False, f"{', '.join(missing)} missing: install graphkit again")
    return Check("libraries", True, ", ".join(f"{name} {_version(name)}" for name in sorted(names)))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _engine() -> Check:
    try:
        return Check("graph engine", True, f"{ENGINE} {require_wheel()}")
    except StoreError as error:
        return Check("graph engine", False, str(error))


def _case(path: Path) -> Iterator[Check]:
    try:
        folder = open_folder(path)
        settings = read_settings(folder.settings)
    except GraphkitError as error:
        yield Check("case", False, str(error))
        return
    yield Check("case", True, f"{settings.name}, {len(settings.source)} sources")
    yield _sources(folder, settings)
    stale = stale_tables(folder, settings)
    yield Check(
        "tables",
        not stale,
        f"{', '.join(stale)} differ from case.toml: graphkit check loads them again" if stale else "as case.toml says",
    )
    yield from _leftovers(folder)
    yield _run(folder)


def _sources(folder: Folder, settings: Settings) -> Check:
    wrong = [
        entry.name
        for entry in settings.source
        if not (kept := folder.source(entry.kept, entry.name)).exists() or hash_file(kept) != entry.kept
    ]
    if wrong:
        return Check("sources", False, f"{', '.join(wrong)} missing or changed: import them again with --replace")
    return Check("sources", True, f"{len(settings.source)} kept whole")


def _leftovers(folder: Folder) -> Iterator[Check]:
    # work is done in hidden folders beside; one that is still there was cut off, or is being written now
    found = sorted(path for home in (folder.path, folder.runs) if home.is_dir() for path in home.glob(".*.*"))
    names = ", ".join(str(path.relative_to(folder.path)) for path in found)
    yield Check("half-written work", not found, f"{names}: delete it if no graphkit is running" if found else "none")


def _run(folder: Folder) -> Check:
    if not folder.current.exists():
        return Check("run", True, "none yet")
    try:
        run = current_run(folder)
    except GraphkitError as error:
        return Check("run", False, str(error))
    missing = [name for name in SHAPES if not (run.path / f"{name}.parquet").is_file()]
    if missing:
        return Check("run", False, f"{run.run_id} lacks {', '.join(missing)}: do graphkit run {folder.path} again")
    return Check("run", True, f"{run.run_id} is whole")
