"""Every table with one id per party, and the record of who was joined to whom and why."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from graphkit.identity.judged import NOTHING_JUDGED, apart_pairs, with_judged_stubs
from graphkit.identity.keys import keyed
from graphkit.identity.merges import merged
from graphkit.identity.names import is_state_name
from graphkit.identity.persons import merged_persons, namesakes_born_alike
from graphkit.identity.private import is_person_name, registered_names
from graphkit.identity.references import (
    mentioned_ids,
    name_references,
    settled,
    stems,
    stubs,
    with_insured,
    without_insured,
)
from graphkit.identity.undecided import namesakes
from graphkit.tables.inputs import ROLES, TABLES
from graphkit.tables.outputs import SHAPES

UNKNOWN = "unknown"
"""The kind of a party that no row of ``parties`` defines."""


@dataclass(frozen=True)
class Resolved:
    """``tables`` with canonical party ids, and ``identities``: one row per party id ever seen."""

    tables: dict[str, pl.DataFrame]
    identities: pl.DataFrame


def resolve(tables: Mapping[str, pl.LazyFrame | pl.DataFrame], judged: pl.DataFrame = NOTHING_JUDGED) -> Resolved:
    """Find out which party ids are one party, and write every table with canonical ids.

    What people judged comes first (``judged`` has the columns of ``graphkit.identity.judged.JUDGED``): pairs that are
    one party, pairs that are not. Then companies and government bodies are joined by a valid USCC, by a valid LEI, by
    exact normalised name and city, and by core name with telephone or street, where no codes conflict; a branch is
    joined to its company. Persons are joined by ``person_key``, or by name, birth year and a company in common. A name
    without an id is looked up by USCC, by name and city, by its full name where no city is given, as a branch, and by
    what it lacks but its place where the same car tells; what nothing defines becomes a stub, and a name that may be a
    person's never joins two rows.

    Returns the tables in the order given: party columns canonical, companions (``seller_name``, …) dropped, the
    insured in endorsements canonical too. ``parties`` has one row per canonical party, gaps filled from the rows merged
    into it, roles united, and ``is_stub``; a stub's kind is ``unknown``. ``identities`` has the columns of
    ``SHAPES["identities"]``; its ``uscc`` and ``lei`` are the valid codes only, and ``is_private`` marks stubs that are
    natural persons whose name no owner, officer or other person of the case has.

    >>> import datetime as dt
    >>> sales = pl.DataFrame({"row_key": ["S1"], "seller_id": ["D1"], "buyer_id": [None], "buyer_name": ["陆一鸣"]},
    ...                      schema_overrides={"buyer_id": pl.String})
    >>> resolve({"sales": sales}).tables["sales"].rows()
    [('S1', 'D1', 'name:陆一鸣#sales:S1:buyer')]
    """
    frames = {name: table.lazy().collect() for name, table in tables.items()}
    parties = merged(keyed(frames.pop("parties", TABLES["parties"].empty())), judged)
    if "endorsements" in frames:
        known = pl.concat([parties["party_id"], mentioned_ids(_without(frames, "endorsements"))["party_id"]]).unique()
        frames["endorsements"] = with_insured(frames["endorsements"], known)
    references = settled(name_references(frames), parties, frames)
    if not namesakes_born_alike(parties).is_empty():
        parties = merged_persons(parties, _ties(frames, parties, references), judged)
    made = with_judged_stubs(stubs(mentioned_ids(frames), references, parties), parties, judged)
    canonical = _canonical_parties(parties, made)
    moved = _moved(parties, made)
    resolved = {name: _rewritten(name, frame, moved, references) for name, frame in frames.items()}
    if "endorsements" in resolved:
        resolved["endorsements"] = without_insured(resolved["endorsements"])
    in_order = {
        name: canonical if name == "parties" else resolved[name] for name in dict.fromkeys([*tables, "parties"])
    }
    known = registered_names(frames, references, parties)
    return Resolved(in_order, _identities(parties, made, canonical, judged, known))


def _without(frames: Mapping[str, pl.DataFrame], name: str) -> dict[str, pl.DataFrame]:
    return {key: frame for key, frame in frames.items() if key != name}


def _moved(*named: pl.DataFrame) -> pl.DataFrame:
    """The ids that are written otherwise, and how."""
    ids = pl.concat([frame.select("party_id", "canonical_id") for frame in named])
    return ids.filter(pl.col("party_id") != pl.col("canonical_id"))


def _ties(frames: Mapping[str, pl.DataFrame], parties: pl.DataFrame, references: pl.DataFrame) -> pl.DataFrame:
    """Which person holds an office or a share in which company: person_id as written, company_id canonical."""
    moved = _moved(parties.filter(pl.col("kind") != "person"))
    ends = {"positions": ("person_id", "company_id"), "ownership": ("owner_id", "owned_id")}
    found = [
        _rewritten(name, frames[name], moved, references).select(person_id=person, company_id=company)
        for name, (person, company) in ends.items()
        if name in frames
    ]
    return pl.concat([pl.DataFrame(schema={"person_id": pl.String(), "company_id": pl.String()}), *found])


def _rewritten(name: str, frame: pl.DataFrame, moved: pl.DataFrame, references: pl.DataFrame) -> pl.DataFrame:
    """A table with canonical ids in its party columns and without their companions."""
    found = references.filter(pl.col("table") == name, pl.col("party_id").is_not_null())
    for stem in stems(name):
        column = f"{stem}_id"
        here = found.filter(pl.col("stem") == stem).select("row", _found="party_id")
        if not here.is_empty():
            frame = (
                frame.with_row_index("row")
                .join(here, on="row", how="left", maintain_order="left")
                .with_columns(pl.coalesce(column, "_found").alias(column))
                .drop("row", "_found")
            )
        frame = frame.with_columns(pl.col(column).replace(moved["party_id"], moved["canonical_id"]))
    return frame.drop(TABLES[name].companions, strict=False)


def _canonical_parties(parties: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    columns = list(TABLES["parties"].loaded_schema())
    several = pl.len().over("canonical_id") > 1
    alone = parties.filter(~several)
    # where a branch is and what it is called says nothing of its company
    together = (
        parties.filter(several, ~pl.col("is_branch"))
        .sort("canonical_id", pl.col("party_id") != pl.col("canonical_id"), "party_id")
        .group_by("canonical_id", maintain_order=True)
        .agg(pl.col(name).drop_nulls().first() for name in columns if name != "roles")
    )
    # where a merged party's rows stand in the files is told by its canonical row
    united = together.join(_united_roles(parties.filter(several)), on="canonical_id", how="left")
    blank = made.filter(pl.col("party_id") == pl.col("canonical_id")).select(
        "party_id", "name", "city", uscc="uscc_code", kind=pl.lit(UNKNOWN), row_key="party_id"
    )
    defined = pl.concat([alone.select(columns), united.select(columns)])
    return (
        pl.concat([defined.with_columns(is_stub=False), blank.with_columns(is_stub=True)], how="diagonal_relaxed")
        .with_columns(is_state=_is_state())
        .sort("party_id")
    )


def _is_state() -> pl.Expr:
    # what a file says of a party stands; where it says nothing its name may
    return (pl.col("kind") == "government") | pl.coalesce(
        "is_state", (pl.col("kind") != "person") & is_state_name(pl.col("name"))
    )


def _united_roles(parties: pl.DataFrame) -> pl.DataFrame:
    """The roles of all rows of a party, in the order of the contract."""
    has = {role: pl.col("roles").str.split(";").list.contains(role).any() for role in ROLES}
    named = parties.group_by("canonical_id").agg(**has)
    words = pl.concat_list(pl.when(pl.col(role)).then(pl.lit(role)) for role in ROLES).list.drop_nulls()
    joined = words.list.join(";")
    return named.select("canonical_id", roles=pl.when(joined != "").then(joined))


def _identities(
    parties: pl.DataFrame, made: pl.DataFrame, canonical: pl.DataFrame, judged: pl.DataFrame, known: pl.Series
) -> pl.DataFrame:
    has_code = pl.any_horizontal(pl.col("uscc_code", "lei_code").is_not_null())
    codes = (
        parties.filter(has_code, ~pl.col("is_branch"))
        .group_by("canonical_id")
        .agg(pl.col("uscc_code", "lei_code").min())
    )
    legal = parties.filter(pl.col("kind") != "person")
    compared = legal.select("canonical_id", "name_key", "city_key").join(codes, on="canonical_id", how="left")
    is_own = pl.col("party_id") == pl.col("canonical_id")
    blank = made.filter(is_own).select(
        "name_key", "city_key", "uscc_code", "canonical_id", lei_code=pl.lit(None, dtype=pl.String)
    )
    apart = apart_pairs(judged, pl.concat([frame.select("party_id", "canonical_id") for frame in (parties, made)]))
    # a namesake that only a careless row mentions does not put a registered company in doubt
    doubts = pl.concat(
        [
            namesakes(compared, compared, apart),
            namesakes(blank, pl.concat([compared, blank], how="diagonal_relaxed"), apart),
        ]
    )
    attributes = canonical.select("party_id", "name", "kind", "roles", "city", "is_state", "is_listed")
    rows = parties.select(
        "party_id", "canonical_id", "name", "kind", "roles", "city", "name_key",
        "is_listed", "basis", "reason", "clash",
        is_state=_is_state(),
        uscc="uscc_code",
        lei="lei_code",
        is_stub=pl.lit(False),
        is_private=pl.lit(False),
    )  # fmt: skip
    rows = rows.join(attributes, on="party_id", how="left", suffix="_filled")
    rows = rows.join(codes, on="canonical_id", how="left")
    is_canonical = pl.col("party_id") == pl.col("canonical_id")
    rows = rows.with_columns(
        *(
            pl.when(is_canonical).then(f"{name}_filled").otherwise(name).alias(name)
            for name in ("roles", "city", "is_state", "is_listed")
        ),
        uscc=pl.when(is_canonical).then("uscc_code").otherwise("uscc"),
        lei=pl.when(is_canonical).then("lei_code").otherwise("lei"),
    )
    stub_rows = made.select(
        "party_id", "canonical_id", "name", "name_key", "city", "basis", "reason",
        kind=pl.lit(UNKNOWN), uscc="uscc_code", is_state=is_state_name(pl.col("name")),
        # one that a person found among the defined parties is a stub no more
        is_stub=~pl.col("canonical_id").is_in(parties["party_id"].implode()),
        is_private=is_person_name(pl.col("name")) & ~pl.col("name_key").is_in(known.implode()),
    )  # fmt: skip
    both = pl.concat([rows, stub_rows], how="diagonal_relaxed").join(doubts, on="canonical_id", how="left")
    clashed = parties.filter(pl.col("clash").is_not_null())["canonical_id"].unique()
    in_doubt = pl.col("canonical_id").is_in(clashed.implode()) | pl.col("namesake_id").is_not_null()
    namesake = pl.format("{} has the same name, and neither codes nor cities tell them apart.", "namesake_id")
    sentences = pl.concat_str("reason", "clash", namesake, separator=" ", ignore_nulls=True)
    return SHAPES["identities"].canonical(
        both.with_columns(is_undecided=in_doubt, reason=pl.when(sentences != "").then(sentences))
    )
