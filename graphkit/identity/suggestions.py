"""Which parties may be one and are not merged: pairs for a person to decide about, each with what speaks for it."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from graphkit.identity.codes import valid_lei, valid_uscc
from graphkit.identity.contacts import phone_key, street_key
from graphkit.identity.judged import NOTHING_JUDGED, apart_pairs
from graphkit.identity.name_parts import known_places, name_parts, parent_name
from graphkit.identity.names import city_key, is_company_name, name_key
from graphkit.identity.resolve import UNKNOWN, Resolved

MOST_BEARERS = 10
"""Parties that may share a key before it says nothing: a mall's address, an agent's telephone, a name like 汽车销售."""

_FACTS = {"city_key": "city", "region": "place in the name", "form": "legal form", "birth_year": "birth year"}
SUGGESTED = ("party_a", "party_b", "strength", "reason", "against")


@dataclass(frozen=True)
class _Rule:
    """Records with equal ``keys`` may be one party; ``names`` where the names are alike, which the rest is not."""

    said: str
    keys: tuple[str, ...]
    strength: int
    names: bool = True


_RULES = (
    _Rule("a code one character apart", ("code_variant",), 4),
    _Rule("same core name", ("core",), 3),
    _Rule("same core name", ("core", "city_key"), 3),
    _Rule("names one character apart", ("core_variant", "city_key"), 2),
    _Rule("names one character apart", ("core_variant", "phone_key"), 2),
    _Rule("names one character apart", ("core_variant", "street_key"), 2),
    _Rule("a branch of a company of this name", ("family_key",), 3),
    _Rule("same telephone", ("phone_key",), 2, names=False),
    _Rule("same address", ("city_key", "street_key"), 1, names=False),
)
_OF_PERSONS = (
    _Rule("same name and birth year", ("name_key", "birth_year"), 2),
    _Rule("same name and a company in common", ("name_key", "company_id"), 3),
)


def suggested(parties: pl.DataFrame, resolved: Resolved, judged: pl.DataFrame = NOTHING_JUDGED) -> pl.DataFrame:
    """Pairs of parties that rules find alike, likeliest first.

    ``parties`` is the loaded table, ``resolved`` what identity made of it and ``judged`` the pairs already decided,
    which are not suggested again. Gives ``party_a`` < ``party_b`` (canonical ids), ``strength`` (the more rules and the
    rarer their keys the higher), ``reason`` (what the two have in common) and ``against`` (what differs). Two companies
    with different valid codes are never suggested, and persons only by birth year or a company in common.

    >>> from graphkit.identity import resolve
    >>> from graphkit.tables.inputs import TABLES
    >>> rows = pl.DataFrame({"party_id": ["P1", "P2"], "kind": ["company"] * 2, "city": ["临海", "台州"],
    ...                      "name": ["临海示例汽车有限公司", "示例（临海）汽车有限公司"]})
    >>> parties = pl.concat([TABLES["parties"].empty(), rows], how="diagonal")
    >>> suggested(parties, resolve({"parties": parties})).rows()
    [('P1', 'P2', 3, 'same core name', 'city differs')]
    """
    records = company_records(parties, resolved)
    persons = _person_records(parties, resolved)
    found = pl.concat([_pairs(records, _RULES), _pairs(persons, _OF_PERSONS)])
    alike = pl.col("names") | (pl.col("said").n_unique().over("party_a", "party_b") > 1)
    strongest = found.filter(alike).group_by("party_a", "party_b", "said").agg(pl.col("strength").max())
    strongest = strongest.sort("party_a", "party_b", pl.col("strength") * -1, "said")
    pairs = strongest.group_by("party_a", "party_b", maintain_order=True).agg(
        pl.col("strength").sum().cast(pl.Int64), reason=pl.col("said").str.join("; ")
    )
    facts = pl.concat([records, persons], how="diagonal")
    pairs = with_differences(undecided_pairs(pairs, facts, resolved, judged), facts)
    order = [pl.col("strength") * -1, pl.col("against").is_not_null(), "party_a", "party_b"]
    return pairs.sort(order).select(SUGGESTED)


def company_records(parties: pl.DataFrame, resolved: Resolved) -> pl.DataFrame:
    """Every row of a company or government body and every stub with a company's name, with the keys to compare.

    A row that was joined to its company as a branch is left out. Columns: party_id (canonical), record_id, name, kind,
    uscc, uscc_code, lei_code, name_key, city_key, core, form, region, parent_key, phone_key, street_key.
    """
    who = resolved.identities.select("party_id", "canonical_id", "basis")
    defined = parties.filter(pl.col("kind") != "person").join(who, on="party_id", maintain_order="left")
    defined = defined.filter(pl.col("basis") != "branch")
    stubs = resolved.identities.filter(pl.col("kind") == UNKNOWN, is_company_name(pl.col("name"))).select(
        "party_id", "canonical_id", "name", "kind", "city", "uscc"
    )
    rows = pl.concat([defined, stubs], how="diagonal").sort("party_id").with_columns(city_key=city_key(pl.col("city")))
    places = known_places(rows["city_key"])
    rows = rows.hstack(name_parts(rows["name"], places))
    rows = rows.hstack([phone_key(rows), street_key(rows["address"], places)])
    return rows.select(
        "name", "kind", "uscc", "city_key", "core", "form", "region", "phone_key", "street_key",
        name_key=name_key(pl.col("name")),
        uscc_code=valid_uscc(rows["uscc"]),
        lei_code=valid_lei(rows["lei"]),
        parent_key=parent_name(pl.col("name")),
        party_id="canonical_id",
        record_id="party_id",
    )  # fmt: skip


def undecided_pairs(
    pairs: pl.DataFrame, records: pl.DataFrame, resolved: Resolved, judged: pl.DataFrame
) -> pl.DataFrame:
    """``pairs`` without those that a person judged apart and those whose valid codes differ."""
    apart = apart_pairs(judged, resolved.identities)
    pairs = pairs.join(apart, left_on=["party_a", "party_b"], right_on=["canonical_id", "other_id"], how="anti")
    # a branch has a code of its own, so it contradicts nobody's
    own = records.filter(pl.col("parent_key").is_null())
    codes = own.group_by("party_id").agg(pl.col("uscc_code", "lei_code").min())
    for end in ("a", "b"):
        pairs = pairs.join(codes, left_on=f"party_{end}", right_on="party_id", how="left", suffix="_b")
    differ = [(pl.col(code) != pl.col(f"{code}_b")).fill_null(False) for code in ("uscc_code", "lei_code")]
    return pairs.filter(~pl.any_horizontal(differ)).drop("uscc_code", "lei_code", "uscc_code_b", "lei_code_b")


def with_differences(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """``pairs`` with ``against``: the facts that both parties have and that differ."""
    facts = {fact: said for fact, said in _FACTS.items() if fact in records.columns}
    known = records.group_by("party_id").agg(pl.col(list(facts)).drop_nulls().unique().sort())
    for end in ("a", "b"):
        pairs = pairs.join(known, left_on=f"party_{end}", right_on="party_id", how="left", suffix="_b")
    differing = [
        pl.when(
            pl.col(fact).list.len() > 0,
            pl.col(f"{fact}_b").list.len() > 0,
            pl.col(fact).list.set_intersection(f"{fact}_b").list.len() == 0,
        ).then(pl.lit(f"{said} differs"))
        for fact, said in facts.items()
    ]
    against = pl.concat_str(differing, separator="; ", ignore_nulls=True)
    return pairs.with_columns(against=pl.when(against != "").then(against)).drop(
        *facts, *(f"{fact}_b" for fact in facts)
    )


def _person_records(parties: pl.DataFrame, resolved: Resolved) -> pl.DataFrame:
    who = resolved.identities.select("party_id", "canonical_id")
    persons = parties.filter(pl.col("kind") == "person").join(who, on="party_id", maintain_order="left")
    rows = persons.select(
        "birth_year",
        name_key=name_key(pl.col("name")),
        city_key=city_key(pl.col("city")),
        party_id="canonical_id",
        record_id="party_id",
    )
    held = [
        resolved.tables[name].select(party_id=person, company_id=company)
        for name, person, company in (("positions", "person_id", "company_id"), ("ownership", "owner_id", "owned_id"))
        if name in resolved.tables
    ]
    none = pl.DataFrame(schema={"party_id": pl.String(), "company_id": pl.String()})
    ties = pl.concat([none, *held]).unique()
    return rows.join(ties, on="party_id", how="left").with_columns(
        uscc_code=pl.lit(None, pl.String), lei_code=pl.lit(None, pl.String), parent_key=pl.lit(None, pl.String),
        region=pl.lit(None, pl.String), form=pl.lit(None, pl.String),
    )  # fmt: skip


def _pairs(records: pl.DataFrame, rules: Sequence[_Rule]) -> pl.DataFrame:
    """Pairs of parties with equal keys of a rule: party_a < party_b, said, strength, names."""
    found = [pl.DataFrame(schema={"party_a": pl.String(), "party_b": pl.String()})]
    tables = [found[0].with_columns(said=pl.lit(""), strength=pl.lit(0, pl.Int32), names=pl.lit(False))]
    for rule in rules:
        rows = _keyed_by(records, rule.keys)
        rows = rows.filter(pl.all_horizontal(pl.col(rule.keys).is_not_null())).select("party_id", *rule.keys).unique()
        bearers = pl.len().over(rule.keys)
        rows = rows.filter((bearers > 1) & (bearers <= MOST_BEARERS))
        pairs = rows.join(rows, on=rule.keys, suffix="_b").filter(pl.col("party_id") < pl.col("party_id_b"))
        tables.append(
            pairs.select(party_a="party_id", party_b="party_id_b")
            .unique()
            .with_columns(said=pl.lit(rule.said), strength=pl.lit(rule.strength, pl.Int32), names=pl.lit(rule.names))
        )
    return pl.concat(tables)


def _keyed_by(records: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
    if "core_variant" in keys:
        # a number in a name is there to tell firms apart, so one that differs is no slip
        number = pl.col("core").str.replace_all(r"[^0-9一二三四五六七八九十]", "")
        variants = _with_one_left_out(records, "core", "core_variant")
        return variants.with_columns(core_variant=pl.concat_str(number, "core_variant", separator="|"))
    if "code_variant" in keys:
        return _mistyped(records)
    if "family_key" in keys:
        return records.with_columns(family_key=pl.coalesce("parent_key", "name_key")).filter(
            pl.col("parent_key").is_not_null().any().over("family_key")
        )
    return records


def _with_one_left_out(records: pl.DataFrame, column: str, into: str) -> pl.DataFrame:
    """Every record once per character that may be left out: two texts one character apart then share a text."""
    text = pl.col(column)
    # with one of three characters left out most names would be alike
    rows = records.filter(text.str.len_chars() >= 4)
    longest = rows.select(text.str.len_chars().max().fill_null(0)).item()
    whole = rows.with_columns(text.alias(into))
    # a loop over places in a text, not over rows
    shorter = [
        rows.filter(text.str.len_chars() > place).with_columns(
            pl.concat_str(text.str.slice(0, place), text.str.slice(place + 1)).alias(into)
        )
        for place in range(longest)
    ]
    return pl.concat([whole, *shorter])


def _mistyped(records: pl.DataFrame) -> pl.DataFrame:
    """Codes that are not valid beside the valid ones that are one character away."""
    written = records.with_columns(code=pl.coalesce("uscc_code", pl.col("uscc").str.strip_chars().str.to_uppercase()))
    written = written.filter(pl.col("code").str.len_chars().is_between(17, 19))
    wrong = _with_one_left_out(written.filter(pl.col("uscc_code").is_null()), "code", "code_variant")
    if wrong.is_empty():
        return wrong
    right = _with_one_left_out(written.filter(pl.col("uscc_code").is_not_null()), "code", "code_variant")
    return pl.concat([wrong, right.join(wrong.select("code_variant").unique(), on="code_variant", how="semi")])
