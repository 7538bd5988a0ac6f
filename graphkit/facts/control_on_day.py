"""Control groups as of a day: who belonged to which on the day of an event, and the rows that prove it."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.model import Market

_PROOF_AFTER = 10
"""A circle has fewer steps; the links of the control paths are numbered after them."""


def held_on(rows: Lazy, day: str) -> Lazy:
    """The rows with ``valid_from`` and ``valid_to`` that hold on their own ``day``; a missing end holds for ever."""
    return rows.filter(_holds(day))


def _holds(day: str) -> nw.Expr:
    begun = nw.col("valid_from").is_null() | (nw.col("valid_from") <= nw.col(day))
    return begun & (nw.col("valid_to").is_null() | (nw.col("valid_to") >= nw.col(day)))


def with_group(rows: Lazy, market: Market, party_id: str, day: str, keep: tuple[str, ...]) -> Lazy:
    """The rows, told apart by the columns ``keep``, with ``{party_id}_group``: the party's proven control group on
    ``day``, or the party itself.
    """
    homes = market.groups.select("group_id", "valid_from", "valid_to", nw.col("party_id").alias(party_id))
    held = rows.join(homes, on=party_id, how="left").with_columns(
        group_id=nw.when(_holds(day)).then(nw.col("group_id"))
    )
    # a plan that read the rows twice, to join them with themselves, would double with each use
    grouped = held.group_by(*keep).agg(nw.col("group_id").max())
    return grouped.with_columns(nw.coalesce("group_id", party_id).alias(f"{party_id}_group")).drop("group_id")


def control_rows(members: Lazy, market: Market, after: int) -> Lazy:
    """The evidence that parties belonged to their groups: the rows of the paths by which the heads controlled them.

    ``members`` has subject_id, party_id and on_date. The ordinals come after ``after``; a row counts once a subject.
    """
    homes = market.groups.select("party_id", "valid_from", "valid_to", controller_id="group_id")
    placed = held_on(members.join(homes, on="party_id"), "on_date").select(
        "subject_id", "on_date", "controller_id", controlled_id="party_id"
    )
    control = market.control.filter(nw.col("verdict") == "proven")
    held = held_on(placed.join(control, on=["controller_id", "controlled_id"]), "on_date")
    proofs = market.proofs.filter(~nw.col("row_key").is_null()).select(
        "proof_id", "table", "row_key", ordinal=(nw.col("ordinal") + after).cast(nw.Int64)
    )
    links = held.select("subject_id", "proof_id").unique(subset=["subject_id", "proof_id"], keep="any")
    links = links.join(proofs, on="proof_id").unique(
        subset=["subject_id", "table", "row_key"], keep="first", order_by=["ordinal"]
    )
    return links.select("subject_id", "ordinal", "table", "row_key", role=nw.lit("link of the control path"))


def home_rows(away: Lazy, market: Market) -> Lazy:
    """The rows that prove, for each ``subject_id``, that ``first_id`` and ``last_id`` were of one control group.

    ``away`` has subject_id, first_id, last_id and first_on, the day that counts. Gives subject_id, ordinal, table,
    row_key and role, as :class:`graphkit.model.Outcome` takes evidence.
    """
    members = [away.select("subject_id", party_id=party, on_date="first_on") for party in ("first_id", "last_id")]
    return control_rows(nw.concat(members, how="vertical"), market, after=_PROOF_AFTER)
