"""What the extracts lack: the last step, after the labels are drawn, so that truth and data may differ.

Each defect says which (vin, detector) it leaves undecidable: their labels keep the truth, but nobody can flag them.
"""

import polars as pl

from graphkit.simulate.absorption import Chain
from graphkit.simulate.days import LETTER_RULE
from graphkit.simulate.names import company_code
from graphkit.simulate.register import Register
from graphkit.simulate.world import World

UNREAD_KM, UNKNOWN_BUILT, UNKNOWN_LETTER, LOST_HISTORY, TWO_IDS = 6, 5, 3, 40, 12
UNNAMED_EVENT_SHARE, UNKNOWN_BUILT_SHARE, SECOND_ID_SHARE = 0.02, 0.002, 0.3

SECOND_ID = "C909"
"""The other id under which one of the December buyers stands in some files; its code is the same."""

Tables = dict[str, pl.DataFrame]


def second_code(register: Register, chain: Chain) -> None:
    """One company of the chain stands in the registers under two ids with one code; both are guilty."""
    own = next(row for row in register.parties if row["party_id"] == chain.buyers[-1])
    own["uscc"] = own["uscc"] or company_code(len(register.parties) + 1)
    register.parties.append(own | {"party_id": SECOND_ID})
    register.guilt[SECOND_ID] = register.guilt[chain.buyers[-1]]


def spoil(world: World, tables: Tables, cars: pl.DataFrame, chain: Chain) -> pl.DataFrame:
    """Take facts out of ``tables`` in place; gives ``vin, detector`` of what they leave undecidable."""
    gone = [
        _unread_kilometres(world, tables, cars),
        _unknown_days(world, tables, cars),
        _unknown_letters(world, tables, cars),
        _one_person_two_ids(world, tables, cars),
        _undated_holdings(tables, cars),
    ]
    _lost_history(world, tables, cars)
    _second_id(world, tables, chain)
    return pl.concat(gone).unique().sort("vin", "detector")


def _some(world: World, cars: pl.DataFrame, n: int) -> pl.Series:
    # ``n`` distinct cars, in random order
    return cars["vin"].gather(pl.Series(world.rng.permutation(cars.height)[:n]))


def _undecidable(vins: pl.Series, detector: str) -> pl.DataFrame:
    return pl.DataFrame({"vin": vins}).with_columns(pl.lit(detector).alias("detector"))


def _unread_kilometres(world: World, tables: Tables, cars: pl.DataFrame) -> pl.DataFrame:
    ring = cars.filter(pl.col("cohort") == "ring", pl.col("letter").is_null())
    fresh = cars.filter(pl.col("cohort") == "early_used_export")
    vins = pl.concat([_some(world, ring, UNREAD_KM), _some(world, fresh, UNREAD_KM)])
    tables["odometer"] = tables["odometer"].filter(~pl.col("vin").is_in(vins.implode()))
    return _undecidable(vins, "zero_mileage_export")


def _unknown_days(world: World, tables: Tables, cars: pl.DataFrame) -> pl.DataFrame:
    ring = _some(world, cars.filter(pl.col("cohort") == "ring"), UNKNOWN_BUILT)
    exported = cars.filter(pl.col("cleared").is_not_null())["vin"].implode()
    vehicles, entries = tables["vehicles"], tables["registrations"]
    anywhere = world.chance(UNKNOWN_BUILT_SHARE, vehicles.height) & ~pl.col("vin").is_in(exported)
    unknown = anywhere | pl.col("vin").is_in(ring.implode())
    tables["vehicles"] = vehicles.with_columns(pl.when(~unknown).then("built_on").alias("built_on"))
    # an entry that does not say what it enters; the first of a complete register is still the first
    unnamed = world.chance(UNNAMED_EVENT_SHARE, entries.height) & (pl.col("event") == "first")
    tables["registrations"] = entries.with_columns(
        pl.when(~unnamed).then(name).alias(name) for name in ("event", "first_registered_on")
    )
    # the rule of 2026 reads no build day: only of the practice before it the age is undecidable
    is_practice = pl.col("letter").is_null() | (pl.col("awaiting") < LETTER_RULE)
    unaged = cars.filter(is_practice, pl.col("vin").is_in(ring.implode()))["vin"]
    return _undecidable(unaged, "zero_mileage_export")


def _unknown_letters(world: World, tables: Tables, cars: pl.DataFrame) -> pl.DataFrame:
    breaches = cars.filter(pl.col("cohort") == "ring", ~pl.col("letter"), pl.col("awaiting") >= LETTER_RULE)
    vins = _some(world, breaches, UNKNOWN_LETTER)
    tables["exports"] = tables["exports"].with_columns(
        pl.when(~pl.col("vin").is_in(vins.implode())).then("maker_letter").alias("maker_letter")
    )
    return _undecidable(vins, "zero_mileage_export")


def _one_person_two_ids(world: World, tables: Tables, cars: pl.DataFrame) -> pl.DataFrame:
    # the insurer's file knows the customer under another id and without a person key
    vins = _some(world, cars.filter(pl.col("cohort") == "gift"), TWO_IDS)
    buyers = cars.filter(pl.col("vin").is_in(vins.implode())).select("vin", pl.col("buyer").alias("party_id"))
    namesakes = buyers.with_columns(pl.format("{}X", "party_id").alias("namesake"))
    known = tables["parties"]
    rows = known.join(namesakes, on="party_id").with_columns(
        pl.col("namesake").alias("party_id"),
        pl.lit(None, dtype=pl.String).alias("person_key"),
        pl.lit(None, dtype=pl.Int64).alias("birth_year"),
    )
    tables["parties"] = pl.concat([known, rows.select(known.columns)]).sort("party_id")
    policies = tables["policies"].join(namesakes.select("vin", "namesake"), on="vin", how="left", maintain_order="left")
    tables["policies"] = policies.with_columns(pl.coalesce("namesake", "insured_id").alias("insured_id")).drop(
        "namesake"
    )
    return _undecidable(vins, "pre_insured")


def _undated_holdings(tables: Tables, cars: pl.DataFrame) -> pl.DataFrame:
    buyers = cars.filter(pl.col("cohort").is_in(["undated", "unclear_share"]))
    owned = {
        cohort: buyers.filter(pl.col("cohort") == cohort)["buyer"].item(0) for cohort in ("undated", "unclear_share")
    }
    is_undated, is_unclear = (pl.col("owned_id") == owned["undated"]), (pl.col("owned_id") == owned["unclear_share"])
    tables["ownership"] = tables["ownership"].with_columns(
        pl.when(~is_undated).then("valid_from").alias("valid_from"),
        pl.when(~is_unclear).then("share").alias("share"),
        pl.when(is_unclear).then(pl.lit("40%")).alias("share_min"),
        pl.when(is_unclear).then(pl.lit("60%")).alias("share_max"),
    )
    return _undecidable(buyers["vin"], "related_party_sales")


def _lost_history(world: World, tables: Tables, cars: pl.DataFrame) -> None:
    # the entries of some years-old cars are missing: only their age says that they are not new
    vins = _some(world, cars.filter(pl.col("cohort") == "mid_life"), LOST_HISTORY).implode()
    tables["registrations"] = tables["registrations"].filter(~pl.col("vin").is_in(vins))


def _second_id(world: World, tables: Tables, chain: Chain) -> None:
    own = chain.buyers[-1]
    for table, column in (("sales", "buyer_id"), ("policies", "insured_id"), ("registrations", "owner_id")):
        rows = tables[table]
        renamed = (pl.col(column) == own) & world.chance(SECOND_ID_SHARE, rows.height)
        tables[table] = rows.with_columns(pl.when(renamed).then(pl.lit(SECOND_ID)).otherwise(column).alias(column))
