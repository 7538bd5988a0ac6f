"""Whether the registers speak of a company on a day: who held it and who held its offices, up to its head."""

import narwhals as nw

from graphkit.algorithms.frames import Lazy
from graphkit.facts.control_on_day import held_on
from graphkit.model import Market

_COMPANIES = {"ownership": "owned_id", "positions": "company_id"}
_DAY = ["seller_id", "invoiced_on"]


def registers_read(sales: Lazy, market: Market) -> Lazy:
    """On which days the registers tell of a seller: seller_id, invoiced_on, registers_read (true).

    On the day of the invoice an owner and an officer are known of the seller and of each company that provably controls
    it. An undated row speaks from its register's day, and no register of a day after it was drawn. Needs seller_id and
    invoiced_on.
    """
    asked = sales.select("seller_id", "invoiced_on", company_id="seller_id").unique(subset=_DAY, keep="any")
    kinds = market.identities.filter(nw.col("party_id") == nw.col("canonical_id"))
    companies = kinds.filter(nw.col("kind") != "person", ~nw.col("is_state").fill_null(False)).select(
        controller_id="party_id"
    )
    control = market.control.filter(nw.col("verdict") == "proven").join(companies, on="controller_id")
    above = held_on(asked.join(control, left_on="company_id", right_on="controlled_id"), "invoiced_on")
    group = nw.concat([asked, above.select(*_DAY, company_id="controller_id")], how="vertical")
    group = group.unique(subset=[*_DAY, "company_id"], keep="any")
    told = [_known(group, market, table, company) for table, company in _COMPANIES.items()]
    # each company counts once for itself, and once for each register that tells of it
    counted = nw.concat([group.with_columns(asked=nw.lit(1)), *(rows.with_columns(asked=nw.lit(0)) for rows in told)])
    sums = counted.group_by(*_DAY).agg(rows=nw.len(), asked=nw.col("asked").sum())
    is_read = nw.col("rows") == nw.col("asked") * (1 + len(_COMPANIES))
    return sums.filter(is_read).select(*_DAY, registers_read=nw.lit(True))


def _known(group: Lazy, market: Market, table: str, company: str) -> Lazy:
    """Of which companies of ``group`` a row of the register holds on the day; the columns of ``group``."""
    since = nw.lit(market.coverage.register_date(table), dtype=nw.Date)
    rows = (
        market.tables[table]
        .select("valid_to", company_id=company, valid_from=nw.coalesce(nw.col("valid_from"), since))
        .filter(~nw.col("valid_from").is_null())
    )
    # of a register without a day nobody knows how far it reaches
    reaches = nw.col("invoiced_on") <= nw.lit(market.coverage.drawn_on(table), dtype=nw.Date)
    held = held_on(group.filter(reaches.fill_null(False)).join(rows, on="company_id"), "invoiced_on")
    key = [*_DAY, "company_id"]
    return held.select(*key).unique(subset=key, keep="any")
