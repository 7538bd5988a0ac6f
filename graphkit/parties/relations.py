"""Which of the parties that deal with each other are related, by which rule, on which days, and what proves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from graphkit.algorithms.intervals import merge, subtract, sweep
from graphkit.algorithms.validity import FIRST, LAST
from graphkit.parties.capacities import Capacities, capacities
from graphkit.parties.kin import kin
from graphkit.parties.regimes import LOOKS_BACK, rule_order, ways_of
from graphkit.parties.shared import MOST
from graphkit.tables.coverage import Coverage
from graphkit.tables.inputs import TABLES

PAIR = ("party_a", "party_b")
_SPAN = ("first", "last")
_SELF = "self"
_REACH = {"none": [_SELF], "relatives": [_SELF, "counted"], "sibling": ["sibling"]}
"""By a way's ``kin``, to whom it passes on."""
MONTHS = "12mo"
"""For so long before and after a relation parties are related where a regime looks back (R8); else tier B, after it."""
_ENDS = {
    "ownership": ("owner_id", "owned_id"),
    "control_agreements": ("controller_id", "controlled_id"),
    "positions": ("person_id", "company_id"),
    "kinship": ("person_id", "relative_id"),
}


@dataclass(frozen=True)
class Ties:
    """``rows``: party_a, party_b, rule, tier, counts, verdict, first, last, legs, anchor_id; all ties of the pairs."""

    rows: pl.DataFrame
    capacities: Capacities


def pairs_of(flows: pl.DataFrame) -> pl.DataFrame:
    """The pairs that deal with each other, each once: party_a < party_b."""
    ends = ("source_id", "target_id")
    pairs = flows.select(party_a=pl.min_horizontal(ends), party_b=pl.max_horizontal(ends))
    return pairs.filter(pl.col("party_a") != pl.col("party_b")).unique().sort(PAIR)


def ties(
    pairs: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    control: pl.DataFrame,
    identities: pl.DataFrame,
    coverage: Coverage,
    as_of: date,
    regime: str,
    *,
    noticed: bool = False,
) -> Ties:
    """Every tie of every pair by the ways of ``regimes.RULES``, before the best of a day is chosen.

    ``noticed`` also gives ties that make nobody related under the regime (``counts`` is false). A tie is proven where
    all that it rests on is, else possible. Nothing passes through a state body, except where a way says so.
    """
    ways = ways_of(regime, noticed=noticed)
    tied = _somehow_tied(pairs, tables, control)
    parties = pl.concat([tied["party_a"], tied["party_b"]]).unique()
    asked = {*ways["one"], *ways["other"]}
    what = capacities(tables, control, identities, coverage, as_of, parties, asked)
    relatives = _relatives(what.rows, tables, identities, coverage, as_of, regime)
    met = _without_hubs(_met(tied, what.rows, relatives, ways, identities), tables)
    single = met.filter(pl.col("least") == 1)
    several = _at_once(met.filter(pl.col("least") > 1))
    columns = [*PAIR, "rule", "tier", "counts", "verdict", *_SPAN, "legs", "anchor_id"]
    found = pl.concat([single.select(columns), several.select(columns)])
    return Ties(pl.concat([found, _within_12_months(found, regime).select(columns)]), what)


def chosen(rows: pl.DataFrame) -> pl.DataFrame:
    """For every day, pair and tier the best tie; touching days with one rule and verdict joined, with all their legs.

    Best is proven before possible, then the first rule, then the shortest proof. ``rows`` as ``Ties.rows``.
    """
    keys = [*PAIR, "tier"]
    ranked = rows.sort(
        *keys,
        pl.col("verdict").replace_strict({"proven": 0, "possible": 1}, return_dtype=pl.Int8),
        rule_order(pl.col("rule")),
        pl.col("legs").list.len(),
        pl.col("legs").list.join("/"),
        *_SPAN,
    ).with_row_index("rank")
    days = sweep(ranked, keys).join(ranked, on=keys, suffix="_tie")
    days = (
        days.filter(pl.col("first_tie") <= pl.col("first"), pl.col("last_tie") >= pl.col("last"))
        .sort("rank")
        .unique([*keys, *_SPAN], keep="first", maintain_order=True)
    )
    same = [*keys, "rule", "verdict"]
    spans = merge(days, same).join(days.select(*same, "legs", day="first"), on=same)
    return (
        spans.filter(pl.col("first") <= pl.col("day"), pl.col("day") <= pl.col("last"))
        .sort(*same, "first", "day")
        .group_by(*same, *_SPAN, maintain_order=True)
        .agg(pl.col("legs").explode().unique(maintain_order=True))
    )


def weighted(rows: pl.DataFrame) -> pl.DataFrame:
    """Chosen ties with their ``weight``: a tie of tier A or B counts whole."""
    return rows.with_columns(weight=pl.lit(1.0))


def _somehow_tied(pairs: pl.DataFrame, tables: Mapping[str, pl.DataFrame], control: pl.DataFrame) -> pl.DataFrame:
    """The pairs of which both ends stand in some register: most buyers of cars stand in none."""
    named = [tables[name].select(party_id=end) for name, ends in _ENDS.items() if name in tables for end in ends]
    known = pl.concat([*(control.select(party_id=f"{end}_id") for end in ("controller", "controlled")), *named])
    known = known.unique()
    for end in PAIR:
        pairs = pairs.join(known, left_on=end, right_on="party_id", how="semi")
    return pairs


def _relatives(
    rows: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    identities: pl.DataFrame,
    coverage: Coverage,
    as_of: date,
    regime: str,
) -> pl.DataFrame:
    """To whom a way may pass on: every anchor to itself, and persons to their relatives."""
    anchors = rows.filter(pl.col("capacity") != "itself").select(person_id="anchor_id")
    selves = pl.concat([anchors, rows.select(person_id="party_id")]).unique(maintain_order=True).select(
        "person_id",
        relative_id="person_id",
        first=pl.lit(FIRST, pl.Int64),
        last=pl.lit(LAST, pl.Int64),
        verdict=pl.lit("proven"),
        word=pl.lit(_SELF),
        legs=pl.lit([], pl.List(pl.String)),
    )  # fmt: skip
    births = tables["parties"].select("party_id", "birth_year")
    related = kin(tables, anchors["person_id"].unique(), births, coverage, as_of, regime, open_ids(identities))
    return pl.concat([selves, related], how="vertical_relaxed")


def open_ids(identities: pl.DataFrame) -> pl.Series:
    """Who is a stub or undecided: nothing that rests on them is certain."""
    return identities.filter(pl.any_horizontal("is_stub", "is_undecided"))["canonical_id"].unique()


def _met(
    pairs: pl.DataFrame, rows: pl.DataFrame, relatives: pl.DataFrame, ways: pl.DataFrame, identities: pl.DataFrame
) -> pl.DataFrame:
    """The ways that pairs meet: the first party's capacity, a person's relatives, the second party's capacity."""
    through = pl.concat([ways, ways.rename({"one": "other", "other": "one"}).select(ways.columns)]).unique(
        maintain_order=True
    )
    through = through.with_columns(word=pl.col("kin").replace_strict(_REACH, return_dtype=pl.List(pl.String))).explode(
        "word"
    )
    kinds = identities.unique("canonical_id").select(
        anchor_id="canonical_id",
        is_person=pl.col("kind") == "person",
        is_state="is_state",
    )
    one = rows.rename({"party_id": "party_a", "capacity": "one"})
    other = rows.rename({"party_id": "party_b", "capacity": "other", "anchor_id": "relative_id"})
    both = (
        pairs.join(one, on="party_a")
        .join(relatives, left_on="anchor_id", right_on="person_id", suffix="_kin")
        .join(other, on=["party_b", "relative_id"], suffix="_other")
        .join(through, on=["one", "other", "word"])
        .join(kinds, on="anchor_id", how="left")
    )
    is_direct = (pl.col("one") == "itself") | (pl.col("other") == "itself")
    is_state = pl.col("is_state").fill_null(False)
    is_person = pl.col("is_person").fill_null(False)
    fits = (
        pl.when(pl.col("anchor") == "state").then(is_state)
        .when(pl.col("anchor") == "person").then(is_person & ~is_state)
        .when(pl.col("anchor") == "company").then(~is_person & (is_direct | ~is_state))
        .otherwise(is_direct | ~is_state)
    )  # fmt: skip
    firsts, lasts = ("first", "first_kin", "first_other"), ("last", "last_kin", "last_other")
    return (
        both.filter(fits, pl.col("party_a") != pl.col("party_b"))
        .with_columns(
            first=pl.max_horizontal(firsts),
            last=pl.min_horizontal(lasts),
            # "possible" sorts before "proven": the weakest link decides
            verdict=pl.min_horizontal("verdict", "verdict_kin", "verdict_other"),
            legs=pl.concat_list("legs", "legs_kin", "legs_other"),
        )
        .filter(pl.col("first") <= pl.col("last"))
    )


def _without_hubs(met: pl.DataFrame, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Without indicators by persons who sit in more than ten companies: agents of registration, directors by trade."""
    positions = tables.get("positions", TABLES["positions"].empty())
    seats = positions.group_by("person_id").agg(companies=pl.col("company_id").n_unique())
    hubs = seats.filter(pl.col("companies") > MOST)["person_id"]
    return met.filter((pl.col("tier") != "B") | ~pl.col("anchor_id").is_in(hubs.implode()))


def _at_once(met: pl.DataFrame) -> pl.DataFrame:
    """Ties that need several anchors on one day: the days on which there are enough, proven ones first."""
    keys = [*PAIR, "rule", "tier", "counts", "least"]
    found = []
    for verdict, rows in (("proven", met.filter(pl.col("verdict") == "proven")), ("possible", met)):
        anchored = merge(rows, [*keys, "anchor_id"]).with_columns(n=pl.lit(1, pl.Int64))
        days = sweep(anchored, keys, ["n"]).filter(pl.col("n") >= pl.col("least")).drop("n")
        legs = (
            days.join(rows, on=keys, suffix="_row")
            .filter(pl.col("first_row") <= pl.col("first"), pl.col("last_row") >= pl.col("last"))
            .sort("anchor_id", pl.col("legs").list.join("/"))
            .group_by(*keys, *_SPAN, maintain_order=True)
            .agg(pl.col("legs").explode().unique(maintain_order=True))
        )
        found.append(legs.with_columns(verdict=pl.lit(verdict), anchor_id=pl.lit(None, pl.String)))
    return pl.concat(found)


def _within_12_months(found: pl.DataFrame, regime: str) -> pl.DataFrame:
    """Ties of tier A that ended up to 12 months before a day or, where the regime looks that way, begin after it."""
    related = found.filter(pl.col("tier") == "A", "counts")
    keys = [*PAIR, "verdict"]
    # what turns from possible to proven has not ended
    counted = pl.concat(
        [related.filter(pl.col("verdict") == "proven"), related.with_columns(verdict=pl.lit("possible"))]
    )
    whole = merge(counted, keys)
    after = whole.filter(pl.col("last") < LAST).with_columns(
        first=pl.col("last") + 1, last=_moved("last", MONTHS), day="last"
    )
    before = whole.filter(pl.col("first") > FIRST).with_columns(
        first=_moved("first", f"-{MONTHS}"), last=pl.col("first") - 1, day="first"
    )
    looks_back = regime in LOOKS_BACK
    around = pl.concat([after, before]) if looks_back else after
    # a day on which they are related is none on which they were
    each = [*keys, "day"]
    stays = subtract(around, around.select(each).join(whole, on=keys), each)
    # that parties would become related counts where it was agreed on by then, which no register tells
    is_ahead = pl.col("day") > pl.col("last")
    legs = (
        stays.join(counted.select(*keys, "legs", _from="first", _to="last"), on=keys)
        .filter(pl.col("_from") <= pl.col("day"), pl.col("day") <= pl.col("_to"))
        .sort(pl.col("legs").list.len(), pl.col("legs").list.join("/"))
        .unique([*each, *_SPAN], keep="first", maintain_order=True)
    )
    rule, tier = ("R8", "A") if looks_back else ("ended_within_12_months", "B")
    return legs.with_columns(
        rule=pl.lit(rule),
        tier=pl.lit(tier),
        counts=pl.lit(True),
        verdict=pl.when(is_ahead).then(pl.lit("possible")).otherwise("verdict"),
        anchor_id=pl.lit(None, pl.String),
    )


def _moved(day: str, by: str) -> pl.Expr:
    return pl.col(day).cast(pl.Int32).cast(pl.Date).dt.offset_by(by).cast(pl.Int32).cast(pl.Int64)
