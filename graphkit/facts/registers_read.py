"""Whether the registers speak of a company on a day: who held it and who held its offices, up to its head."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.control_on_day import held_on
from graphkit.model import Market

_COMPANIES = {"ownership": "owned_id", "positions": "company_id"}


def with_registers_read(sales: Lazy, market: Market) -> Lazy:
    """The sales with ``registers_read``: on the day of the invoice an owner and an officer are known of the seller and
    of each company that provably controls it.

    An undated row speaks from its register's day, and no register of a day after it was drawn. Needs sale_id, seller_id
    and invoiced_on.
    """
    asked = sales.select("sale_id", "invoiced_on", company_id="seller_id")
    kinds = market.identities.filter(nw.col("party_id") == nw.col("canonical_id"))
    companies = kinds.filter(nw.col("kind") != "person", ~nw.col("is_state").fill_null(False)).select(
        controller_id="party_id"
    )
    control = market.control.filter(nw.col("verdict") == "proven").join(companies, on="controller_id")
    above = held_on(asked.join(control, left_on="company_id", right_on="controlled_id"), "invoiced_on")
    group = nw.concat(
        [asked, above.select("sale_id", "invoiced_on", company_id="controller_id")], how="vertical"
    ).unique(subset=["sale_id", "company_id"], keep="any")
    for table, company in _COMPANIES.items():
        known = _known(group, market, table, company).with_columns(is_known=nw.lit(1))
        group = (
            group.join(known, on=["sale_id", "company_id"], how="left")
            .with_columns(nw.col("is_known").fill_null(0).alias(f"in_{table}"))
            .drop("is_known")
        )
    read = group.group_by("sale_id").agg(nw.col("in_ownership").min(), nw.col("in_positions").min())
    is_read = (nw.col("in_ownership") == 1) & (nw.col("in_positions") == 1)
    return sales.join(read.select("sale_id", registers_read=is_read), on="sale_id", how="left")


def _known(group: Lazy, market: Market, table: str, company: str) -> Lazy:
    """Of which companies a row of the register holds on the day: sale_id, company_id."""
    since = nw.lit(market.coverage.register_date(table), dtype=nw.Date)
    rows = (
        market.tables[table]
        .select("valid_to", company_id=company, valid_from=nw.coalesce(nw.col("valid_from"), since))
        .filter(~nw.col("valid_from").is_null())
    )
    # of a register without a day nobody knows how far it reaches
    reaches = nw.col("invoiced_on") <= nw.lit(market.coverage.drawn_on(table), dtype=nw.Date)
    asked = group.filter(reaches.fill_null(False)).select("sale_id", "company_id", "invoiced_on")
    held = held_on(asked.join(rows, on="company_id"), "invoiced_on")
    return held.select("sale_id", "company_id").unique(subset=["sale_id", "company_id"], keep="any")
