"""What the queries of the library are asked on a market: ids that it holds, ids that nobody has, and other bounds."""

from collections.abc import Iterator, Mapping
from itertools import chain
from random import Random

import polars as pl

from graphkit.detectors import DETECTORS
from graphkit.queries import Param, Query
from graphkit.tables.inputs import SALE_KINDS
from tests.promises.markets.random_market import Held

DRAWS = 3
"""How often a query that takes something is asked with what the market holds."""

NOWHERE = "nowhere '/%|无"
"""An id that no market has."""

_PAIRS = (("from_id", "to_id"), ("one_id", "other_id"), ("first_id", "second_id"))
_PARTIES = ("party_id", *chain.from_iterable(_PAIRS))
_WORDS = {
    "kind": (*SALE_KINDS, "any", "address", "phone", "email"),
    "state": ("any", "open", "stub", "undecided"),
    "verdict": ("flagged", "explained", "indeterminate", "unremarkable"),
    "standing": ("any", "core", "intermediary", "counterparty", "context"),
    "flagged_only": ("true", "false"),
    "with_trade": ("true", "false"),
    "factor": ("0.5", "1.0"),
    "tolerance": ("0.0", "0.1", "0.6"),
    # in a market where everybody trades with everybody the ways through hubs are without number
    "hub": ("4", "10"),
}


def draws(query: Query, held: Held) -> Iterator[dict[str, str]]:
    """What a query is asked, always the same for one seed: several times what is there, then the ids of nobody.

    A twin is also asked as it stands.
    """
    if query.folder == "detect":
        yield {}
    dice = Random(f"{held.market.seed} {query.name}")
    pools = {param.name: _pool(param, held) for param in query.params}
    pools = {name: pool for name, pool in pools.items() if pool}
    for _ in range(DRAWS if pools else 1):
        given = {name: dice.choice(pool) for name, pool in pools.items()}
        for names in _PAIRS:
            if set(names) <= set(given):
                given |= zip(names, _tied(dice, held), strict=True)
        yield given
    ids = [name for name in pools if name.endswith("_id")]
    if ids:
        yield {**given, **dict.fromkeys(ids, NOWHERE)}


def _pool(param: Param, held: Held) -> list[str]:
    """Texts that a parameter may be given; none where its default, or what the case knows, is what is asked."""
    name, tables, results = param.name, held.tables, held.results
    default = [] if param.default is None else [str(param.default).lower() if param.type == "bool" else param.default]
    if name in held.known:
        return []
    if name in ("dealer_id", "exporter_id", "insurer_id"):
        role = name.removesuffix("_id")
        has = pl.col("roles").str.contains(role).fill_null(False)
        return [*map(str, default), *_values(tables["parties"].filter(has), "party_id")]
    if name == "subject_id":
        return _values(tables["reported_counts"], name)
    if name == "buyer_id":
        return _values(tables["sales"], name)
    if name in _PARTIES:
        return _values(tables["parties"], "party_id")
    if name in ("from_day", "to_day"):
        return _values(results["runs"], "as_of")[:: 1 if name == "from_day" else -1][:1]
    if name == "vin":
        return _values(results["ledger"], "vin")
    if name == "finding_id":
        hits = results["hits"].filter(verdict="flagged").select("detector", "unit_id")
        return _values(results["findings"].join(hits, on=["detector", "unit_id"], how="semi"), "finding_id")
    if name == "detector":
        return [detector.id for detector in DETECTORS]
    if name == "month":
        return _values(results["ledger"].select(month=pl.col("first_insured_on").dt.strftime("%Y-%m")), "month")
    if name == "destination":
        return ["any", *_values(tables["exports"], "destination")]
    if name in _WORDS:
        return list(_WORDS[name])
    if param.type == "date":
        return [str(day) for day in (*default, "2025-03-01", "2025-12-15")]
    if name.startswith("min_") and param.type in ("int", "float"):
        return ["1", "1", "2"] if param.type == "int" else ["0.0", "0.3"]
    if param.type == "int":
        # few rows of many show whether the order is total
        return [str(default[0])] * 3 + (["3"] if name == "top" else ["0", "30", "400"])
    return [str(value) for value in default]


def _values(frame: pl.DataFrame, column: str) -> list[str]:
    return [str(value) for value in frame[column].drop_nulls().unique().sort()]


def _tied(dice: Random, held: Held) -> tuple[str, str]:
    """Two parties that something ties: control, a relation, or the trade with a third."""
    ties: Mapping[str, tuple[str, str]] = {
        "control": ("controller_id", "controlled_id"),
        "relations": ("party_a", "party_b"),
        "flows": ("source_id", "target_id"),
    }
    name = dice.choice([name for name in ties if held.results[name].height] or ["identities"])
    one, other = ties.get(name, ("party_id", "canonical_id"))
    pairs = held.results[name].select(one, other).drop_nulls().unique().sort(one, other)
    return pairs.row(dice.randrange(pairs.height))
