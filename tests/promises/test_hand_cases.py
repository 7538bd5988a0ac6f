"""Whole markets worked out by hand, of honest dealers that an earlier rule accused."""

from datetime import date, timedelta

import polars as pl
import pytest

from graphkit import Case

FIRST = date(2025, 1, 1)
DEALERS, DAYS = 12, 130
SLOW = "D01"


@pytest.fixture
def slow_dealer(tmp_path):
    """Twelve dealers that sell one car a day for 130 days; the plates of one come 45 days after the policy."""

    def made(lag: int, last: str = "2026-06-30") -> Case:
        cars = [(f"D{dealer:02}", day) for dealer in range(1, DEALERS + 1) for day in range(DAYS)]
        rows = pl.DataFrame(cars, schema=["dealer", "day"], orient="row").with_columns(
            vin=pl.format("LSAAA1234R{}", pl.int_range(pl.len()) + 1_000_000),
            sold=pl.lit(FIRST) + pl.duration(days="day"),
            lag=pl.when(pl.col("dealer") == SLOW).then(lag).otherwise(5),
            buyer=pl.format("P{}", pl.int_range(pl.len())),
        )
        folder = tmp_path / f"market{lag}{last}"
        folder.mkdir()
        parties = [
            ("M01", "company", "示例甲汽车制造有限公司", "manufacturer"),
            ("I01", "company", "Sample Insurance", "insurer"),
        ]
        parties += [
            (f"D{dealer:02}", "company", f"甲市示例{dealer}号汽车销售有限公司", "dealer") for dealer in range(1, 13)
        ]
        parties += [(buyer, "person", f"示例人员{buyer}", None) for buyer in rows["buyer"]]
        vin = pl.col("vin")
        tables = {
            "parties": pl.DataFrame(parties, schema=["party_id", "kind", "name", "roles"], orient="row"),
            "vehicles": rows.select("vin", manufacturer_id=pl.lit("M01"), built_on=pl.lit(FIRST - timedelta(days=60))),
            "sales": pl.concat(
                [
                    rows.select(sale_id="W" + vin, vin="vin", seller_id=pl.lit("M01"), buyer_id="dealer",
                                kind=pl.lit("wholesale"), invoiced_on=pl.lit(FIRST - timedelta(days=30))),
                    rows.select(sale_id="S" + vin, vin="vin", seller_id="dealer", buyer_id="buyer",
                                kind=pl.lit("retail"), invoiced_on="sold"),
                ]
            ),
            "policies": rows.select(policy_id="K" + vin, vin="vin", insurer_id=pl.lit("I01"), insured_id="buyer",
                                    starts_on="sold", kind=pl.lit("compulsory")),
            "registrations": rows.select(registration_id="R" + vin, vin="vin", owner_id="buyer", city=pl.lit("甲市"),
                                         plated_on=pl.col("sold") + pl.duration(days="lag"), event=pl.lit("first")),
        }  # fmt: skip
        for name, table in tables.items():
            table.write_csv(folder / f"{name}.csv")
        spans = "".join(
            f'[[coverage]]\ntable = "{name}"\nfrom = 2024-01-01\nto = {last}\nplace = "CN"\n'
            "complete = true\nconfirmed = true\n"
            for name in ("sales", "policies", "registrations", "declared_stock", "exports")
        )
        (folder / "coverage.toml").write_text(spans, encoding="utf-8")
        case = Case.new(tmp_path / f"case{lag}{last}")
        case.import_files(sorted(folder.iterdir()))
        case.run(only=["insured_not_plated"])
        return case

    return made


def verdicts(case: Case) -> dict[str, int]:
    counts = case.frame("hits").group_by("verdict", "look_alike").len().sort("verdict", "look_alike")
    return {f"{verdict} {look_alike or ''}".strip(): number for verdict, look_alike, number in counts.rows()}


def test_a_dealer_whose_plates_come_after_45_days_is_explained(slow_dealer) -> None:
    case = slow_dealer(45)
    assert verdicts(case) == {"explained late_plating": DAYS}
    assert case.frame("findings").filter(pl.col("verdict") == "flagged").is_empty()
    finding = case.frame("findings").filter(pl.col("unit_id") == f"party/{SLOW}").row(0, named=True)
    assert finding["verdict"] == "explained"
    assert finding["reason"].endswith(
        "130 explained by a lawful look-alike; 130 not plated within 30 days, 130 of them plated later, 0 never, "
        "0 not plated within 60 days, 0 not plated within 90 days."
    )


def test_a_dealer_whose_plates_come_after_91_days_is_flagged(slow_dealer) -> None:
    case = slow_dealer(91)
    assert verdicts(case) == {"flagged": DAYS}
    found = case.frame("findings").filter(pl.col("verdict") == "flagged", pl.col("unit_kind") == "party")
    assert found["party_id"].to_list() == [SLOW]


def test_where_plates_end_before_day_90_cars_are_undecided_and_the_finding_says_from_which_month_on(
    slow_dealer,
) -> None:
    case = slow_dealer(91, last="2025-05-15")
    # those insured up to 14 February have their day 90 within the registrations
    assert verdicts(case) == {"flagged": 45, "indeterminate": DAYS - 45}
    finding = case.frame("findings").filter(pl.col("unit_id") == f"party/{SLOW}").row(0, named=True)
    assert "registrations up to day 90 of policies from 2025-02 on" in finding["missing"]
