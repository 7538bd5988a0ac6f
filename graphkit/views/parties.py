"""Which parties of a cluster are drawn, and in which role."""

from collections.abc import Sequence

import polars as pl

from graphkit.clusters import STANDINGS
from graphkit.views.frames import Frames

KINDS = ("manufacturer", "dealer", "person", "affiliate", "buyer", "insurer", "exporter", "government")
"""The roles a party is drawn in, in the order of the legend."""

_STANDING_RANK = {standing: rank for rank, standing in enumerate(STANDINGS)}
_COMMERCIAL = ("manufacturer", "dealer", "insurer", "exporter")


def members_of(cluster_id: str, frames: Frames) -> pl.DataFrame:
    """The cluster's members: party_id, standing, role, units, first_on, last_on; one row a party."""
    return (
        frames.result("cluster_members")
        .filter(pl.col("cluster_id") == cluster_id)
        .with_columns(pl.col("standing").replace_strict(_STANDING_RANK, default=len(STANDINGS)).alias("rank"))
        .sort("party_id", "rank")
        .unique("party_id", keep="first", maintain_order=True)
        .drop("cluster_id", "rank")
    )


def core_of(members: pl.DataFrame) -> pl.Series:
    """The party ids of the cluster's anchor group."""
    return members.filter(pl.col("standing") == "core")["party_id"]


def drawn_parties(members: pl.DataFrame, tied: Sequence[str], frames: Frames, limit: int) -> pl.DataFrame:
    """The parties of the picture, those with most cars first, at most ``limit``.

    ``tied`` are parties that hold or are held by a member: they are added as context. A person is drawn only when such
    a tie or the anchor group brings him in: consumers who bought a car are never shown.
    Columns: party_id, name, roles, kind (one of ``KINDS``), standing, units, first_on, last_on, score, band, flagged,
    gate_failed, exculpatory, missing, city, is_stub.
    """
    extra = pl.DataFrame({"party_id": sorted(set(tied))}, schema={"party_id": pl.String()}).join(
        members, on="party_id", how="anti"
    )
    wanted = pl.concat([members, extra.with_columns(pl.lit("context").alias("standing"))], how="diagonal_relaxed")
    identities = (
        frames.result("identities")
        .filter(pl.col("party_id") == pl.col("canonical_id"))
        .select("party_id", "name", "roles", "city", "is_stub", pl.col("kind").alias("legal_kind"))
    )
    scores = frames.result("scores").select(
        "party_id", "score", "band", "flagged", "gate_failed", "exculpatory", "missing"
    )
    parties = wanted.join(identities, on="party_id", how="left").join(scores, on="party_id", how="left")
    is_person = pl.col("legal_kind").fill_null("company") == "person"
    brought_in = (pl.col("standing") == "core") | pl.col("party_id").is_in(sorted(set(tied)))
    return (
        parties.filter(~is_person | brought_in)
        .with_columns(
            pl.col("name").fill_null(pl.col("party_id")).str.slice(0, 200),
            pl.col("roles").fill_null(""),
            pl.col("flagged").fill_null(False),
            pl.col("units").fill_null(0),
            pl.col("is_stub").fill_null(True),
            _kind(brought_in).alias("kind"),
            pl.col("standing").replace_strict(_STANDING_RANK, default=len(STANDINGS)).alias("rank"),
        )
        .sort("rank", "units", "party_id", descending=[False, True, False])
        .head(limit)
        .drop("rank", "role", "legal_kind")
    )


def _kind(brought_in: pl.Expr) -> pl.Expr:
    # what the cluster says a party did in it comes before what a register calls it
    listed = pl.col("roles").fill_null("").str.split(";")
    legal = pl.col("legal_kind").fill_null("company")
    return pl.coalesce(
        pl.when(legal.is_in(["person", "government"])).then(legal),
        pl.when(pl.col("role").is_in(list(_COMMERCIAL))).then(pl.col("role")),
        *(pl.when(listed.list.contains(role)).then(pl.lit(role)) for role in _COMMERCIAL),
        pl.when(brought_in).then(pl.lit("affiliate")).otherwise(pl.lit("buyer")),
    )
