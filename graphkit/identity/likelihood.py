"""How likely two companies are one: weights learnt from the case itself without labels (extra ``graphkit[resolve]``).

The model is Fellegi and Sunter's (1969): each column in which two records agree or differ has a weight, log2 of how
much likelier that is in one party than in two. The weights are learnt by expectation maximisation (Splink on DuckDB),
with a fixed seed and one thread, so that the same rows give the same figures. A probability merges nothing.
"""

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import polars as pl

from graphkit.identity.judged import NOTHING_JUDGED
from graphkit.identity.resolve import Resolved
from graphkit.identity.suggestions import company_records, undecided_pairs, with_differences

if TYPE_CHECKING:
    from splink import Linker

EXTRA = "graphkit[resolve]"
LEAST_RECORDS = 200
"""Companies below which weights cannot be learnt: their agreements would be counted on a handful of pairs."""
LEAST_PROBABILITY = 0.5
"""From here on a pair that no rule found is suggested: it is likelier one party than two."""
MOST_IN_BLOCK = 300
"""Records that may share a key before their pairs are not compared: an auto mall has three hundred firms."""

_SEED = 20240501
_PAIRS_FOR_CHANCE = 500_000
_FOUND_ALREADY = 0.6
"""The share of duplicates that identity is taken to have merged by itself, for the prior; it moves no pair far."""
_COMPARED = ("core", "city_key", "form", "phone_key", "street_key", "code")
_BLOCKS = {
    "by_core": ("core",),
    "by_phone": ("phone_key",),
    "by_street": ("city_key", "street_key"),
    "by_beginning": ("city_key", "beginning"),
    "by_ending": ("city_key", "ending"),
}
_SAID = {
    "core": "core name", "city_key": "city", "form": "legal form",
    "phone_key": "telephone", "street_key": "street", "code": "code",
}  # fmt: skip


def is_installed() -> bool:
    """Whether the extra that learns probabilities is installed."""
    return find_spec("splink") is not None


def with_probabilities(
    suggestions: pl.DataFrame, parties: pl.DataFrame, resolved: Resolved, judged: pl.DataFrame = NOTHING_JUDGED
) -> pl.DataFrame:
    """``suggestions`` with ``probability`` and ``weights``, and with the pairs that are likelier one party than two.

    The arguments are those of :func:`graphkit.identity.suggestions.suggested`. The likeliest come first; a pair that
    the model did not see, and every pair where the extra is not installed or there are fewer than 200 companies, has
    neither and keeps its place by its rules.
    """
    records = company_records(parties, resolved)
    if not is_installed() or records.height < LEAST_RECORDS:
        return suggestions.with_columns(probability=pl.lit(None, pl.Float64), weights=pl.lit(None, pl.String))
    likely = _likely(records)
    both = suggestions.join(likely, on=["party_a", "party_b"], how="full", coalesce=True)
    both = both.filter(pl.col("reason").is_not_null() | (pl.col("probability") >= LEAST_PROBABILITY))
    new = undecided_pairs(both.filter(pl.col("reason").is_null()), records, resolved, judged)
    new = with_differences(new.drop("against"), records).with_columns(
        strength=pl.lit(0, pl.Int64), reason=pl.lit("the columns agree as in one party; see the weights")
    )
    both = pl.concat([both.filter(pl.col("reason").is_not_null()), new.select(both.columns)])
    order = [pl.col("probability").fill_null(LEAST_PROBABILITY) * -1, pl.col("strength") * -1, "party_a", "party_b"]
    return both.sort(order).select(*suggestions.columns, "probability", "weights")


def _likely(records: pl.DataFrame) -> pl.DataFrame:
    """Each pair of parties that shares a block: party_a < party_b, probability, weights."""
    import duckdb
    from splink import DuckDBAPI, Linker

    rows = _blocked(records)
    with duckdb.connect(config={"threads": 1}) as connection:
        engine = DuckDBAPI(connection=connection)
        linker = Linker(engine.register(rows.to_arrow()), _settings(_prior(records)), log_level="ERROR")
        _learn(linker, rows)
        scored = linker.inference.predict(threshold_match_probability=0.01, warning_mode="never")
        pairs = pl.from_arrow(scored.as_duckdbpyrelation().to_arrow_table())
    assert isinstance(pairs, pl.DataFrame)
    return _by_party(pairs, records)


def _blocked(records: pl.DataFrame) -> pl.DataFrame:
    rows = records.sort("record_id").with_columns(
        unique_id=pl.int_range(pl.len()),
        code=pl.coalesce("uscc_code", pl.col("uscc").str.to_uppercase().str.strip_chars()),
        beginning=pl.col("core").str.head(2),
        ending=pl.col("core").str.tail(2),
    )
    blocks = {
        name: pl.when(pl.len().over(keys) <= MOST_IN_BLOCK, *(pl.col(key).is_not_null() for key in keys)).then(
            pl.concat_str(keys, separator="\t")
        )
        for name, keys in _BLOCKS.items()
    }
    return rows.with_columns(**blocks).select("unique_id", *_COMPARED, *_BLOCKS)


def _prior(records: pl.DataFrame) -> float:
    """How likely two records drawn at random are one party."""
    rows = records.group_by("party_id").len().select(pl.col("len").cast(pl.Float64))["len"]
    merged_pairs = float((rows * (rows - 1) / 2).sum())
    return max(1.0, merged_pairs / _FOUND_ALREADY) / (records.height * (records.height - 1) / 2)


def _settings(prior: float) -> Any:
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            _core_comparison(),
            cl.ExactMatch("city_key").configure(term_frequency_adjustments=True),
            cl.ExactMatch("form"),
            cl.LevenshteinAtThresholds("phone_key", 1),
            cl.ExactMatch("street_key"),
            cl.LevenshteinAtThresholds("code", 2),
        ],
        blocking_rules_to_generate_predictions=[block_on(name) for name in _BLOCKS],
        probability_two_random_records_match=prior,
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,
    )


def _core_comparison() -> Any:
    import splink.comparison_level_library as cll
    from splink.comparison_library import CustomComparison

    # DuckDB counts bytes, of which a Chinese character has three
    apart = 'levenshtein("core_l", "core_r") * length("core_l") <= {} * strlen("core_l")'
    return CustomComparison(
        [
            cll.NullLevel("core"),
            cll.ExactMatchLevel("core", term_frequency_adjustments=True),
            cll.CustomLevel(apart.format(1), "one character apart"),
            cll.CustomLevel(apart.format(2), "two characters apart"),
            cll.ElseLevel(),
        ],
        output_column_name="core",
    )


def _learn(linker: "Linker", rows: pl.DataFrame) -> None:
    from splink import block_on

    linker.training.estimate_u_using_random_sampling(max_pairs=_PAIRS_FOR_CHANCE, seed=_SEED)
    for block in ("by_core", "by_phone", "by_street"):
        if rows[block].drop_nulls().is_duplicated().any():
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on(block), estimate_without_term_frequencies=True
            )


def _by_party(pairs: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    ids = records.sort("record_id").select(unique_id=pl.int_range(pl.len()), party_id="party_id")
    for end in ("l", "r"):
        ids_of = ids.rename({"unique_id": f"unique_id_{end}", "party_id": f"party_{end}"})
        pairs = pairs.join(ids_of, on=f"unique_id_{end}")
    pairs = pairs.filter(pl.col("party_l") != pl.col("party_r")).with_columns(
        party_a=pl.min_horizontal("party_l", "party_r"), party_b=pl.max_horizontal("party_l", "party_r")
    )
    order = ["match_weight", "unique_id_l", "unique_id_r"]
    best = pairs.sort(order, descending=[True, False, False])
    best = best.unique(["party_a", "party_b"], keep="first", maintain_order=True)
    # independent columns are an assumption, so no probability is shown as certainty
    probability = pl.col("match_probability").round(4).clip(0.0001, 0.9999)
    return best.select("party_a", "party_b", probability=probability, weights=_waterfall(best.columns))


def _waterfall(columns: list[str]) -> pl.Expr:
    """The weight of each column that says something, in the order of the model: ``core name +11.2, city -1.4``."""
    pieces = []
    for column, said in _SAID.items():
        rarity = pl.col(f"mw_tf_adj_{column}") if f"mw_tf_adj_{column}" in columns else 0.0
        weight = (pl.col(f"mw_{column}") + rarity).round(1)
        sign = pl.when(weight > 0).then(pl.lit("+")).otherwise(pl.lit(""))
        pieces.append(pl.when(weight != 0).then(pl.format(said + " {}{}", sign, weight)))
    return pl.concat_str(pieces, separator=", ", ignore_nulls=True)
