"""How a detector's judged rows become its outcome: hits, exposure per unit, and the missing facts in words."""

from collections.abc import Mapping

import narwhals as nw

from graphkit.algorithms.dates import month_of
from graphkit.algorithms.frames import Lazy
from graphkit.model import Market, Verdict

CLEAR = "clear"
"""The word for a row that was tested and does not meet the rule; it is counted, never listed."""

HIT_COLUMNS = (
    "subject_kind", "subject_id", "unit_id", "accountable_id", "counterparty_id", "on_date", "verdict", "grade",
    "look_alike", "missing", "rule", "value", "value_unit", "reason", "received_on",
)  # fmt: skip
EXPOSURE_COLUMNS = (
    "unit_id", "unit_kind", "party_id", "city", "month", "tested", "flagged", "explained", "indeterminate", "clear",
)  # fmt: skip


def text(value: str | None) -> nw.Expr:
    """A literal text, or a null of type text."""
    return nw.lit(value, dtype=nw.String)


def listed(*facts: tuple[str, nw.Expr]) -> nw.Expr:
    """The names whose expression is true, joined by ``"; "``; null where none is."""
    names = nw.concat_str([nw.when(fact).then(nw.lit(name)) for name, fact in facts], separator="; ", ignore_nulls=True)
    return nw.when(names != "").then(names)


def sentence(*parts: str | nw.Expr) -> nw.Expr:
    """Parts in one text; an unknown part is written as ``unknown``."""
    pieces = [nw.lit(part) if isinstance(part, str) else part.fill_null("unknown") for part in parts]
    return nw.concat_str(pieces)


def on(day: nw.Expr) -> nw.Expr:
    """A date as text, YYYY-MM-DD."""
    return day.dt.to_string("%Y-%m-%d")


def unit_id(kind: str, *parts: nw.Expr) -> nw.Expr:
    """``kind/part/…``, the parts percent-encoded; an unknown part is ``?``."""
    encoded = [
        part.fill_null("?").str.replace_all("%", "%25", literal=True).str.replace_all("/", "%2F", literal=True)
        for part in parts
    ]
    return nw.concat_str([nw.lit(kind), *encoded], separator="/")


def with_shadows(cars: Lazy, market: Market, table: str) -> Lazy:
    """The cars with ``{table}_shadowed``: an unreadable row of ``table`` could be this car, so its absence cannot be
    read.
    """
    rows = market.shadows.filter(nw.col("table") == table)
    named = rows.select("vin", is_named=nw.lit(True)).unique(subset=["vin"], keep="any")
    # a row whose VIN cannot be read at all is listed under "*" and could be any car
    any_car = (
        rows.filter(nw.col("vin") == "*").select("table", is_any=nw.lit(True)).unique(subset=["table"], keep="any")
    )
    cars = (
        cars.with_columns(table=nw.lit(table)).join(named, on="vin", how="left").join(any_car, on="table", how="left")
    )
    shadowed = nw.col("is_named").fill_null(False) | nw.col("is_any").fill_null(False)
    return cars.with_columns(shadowed.alias(f"{table}_shadowed")).drop("is_named", "is_any", "table")


def contradicted() -> tuple[str, nw.Expr]:
    """On ledger columns, for :func:`listed`: something happened to the car before it was built, so a day is wrong."""
    return "dates that do not contradict one another", nw.col("violations").str.contains(
        "before_built", literal=True
    ).fill_null(False)


def with_verdict(rows: Lazy, is_clear: nw.Expr) -> Lazy:
    """The rows with ``verdict``: clear, else explained where ``look_alike`` is given, else indeterminate where
    ``missing`` is, else flagged. What is explained misses nothing: ``missing`` is null there.
    """
    is_explained = ~nw.col("look_alike").is_null()
    return rows.with_columns(
        verdict=nw.when(is_clear)
        .then(nw.lit(CLEAR))
        .when(is_explained)
        .then(nw.lit(Verdict.EXPLAINED.value))
        .when(~nw.col("missing").is_null())
        .then(nw.lit(Verdict.INDETERMINATE.value))
        .otherwise(nw.lit(Verdict.FLAGGED.value)),
        missing=nw.when(~is_explained).then(nw.col("missing")),
    )


def with_party(rows: Lazy, market: Market, party_id: str, prefix: str) -> Lazy:
    """The rows with ``{prefix}_kind``, ``{prefix}_key`` (normalised name), ``{prefix}_open`` (identity undecided) and
    ``{prefix}_private`` (a natural person by name, of whom no register says anything).
    """
    parties = market.identities.filter(nw.col("party_id") == nw.col("canonical_id")).select(
        nw.col("party_id").alias(party_id),
        nw.col("kind").alias(f"{prefix}_kind"),
        nw.col("name_key").alias(f"{prefix}_key"),
        (nw.col("is_stub") | nw.col("is_undecided")).alias(f"{prefix}_open"),
        nw.col("is_private").alias(f"{prefix}_private"),
    )
    return rows.join(parties, on=party_id, how="left").with_columns(
        nw.col(f"{prefix}_open").fill_null(True), nw.col(f"{prefix}_private").fill_null(False)
    )


def with_unit(judged: Lazy, kind: str, party_id: str, day: str, city: str | None = None) -> Lazy:
    """The judged rows with unit_id, unit_kind, party_id, city and month of the month unit they are counted in."""
    month = month_of(nw.col(day))
    parts = [nw.col(party_id), nw.col(city), month] if city else [nw.col(party_id), month]
    return judged.with_columns(
        unit_id=unit_id(kind, *parts),
        unit_kind=nw.lit(kind),
        party_id=nw.col(party_id),
        city=nw.col(city) if city else text(None),
        month=month,
    )


def with_seller_units(judged: Lazy, market: Market) -> Lazy:
    """The judged rows in the unit of their seller's month: ``dealer_month``, or ``reseller_month`` for those that are
    no dealers and bought every car they sold before its day, and not by wholesale.

    What a reseller sells often comes back to where it was: a dealer is no peer of its.
    ``judged`` has vin, accountable_id, on_date and invoiced_on, the day of the seller's first invoice of the car.
    """
    is_dealt_on = (nw.col("kind") != "wholesale").fill_null(True)
    bought = market.tables["sales"].filter(is_dealt_on, ~nw.col("buyer_id").is_null())
    bought = bought.select("vin", "invoiced_on", accountable_id="buyer_id")
    bought = bought.group_by("vin", "accountable_id").agg(bought_on=nw.col("invoiced_on").min())
    known = market.identities.filter(nw.col("party_id") == nw.col("canonical_id"))
    roles = known.select("roles", accountable_id="party_id")
    sold = judged.join(bought, on=["vin", "accountable_id"], how="left").join(roles, on="accountable_id", how="left")
    is_resold = (nw.col("bought_on") < nw.col("invoiced_on")).fill_null(False)
    is_dealer = nw.col("roles").str.contains("dealer", literal=True).fill_null(False)
    sellers = sold.with_columns(is_first_hand=(~is_resold | is_dealer).cast(nw.Int64))
    sellers = sellers.group_by("accountable_id").agg(is_first_hand=nw.col("is_first_hand").max())
    counted = judged.join(sellers, on="accountable_id")
    kinds = (("dealer_month", 1), ("reseller_month", 0))
    parts = [
        with_unit(counted.filter(nw.col("is_first_hand") == number), kind, "accountable_id", "on_date")
        for kind, number in kinds
    ]
    return nw.concat(parts, how="vertical")


def exposure_of(judged: Lazy) -> Lazy:
    """Everything tested, counted per unit: ``judged`` has the columns of :func:`with_unit` and ``verdict``."""

    def count(verdict: str) -> nw.Expr:
        return nw.when(nw.col("verdict") == verdict).then(nw.lit(1)).otherwise(nw.lit(0))

    verdicts = (*(str(verdict) for verdict in Verdict), CLEAR)
    counted = judged.with_columns(tested=nw.lit(1), **{verdict: count(verdict) for verdict in verdicts})
    units = counted.group_by("unit_id", "unit_kind").agg(
        nw.col("party_id").max(),
        nw.col("city").max(),
        nw.col("month").max(),
        *(nw.col(column).sum().cast(nw.Int64) for column in ("tested", *verdicts)),
    )
    return units.select(*EXPOSURE_COLUMNS)


def hits_of(judged: Lazy, subject_kind: str | nw.Expr, received_on: nw.Expr | None = None) -> Lazy:
    """The rows that meet the rule, or would but for a missing fact: ``is_hit`` true and not clear.

    ``subject_kind`` is ``vehicle``, or ``step`` for what somebody did with a car that is a hit already.
    ``received_on`` is the day on which an end user got the car after all, for a detector that knows it.
    """
    return (
        judged.filter(nw.col("is_hit"), nw.col("verdict") != CLEAR)
        .with_columns(
            subject_kind=nw.lit(subject_kind) if isinstance(subject_kind, str) else subject_kind,
            value=nw.col("value").cast(nw.Float64),
            received_on=nw.lit(None, dtype=nw.Date) if received_on is None else received_on,
        )
        .select(*HIT_COLUMNS)
    )


def evidence_of(judged: Lazy, rows: Mapping[str, tuple[str, nw.Expr]]) -> Lazy:
    """The rows behind each hit: role → (table, row_key expression); roles without a row are left out."""
    hits = judged.filter(nw.col("is_hit"), nw.col("verdict") != CLEAR)
    parts = [
        hits.select(
            "subject_id",
            nw.lit(ordinal).cast(nw.Int64).alias("ordinal"),
            nw.lit(table).alias("table"),
            row_key.alias("row_key"),
            nw.lit(role).alias("role"),
        )
        for ordinal, (role, (table, row_key)) in enumerate(rows.items(), start=1)
    ]
    return nw.concat(parts, how="vertical").filter(~nw.col("row_key").is_null())
