"""What detectors of cars that a buyer took in share: was the car plated, listed as stock or exported meanwhile?"""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.outcome import contradicted, with_shadows
from graphkit.look_alikes import declared_stock, parallel_export
from graphkit.model import Market

LIFE = (
    "vin", "first_plated_on", "first_registered_on", "first_owner_id", "first_registration_id", "exported_on",
    "export_id", "declared_as", "foreign_registered_on", "violations",
)  # fmt: skip
"""The columns of the ledger that say where the car went."""

SHADOWING = ("sales", "registrations", "exports", "declared_stock")
"""The tables of which an unreadable row could say where the car went."""


def with_life(cars: Lazy, market: Market) -> Lazy:
    """The cars with ledger columns on plates and exports, ``plated_on``, ``listed_key`` and ``{table}_shadowed``.

    ``cars`` has vin, invoiced_on and kept_until. ``plated_on`` is the first plate that any row speaks of;
    ``listed_key`` the entry of a demo or display register that holds on a day between the two.
    """
    found = cars.join(market.ledger.select(*LIFE), on="vin", how="left").join(
        _listed(cars, market), on="vin", how="left"
    )
    for table in SHADOWING:
        found = with_shadows(found, market, table)
    return found.with_columns(plated_on=nw.min_horizontal("first_plated_on", "first_registered_on"))


def unread(market: Market, days: int) -> tuple[tuple[str, nw.Expr], ...]:
    """For ``listed``: the registers that are not complete, or not readable, up to ``days`` after the invoice."""
    bought_on, kept_until = nw.col("invoiced_on"), nw.col("kept_until")
    complete = f"complete nationwide up to {days} days after the invoice"
    return (
        *(
            (f"{table} {complete}", ~market.coverage.covers(table, bought_on, kept_until))
            for table in ("registrations", "exports", "declared_stock")
        ),
        *((f"an unreadable {table} row could be this car", nw.col(f"{table}_shadowed")) for table in SHADOWING),
    )


def unexplained() -> tuple[tuple[str, nw.Expr], ...]:
    """For ``listed``: how the car left the country without a plate, and days that contradict one another."""
    has_left = nw.col("plated_on").is_null() & ~(
        nw.col("exported_on").is_null() & nw.col("foreign_registered_on").is_null()
    )
    how = "how a car that was never plated left the country"
    return (how, has_left & ~parallel_export.exported_as_new()), contradicted()


def _listed(cars: Lazy, market: Market) -> Lazy:
    """The cars that a demo or display register lists while the buyer was to plate or sell them: vin, listed_key."""
    entries = market.tables["declared_stock"].select("vin", "valid_from", "valid_to", listed_key="row_key")
    held = entries.join(cars.select("vin", "invoiced_on", "kept_until"), on="vin").filter(
        declared_stock.listed_between(nw.col("invoiced_on"), nw.col("kept_until"))
    )
    return held.select("vin", "listed_key").unique(subset=["vin"], keep="first", order_by=["listed_key"])
