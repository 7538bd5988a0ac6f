"""Who owns a party of a case in the end, as a table, as a tree, and with the rows that say so."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from graphkit.case.registers import canonical, name_of, registers_of
from graphkit.case.runs import Run
from graphkit.explanation import Explanation, Section, cited
from graphkit.parties.owners import IN_WORDS, Owners, owners

if TYPE_CHECKING:
    from graphkit.views.network import Network

MOST_LINES = 200
"""Lines of a tree; the holdings are listed whole beside it."""


def owners_of(run: Run, party: str, as_of: date | None, files: Mapping[str, str]) -> Explanation:
    """Owners, Ownership tree, Holdings, Agreements of one party on a day."""
    registers = registers_of(run, as_of)
    party_id = canonical(party, registers)
    found = owners(party_id, registers)
    names = dict(registers.identities.select("party_id", "name").iter_rows())
    steps = found.holdings.with_columns(table=pl.lit("ownership")).select(
        "owner_id", "owned_id", "is_certain", "table", "row_key"
    )
    agreed = found.agreements.with_columns(pl.col("basis").replace(IN_WORDS), table=pl.lit("control_agreements"))
    sections = (
        Section("Owners", found.notes or (() if found.owners.height else ("no owner is on record",)), found.owners),
        Section("Ownership tree", tuple(tree(party_id, found, names))),
        Section("Holdings", (), cited(steps, registers.tables, files).drop("row_key")),
        Section("Agreements", (), cited(agreed, registers.tables, files).drop("row_key")),
    )
    title = f"Owners of {name_of(party_id, registers)} ({party_id}) on {registers.as_of}"
    return Explanation("owners", party_id, title, sections)


def chart(run: Run, party: str, case_name: str) -> "Network":
    """The ownership chart of a party on the run's day; raises ``NotFoundError`` where the run has no such party."""
    from graphkit.views.ownership import ownership_chart

    registers = registers_of(run, None)
    party_id = canonical(party, registers)
    known = registers.identities.filter(pl.col("party_id") == pl.col("canonical_id"))
    found = owners(party_id, registers)
    return ownership_chart(party_id, found, known, day=str(registers.as_of), case_name=case_name)


def tree(party_id: str, found: Owners, names: Mapping[str, str]) -> Iterator[str]:
    """Agreements and holdings above a party as indented lines, the largest holding first; a company met before is not
    opened again.

    An agreement is put in words with the day since which it holds. A bound that is not certain is shown as a range, a
    link whose dates or ends are uncertain with a question mark.
    """
    above: dict[str, list[dict[str, object]]] = {}
    for row in found.agreements.iter_rows(named=True):
        above.setdefault(row["controlled_id"], []).append(row | {"owner_id": row["controller_id"]})
        if row["basis"] == "concert":
            above.setdefault(row["controller_id"], []).append(row | {"owner_id": row["controlled_id"]})
    for row in found.holdings.iter_rows(named=True):
        above.setdefault(row["owned_id"], []).append(row)
    controllers = dict(found.owners.select("owner_id", "controls").drop_nulls().iter_rows())
    yield f"{names.get(party_id) or party_id} ({party_id})"
    opened: set[str] = set()
    waiting: list[tuple[int, dict[str, object]]] = []
    # parties in concert stand above one another: what was said from one side is not said from the other
    said: set[object] = set()

    def open_up(owner: str, depth: int) -> None:
        opened.add(owner)
        rows = [row for row in above.get(owner, []) if row["row_key"] not in said]
        said.update(row["row_key"] for row in rows if row.get("basis") == "concert")
        waiting.extend((depth, row) for row in reversed(rows))

    open_up(party_id, 1)
    for _ in range(MOST_LINES):
        if not waiting:
            return
        depth, row = waiting.pop()
        owner = str(row["owner_id"])
        control = f", controls ({controllers[owner]})" if owner in controllers else ""
        again = ", see above" if owner in opened and above.get(owner) else ""
        yield f"{'   ' * depth}{_link(row)}  {names.get(owner) or owner} ({owner}){control}{again}"
        if owner not in opened:
            open_up(owner, depth + 1)
    if waiting:
        yield f"… and more: the first {MOST_LINES} lines are shown"


def _link(row: Mapping[str, object]) -> str:
    sure = "" if row["is_certain"] else "?"
    if "basis" not in row:
        return f"{_share(row)}{sure}"
    since = f" since {row['valid_from']}" if row["valid_from"] else ""
    return f"{IN_WORDS[str(row['basis'])]}{since}{sure}"


def _share(row: Mapping[str, object]) -> str:
    low, high = (f"{float(str(row[bound])) / 10_000:.4f}".rstrip("0").rstrip(".") for bound in ("low", "high"))
    return f"{low} %" if low == high else f"{low}–{high} %"
