"""What may leave a case: persons never, and as flagged only the parties that pass the export gate."""

from collections.abc import Mapping
from typing import Any

import polars as pl

EXPORTED = (
    "findings",
    "tallies",
    "hits",
    "evidence",
    "exposure",
    "units",
    "scores",
    "contributions",
    "clusters",
    "cluster_members",
    "restatement",
    "restated_vehicles",
    "reported",
    "tiers",
    "aggregates",
)
"""The tables of a run that are exported, in order; ``flagged_parties`` is made from the scores."""

CODES = frozenset(
    {
        "finding_id", "hit_id", "cluster_id", "content_hash", "source_id", "unit_id", "unit_kind", "subject_kind",
        "vin", "table", "detector", "version", "status", "family", "families", "verdict", "grade", "rule", "regime",
        "baseline", "look_alike", "look_alikes_tested", "look_alikes_untested", "value_unit", "band", "role",
        "roles", "standing", "deduction", "direction", "measure", "series", "tally", "unit", "bound", "cohort", "month",
        "first_month", "last_month", "period", "kind", "first_on", "last_on", "share", "ref",
    }
)  # fmt: skip
"""Columns, and facts of a network, that hold keys, days and words of a list; any other text may name a person."""

A_PERSON = "a person"
"""What a person's id or name reads as."""

IS_ORGANISATION = pl.col("kind").is_in(["company", "government"]).fill_null(value=False)
"""Whether a party is known not to be a person."""

_ABOUT = {
    "findings": "party_id",
    "hits": "accountable_id",
    "scores": "party_id",
    "contributions": "party_id",
    "cluster_members": "party_id",
    "units": "party_id",
    "tiers": "party_id",
}
_MENTIONS = ("counterparty_id", "anchor_id", "maker_id", "dealer_id", "reporter_id", "subject_id")
# a row that rests on one of these leaves only where that row does
_RESTS_ON = {"tallies": ("findings", "finding_id"), "exposure": ("units", "unit_id"), "evidence": ("hits", "hit_id")}


def publishable(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables of a run as they may leave it, and ``flagged_parties``.

    A row about a person is left out, a person's id in another row is blank, and a person's id or name in any other text
    reads *a person*, whatever its column: only those of ``CODES`` are not looked through. ``flagged_parties`` has the
    columns of ``scores``, only for parties that pass the gate.
    """
    persons = _persons(frames)
    words = _words(frames["identities"])
    out = {name: _without(frames[name], name, persons, words) for name in EXPORTED if name in frames}
    for name, (other, key) in _RESTS_ON.items():
        if name in out and other in out:
            out[name] = out[name].join(out[other].select(key).unique(), on=key, how="semi", maintain_order="left")
    passed = pl.col("flagged") & (pl.col("gate_failed").fill_null("") == "")
    out["scores"] = out["scores"].with_columns(flagged=passed.fill_null(value=False))
    out["flagged_parties"] = out["scores"].filter("flagged")
    return out


def publishable_graph(graph: Any, frames: Mapping[str, pl.DataFrame]) -> Any:
    """A copy of a network without its persons, and without their names in what is written on the rest of it.

    A node names its party in ``ref``.
    """
    persons = frozenset(_persons(frames))
    words = _words(frames["identities"])
    copy = graph.subgraph(node for node, data in graph.nodes(data=True) if data.get("ref") not in persons).copy()
    # all texts at once: to prepare the words for a search takes as long as to look through all of them
    told = [
        (facts, name)
        for facts in [*(data for _, data in copy.nodes(data=True)), *(data for *_, data in copy.edges(data=True))]
        for name, value in facts.items()
        if name not in CODES and isinstance(value, str)
    ]
    texts = pl.DataFrame({"text": [facts[name] for facts, name in told]}, schema={"text": pl.String})
    for (facts, name), text in zip(told, _told(texts, ["text"], words)["text"], strict=True):
        facts[name] = text
    return copy


def _persons(frames: Mapping[str, pl.DataFrame]) -> list[str]:
    # a party that no file defines may be a person: it is treated as one
    return frames["identities"].filter(~IS_ORGANISATION)["party_id"].to_list()


def _words(identities: pl.DataFrame) -> dict[str, str]:
    """What each id and name reads as in a sentence, the longest first.

    Companies are among them, so that a person's name inside a longer company name is not touched.
    """
    texts = pl.concat(
        identities.select(text=pl.col(column), is_person=~IS_ORGANISATION).drop_nulls()
        for column in ("party_id", "name")
    )
    texts = texts.filter(pl.col("text").str.len_chars() > 1).group_by("text").agg(pl.col("is_person").any())
    texts = texts.sort(-pl.col("text").str.len_bytes().cast(pl.Int64), "text")
    return {text: A_PERSON if is_one else text for text, is_one in texts.iter_rows()}


def _without(frame: pl.DataFrame, name: str, persons: list[str], words: dict[str, str]) -> pl.DataFrame:
    about = _ABOUT.get(name)
    if about:
        frame = frame.filter(~pl.col(about).is_in(persons).fill_null(value=False))
    mentions = [column for column in _MENTIONS if column in frame.columns]
    frame = frame.with_columns(
        pl.when(pl.col(column).is_in(persons)).then(None).otherwise(pl.col(column)).alias(column) for column in mentions
    )
    texts = [column for column, dtype in frame.schema.items() if dtype == pl.String]
    return _told(frame, [column for column in texts if column not in CODES | {*mentions, about}], words)


def _told(frame: pl.DataFrame, columns: list[str], words: dict[str, str]) -> pl.DataFrame:
    if A_PERSON not in words.values():
        return frame
    # the first pattern that fits the leftmost place wins: the longest, as they are sorted
    return frame.with_columns(
        pl.col(column).str.replace_many(list(words), list(words.values()), leftmost=True) for column in columns
    )
