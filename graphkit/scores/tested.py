"""What was tested: exposure by unit of a month, and its sums by accountable party."""

import polars as pl

COUNTS = ("tested", "flagged", "explained", "indeterminate", "clear")
_COLUMNS = ("detector", "unit_id", "unit_kind", "peer_kind", "party_id", "city", "month", "group_id", *COUNTS, "n")
DECIDABLE = pl.col("flagged") + pl.col("explained") + pl.col("clear")


def month_units(
    exposure: pl.DataFrame, units: pl.DataFrame, identities: pl.DataFrame, groups: pl.DataFrame
) -> pl.DataFrame:
    """One row a detector and unit of a month: unit_id, unit_kind, party_id, city, month, group_id, the counts, ``n``.

    ``n`` counts the decidable cars (tested without indeterminate). Persons are left out: consumers are never judged.
    ``peer_kind`` is the kind of unit a row is compared within, ``city`` that of the unit, else of its party.
    ``group_id`` is the control group, or the party itself.
    """
    persons = identities.filter(pl.col("kind") == "person").select("party_id")
    return (
        exposure.join(units.filter(pl.col("unit_kind") != "party"), on="unit_id", how="inner")
        .join(persons, on="party_id", how="anti")
        .join(control_groups(groups), on="party_id", how="left")
        .join(_seats(identities), on="party_id", how="left")
        .with_columns(
            group_id=pl.coalesce("group_id", "party_id", "unit_id"),
            n=DECIDABLE,
            peer_kind=pl.col("unit_kind"),
            city=pl.coalesce("city", "seat"),
        )
        .select(_COLUMNS)
        .sort("detector", "unit_id")
    )


def _seats(identities: pl.DataFrame) -> pl.DataFrame:
    """The city in which each party has its seat: party_id, seat."""
    return identities.filter(pl.col("party_id") == pl.col("canonical_id")).select("party_id", seat="city")


def party_units(months: pl.DataFrame) -> pl.DataFrame:
    """The sums of :func:`month_units` by detector and party, as units ``party/<id>``; same columns.

    A maker that also sells has units of two kinds for one detector, which hold the same cars: the kind with more cars
    tested counts. A party whose units lie in several cities has none.
    """
    sums = (
        months.filter(pl.col("party_id").is_not_null())
        .group_by("detector", "party_id", "group_id", "peer_kind")
        .agg(pl.col(*COUNTS).sum(), city=pl.when(pl.col("city").n_unique() == 1).then(pl.col("city").first()))
        .sort(["detector", "party_id", "tested", "peer_kind"], descending=[False, False, True, False])
        .unique(["detector", "party_id"], keep="first", maintain_order=True)
    )
    names = sums.select("party_id").unique(maintain_order=True)
    names = names.with_columns(
        unit_id=pl.Series([party_unit_id(party) for party in names["party_id"]], dtype=pl.String())
    )
    named = sums.join(names, on="party_id", how="left", maintain_order="left")
    return named.with_columns(unit_kind=pl.lit("party"), month=pl.lit(None, pl.String()), n=DECIDABLE).select(_COLUMNS)


def party_unit_id(party_id: str) -> str:
    """The unit that sums a party's months; ``/`` and ``%`` of the id are percent-encoded.

    >>> party_unit_id("D/9")
    'party/D%2F9'
    """
    return "party/" + party_id.replace("%", "%25").replace("/", "%2F")


def control_groups(groups: pl.DataFrame) -> pl.DataFrame:
    """The control group of each party that has one: party_id, group_id; the latest where it changed."""
    return (
        groups.with_columns(until=pl.col("valid_to").fill_null(pl.date(9999, 12, 31)))
        .sort("party_id", "until", "valid_from", "group_id", nulls_last=False)
        .group_by("party_id", maintain_order=True)
        .agg(pl.col("group_id").last())
    )
