"""Which rows of ``parties`` are one party: what people judged, then codes, then name and city, then how it is reached.

Each tier joins what the tiers before it left apart. What would join two parties that may not be one (two valid codes
that differ, two that were judged apart) joins nobody, so the order of rows never decides.
"""

import numpy as np
import polars as pl

from graphkit.algorithms.components import Ints, components
from graphkit.identity.judged import NOTHING_JUDGED, groups_of
from graphkit.identity.merge_reasons import explained

PLACE = ("kind", "name_key", "city_key")
_BY_PHONE = ("kind", "core", "phone_key")
_BY_STREET = ("kind", "core", "city_key", "street_key")
_KEYS = (("uscc_code",), ("lei_code",), ("person_key",), PLACE, _BY_PHONE, _BY_STREET)


def merged(parties: pl.DataFrame, judged: pl.DataFrame = NOTHING_JUDGED) -> pl.DataFrame:
    """The canonical id of each row of :func:`graphkit.identity.keys.keyed` parties.

    ``judged`` are pairs that a person decided about (``graphkit.identity.judged``). Returns ``parties`` with
    ``canonical_id`` (the smallest party_id of those merged, the company's where branches are among them), ``basis``
    (self, judged, code, name_city, contact, branch), ``reason`` (why it was merged), ``clash`` (why it could not be,
    null mostly) and ``is_branch`` (it was joined to the company that it is a branch of).
    """
    parents = parties.filter(pl.col("parent_key").is_not_null())["parent_key"].unique()
    shared = [pl.all_horizontal(pl.col(key).is_not_null()) & pl.struct(key).is_duplicated() for key in _KEYS]
    named = pl.concat([judged["party_a"], judged["party_b"]]).unique()
    shares = pl.any_horizontal(
        *shared,
        pl.col("parent_key").is_not_null(),
        pl.col("name_key").is_in(parents.implode()),
        pl.col("party_id").is_in(named.implode()),
        pl.col("claimed_uscc").is_not_null(),
        pl.col("uscc_code").is_in(parties["claimed_uscc"].drop_nulls().unique().implode()),
    ).fill_null(False)
    # most parties share no key with another, so only the rest are compared
    alone = parties.filter(~shares).with_columns(
        canonical_id="party_id",
        basis=pl.lit("self"),
        reason=pl.lit(None, pl.String),
        clash=pl.lit(None, pl.String),
        is_branch=pl.lit(False),
    )
    if alone.height == parties.height:
        return alone
    compared = _compared(parties.filter(shares), judged)
    return pl.concat([alone, compared.select(alone.columns)]).sort("party_id")


def _compared(parties: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    # a company stands before its branches, so that the smallest row of those joined is the company's
    rows = parties.sort(pl.col("parent_key").is_not_null(), "party_id").with_row_index("n")
    is_branch = pl.col("parent_key").is_not_null()
    # rows without a USCC are no group that one of them could give its LEI
    of_one_uscc = pl.when(pl.col("uscc_code").is_not_null()).then(pl.col("lei_code").min().over("uscc_code"))
    rows = rows.with_columns(
        pl.col("n").cast(pl.Int64),
        label=pl.col("n").cast(pl.Int64),
        own_uscc=pl.when(~is_branch).then("uscc_code"),
        own_lei=pl.when(~is_branch).then(pl.coalesce(of_one_uscc, "lei_code")),
        is_person=pl.col("kind") == "person",
        clash=pl.lit(None, pl.String),
    )
    apart = pairs_of(rows, judged.filter(~pl.col("is_same")))
    # whom a person set apart from another is not in doubt for having something in common with it
    rows = rows.with_columns(is_set_apart=pl.col("n").is_in(pl.concat([apart["source"], apart["target"]]).implode()))
    said = pl.lit("A judged merge was not applied: it would join different valid codes, or parties judged apart.")
    rows = joined(rows, "judged", _judged_edges(rows, judged), apart, ("own_uscc", "own_lei", "is_person"), said)
    said = _unless_set_apart("Two parties with its code were judged apart, so it was joined to neither.")
    by_code = pl.concat([_edges(rows, ("uscc_code",)), _edges(rows.filter("is_person"), ("person_key",))])
    rows = joined(rows, "code", by_code, apart, ("own_uscc", "is_person"), said)
    rows = _by_lei(_with_codes(rows), apart)
    rows = _with_codes(rows)
    said = _unless_set_apart("Its name and city belong to parties that are not one, so it was joined to none.")
    rows = _by_keys(rows, "name_city", [PLACE], apart, (), said)
    alike = ("form", "region", "city_key")
    rows = _by_keys(_with_codes(rows), "contact", [_BY_PHONE, _BY_STREET], apart, alike, pl.lit(None, pl.String))
    rows = joined(rows, "branch", _to_companies(rows), apart, ("own_uscc", "own_lei"), pl.lit(None, pl.String))
    return explained(rows, judged)


def _by_lei(rows: pl.DataFrame, apart: pl.DataFrame) -> pl.DataFrame:
    # a LEI under which two USCCs stand identifies neither
    said = pl.lit("Its LEI stands under two different valid USCCs, so it was joined to neither.")
    contested = pl.col("lei_code").is_not_null() & differ("uscc_of", "lei_code")
    rows = rows.with_columns(clash=pl.coalesce("clash", pl.when(contested & pl.col("uscc_code").is_null()).then(said)))
    edges = _edges(rows.filter(~contested), ("lei_code",))
    return joined(rows, "code", edges, apart, ("uscc_of",), pl.lit(None, pl.String))


def _by_keys(
    rows: pl.DataFrame,
    tier: str,
    keys: list[tuple[str, ...]],
    apart: pl.DataFrame,
    alike: tuple[str, ...],
    said: pl.Expr,
) -> pl.DataFrame:
    """Join companies with equal ``keys`` where neither codes nor ``alike`` differ among them."""
    codeless = pl.all_horizontal(pl.col("uscc_of", "lei_of").is_null())
    companies = rows.filter(~pl.col("is_person"))
    edges = []
    for key in keys:
        alike_in_it = [column for column in ("uscc_of", "lei_of", *alike) if column not in key]
        some = companies.filter(pl.all_horizontal(pl.col(key).is_not_null()))
        groups = some.group_by(key).agg(
            pl.len().alias("bearers"),
            pl.col("n").min().alias("target"),
            clashes=pl.any_horizontal((pl.col(column).min() != pl.col(column).max()) for column in alike_in_it),
        )
        groups = groups.filter(pl.col("bearers") > 1).with_columns(pl.col("clashes").fill_null(False))
        found = some.select("n", *key).join(groups, on=key)
        edges.append(found.filter(~pl.col("clashes")).select(source="n", target="target"))
        clashing = pl.col("n").is_in(found.filter("clashes")["n"].implode())
        rows = rows.with_columns(clash=pl.coalesce("clash", pl.when(clashing & codeless).then(said)))
    told = pl.when(codeless).then(said)
    return joined(rows, tier, pl.concat(edges), apart, ("uscc_of", "lei_of"), told)


def _to_companies(rows: pl.DataFrame) -> pl.DataFrame:
    """Join each branch to the one company of its parent's name, or to the one of that name in its city."""
    companies = rows.filter(pl.col("kind") == "company", pl.col("parent_key").is_null())
    branches = rows.filter(pl.col("kind") == "company", pl.col("parent_key").is_not_null())
    found = []
    for place in ([], ["city_key"]):
        one = (
            companies.group_by("name_key", *place)
            .agg(target=pl.col("n").min(), parties=pl.col("label").n_unique())
            .filter(pl.col("parties") == 1)
        )
        found.append(branches.join(one, left_on=["parent_key", *place], right_on=["name_key", *place]))
    both = pl.concat([edges.select(source="n", target="target") for edges in found])
    return both.unique("source", keep="first", maintain_order=True)


def pairs_of(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Judged pairs as row numbers, those of whom both are here."""
    ids = rows.select("party_id", "n")
    pairs = judged.join(ids, left_on="party_a", right_on="party_id").rename({"n": "source"})
    pairs = pairs.join(ids, left_on="party_b", right_on="party_id").rename({"n": "target"})
    return pairs.select("source", "target")


def _judged_edges(rows: pl.DataFrame, judged: pl.DataFrame) -> pl.DataFrame:
    """Edges between rows that judgements join, also by way of parties that no row defines."""
    groups = groups_of(judged).join(rows.select("party_id", "n"), on="party_id")
    return groups.select(source="n", target=pl.col("n").min().over("group"))


def _unless_set_apart(said: str) -> pl.Expr:
    return pl.when(~pl.col("is_set_apart")).then(pl.lit(said))


def _edges(rows: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    """Join each row to the first row with the same keys."""
    some = rows.filter(pl.all_horizontal(pl.col(keys).is_not_null()))
    return some.select(source="n", target=pl.col("n").min().over(keys))


def joined(
    rows: pl.DataFrame,
    tier: str,
    edges: pl.DataFrame,
    apart: pl.DataFrame,
    codes: tuple[str, ...],
    said: pl.Expr,
) -> pl.DataFrame:
    """``rows`` with ``label`` after ``edges``, except where ``codes`` or a judgement contradict; ``tier`` keeps it."""
    if edges.is_empty():
        return rows.with_columns(pl.col("label").alias(tier))
    both = pl.concat([rows.select(source="n", target="label"), edges])
    ends: list[Ints] = [both[end].to_numpy().astype(np.int64) for end in ("source", "target")]
    trial = components(rows.height, *ends)
    source, target = (apart[end].to_numpy() for end in ("source", "target"))
    forbidden = np.unique(trial[source[trial[source] == trial[target]]])
    rows = rows.with_columns(trial=pl.Series(trial, dtype=pl.Int64))
    contradicts = pl.any_horizontal(*(differ(code, "trial") for code in codes), pl.col("trial").is_in(forbidden))
    changes = (pl.col("trial") != pl.col("label")) | (pl.col("trial") != pl.col("label")).any().over("trial")
    return (
        rows.with_columns(melts=contradicts & changes)
        .with_columns(
            label=pl.when("melts").then("label").otherwise("trial"),
            clash=pl.coalesce("clash", pl.when("melts").then(said)),
        )
        .with_columns(pl.col("label").alias(tier))
        .drop("trial", "melts")
    )


def _with_codes(rows: pl.DataFrame) -> pl.DataFrame:
    """The codes that stand for the party of each row: a company's own before that of a branch of it."""
    return rows.with_columns(
        uscc_of=pl.coalesce(pl.col("own_uscc").min().over("label"), pl.col("uscc_code").min().over("label")),
        lei_of=pl.coalesce(pl.col("own_lei").min().over("label"), pl.col("lei_code").min().over("label")),
    )


def differ(code: str, *keys: str) -> pl.Expr:
    """Whether different known codes stand under the same keys."""
    known = pl.col(code)
    return (known.min().over(*keys) != known.max().over(*keys)).fill_null(False)
