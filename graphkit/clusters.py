"""Clusters: a control group with flagged findings, and the counterparties that its flagged cars reach.

Every cluster is a star around one anchor, so two of them never melt into one: makers, insurers, government bodies and
hubs that many groups deal with are attached as *context*, and through nobody does a cluster reach a second anchor.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from graphkit.files import hash_text
from graphkit.model import Detector
from graphkit.scores.tested import control_groups
from graphkit.tables.outputs import SHAPES
from graphkit.tables.subjects import STEP, VEHICLE
from graphkit.trade.circles import CAR_STEP, MONEY_STEP
from graphkit.trade.inside_trade import inside_trade

HUB_ABOVE = 10
"""A party that deals with more control groups than this is a hub (a lessor, a port agent): it ties nobody together."""

REACHED_SHARE = 0.01
"""A company took part where it took or passed on this share of the cluster's cars; a customer whose one plate came late
did not.
"""

ROLES = ("government", "person", "manufacturer", "dealer", "insurer", "exporter")
"""The words for a member's main role, the first that fits; else affiliate (inside the anchor group) or other."""

STANDINGS = ("core", "intermediary", "counterparty", "context")
"""A member's standing; where several fit, the first."""

_SIDES = ("seller", "buyer", "middle", "end")

_PLACE = ("anchor_id", "party_id")


def cluster(
    detectors: Sequence[Detector],
    findings: pl.DataFrame,
    hits: pl.DataFrame,
    flows: pl.DataFrame,
    groups: pl.DataFrame,
    control: pl.DataFrame,
    identities: pl.DataFrame,
    ledger: pl.DataFrame,
    evidence: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``SHAPES["clusters"]`` and ``SHAPES["cluster_members"]``, one cluster for each group with a flagged finding.

    Only findings and hits of stable detectors count.
    The anchor is the control group of a party whose party-level finding is flagged, or the party itself where it has
    none; who only passed cars on stands in the clusters of those that sold them. Groups and control are those of the
    days of the hits, so that who bought a company later is not drawn in. The cluster's cars are the flagged hits, of
    the detectors so flagged, that members of the group answer for; for a maker whom a detector counts by the cars it
    built they are those. *core*: members of the group that answer for such a hit, are the other side of one, got the
    car at the end of its way round, or control one of these (proven). *intermediary*: other companies that passed on at
    least one car in a hundred, or the money for it, on its way round a circle: ``evidence`` has the invoice or payment
    by which it came to them, and the one by which it went on. *counterparty*: other companies on the other side of at
    least one car in a hundred, the dealers of a maker's cars, and a person only if it controls a core member.
    *context*: makers and insurers of the cars, government bodies, and parties that deal with more than ten groups.
    ``units`` are distinct cars. ``cluster_id`` depends on the anchor alone and stays when a car is added;
    ``content_hash`` says that members or cars changed. ``inside`` counts all sales, flagged or not, between members but
    those of the context, ``outside`` those between one of them and somebody else; beside ``inside_share`` stands what
    shuffled buyers would give (``graphkit.trade.inside_trade``), both null where these members sold and bought nothing.
    """
    stable = [item.id for item in detectors if item.status == "stable"]
    findings, hits = (rows.filter(pl.col("detector").is_in(stable)) for rows in (findings, hits))
    who = identities.filter(pl.col("party_id") == pl.col("canonical_id")).select("party_id", "name", "kind", "roles")
    passed, ended = _gone_round(hits, evidence, flows)
    who = who.join(_homes(groups, hits, pl.concat([passed, ended]), ledger), on="party_id", how="left").with_columns(
        home_id=pl.coalesce("group_id", "party_id")
    )
    anchors = (
        findings.filter((pl.col("unit_kind") == "party") & (pl.col("verdict") == "flagged"))
        .join(who.select("party_id", "name", anchor_id="home_id"), on="party_id", how="inner")
        .join(_passing(hits), on=["party_id", "detector"], how="anti")
        .sort("finding_id")
    )
    if anchors.is_empty():
        return SHAPES["clusters"].empty(), SHAPES["cluster_members"].empty()
    makers = findings.filter(pl.col("unit_kind") == "maker_city_month")
    cars = _cars(anchors, anchors.join(makers, on=["party_id", "detector"], how="semi"), hits, ledger, who)
    touched = _touched(cars, {"middle": passed, "end": ended}).join(who, on="party_id", how="inner")
    core = _core(touched, anchors, control, who)
    standing = pl.concat([core, *_outside(touched, core, control, flows, who)])
    members = _members(touched, standing, who)
    return _clusters(anchors, cars, members, flows), members


def _flagged(hits: pl.DataFrame) -> pl.DataFrame:
    return hits.filter((pl.col("verdict") == "flagged") & (pl.col("subject_kind") == VEHICLE))


def _passing(hits: pl.DataFrame) -> pl.DataFrame:
    """Who answers for steps alone, and for no car: party_id, detector."""
    flagged = hits.filter(pl.col("verdict") == "flagged").select("subject_kind", "detector", party_id="accountable_id")
    steps, cars = (flagged.filter(pl.col("subject_kind") == kind) for kind in (STEP, VEHICLE))
    return steps.join(cars, on=["party_id", "detector"], how="anti").select("party_id", "detector").unique()


def _gone_round(hits: pl.DataFrame, evidence: pl.DataFrame, flows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Who passed on a flagged car, or the money for it, on its way round, and who kept the car at the end of it: both
    detector, vin, on_date, party_id.

    To whom it came by wholesale it was stock, which a dealer sells.
    """
    flagged = _flagged(hits).select("hit_id", "detector", "on_date", vin="subject_id")
    steps = evidence.filter(pl.col("role").is_in([CAR_STEP, MONEY_STEP])).select("hit_id", "table", "row_key", "role")
    ends = flows.select("table", "row_key", "source_id", "target_id", "kind")
    dealt = steps.join(flagged, on="hit_id").join(ends, on=["table", "row_key"])
    car = ["detector", "vin", "on_date"]
    went = dealt.select(*car, party_id="source_id").unique()
    came = dealt.filter(pl.col("kind").ne_missing("wholesale")).select(*car, party_id="target_id").unique()
    got = dealt.filter(pl.col("role") == CAR_STEP).select(*car, party_id="target_id").unique()
    who = [*car, "party_id"]
    return came.join(went, on=who), got.join(went, on=who, how="anti")


def _homes(groups: pl.DataFrame, hits: pl.DataFrame, way: pl.DataFrame, ledger: pl.DataFrame) -> pl.DataFrame:
    """The group of each party on the day of its last flagged car, else its latest one: party_id, group_id."""
    flagged = _flagged(hits).join(
        ledger.select(subject_id="vin", maker_id="manufacturer_id"), on="subject_id", how="left"
    )
    sides = ("accountable_id", "counterparty_id", "maker_id")
    dated = [flagged.select(pl.col(side).alias("party_id"), "on_date") for side in sides]
    seen = pl.concat([*dated, way.select("party_id", "on_date")]).drop_nulls()
    last = seen.group_by("party_id").agg(pl.col("on_date").max())
    then = groups.join(last, on="party_id", how="inner").filter(
        (pl.col("valid_from") <= pl.col("on_date")).fill_null(True),
        (pl.col("valid_to") >= pl.col("on_date")).fill_null(True),
    )
    return pl.concat(
        [then.select("party_id", "group_id"), control_groups(groups.join(last, on="party_id", how="anti"))]
    )


def _cars(
    anchors: pl.DataFrame, makers: pl.DataFrame, hits: pl.DataFrame, ledger: pl.DataFrame, who: pl.DataFrame
) -> pl.DataFrame:
    """The flagged cars of each anchor: anchor_id, vin, on_date, seller, buyer, maker, insurer (party ids)."""
    flagged = _flagged(hits).select(
        "detector", "on_date", seller="accountable_id", buyer="counterparty_id", vin="subject_id"
    )
    known = ledger.select("vin", maker="manufacturer_id", insurer="first_insurer_id")
    described = flagged.join(known, on="vin", how="left")
    homes = who.select(seller="party_id", anchor_id="home_id")
    own = described.join(homes, on="seller").join(anchors, on=["anchor_id", "detector"], how="semi")
    built = described.with_columns(buyer=pl.lit(None, pl.String())).join(
        makers.select("anchor_id", "detector", maker="party_id"), on=["detector", "maker"]
    )
    # a maker that sells its own cars answers for them once, as their seller
    return pl.concat([own, built.select(own.columns)]).unique(
        ["anchor_id", "detector", "vin"], keep="first", maintain_order=True
    )


def _touched(cars: pl.DataFrame, way: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Who touched which car: anchor_id, party_id, part (seller, buyer, maker, insurer, or one of the ``way``), vin,
    on_date.
    """
    dealt = [cars.with_columns(party_id=part, part=pl.lit(part)) for part in ("seller", "buyer", "maker", "insurer")]
    on_the_way = [
        cars.join(rows.select("detector", "vin", "party_id"), on=["detector", "vin"]).with_columns(part=pl.lit(part))
        for part, rows in way.items()
    ]
    columns = ("anchor_id", "party_id", "part", "vin", "on_date")
    return pl.concat(side.select(columns) for side in (*dealt, *on_the_way)).drop_nulls("party_id")


def _core(touched: pl.DataFrame, anchors: pl.DataFrame, control: pl.DataFrame, who: pl.DataFrame) -> pl.DataFrame:
    at_home = touched.filter((pl.col("home_id") == pl.col("anchor_id")) & pl.col("part").is_in(_SIDES))
    seeds = pl.concat([at_home.select(_PLACE), anchors.select(_PLACE)]).unique()
    chain = (
        _controllers(seeds, control, touched).join(who, on="party_id").filter(pl.col("home_id") == pl.col("anchor_id"))
    )
    return pl.concat([seeds, chain.select(_PLACE)]).unique().with_columns(standing=pl.lit("core"))


def _controllers(controlled: pl.DataFrame, control: pl.DataFrame, touched: pl.DataFrame) -> pl.DataFrame:
    """Who provably controlled these between the first and the last flagged car of their anchor."""
    days = touched.group_by("anchor_id").agg(first=pl.col("on_date").min(), last=pl.col("on_date").max())
    proven = control.filter(pl.col("verdict") == "proven").rename({"controlled_id": "party_id"})
    held = (
        controlled.join(proven, on="party_id")
        .join(days, on="anchor_id")
        .filter(
            (pl.col("valid_from") <= pl.col("last")).fill_null(True),
            (pl.col("valid_to") >= pl.col("first")).fill_null(True),
        )
    )
    return held.select("anchor_id", party_id="controller_id").unique()


def _outside(
    touched: pl.DataFrame, core: pl.DataFrame, control: pl.DataFrame, flows: pl.DataFrame, who: pl.DataFrame
) -> list[pl.DataFrame]:
    """Those outside the group; other persons than controllers are left out."""
    outside = touched.join(core, on=_PLACE, how="anti").with_columns(
        is_side=pl.col("part").is_in(_SIDES),
        is_never=(pl.col("kind") == "government") | _has_role("manufacturer") | _has_role("insurer"),
    )
    hubs = _hubs(outside.filter(pl.col("part") == "buyer").select("party_id").unique(), flows, who)
    masters = _controllers(core.select(_PLACE), control, touched)
    sides = outside.filter("is_side")
    cars = touched.group_by("anchor_id").agg(cars=pl.col("vin").n_unique())
    taken = pl.col("vin").n_unique().over(_PLACE)
    companies = (
        sides.filter((pl.col("kind") == "company") & ~pl.col("is_never"))
        .join(cars, on="anchor_id")
        .filter(taken >= REACHED_SHARE * pl.col("cars"))
    )
    passed_on = companies.filter(pl.col("part") == "middle")
    passed_on = passed_on.filter(pl.col("vin").n_unique().over(_PLACE) >= REACHED_SHARE * pl.col("cars"))
    is_hub = pl.col("party_id").is_in(hubs.implode()) & (pl.col("part") == "buyer")
    persons = sides.filter(pl.col("kind") == "person").join(masters, on=_PLACE, how="semi")
    around = outside.filter(pl.col("kind").ne_missing("person") & (~pl.col("is_side") | pl.col("is_never")))
    found = (
        ("intermediary", passed_on),
        ("counterparty", companies.filter(~is_hub)),
        ("counterparty", persons),
        ("context", companies.filter(is_hub)),
        ("context", around),
    )
    return [rows.select(_PLACE).unique().with_columns(standing=pl.lit(word)) for word, rows in found]


def _hubs(candidates: pl.DataFrame, flows: pl.DataFrame, who: pl.DataFrame) -> pl.Series:
    """The candidates that deal with companies of more than ten control groups (a company alone is its own)."""
    ends = ("source_id", "target_id")
    homes = who.filter(pl.col("kind") == "company").select(other_id="party_id", other_home="home_id")
    sides = [
        flows.select(party_id=one, other_id=other).unique().join(candidates, on="party_id", how="semi")
        for one, other in (ends, ends[::-1])
    ]
    dealt = pl.concat(sides).join(homes, on="other_id").group_by("party_id").agg(pl.col("other_home").n_unique())
    return dealt.filter(pl.col("other_home") > HUB_ABOVE)["party_id"]


def _members(touched: pl.DataFrame, standing: pl.DataFrame, who: pl.DataFrame) -> pl.DataFrame:
    first = standing.with_columns(rank=pl.col("standing").replace_strict(STANDINGS, range(len(STANDINGS))))
    first = first.sort(*_PLACE, "rank").unique(_PLACE, keep="first", maintain_order=True)
    seen = touched.group_by(_PLACE).agg(
        units=pl.col("vin").n_unique(), first_on=pl.col("on_date").min(), last_on=pl.col("on_date").max()
    )
    role = pl.coalesce(
        *(pl.when(_has_role(word) | (pl.col("kind") == word)).then(pl.lit(word)) for word in ROLES),
        pl.when(pl.col("home_id") == pl.col("anchor_id")).then(pl.lit("affiliate")),
        pl.lit("other"),
    )
    rows = first.join(seen, on=_PLACE, how="left").join(who, on="party_id", how="left")
    return SHAPES["cluster_members"].canonical(
        rows.with_columns(cluster_id=_ids(rows["anchor_id"]), role=role, units=pl.col("units").fill_null(0))
    )


def _has_role(word: str) -> pl.Expr:
    return pl.col("roles").fill_null("").str.split(";").list.contains(word)


def _ids(anchor_ids: pl.Series) -> pl.Series:
    return pl.Series([hash_text("cluster", anchor) for anchor in anchor_ids], dtype=pl.String())


def _clusters(anchors: pl.DataFrame, cars: pl.DataFrame, members: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    strongest = anchors.sort(
        ["anchor_id", "observed", "q", "finding_id"], descending=[False, True, False, False], nulls_last=True
    ).unique("anchor_id", keep="first", maintain_order=True)
    strongest = strongest.select("anchor_id", "name", finding="reason").with_columns(
        cluster_id=_ids(strongest["anchor_id"])
    )
    families = anchors.group_by("anchor_id").agg(families=pl.col("family").unique().sort().str.join(";"))
    vins = cars.group_by("anchor_id").agg(units=pl.col("vin").n_unique(), vins=pl.col("vin").unique().sort())
    named = members.group_by("cluster_id").agg(
        counterparties=(pl.col("standing") == "counterparty").sum(),
        intermediaries=(pl.col("standing") == "intermediary").sum(),
        named=pl.format("{}:{}", "party_id", "standing").sort(),
    )
    trading = members.filter(pl.col("standing") != "context").select("cluster_id", "party_id")
    rows = (
        strongest.join(families, on="anchor_id")
        .join(vins, on="anchor_id", how="left")
        .join(named, on="cluster_id", how="left")
        .join(inside_trade(trading, flows), on="cluster_id", how="left")
        .with_columns(pl.col("units", "inside", "outside").fill_null(0), pl.col("vins").fill_null([]))
    )
    hashes = [hash_text("members", *named, "cars", *vins) for named, vins in rows.select("named", "vins").iter_rows()]
    passed_on = pl.when(pl.col("intermediaries") > 0).then(pl.format(", intermediaries: {}", "intermediaries"))
    cars_reach = pl.format(
        "{} (cars: {}, counterparties: {}{}): {}", "name", "units", "counterparties", passed_on.otherwise(pl.lit("")),
        "finding",
    )  # fmt: skip
    return SHAPES["clusters"].canonical(
        rows.with_columns(reason=cars_reach, content_hash=pl.Series(hashes, dtype=pl.String()))
    )
