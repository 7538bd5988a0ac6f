"""From the plan to the rows of the main registers: vehicles, invoices, policies and their changes, plates."""

import polars as pl

from graphkit.simulate.days import COVERED_TO
from graphkit.simulate.world import World

RENEWED_SHARE, VOLUNTARY_SHARE = 0.3, 0.05
BRAND_TIERS = {"M01": "volume", "M02": "volume", "M03": "premium", "M04": "volume", "M05": "premium"}


def numbered(frame: pl.DataFrame, key: str, prefix: str, *order: str) -> pl.DataFrame:
    """The rows in order of ``order``, with an id ``key`` counted from 1 in front."""
    ids = pl.lit(prefix) + pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)
    return frame.sort(order).select(ids.alias(key), pl.all())


def vehicles(world: World, cars: pl.DataFrame) -> pl.DataFrame:
    """One row a car."""
    n = cars.height
    powertrains = ["BEV", "PHEV", "ICE"]
    return cars.select(
        "vin",
        pl.col("maker").alias("manufacturer_id"),
        pl.format("Sample {}", pl.col("maker").str.slice(1)).alias("brand"),
        pl.col("maker").replace_strict(BRAND_TIERS, return_dtype=pl.String).alias("brand_tier"),
        pl.format("Model {}", "model").alias("model"),
        world.draw(powertrains, n).alias("powertrain"),
        pl.from_epoch("built", time_unit="d").alias("built_on"),
        (100_000 + 1_000 * world.between(0, 150, n)).cast(pl.Float64).alias("list_price"),
    ).sort("vin")


def sales(cars: pl.DataFrame, list_prices: pl.DataFrame) -> pl.DataFrame:
    """One row an invoice: maker to dealer, dealer to dealer, to the end user, to the next one; away and back."""
    seller = pl.coalesce("via", "dealer")
    steps = [
        _invoices(cars, "wholesaled", pl.col("maker"), pl.coalesce("origin", "dealer"), "wholesale", 0.9),
        _invoices(cars, "resupplied", pl.col("origin"), pl.col("dealer"), "wholesale", 0.91),
        _invoices(cars, "via_on", pl.col("dealer"), pl.col("via"), "retail", 0.95),
        _invoices(cars, "sold", seller, pl.col("buyer"), "retail", 1.0, handed="handed"),
        *_away_and_back(cars),
        _invoices(cars, "resold", pl.col("reseller"), pl.col("resold_to"), "resale", 0.8),
    ]
    rows = pl.concat(steps).join(list_prices, on="vin", how="left")
    rows = rows.with_columns(
        (pl.col("list_price") * pl.col("factor")).round(2).alias("price"),
        pl.lit("CNY").alias("currency"),
        pl.lit(True).alias("price_includes_vat"),
    ).drop("list_price", "factor")
    return numbered(rows, "sale_id", "S", "invoiced_on", "vin", "seller_id")


def _away_and_back(cars: pl.DataFrame) -> list[pl.DataFrame]:
    inside = pl.when(pl.col("back_to").is_not_null()).then(pl.col("back_on") + 4)
    gone = cars.filter(pl.col("out_on").is_not_null())
    came = cars.filter(pl.col("back_on").is_not_null())
    holder, taker = pl.coalesce("out_to", "buyer"), pl.coalesce("back_to", "dealer")
    return [
        _invoices(gone, "out_on", pl.col("dealer"), pl.col("out_to"), pl.col("out_as"), 0.97),
        _invoices(came, "back_on", holder, taker, pl.col("back_as"), 0.96),
        _invoices(came.with_columns(inside=inside), "inside", pl.col("back_to"), pl.col("dealer"), "wholesale", 0.96),
    ]


def _invoices(
    cars: pl.DataFrame,
    on: str,
    seller: pl.Expr,
    buyer: pl.Expr,
    kind: str | pl.Expr,
    factor: float,
    handed: str | None = None,
) -> pl.DataFrame:
    handed_on = pl.from_epoch(handed, time_unit="d") if handed else pl.lit(None, dtype=pl.Date)
    return cars.filter(pl.col(on).is_not_null()).select(
        "vin",
        seller.alias("seller_id"),
        buyer.alias("buyer_id"),
        (pl.lit(kind) if isinstance(kind, str) else kind).alias("kind"),
        pl.from_epoch(on, time_unit="d").alias("invoiced_on"),
        handed_on.alias("handed_over_on"),
        pl.lit(factor).alias("factor"),
    )


def policies(world: World, cars: pl.DataFrame) -> pl.DataFrame:
    """One row a policy: the first, the buyer's own after it, the next owner's, renewals and voluntary ones."""
    insured = cars.filter(pl.col("insured_on").is_not_null())
    insurer = world.draw(world.insurers, insured.height)
    # the pre-insuring maker's dealers like one insurer
    insured = insured.with_columns(
        pl.when((pl.col("cohort") == "pre_insured") & world.chance(0.6, insured.height))
        .then(pl.lit("I03"))
        .otherwise(insurer)
        .alias("insurer"),
        pl.col("dealer").replace_strict(world.city_of, default="示例丁市", return_dtype=pl.String).alias("city"),
    )
    next_owner = insured.filter(pl.col("resold") > pl.col("insured_on"), pl.col("resold_to").str.starts_with("P"))
    renewed = insured.filter(
        world.chance(RENEWED_SHARE, insured.height)
        & (pl.col("insured_on") + 365 <= COVERED_TO)
        & pl.all_horizontal(pl.col("cancelled", "reinsured", "resold", "cleared").is_null())
        & pl.col("buyer").is_not_null()
    )
    steps = [
        _cover(insured, pl.col("insured_on"), pl.col("insured"), "compulsory", pl.col("cancelled")),
        _cover(insured.filter(pl.col("reinsured").is_not_null()), pl.col("reinsured"), pl.col("buyer"), "compulsory"),
        _cover(next_owner, pl.col("resold"), pl.col("resold_to"), "compulsory"),
        _cover(renewed, pl.col("insured_on") + 365, pl.col("buyer"), "compulsory"),
        _cover(
            insured.filter(world.chance(VOLUNTARY_SHARE, insured.height)),
            pl.col("insured_on"),
            pl.col("insured"),
            "voluntary",
        ),
    ]
    return numbered(pl.concat(steps), "policy_id", "B", "starts_on", "vin", "kind", "insured_id")


def _cover(
    cars: pl.DataFrame, starts: pl.Expr, insured: pl.Expr, kind: str, cancelled: pl.Expr | None = None
) -> pl.DataFrame:
    ended = pl.lit(None, dtype=pl.Int64) if cancelled is None else cancelled
    return cars.select(
        "vin",
        pl.col("insurer").alias("insurer_id"),
        insured.alias("insured_id"),
        pl.from_epoch(starts, time_unit="d").alias("starts_on"),
        pl.from_epoch(starts - 1, time_unit="d").alias("issued_on"),
        pl.from_epoch(starts + 364, time_unit="d").alias("ends_on"),
        pl.from_epoch(ended, time_unit="d").alias("cancelled_on"),
        pl.lit(kind).alias("kind"),
        pl.col("policy_use").alias("use"),
        "city",
    )


def endorsements(cars: pl.DataFrame, policy_rows: pl.DataFrame) -> pl.DataFrame:
    """One row a change of the insured: the buyer takes over the policy that somebody else began."""
    first = policy_rows.filter(pl.col("kind") == "compulsory").sort("policy_id").unique("vin", keep="first")
    changed = cars.filter(pl.col("endorsed").is_not_null()).join(first.select("vin", "policy_id"), on="vin")
    return changed.select(
        "policy_id",
        pl.from_epoch("endorsed", time_unit="d").alias("changed_on"),
        pl.lit("insured").alias("field"),
        pl.col("insured").alias("old"),
        pl.col("buyer").alias("new"),
    ).sort("policy_id")


def registrations(cars: pl.DataFrame) -> pl.DataFrame:
    """One row an entry of the vehicle office: the first plate, and the transfers after it."""
    plated = cars.filter(pl.col("plated").is_not_null()).with_columns(
        moved=pl.when(pl.col("plated") < pl.col("resold"))
        .then("resold")
        .when((pl.col("status") == "demo") & (pl.col("plated") < pl.col("sold")))
        .then("sold"),
        moved_to=pl.when(pl.col("plated") < pl.col("resold")).then("resold_to").otherwise("buyer"),
    )
    has_moved = pl.col("moved").is_not_null()
    first = plated.with_columns(
        pl.coalesce("event", pl.lit("first")).alias("event"),
        pl.coalesce("first_registered", "plated").alias("first_registered"),
        *(pl.when(~has_moved).then(column).alias(column) for column in ("deregistered", "awaiting")),
    )
    transfers = plated.filter(has_moved).with_columns(
        pl.col("plated").alias("first_registered"),
        pl.col("moved").alias("plated"),
        pl.col("moved_to").alias("owner"),
        pl.lit("transfer").alias("event"),
        pl.lit("private").alias("use"),
    )
    rows = pl.concat([first, transfers]).select(
        "vin",
        pl.col("owner").alias("owner_id"),
        pl.col("plate_city").alias("city"),
        pl.from_epoch("plated", time_unit="d").alias("plated_on"),
        "event",
        pl.from_epoch("first_registered", time_unit="d").alias("first_registered_on"),
        "use",
        pl.from_epoch("deregistered", time_unit="d").alias("deregistered_on"),
        pl.from_epoch("awaiting", time_unit="d").alias("awaiting_export_on"),
    )
    return numbered(rows, "registration_id", "R", "plated_on", "vin", "event")
