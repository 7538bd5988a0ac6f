"""What published totals alone can say: shares, shortfalls, bursts and ranges, each with its bound and its source.

Totals are no list of cars: the cars of a numerator need not be among those of the denominator. So every row is marked
*unmatched cohort*, and says whether it is a bound and of what.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from graphkit.tables.outputs import SHAPES

UNMATCHED = "unmatched cohort"

_ABOUT = ["subject_id", "city", "period"]


@dataclass(frozen=True)
class Share:
    """A share of one reported series in another; the first of ``wholes`` that is reported is the denominator."""

    measure: str
    part: str
    wholes: tuple[str, ...]
    bound: str
    says: str


SHARES = (
    Share(
        "booked_early_share",
        "booked_early",
        ("retail", "insured", "wholesale"),
        "at least",
        "at least {part} of {whole} cars reported as {series} ({share}) were booked early",
    ),
    Share(
        "plated_share",
        "plated",
        ("insured", "retail"),
        "open",
        "{part} plates against {whole} cars reported as {series} ({share}), but plates may lie in other cities or "
        "belong to earlier sales",
    ),
    Share(
        "company_share",
        "sold_to_companies",
        ("insured", "retail"),
        "at most",
        "{part} of {whole} cars reported as {series} ({share}) went to companies: an upper bound of the share that "
        "related parties took",
    ),
)
"""What one reported total says beside another; ``bound`` is open where the truth may lie on either side."""


def from_reported_counts(reported_counts: pl.DataFrame, identities: pl.DataFrame) -> pl.DataFrame:
    """``SHAPES["aggregates"]``: every statement that the reported counts of one subject, city and period allow.

    Shares (``SHARES``); ``plating_shortfall``, how many fewer plates than insured cars of the same city and period, in
    cars; ``times_monthly_mean``, a month against the monthly mean of the same series; ``zero_mileage_exports``, used
    exports times the published share, in cars. ``bound`` is at least, at most, more than, range, exact or open;
    ``value_high`` is null where nothing bounds it from above. ``reporter_id`` is who reported the part, the month or
    the share. A whole reported by the same reporter is preferred. ``sentence`` can be printed as it stands.
    """
    names = dict(identities.filter(pl.col("party_id") == pl.col("canonical_id")).select("party_id", "name").iter_rows())
    counts = reported_counts.with_columns(low=pl.col("units"), high=pl.coalesce("units_high", "units"))
    totals = counts.filter(pl.col("statistic").fill_null("total") == "total")
    rows = [row for share in SHARES for row in _shares(totals, share, names)]
    rows += _bursts(totals, counts.filter(pl.col("statistic") == "monthly_mean"), names)
    rows += _zero_mileage(totals, names)
    return SHAPES["aggregates"].canonical(pl.DataFrame(rows, schema=dict(SHAPES["aggregates"].schema)))


def _beside(parts: pl.DataFrame, wholes: pl.DataFrame, keys: list[str], prefer: pl.Expr) -> list[dict[str, Any]]:
    """Each part with the best whole of the same keys: of the same reporter if there is one, then by ``prefer``."""
    pairs = parts.join(wholes, on=keys, how="inner", suffix="_whole", nulls_equal=True)
    best = pairs.with_columns(
        is_other=(pl.col("reporter_id") != pl.col("reporter_id_whole")).fill_null(True), preference=prefer
    ).sort("subject_id", "city", "period", "series", "reporter_id", "is_other", "preference", "reporter_id_whole")
    chosen = best.unique([*_ABOUT, "series", "reporter_id"], keep="first", maintain_order=True)
    return list(chosen.iter_rows(named=True))


def _shares(totals: pl.DataFrame, share: Share, names: Mapping[str, str]) -> list[dict[str, Any]]:
    known = totals.filter(pl.col("low").is_not_null())
    wholes = known.filter(pl.col("series").is_in(list(share.wholes)) & (pl.col("low") > 0))
    order = pl.col("series_whole").replace_strict(share.wholes, range(len(share.wholes)))
    rows = []
    for pair in _beside(known.filter(pl.col("series") == share.part), wholes, _ABOUT, order):
        low, high = pair["low"] / pair["high_whole"], pair["high"] / pair["low_whole"]
        says = share.says.format(
            part=_span(pair["low"], pair["high"]),
            whole=_span(pair["low_whole"], pair["high_whole"]),
            series=pair["series_whole"],
            share=_percents(low, high),
        )
        top = None if share.bound == "at least" else high
        rows.append(_row(pair, names, share.measure, "share", low, top, share.bound, says))
        short = (pair["low_whole"] - pair["high"], pair["high_whole"] - pair["low"])
        if share.part == "plated" and short[0] > 0:
            says = f"{_span(*short)} fewer plates than cars reported as {pair['series_whole']}"
            rows.append(_row(pair, names, "plating_shortfall", "cars", *short, share.bound, says))
    return rows


def _bursts(totals: pl.DataFrame, means: pl.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    months = totals.filter(pl.col("period").str.contains(r"^\d{4}-\d{2}$") & pl.col("low").is_not_null())
    usable = means.filter(pl.col("high") > 0).rename({"period": "mean_period"})
    # the mean of the latest period is the nearest past
    latest = pl.col("mean_period").rank("dense", descending=True)
    rows = []
    for pair in _beside(months, usable, ["subject_id", "city", "series"], latest):
        is_capped = pair["low_whole"] is None
        low = pair["low"] / pair["high_whole"]
        high = None if is_capped or not pair["low_whole"] else pair["high"] / pair["low_whole"]
        bound = "more than" if high is None else "exact" if low == high else "range"
        mean = f"below {pair['high_whole']:,g}" if is_capped else _span(pair["low_whole"], pair["high_whole"])
        times = f"{round(low, 1):g}" if high is None or low == high else f"{round(low, 1):g} to {round(high, 1):g}"
        says = f"{_span(pair['low'], pair['high'])} cars reported as {pair['series']} against a monthly mean of {mean} "
        says += f"({pair['mean_period']}): {'more than ' if high is None else ''}{times} times"
        rows.append(_row(pair, names, f"{pair['series']}_times_monthly_mean", "times", low, high, bound, says))
    return rows


def _zero_mileage(totals: pl.DataFrame, names: Mapping[str, str]) -> list[dict[str, Any]]:
    shares = totals.filter((pl.col("series") == "exported_zero_mileage") & pl.col("share").is_not_null())
    wholes = totals.filter((pl.col("series") == "exported_used") & pl.col("low").is_not_null())
    rows = []
    for pair in _beside(shares, wholes, _ABOUT, pl.lit(0)):
        ppm = pair["share"], pair["share_high"] if pair["share_high"] is not None else pair["share"]
        low, high = pair["low_whole"] * ppm[0] / 1e6, pair["high_whole"] * ppm[1] / 1e6
        says = f"{_span(low, high)} of {_span(pair['low_whole'], pair['high_whole'])} used exports had no mileage, at "
        says += f"the published share of {_percents(ppm[0] / 1e6, ppm[1] / 1e6)}"
        bound = "exact" if low == high else "range"
        rows.append(_row(pair, names, "zero_mileage_exports", "cars", low, high, bound, says))
    return rows


def _row(
    pair: Mapping[str, Any],
    names: Mapping[str, str],
    measure: str,
    unit: str,
    low: float,
    high: float | None,
    bound: str,
    says: str,
) -> dict[str, Any]:
    sources = list(dict.fromkeys(text for text in (pair["source"], pair["source_whole"]) if text))
    source = "; ".join(sources) or None
    place = f", {pair['city']}" if pair["city"] else ""
    subject = names.get(pair["subject_id"], pair["subject_id"] or "unknown")
    cited = f"; source: {source}" if source else "; no source given"
    return {
        "subject_id": pair["subject_id"],
        "reporter_id": pair["reporter_id"],
        "city": pair["city"],
        "period": pair["period"],
        "measure": measure,
        "unit": unit,
        "value_low": low,
        "value_high": high,
        "bound": bound,
        "cohort": UNMATCHED,
        "source": source,
        "sentence": f"{subject}{place}, {pair['period']}: {says} ({UNMATCHED}{cited}).",
    }


def _span(low: float, high: float) -> str:
    return f"{low:,.10g}" if low == high else f"{low:,.10g} to {high:,.10g}"


def _percents(low: float, high: float) -> str:
    return f"{100 * low:.1f} %" if low == high else f"{100 * low:.1f} to {100 * high:.1f} %"
