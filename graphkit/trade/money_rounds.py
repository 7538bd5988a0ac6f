"""Circles of payments as they are, and as chance would have them: who receives the money is dealt out anew."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from graphkit.algorithms.shuffles import shuffled_targets
from graphkit.tables.lineage import hash_frame
from graphkit.trade import circles

Numbers = npt.NDArray[np.int64]
Find = Callable[[circles.Steps, pl.DataFrame], pl.DataFrame]

_ROWS_AT_ONCE = 500_000

_PLACED = ["amount", "currency", "sequence", "paid_at", "paid_on", "purpose"]


@dataclass(frozen=True)
class Rounds:
    """Payments between two known and different parties, numbered, and the control groups of their parties.

    ``rows``: the payments in order of ``row_key``, with ``number`` (from 0), ``payer`` and ``payee`` (the places of
    the parties in ``parties``). ``groups``: party_id, group_id (places too), valid_from, valid_to.
    """

    rows: pl.DataFrame
    parties: pl.Series
    groups: pl.DataFrame

    @property
    def payees(self) -> Numbers:
        """Who received each payment, in order of ``rows``."""
        return self.rows["payee"].to_numpy()


def rounds_of(payments: pl.DataFrame, groups: pl.DataFrame) -> Rounds:
    """Number the payments whose payer and payee are known and differ."""
    rows = payments.filter(pl.col("payer_id") != pl.col("payee_id")).sort("row_key").with_row_index("number")
    parties = pl.concat([rows["payer_id"], rows["payee_id"]]).unique().sort().alias("party_id")
    places = parties.to_frame().with_row_index("place").cast({"place": pl.Int64})

    def place(column: str) -> pl.Series:
        return rows.join(places, left_on=column, right_on="party_id", how="left", maintain_order="left")["place"]

    held = groups.join(places, on="party_id").select(
        "valid_from", "valid_to", party_id="place", group_id=pl.col("group_id").rank("dense").cast(pl.Int64)
    )
    numbered = rows.with_columns(pl.col("number").cast(pl.Int64), payer=place("payer_id"), payee=place("payee_id"))
    return Rounds(numbered, parties, held)


def circles_of(rounds: Rounds, payees: Numbers, find: Find) -> pl.DataFrame:
    """The circles that ``find`` sees if the payments went to ``payees``: one row of places a draw.

    ``find`` is given the steps and the control groups of all draws together, each with parties of its own. Its columns
    come back, with ``draw``, ``number`` (of the payment), ``from_place`` and ``to_place`` (of the parties).
    """
    draws, count = payees.shape
    parties = len(rounds.parties)
    draw = np.repeat(np.arange(draws, dtype=np.int64), count)
    rows = pl.concat([rounds.rows.select("number", "payer", *_PLACED)] * draws).with_columns(
        row_key=pl.Series(draw * count) + pl.col("number"),
        payer_id=pl.Series(draw * parties) + pl.col("payer"),
        payee_id=pl.Series(draw * parties + payees.ravel()),
    )
    every = pl.DataFrame({"draw": np.arange(draws, dtype=np.int64)})
    groups = rounds.groups.join(every, how="cross").with_columns(
        party_id=pl.col("party_id") + pl.col("draw") * parties,
        # no group has the number of a party, which may be its own group
        group_id=draws * parties + pl.struct("draw", "group_id").rank("dense").cast(pl.Int64),
    )
    steps = _that_can_return(circles.of_payments(rows), rounds)
    found = find(steps, groups.drop("draw"))
    return found.drop("table", "vin").with_columns(
        draw=pl.col("row_key") // max(1, count),
        number=pl.col("row_key") % max(1, count),
        from_place=pl.col("from_id") % max(1, parties),
        to_place=pl.col("to_id") % max(1, parties),
    )


def _that_can_return(steps: circles.Steps, rounds: Rounds) -> circles.Steps:
    """The steps of parties that both pay and are paid, or have a group that may: consumers are on no circle."""
    parties = len(rounds.parties)
    grouped = np.isin(np.arange(parties), rounds.groups["party_id"])
    payers, payees = rounds.rows["payer"].to_numpy(), rounds.payees
    pays, is_paid = (grouped | (np.bincount(ends, minlength=parties) > 0) for ends in (payers, payees))
    ends = [steps.rows[end].to_numpy() % max(1, parties) for end in ("from_id", "to_id")]
    return circles.Steps(steps.rows.filter(is_paid[ends[0]] & pays[ends[1]]))


def dealt(rounds: Rounds, draws: int) -> Iterator[Numbers]:
    """``draws`` shuffles of who receives the payments of each month and currency, in batches of rows of places.

    Everybody keeps the number of payments made and received in each month. The seed is the content of the rows.
    """
    rows = rounds.rows
    month = pl.struct("currency", pl.col("paid_on").dt.strftime("%Y-%m")).rank("dense").cast(pl.Int64)
    stratum = rows.select(month).to_series().to_numpy()
    payer, payee = rows["payer"].to_numpy(), rounds.payees
    seed = int(hash_frame(rows.select("row_key", "payer_id", "payee_id", "paid_on", "amount", "currency"))[:15], 16)
    at_once = max(1, _ROWS_AT_ONCE // max(1, rows.height))
    for batch, first in enumerate(range(0, draws, at_once)):
        yield shuffled_targets(payer, payee, stratum, min(at_once, draws - first), seed + batch)
