"""Whether one unit more or less among a finding's peers could change what the export gate makes of it."""

import polars as pl

from graphkit.algorithms.false_discovery import q_values_if
from graphkit.scores.baselines import MIN_PEERS
from graphkit.scores.gate import SETTINGS
from graphkit.scores.verdicts import ALPHA, meets_floors


def with_one_unit_off(tests: pl.DataFrame) -> pl.DataFrame:
    """All party-level ``tests`` with ``q_without_one`` and ``near_the_bound``.

    ``q_without_one`` is the largest q while any one other unit is left out. A finding is near the bound where the gate
    would take it as standing out from peers, or as proven car by car, at the best that one unit more or less can make
    of it, and would not at the worst; what else the gate asks does not hang on peers. Each test is held at its own
    best or worst at once, so that more are told to be near than can change. ``stands_at_worst`` and ``stands_at_best``
    say whether the finding is flagged then.
    """
    at_worst, at_best = _few(MIN_PEERS), _few(MIN_PEERS - 2)
    given = tests.with_columns(
        q_without_one=_q_if(tests, pl.col("p_without_one"), smaller=-2, tests=-2),
        q_most=_q_if(tests, pl.col("p_most"), smaller=-4, tests=0),
        q_least=_q_if(tests, pl.col("p_least"), smaller=2, tests=0),
        twice_most=_q_if(tests, _harder(at_worst, "p_most"), smaller=-4, tests=0),
        twice_least=_q_if(tests, _harder(at_best, "p_least"), smaller=2, tests=0),
    )
    # an outright fall to the reference rate asks for cars also of two families
    enough = ~at_worst | (pl.col("baseline") == "reference") | (pl.col("flagged") >= SETTINGS.cars_proven)
    worst = _outcomes("q_most", "twice_most", "mean_most", at_worst)
    best = _outcomes("q_least", "twice_least", "mean_least", at_best)
    beyond = best["beyond"] & ~(worst["beyond"] & enough)
    proven = best["proven"] & ~worst["proven"]
    judged = given.with_columns(
        near_the_bound=~pl.col("deterministic") & (beyond | proven).fill_null(False),
        stands_at_worst=worst["stands"],
        stands_at_best=best["stands"],
    )
    return judged.drop("q_most", "q_least", "twice_most", "twice_least")


def _q_if(given: pl.DataFrame, p: pl.Expr, *, smaller: int, tests: int) -> pl.Series:
    # a party has two tests, over all its months and in a window: both go and come with it, and its own stay
    asked = given.select("detector", "unit_id", p.alias("p"))
    other = pl.col("p").sum().over("detector", "unit_id") - pl.col("p")
    is_as_small = (pl.len().over("detector", "unit_id") > 1) & (other <= pl.col("p"))
    least = asked.select(pl.when(is_as_small).then(2).otherwise(1).fill_null(1))
    q = q_values_if(asked["p"].to_numpy(), smaller=smaller, tests=tests, rank_at_least=least.to_series().to_numpy())
    return pl.Series(q, dtype=pl.Float64()).fill_nan(None)


def _few(most: int) -> pl.Expr:
    """Whether the reference rate stands in where so many peers are left at most."""
    return (pl.col("peers_anywhere") <= most).fill_null(False)


def _harder(is_documented: pl.Expr, otherwise: str) -> pl.Expr:
    return pl.when(is_documented).then("p_at_twice_the_rate").otherwise(otherwise)


def _outcomes(q: str, q_at_twice: str, mean: str, is_documented: pl.Expr) -> dict[str, pl.Expr]:
    # what is expected of a unit moves with the mean, and with it all that is measured in times of it
    times = pl.when(pl.col(mean) == pl.col("mean")).then(1.0).otherwise(pl.col("mean") / pl.col(mean))
    effect, eb05 = pl.col("effect") * times, pl.col("eb05") * times
    met = meets_floors(pl.col("flagged"), pl.col("n"), effect)
    stands = (pl.col("undecided") <= pl.col("n")) & met & (pl.col(q) <= ALPHA)
    documented = (effect >= SETTINGS.times_floor_documented * pl.col("min_effect")) & (
        pl.col(q_at_twice) <= SETTINGS.q_at_twice_at_most
    )
    firm = ~is_documented | documented
    return {
        "stands": stands.fill_null(False),
        "beyond": (stands & firm & (eb05 >= SETTINGS.eb05_at_least)).fill_null(False),
        "proven": (stands & firm & (effect >= SETTINGS.times_floor * pl.col("min_effect"))).fill_null(False),
    }
