"""Who owns a party in the end: direct and integrated shares as intervals, ultimate controllers, beneficial owners."""

from dataclasses import dataclass

import polars as pl

from graphkit.algorithms import integrated_ownership
from graphkit.algorithms.validity import number_of
from graphkit.parties.answers import Registers
from graphkit.parties.control import control_over_time
from graphkit.parties.links import MAJORITY, WHOLE, dated_links
from graphkit.parties.neighbourhood import above
from graphkit.parties.registers import dated

IN_WORDS = {
    "contract": "control by contract",
    "declared": "declared control",
    "joint": "joint control",
    "concert": "acting in concert",
}
"""What each ``basis`` of an agreement says in words; joint control is nobody's control, and concert has two sides."""

BENEFICIAL = 0.25
"""The integrated share from which a person is a beneficial owner (FATF Recommendation 24 and its guidance; in China the
measures on beneficial owner information in force since 2024-11-01)."""


@dataclass(frozen=True)
class Owners:
    """``owners``: owner_id, name, kind, direct_low, direct_high, integrated_low, integrated_high, controls (proven,
    possible), basis, is_ultimate, beneficial (proven, possible), highest controllers and largest shares first.

    ``holdings`` is what they rest on: owner_id, owned_id, low, high (ppm), is_certain, row_key, on the day asked.
    ``agreements`` stand beside them: controller_id, controlled_id, basis (a key of ``IN_WORDS``), valid_from,
    is_certain, row_key. ``notes`` say why a bound could not be computed.
    """

    owners: pl.DataFrame
    holdings: pl.DataFrame
    agreements: pl.DataFrame
    notes: tuple[str, ...]


def owners(party_id: str, registers: Registers) -> Owners:
    """Everybody who holds a part of a party, directly or through others, on the day that the registers are known on.

    Shares are fractions of the capital: ``low`` is certain, ``high`` what could be where shares, dates or identities
    are missing (null where the unknown shares of some company leave no bound). An ultimate controller is one that
    nobody else controls, other than the state; a beneficial owner is a person who controls, or holds at least a
    quarter in the end.
    """
    tables = above([party_id], registers.tables)
    ownership = tables["ownership"]
    as_capital = {**tables, "ownership": ownership.with_columns(votes=pl.lit(None, ownership.schema["votes"]))}
    today = number_of(registers.as_of)
    held = dated_links(as_capital, registers.coverage, registers.identities, registers.as_of).filter(
        pl.col("basis") == MAJORITY, pl.col("first") <= today, pl.col("last") >= today, pl.col("high") > 0
    )
    notes: list[str] = []
    low = _integrated(held.filter("is_certain", pl.col("low") > 0), "low", party_id, notes)
    high = _integrated(held, "high", party_id, notes)
    direct = (
        held.filter(pl.col("to_id") == party_id)
        .group_by(owner_id="from_id")
        .agg(
            direct_low=pl.when("is_certain").then("low").otherwise(0).sum() / WHOLE,
            direct_high=pl.min_horizontal(pl.col("high").sum(), pl.lit(WHOLE)) / WHOLE,
        )
    )
    control = _control(party_id, registers, tables)
    everybody = pl.concat(frame.select("owner_id") for frame in (direct, low, high, control)).unique()
    facts = registers.identities.filter(pl.col("party_id") == pl.col("canonical_id"))
    joined = everybody.filter(pl.col("owner_id") != party_id)
    for frame in (direct, low.rename({"share": "integrated_low"}), high.rename({"share": "integrated_high"}), control):
        joined = joined.join(frame, on="owner_id", how="left")
    joined = joined.join(facts.select("party_id", "name", "kind"), left_on="owner_id", right_on="party_id", how="left")
    zero = [pl.col(name).fill_null(0.0) for name in ("direct_low", "direct_high", "integrated_low")]
    # where the circle of highest shares has no answer, what is held could be anything up to the whole
    unbounded = pl.col("integrated_high").fill_null(0.0) if not notes else pl.col("integrated_high")
    known = joined.with_columns(*zero, unbounded, pl.col("is_ultimate").fill_null(False))
    return Owners(
        known.with_columns(beneficial=_beneficial())
        .sort("is_ultimate", "integrated_low", "integrated_high", "owner_id", descending=[True, True, True, False])
        .select(
            "owner_id", "name", "kind", "direct_low", "direct_high", "integrated_low", "integrated_high", "controls",
            "basis", "is_ultimate", "beneficial",
        ),
        held.select("low", "high", "is_certain", "row_key", owner_id="from_id", owned_id="to_id").sort(
            "owned_id", "low", "high", "owner_id", "row_key", descending=[False, True, True, False, False]
        ),
        _agreements(tables, registers),
        tuple(notes),
    )  # fmt: skip


def _integrated(held: pl.DataFrame, bound: str, party_id: str, notes: list[str]) -> pl.DataFrame:
    try:
        found = integrated_ownership(held["from_id"], held["to_id"], held[bound] / WHOLE, of=[party_id])
    except ValueError as error:
        notes.append(f"no {'least' if bound == 'low' else 'highest'} integrated share: {error}")
        return pl.DataFrame(schema={"owner_id": pl.String, "share": pl.Float64})
    return found.filter(pl.col("owned") == party_id).select("share", owner_id="owner")


def _agreements(tables: dict[str, pl.DataFrame], registers: Registers) -> pl.DataFrame:
    """The agreements of the day, those that give control first."""
    today = number_of(registers.as_of)
    open_ids = registers.identities.filter(pl.any_horizontal("is_stub", "is_undecided"))["canonical_id"].unique()
    ends = pl.col("controller_id", "controlled_id")
    return (
        dated(tables, "control_agreements", registers.coverage, registers.as_of)
        .filter(pl.all_horizontal(ends.is_not_null()), pl.col("first") <= today, pl.col("last") >= today)
        .with_columns(pl.col("is_certain") & ~pl.any_horizontal(ends.is_in(open_ids.implode())))
        .sort(pl.col("basis").cast(pl.Enum(list(IN_WORDS))), "controlled_id", "controller_id", "row_key")
        .select("controller_id", "controlled_id", "basis", "valid_from", "is_certain", "row_key")
    )


def _control(party_id: str, registers: Registers, tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Who controls the party on the day: owner_id, controls, basis, is_ultimate."""
    control, _ = control_over_time(tables, registers.coverage, registers.identities, registers.as_of)
    day = pl.lit(registers.as_of)
    now = control.filter((pl.col("valid_from") <= day).fill_null(True), (pl.col("valid_to") >= day).fill_null(True))
    states = registers.identities.filter("is_state")["canonical_id"].unique()
    own = now.filter(pl.col("controlled_id") == party_id)
    passing = now.filter(~pl.col("controller_id").is_in(states.implode()))
    turned = passing.select(controller_id="controlled_id", controlled_id="controller_id")
    # in a circle of holdings nobody is above the others
    over = passing.join(turned, on=["controller_id", "controlled_id"], how="anti")
    return own.select(
        owner_id="controller_id",
        controls="verdict",
        basis="basis",
        is_ultimate=~pl.col("controller_id").is_in(over["controlled_id"].unique().implode()),
    )


def _beneficial() -> pl.Expr:
    is_person = pl.col("kind") == "person"
    proven = (pl.col("controls") == "proven").fill_null(False) | (pl.col("integrated_low") >= BENEFICIAL)
    possible = pl.col("controls").is_not_null() | (pl.col("integrated_high") >= BENEFICIAL).fill_null(True)
    return (
        pl.when(is_person & proven)
        .then(pl.lit("proven"))
        .when(is_person & possible)
        .then(pl.lit("possible"))
        .otherwise(pl.lit(None, pl.String))
    )
