"""How many duplicates identity merges by itself and suggests, and how many it merges wrongly, on synthetic companies.

``python -m tests.benchmarks.identity`` makes 77,000 records of about 40,000 companies and 2,000 persons who share a
name and city with another, resolves them and prints, by class of pair: how many true pairs there are, the share merged
and the share merged or suggested; then the precision of what was merged, and the time of each step.
``--records 5000`` is smaller; ``--without-extra`` leaves the learnt probabilities out.
"""

import argparse
import time
from dataclasses import dataclass

import numpy as np
import polars as pl
from opencc import OpenCC

from graphkit.identity import resolve
from graphkit.identity.likelihood import with_probabilities
from graphkit.identity.suggestions import suggested
from graphkit.tables.inputs import TABLES

RECORDS = 77_000
SEED = 20240501
_BRAND = list(
    "云帆海风松岚晴川远山澄湖竹溪枫桥银杏岭峰浦汀榆柏桐棠蓝朗星辰月白露霜霁虹鹭雁鸿鹏骏驰骋腾翔跃鑫淼森垚焱嘉禾瑞祥泰康宁和"
)
_TRADES = [
    "汽车销售",
    "汽车贸易",
    "汽车服务",
    "汽车租赁",
    "商贸",
    "物流",
    "融资租赁",
    "进出口",
    "新能源科技",
    "二手车",
    "机电",
    "供应链管理",
]
_CITIES = [one + other for one in "晴澄岚霁棠榆枫汀" for other in "州港原陵浦"]
_FORMS = ["有限公司", "股份有限公司"]
_ALPHABET = np.array(list("0123456789ABCDEFGHJKLMNPQRTUWXY"))
_WEIGHTS = np.array((1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28))
MALL = 300
"""Firms at one address."""


def companies(count: int, draw: np.random.Generator) -> pl.DataFrame:
    """True companies: entity, brand, trade, city, placing of the city in the name, form, code, phone, street."""
    brand = pl.Series(["".join(part) for part in draw.choice(_BRAND, (count, 3))])
    entity = np.arange(count)
    # siblings of one group share brand, telephone and street; namesakes in another city share brand and trade
    sibling = (draw.random(count) < 0.05) & (entity > 0)
    namesake = (draw.random(count) < 0.03) & (entity > 0) & ~sibling
    of = np.where(sibling | namesake, np.maximum(entity - 1, 0), entity)
    trade = draw.integers(len(_TRADES), size=count)
    trade = np.where(sibling, (trade[of] + 1) % len(_TRADES), np.where(namesake, trade[of], trade))
    city = draw.integers(len(_CITIES), size=count)
    city = np.where(sibling, city[of], np.where(namesake, (city[of] + 1) % len(_CITIES), city))
    phone, street = draw.integers(10**7, 10**8, size=count), draw.integers(400, size=count)
    in_mall = entity < min(count // 10, 20 * MALL)
    city, street = np.where(in_mall, entity // MALL, city), np.where(in_mall, 1000, street)
    # an agent registers many firms under its own number
    phone = np.where(draw.random(count) < 0.02, 10**7 + entity // 1000, phone)
    return pl.DataFrame(
        {
            "entity": entity,
            "brand": brand.gather(of),
            "trade": pl.Series(_TRADES).gather(trade),
            "city": pl.Series(_CITIES).gather(city % len(_CITIES)),
            "placing": draw.choice(["front", "bracket", "none"], count, p=[0.75, 0.1, 0.15]),
            "form": pl.Series(_FORMS).gather((draw.random(count) < 0.1).astype(int)),
            "code": _codes(entity),
            "phone": np.where(sibling, phone[of], phone),
            "street": np.where(sibling, street[of], street),
            "door": np.where(in_mall, 1, draw.integers(1, 300, size=count)),
        }
    )


def records(count: int = RECORDS, seed: int = SEED) -> pl.DataFrame:
    """``count`` rows of ``parties`` as registers and invoices give them, and beside them the truth.

    ``entity`` is the true company (a branch's is its company's); ``has_typo``, ``has_valid_code``, ``is_branch``,
    ``is_traditional``, ``is_moved`` (the place stands elsewhere in the name) and ``in_mall`` say what a row is like.
    """
    draw = np.random.default_rng(seed)
    known = companies(int(count * 0.52), draw)
    drawn = np.concatenate([np.arange(known.height), draw.integers(known.height, size=count - known.height)])
    rows = known[np.sort(drawn)].with_row_index("n")
    is_first = rows["entity"].is_first_distinct().to_numpy()

    def some(share: float) -> np.ndarray:
        return draw.random(count) < share

    rows = rows.with_columns(
        has_typo=pl.Series(some(0.1)),
        is_traditional=pl.Series(some(0.05)),
        is_moved=pl.Series(some(0.05)),
        is_branch=pl.Series(some(0.05) & ~is_first),
        is_long=pl.Series(some(0.1)),
        has_code=pl.Series(some(0.6)),
        has_wrong_code=pl.Series(some(0.02)),
        has_city=pl.Series(some(0.9)),
        has_phone=pl.Series(some(0.7)),
        has_address=pl.Series(some(0.7)),
        look=pl.Series(draw.integers(4, size=count)),
        place=pl.Series(draw.integers(20, size=count)),
        branch_city=pl.Series(_CITIES).gather(draw.integers(len(_CITIES), size=count)),
    )
    core = _mistyped(rows.select(text=pl.concat_str("brand", "trade"), where="place", how="look", wrong="has_typo"))
    placing = (
        pl.when(~pl.col("is_moved"))
        .then("placing")
        .otherwise(pl.col("placing").replace({"front": "bracket", "bracket": "front"}))
    )
    form = pl.when(pl.col("is_long") & (pl.col("form") == "有限公司")).then(pl.lit("有限责任公司")).otherwise("form")
    rows = rows.with_columns(core=core).with_columns(
        name=pl.when(placing == "front")
        .then(pl.concat_str("city", "core", form))
        .when(placing == "bracket")
        .then(pl.concat_str(pl.col("core").str.head(3), pl.format("（{}）", "city"), pl.col("core").str.slice(3), form))
        .otherwise(pl.concat_str("core", form))
    )
    rows = rows.with_columns(
        name=pl.when("is_branch").then(pl.format("{}{}分公司", "name", "branch_city")).otherwise("name"),
        city=pl.when("is_branch").then("branch_city").otherwise("city"),
        code=pl.when("is_branch").then(_codes(10**8 + rows["n"].to_numpy())).otherwise("code"),
        phone=pl.when("is_branch").then(90_000_000 + pl.col("n")).otherwise("phone"),
        street=pl.when("is_branch").then(pl.col("n") % 400).otherwise("street"),
    )
    traditional = "\n".join(rows["name"].to_list())
    rows = rows.with_columns(other=pl.Series(OpenCC("s2t").convert(traditional).split("\n")))
    wrong = rows.select(text="code", where=pl.col("place") % 9 + 9, how=pl.lit(0), wrong="has_wrong_code")
    spaced = pl.col("name").str.replace_all("（", "(").str.replace_all("）", ")") + " "
    area = pl.format("{}市", "city")
    return rows.select(
        "entity", "has_typo", "is_traditional", "is_moved", "is_branch",
        in_mall=pl.col("street") == 1000,
        has_valid_code=pl.col("has_code") & ~pl.col("has_wrong_code"),
        party_id=pl.format("R{}", pl.col("n").cast(pl.String).str.zfill(6)),
        kind=pl.lit("company"),
        name=pl.when("is_traditional").then("other").when(pl.col("look") == 1).then(spaced).otherwise("name"),
        uscc=pl.when("has_code").then(_mistyped(wrong)),
        city=pl.when("has_city").then(pl.when(pl.col("look") > 1).then(area).otherwise("city")),
        phone=pl.when("has_phone").then(
            pl.when(pl.col("look") == 2).then(pl.format("+86 576 {}", "phone")).otherwise(pl.format("0576-{}", "phone"))
        ),
        address=pl.when("has_address").then(
            pl.concat_str(
                pl.when(pl.col("look") == 3).then(area).otherwise(pl.lit("")),
                pl.format("样例{}路{}号", "street", "door"),
                pl.when(pl.col("look") == 0).then(pl.lit("2幢301室")).otherwise(pl.lit("")),
            )
        ),
    )  # fmt: skip


def as_parties(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with the columns of the loaded ``parties`` table only."""
    empty = TABLES["parties"].empty()
    known = rows.select(name for name in rows.columns if name in empty.columns)
    return pl.concat([empty, known], how="diagonal_relaxed").cast(dict(empty.schema))


def namesakes(count: int = 2_000) -> pl.DataFrame:
    """Persons in pairs who share name and city; a third share the birth year too, and of a third it is not known."""
    pair = np.arange(count) // 2
    given = [pl.Series(_BRAND).gather(pair // step % len(_BRAND)) for step in (1, len(_BRAND))]
    return pl.select(
        party_id=pl.format("H{}", pl.int_range(count)),
        kind=pl.lit("person"),
        name=pl.concat_str(pl.lit("陆"), *given),
        city=pl.lit("晴州"),
        birth_year=pl.Series(np.choose(pair % 3, [np.full(count, 1960), 1950 + np.arange(count) % 2, np.zeros(count)])),
    ).with_columns(pl.when(pl.col("birth_year") > 0).then("birth_year").cast(pl.Int64))


def _codes(number: np.ndarray) -> pl.Series:
    """A valid USCC for each number."""
    digits = np.stack([np.char.zfill((number + 10**8).astype(str), 9)], axis=1)[:, 0]
    text = np.char.add("91331081", digits)
    places = np.searchsorted(_ALPHABET, text.astype("U17").view("U1").reshape(-1, 17))
    check = _ALPHABET[(31 - (places * _WEIGHTS).sum(axis=1) % 31) % 31]
    return pl.Series(np.char.add(text, check))


def _mistyped(rows: pl.DataFrame) -> pl.Series:
    """``text`` with one character changed, dropped, doubled or swapped at ``where``, if ``wrong``."""
    text = pl.col("text")
    at = (pl.col("where") % (text.str.len_chars() - 1)).cast(pl.Int64)
    before, here, after = text.str.slice(0, at), text.str.slice(at, 1), text.str.slice(at + 1)
    changed = [
        pl.concat_str(before, pl.when(here.str.contains("[0-9]")).then(pl.lit("X")).otherwise(pl.lit("华")), after),
        pl.concat_str(before, after),
        pl.concat_str(before, here, here, after),
        pl.concat_str(before, after.str.head(1), here, after.str.slice(1)),
    ]
    wrong = pl.coalesce(pl.when(pl.col("how") == way).then(one) for way, one in enumerate(changed))
    return rows.select(text=pl.when("wrong").then(wrong).otherwise(text))["text"]


@dataclass(frozen=True)
class Figures:
    """What was measured: ``by_class`` has kind_of_pair, pairs, and shares merged and found (or suggested)."""

    by_class: pl.DataFrame
    precision: float
    persons_merged: int
    seconds: dict[str, float]

    def share(self, kind_of_pair: str, what: str = "merged") -> float:
        """The share of the true pairs of a class that were merged, or found (merged or suggested)."""
        return float(self.by_class.filter(pl.col("kind_of_pair") == kind_of_pair)[what].item())


def measure(count: int = RECORDS, persons: int = 2_000, seed: int = SEED, *, with_extra: bool = True) -> Figures:
    """Make the records, resolve them, suggest merges, and hold all of it against the truth."""
    truth = records(count, seed)
    parties = pl.concat([as_parties(truth), as_parties(namesakes(persons))])
    seconds = {}
    started = time.perf_counter()
    resolved = resolve({"parties": parties})
    seconds["resolve"] = time.perf_counter() - started
    started = time.perf_counter()
    suggestions = suggested(parties, resolved)
    seconds["suggestions by rules"] = time.perf_counter() - started
    if with_extra:
        started = time.perf_counter()
        suggestions = with_probabilities(suggestions, parties, resolved)
        seconds["probabilities"] = time.perf_counter() - started
    ids = resolved.identities.select("party_id", "canonical_id")
    rows = truth.join(ids, on="party_id")
    merged = _pairs_in(rows.group_by("canonical_id").len())
    right = _pairs_in(rows.group_by("canonical_id", "entity").len())
    people = ids.filter(pl.col("party_id").str.starts_with("H"))
    return Figures(
        _by_class(rows, suggestions),
        right / merged,
        people.height - people["canonical_id"].n_unique(),
        seconds,
    )


def _pairs_in(sizes: pl.DataFrame) -> int:
    return int(sizes.select((pl.col("len").cast(pl.Int64) * (pl.col("len").cast(pl.Int64) - 1) // 2).sum()).item())


def _by_class(rows: pl.DataFrame, suggestions: pl.DataFrame) -> pl.DataFrame:
    pairs = rows.join(rows, on="entity", suffix="_b").filter(pl.col("party_id") < pl.col("party_id_b"))
    ends = ("canonical_id", "canonical_id_b")
    pairs = pairs.with_columns(party_a=pl.min_horizontal(ends), party_b=pl.max_horizontal(ends))
    told = suggestions.select("party_a", "party_b", is_suggested=pl.lit(True))
    pairs = pairs.join(told, on=["party_a", "party_b"], how="left").with_columns(
        merged=pl.col("party_a") == pl.col("party_b")
    )
    pairs = pairs.with_columns(found=pl.col("merged") | pl.col("is_suggested").fill_null(False))
    either = {
        name: pl.col(name) | pl.col(f"{name}_b")
        for name in ("has_typo", "is_branch", "is_traditional", "is_moved", "in_mall")
    }
    coded = pl.col("has_valid_code") & pl.col("has_valid_code_b") & ~either["is_branch"]
    classes = {
        "both have a valid code": coded,
        "elsewhere, no typo": ~coded & ~either["has_typo"],
        "elsewhere, no typo, a branch": ~coded & ~either["has_typo"] & either["is_branch"],
        "elsewhere, no typo, traditional": ~coded & ~either["has_typo"] & either["is_traditional"],
        "elsewhere, no typo, place moved": ~coded & ~either["has_typo"] & either["is_moved"],
        "elsewhere, no typo, in a mall": ~coded & ~either["has_typo"] & either["in_mall"],
        "elsewhere, a typo": ~coded & either["has_typo"],
        "all": pl.lit(True),
    }
    shares = [
        pairs.filter(of).select(
            pl.lit(name).alias("kind_of_pair"),
            pairs=pl.len(),
            merged=pl.col("merged").mean(),
            found=pl.col("found").mean(),
        )
        for name, of in classes.items()
    ]
    return pl.concat(shares)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--persons", type=int, default=2_000)
    parser.add_argument("--without-extra", action="store_true")
    given = parser.parse_args()
    found = measure(given.records, given.persons, with_extra=not given.without_extra)
    for row in found.by_class.iter_rows(named=True):
        shares = f"{row['merged']:.4f} merged, {row['found']:.4f} merged or suggested"
        print(f"{row['kind_of_pair']}: {row['pairs']:,} pairs, {shares}")
    print(f"precision of merged pairs: {found.precision:.5f}; persons merged: {found.persons_merged}")
    for step, seconds in found.seconds.items():
        print(f"{step}: {seconds:.1f} s")


if __name__ == "__main__":
    main()
