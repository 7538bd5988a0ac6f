"""Which payment of a price settles which invoice where none is named: one to one, the nearest amount and day first."""

import math
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import groupby

import polars as pl

_ALIKE = ["buyer_id", "seller_id", "currency"]

_ROUNDED = 1e-12
"""Amounts exactly one tolerance apart are within it, however their logarithms are rounded."""

_CENTS = 4
"""Decimals to which two differences of amounts are compared: no currency has more."""

MOST_CANDIDATES = 100_000
"""Payments times invoices of the same parties up to which each is weighed against each: some three hundred of either in
two months. More is a fleet's account, where amounts and days repeat and most choices are equal.
"""

Step = tuple[float, int]


def price_pairs(invoices: pl.DataFrame, payments: pl.DataFrame, *, tie_days: int, tolerance: float) -> pl.DataFrame:
    """Pair payments and invoices of the same parties and currency: sale_key, payment_key, is_exact, is_sure.

    ``invoices``: sale_key, buyer_id, seller_id, currency, amount, invoiced_on; ``payments``: row_key, payer_id,
    payee_id, currency, amount, paid_on. A pair lies within ``tie_days`` and ``tolerance``, and each is in one pair at
    most: the smallest difference in amount is taken first, then the fewest days, then the smallest keys. Where only
    keys decide, the pair is not sure, and neither is one that would be another had they decided otherwise.

    Parties with more than ``MOST_CANDIDATES`` possible pairs are paired by exact amounts only, in the order of days;
    sure is then an amount that occurs once on either side.
    """
    owed = invoices.drop_nulls("amount").with_columns(pl.col("currency").fill_null(""))
    paid = payments.rename({"row_key": "payment_key", "payer_id": "buyer_id", "payee_id": "seller_id"}).with_columns(
        pl.col("currency").fill_null("")
    )
    many = _with_many(owed, paid)
    in_order = _in_order(owed.join(many, on=_ALIKE, how="semi"), paid.join(many, on=_ALIKE, how="semi"), tie_days)
    weighed = _weighed(
        owed.join(many, on=_ALIKE, how="anti"), paid.join(many, on=_ALIKE, how="anti"), tie_days, tolerance
    )
    return pl.concat([weighed, in_order])


def _with_many(owed: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
    both = owed.group_by(_ALIKE).len("owed").join(paid.group_by(_ALIKE).len("paid"), on=_ALIKE)
    return both.filter(pl.col("owed").cast(pl.Int64) * pl.col("paid").cast(pl.Int64) > MOST_CANDIDATES)


def _in_order(owed: pl.DataFrame, paid: pl.DataFrame, tie_days: int) -> pl.DataFrame:
    """The first payment of an amount with its first invoice, the second with the second, and so on."""
    by = [*_ALIKE, "amount"]
    place, alike = pl.int_range(pl.len()).over(by), pl.len().over(by)
    sold = owed.sort("invoiced_on", "sale_key").with_columns(place=place, invoices=alike)
    came = paid.sort("paid_on", "payment_key").with_columns(place=place, payments=alike)
    days = (pl.col("paid_on") - pl.col("invoiced_on")).dt.total_days().abs()
    pairs = sold.join(came, on=[*by, "place"]).filter(days <= tie_days)
    is_sure = (pl.col("invoices") == 1) & (pl.col("payments") == 1)
    return pairs.select("sale_key", "payment_key", is_exact=pl.lit(True), is_sure=is_sure)


def _weighed(owed: pl.DataFrame, paid: pl.DataFrame, tie_days: int, tolerance: float) -> pl.DataFrame:
    near = _candidates(owed, paid, tie_days, tolerance)
    rows = near.sort("gap", "days", "payment_key", "sale_key").select("gap", "days", "payment_key", "sale_key").rows()
    chosen = _Pairing(rows).pairs()
    schema = {"payment_key": pl.String, "sale_key": pl.String, "is_sure": pl.Boolean}
    pairs = pl.DataFrame(chosen, schema=schema, orient="row")
    return pairs.join(near.select("payment_key", "sale_key", "is_exact"), on=["payment_key", "sale_key"]).select(
        "sale_key", "payment_key", "is_exact", "is_sure"
    )


def _candidates(owed: pl.DataFrame, paid: pl.DataFrame, tie_days: int, tolerance: float) -> pl.DataFrame:
    """Every payment with every invoice that it may settle: payment_key, sale_key, gap, days, is_exact."""
    # rows within the time lie in the same stretch of days or the next one
    span = tie_days + 1
    sold = owed.select(
        *_ALIKE, "sale_key", "invoiced_on", price="amount", stretch=pl.col("invoiced_on").to_physical() // span
    )
    came = paid.select(
        *_ALIKE, "amount", "paid_on", "payment_key",
        stretch=pl.concat_list(pl.col("paid_on").to_physical() // span + step for step in (-1, 0, 1)),
    ).explode("stretch")  # fmt: skip
    both = came.join(sold, on=[*_ALIKE, "stretch"])
    is_exact = pl.col("amount") == pl.col("price")
    is_like = (pl.min_horizontal("amount", "price") > 0) & (
        (pl.col("amount") / pl.col("price")).log().abs() <= math.log1p(tolerance) + _ROUNDED
    )
    told = both.with_columns(
        is_exact=is_exact,
        gap=(pl.col("amount") - pl.col("price")).abs().round(_CENTS),
        days=(pl.col("paid_on") - pl.col("invoiced_on")).dt.total_days().abs(),
    )
    return told.filter(pl.col("days") <= tie_days, is_exact | is_like)


@dataclass
class _Pairing:
    """Candidates in their order, and from which step on an invoice or a payment could have gone to another one."""

    rows: list[tuple[float, int, str, str]]
    open_from: dict[str, Step] = field(default_factory=dict)

    def pairs(self) -> list[tuple[str, str, bool]]:
        """payment_key, sale_key and whether nothing but the records decided."""
        partners: defaultdict[str, list[tuple[Step, str]]] = defaultdict(list)
        named = [((gap, days), f"p{paid}", f"s{sold}") for gap, days, paid, sold in self.rows]
        for step, paid, sold in named:
            partners[paid].append((step, sold))
            partners[sold].append((step, paid))
        found: list[tuple[str, str, bool]] = []
        done: set[str] = set()
        for step, level in groupby(named, key=lambda row: row[0]):
            free = [(paid, sold) for _, paid, sold in level if paid not in done and sold not in done]
            choices = Counter(end for pair in free for end in pair)
            for paid, sold in free:
                if paid in done or sold in done:
                    self._opens(step, paid, sold)
                    continue
                done |= {paid, sold}
                is_sure = choices[paid] == choices[sold] == 1 and not (self._is_open(paid, step, sold))
                found.append((paid[1:], sold[1:], is_sure))
                if not is_sure:
                    for end in (paid, sold):
                        for later, other in partners[end]:
                            self._opens(max(later, step), other)
        return found

    def _opens(self, step: Step, *ends: str) -> None:
        for end in ends:
            self.open_from[end] = min(step, self.open_from.get(end, step))

    def _is_open(self, paid: str, step: Step, sold: str) -> bool:
        never = (math.inf, 0)
        return min(self.open_from.get(paid, never), self.open_from.get(sold, never)) <= step
