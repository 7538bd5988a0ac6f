"""Random read queries of the kinds that investigators write, by number: the same number is the same query for ever.

What Neo4j 5.26 and the embedded engine do not answer alike is never asked. An author of library queries avoids it too:

- The engine silently gives wrong rows for ``MATCH … WHERE a.n > 1 OR b.is_x`` (also XOR, ``NOT (… AND …)``), as it
  overlooks ``b`` in some conditions: see ``conditions.OVERLOOKED``. Write ``b.is_x = true``, or ``WITH a, b WHERE …``.
- The engine takes a pattern as a condition only in WHERE: ``CASE WHEN (a)-[:PAID]->(b) THEN`` is refused, and
  ``RETURN NOT (a)-[:PAID]->(b)`` too; ``EXISTS { (a)-[:PAID]->(b) }`` works everywhere.
- Neo4j refuses ``date.truncate('month', null)`` and ``duration({days: null})``, and of ``date({year: null, …})`` of a
  property that is absent it makes a date that no driver reads: ask for IS NOT NULL first.
- Neo4j refuses ``reverse(n.list)`` of a property; ``reverse([x IN n.list | x])`` works.
- Neo4j gives ``percentileCont`` of a single int as an int, the engine as a float: take it of ``toFloat(x)``.
- Neo4j is wrong in ``WITH g ORDER BY g DESC LIMIT 5 RETURN max(g)`` where a g is null.
- Neo4j sorts 🚗 before or after a character of U+E000 to U+FFFF, as the text is computed or stored.
- Dates, texts and numbers in one column are sorted otherwise; a group of 2 and 2.0 shows either; a mean is rounded up
  or down at a tie.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.store.random_queries.draft import Draft
from tests.store.random_queries.paths import parallel_or_looped, quantified, shortest, variable_length
from tests.store.random_queries.questions import (
    distinct_beside,
    first_few,
    groups,
    lists_as_rows,
    neighbours,
    several_hops,
    subqueries,
    unions,
    what_may_be_missing,
)
from tests.store.random_queries.values import dates, nulls

SEED = 4


@dataclass(frozen=True)
class Query:
    """A query; ``is_ordered`` where its ORDER BY leaves no two different rows in an order of the engine's choice."""

    number: int
    text: str
    params: dict[str, Any]
    is_ordered: bool


def query(number: int) -> Query:
    """The query of this number."""
    rng = Random(f"{SEED}/{number}")
    draft = Draft(rng)
    rng.choices([family for family, _ in FAMILIES], [weight for _, weight in FAMILIES])[0](draft)
    text = "\n".join(draft.lines)
    asked = set(re.findall(r"\$(\w+)", text))
    # a part that was thought of and left out may have had parameters
    return Query(number, text, {name: value for name, value in draft.params.items() if name in asked}, draft.is_ordered)


FAMILIES: tuple[tuple[Callable[[Draft], None], int], ...] = (
    (several_hops, 16),
    (what_may_be_missing, 13),
    (groups, 12),
    (first_few, 8),
    (variable_length, 9),
    (quantified, 7),
    (shortest, 5),
    (subqueries, 13),
    (lists_as_rows, 8),
    (unions, 5),
    (dates, 5),
    (parallel_or_looped, 5),
    (nulls, 4),
    (distinct_beside, 5),
    (neighbours, 4),
)
