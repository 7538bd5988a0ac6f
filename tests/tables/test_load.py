"""Loading: exact quarantine of a file with every fault, rows in = loaded + quarantined, order of rows plays no part."""

import random
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.errors import InputError
from graphkit.tables.inputs import TABLES
from graphkit.tables.lineage import hash_frame
from graphkit.tables.load import Loaded, load
from graphkit.tables.proposal import propose_entries
from graphkit.tables.quarantine import QUARANTINE_SCHEMA
from graphkit.tables.readers import read
from graphkit.tables.sources import Source

DATA = Path(__file__).parent / "data"
ODOMETER = {"vin": "vin", "read_on": "read_on", "km": "km"}
VIN = "WMVAA1AA0RA000001"


def load_file(path: Path, table: str | None = None, units: dict[str, str] | None = None) -> Loaded:
    raw = read(path)
    mapping = propose_entries(raw.header, raw.rows.head(100), table=table).entries[0]
    source = Source("s1", path.name, path, mapping.columns, units or mapping.units)
    return load(TABLES[mapping.table], [source])


def write(folder: Path, text: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_fault_of_a_broken_file_is_quarantined_with_its_line_and_reason() -> None:
    loaded = load_file(DATA / "broken_sales.csv")
    expected = pl.read_csv(DATA / "broken_sales_expected.csv", infer_schema=False)
    found = loaded.quarantine.select(pl.col("line", "column", "reason", "vin", "day").cast(pl.String))
    assert found.rows() == expected.rows()
    assert loaded.counts.select("rows", "loaded", "quarantined").row(0) == (13, 4, 9)
    assert loaded.quarantine.schema == pl.Schema(QUARANTINE_SCHEMA)


def test_the_rows_beside_the_faults_load_with_values_types_and_physical_lines() -> None:
    rows = load_file(DATA / "broken_sales.csv").rows
    assert rows.schema == pl.Schema(TABLES["sales"].loaded_schema())
    assert rows.select("sale_id", "vin", "kind", "invoiced_on", "price", "line").rows() == [
        ("S01", "LMVAA1AA0RA000001", "retail", date(2024, 1, 5), 100_000.0, 2),
        ("S02", "LMVAA1AA0RA000002", "retail", date(2024, 1, 6), 90_000.0, 3),
        ("S07", "LMVAA1AA0RA000007", "retail", date(2024, 1, 9), 1.0, 10),
        ("S10", "LMVAA1AA0RA000010", "retail", date(2024, 1, 12), 1.0, 13),
    ]
    assert rows["buyer_name"].to_list()[1] == "乙\n二"


def test_quarantined_text_is_the_text_of_the_file() -> None:
    quarantine = load_file(DATA / "broken_sales.csv").quarantine
    lines = (DATA / "broken_sales.csv").read_text(encoding="utf-8").splitlines()
    assert quarantine["text"].to_list() == [lines[line - 1] for line in quarantine["line"]]


def test_rows_in_another_order_load_to_the_same_content(tmp_path: Path) -> None:
    header, *body = (DATA / "broken_sales.csv").read_text(encoding="utf-8").splitlines()
    whole = [line for line in body if line.count('"') % 2 == 0]
    random.Random(7).shuffle(whole)
    one = load_file(write(tmp_path, "\n".join([header, *whole]), "one.csv"))
    other = load_file(write(tmp_path, "\n".join([header, *sorted(whole)]), "other.csv"))
    assert hash_frame(one.rows) == hash_frame(other.rows)
    assert hash_frame(one.quarantine.drop("name")) == hash_frame(other.quarantine.drop("name"))


def test_rows_stand_in_order_of_car_day_and_key(tmp_path: Path) -> None:
    later, earlier = "WMVAA1AA0RA000002", "WMVAA1AA0RA000001"
    body = [f"{later},2024-01-05,10", f"{earlier},2024-03-01,9", f"{earlier},2024-02-01,7"]
    rows = load_file(write(tmp_path, "\n".join(["vin,read_on,km", *body]))).rows
    assert rows["km"].to_list() == [7, 9, 10]
    sold = [f"S{n},{earlier},D1,C1,retail,2024-0{month}-01" for n, month in ((1, 3), (3, 2), (2, 2))]
    rows = load_file(write(tmp_path, "\n".join(["sale_id,vin,seller_id,buyer_id,kind,invoiced_on", *sold]))).rows
    assert rows["row_key"].to_list() == ["S2", "S3", "S1"]


def test_a_hash_tells_an_empty_text_from_none_and_one_column_from_another_and_not_where_rows_come_from() -> None:
    def hashed(**columns: list[str | None]) -> str:
        return hash_frame(pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)))

    assert hashed(a=[""]) != hashed(a=[None])
    assert hashed(a=["1"]) != hashed(b=["1"])
    assert hashed(a=["1"], b=["2"]) == hashed(b=["2"], a=["1"]) != hashed(a=["2"], b=["1"])
    assert hashed(a=["1"], source_id=["f"], line=["2"]) == hashed(a=["1"])
    assert hashed(a=["1", "1"]) != hashed(a=["1"])


def test_identical_rows_of_two_files_load_once_from_the_smallest_source(tmp_path: Path) -> None:
    text = f"vin,read_on,km\n{VIN},2024-01-05,10\n"
    sources = [Source(name, name, write(tmp_path, text, f"{name}.csv"), ODOMETER) for name in ("s2", "s1")]
    loaded = load(TABLES["odometer"], sources)
    assert loaded.rows["source_id"].to_list() == ["s1"]
    assert loaded.quarantine.select("source_id", "reason").row(0) == ("s2", "is an identical copy of a loaded row")
    assert loaded.counts.select("source_id", "rows", "loaded", "quarantined").rows() == [
        ("s1", 1, 1, 0),
        ("s2", 1, 0, 1),
    ]


def test_rows_about_parties_that_came_by_name_have_keys_of_their_own(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "股东名称,股东城市,被投资企业名称,持股比例(%)\n甲%公司,,乙|公司,50\n丙公司,临海,乙|公司,30.5\n"
        "丙公司,台州,乙|公司,20\n丁公司,,乙|公司,101\n",
    )
    loaded = load_file(path)
    assert loaded.rows.select("row_key", "share").rows() == [
        ("丁公司~~|乙%7C公司~~|", None),
        ("丙公司~~临海|乙%7C公司~~|", 305_000),
        ("丙公司~~台州|乙%7C公司~~|", 200_000),
        ("甲%25公司~~|乙%7C公司~~|", 500_000),
    ]
    assert loaded.unread.select("column", "text").rows() == [("share", "101")]


@pytest.mark.parametrize(
    ("header", "row", "reason"),
    [
        (
            "vin,holder_id,status,valid_from,valid_to",
            f"{VIN},D1,demo,2024-02-01,2024-01-01",
            "valid_to: lies before valid_from",
        ),
        (
            "policy_id,vin,insurer_id,insured_id,starts_on,ends_on",
            f"B1,{VIN},I1,C1,2024-02-01,2024-01-31",
            "ends_on: lies before starts_on",
        ),
        ("owner_id,owned_id,share_min,share_max", "P1,D1,10%,9%", "share_max: lies before share_min"),
        (
            "policy_id,vin,insurer_id,insured_id,starts_on,issued_on,cancelled_on",
            f"B1,{VIN},I1,C1,2024-02-01,2024-01-20,2024-01-19",
            "cancelled_on: lies before issued_on",
        ),
        (
            "party_id,kind,name,registered_on,dissolved_on",
            "P1,company,示例公司,2024-02-01,2024-01-31",
            "dissolved_on: lies before registered_on",
        ),
        (
            "registration_id,vin,owner_id,city,plated_on,event,deregistered_on",
            f"R1,{VIN},C1,甲市,2024-02-01,first,2024-01-31",
            "deregistered_on: lies before plated_on",
        ),
        (
            "registration_id,vin,owner_id,city,plated_on,deregistered_on",
            f"R1,{VIN},C1,甲市,2024-02-01,2024-01-31",
            "deregistered_on: lies before plated_on",
        ),
        (
            "reporter_id,subject_id,period,series,units,units_high",
            "M1,M1,2024,retail,10,9",
            "units_high: lies before units",
        ),
        (
            "reporter_id,subject_id,period,series,share,share_high",
            "M1,M1,2024,retail,10%,9%",
            "share_high: lies before share",
        ),
    ],
)
def test_an_interval_that_ends_before_it_begins_is_quarantined(
    tmp_path: Path, header: str, row: str, reason: str
) -> None:
    loaded = load_file(write(tmp_path, f"{header}\n{row}\n"))
    assert (loaded.rows.height, loaded.quarantine["reason"].to_list()) == (0, [reason])


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("vin,holder_id,status,valid_from,valid_to", f"{VIN},D1,demo,2024-02-01,2024-02-01"),
        ("policy_id,vin,insurer_id,insured_id,starts_on,ends_on", f"B1,{VIN},I1,C1,2024-02-01,2024-02-01"),
        ("owner_id,owned_id,share_min,share_max", "P1,D1,10%,10%"),
        # cancelled before it starts, on the day of its issue
        (
            "policy_id,vin,insurer_id,insured_id,starts_on,issued_on,cancelled_on",
            f"B1,{VIN},I1,C1,2024-02-01,2024-01-20,2024-01-20",
        ),
        ("party_id,kind,name,registered_on,dissolved_on", "P1,company,示例公司,2024-02-01,2024-02-01"),
        (
            "registration_id,vin,owner_id,city,plated_on,event,deregistered_on",
            f"R1,{VIN},C1,甲市,2024-02-01,re_registration,2024-01-31",
        ),
        (
            "sale_id,vin,seller_id,buyer_id,kind,invoiced_on,handed_over_on",
            f"S1,{VIN},D1,C1,retail,2024-02-01,2024-01-31",
        ),
        # nothing has ended, whatever the register writes for it
        ("owner_id,owned_id,share,valid_from,valid_to", "P1,D1,10%,2020-01-01,1900-01-01"),
    ],
)
def test_what_holds_on_one_day_or_is_known_exactly_is_loaded(tmp_path: Path, header: str, row: str) -> None:
    loaded = load_file(write(tmp_path, f"{header}\n{row}\n"))
    assert (loaded.rows.height, loaded.quarantine.height) == (1, 0)


def test_one_fault_gives_one_reason(tmp_path: Path) -> None:
    path = write(tmp_path, f"vin,read_on,km\n{VIN},,x\n")
    reason = "read_on: is required but empty; km: 'x' is not a whole number, not below zero"
    assert load_file(path).quarantine["reason"].to_list() == [reason]


def test_a_required_cell_that_holds_a_null_word_or_a_null_day_is_empty(tmp_path: Path) -> None:
    path = write(tmp_path, f"vin,read_on,km\n{VIN},1900-01-01,-\n")
    reason = "read_on: is required but empty; km: is required but empty"
    assert load_file(path).quarantine["reason"].to_list() == [reason]


def test_a_party_called_by_a_null_word_is_no_party(tmp_path: Path) -> None:
    path = write(tmp_path, "股东名称,被投资企业名称,持股比例\n暂无,乙公司,50%\n")
    assert load_file(path).quarantine["reason"].to_list() == ["owner_id: neither an id nor a name is given"]


@pytest.mark.parametrize(
    ("columns", "units", "message"),
    [
        ({"vin": "vin", "day": "read_on", "km": "km"}, {}, "has no column day"),
        ({**ODOMETER, "note": "remark"}, {}, "odometer has no column remark"),
        ({**ODOMETER, "note": "km"}, {}, "km and note are both mapped to km"),
        ({"vin": "vin", "km": "km"}, {}, "lacks read_on"),
        (ODOMETER, {"km": "miles"}, "miles is no unit"),
    ],
)
def test_a_mapping_that_does_not_fit_is_one_sentence(
    tmp_path: Path, columns: dict[str, str], units: dict[str, str], message: str
) -> None:
    path = write(tmp_path, f"vin,read_on,km,note\n{VIN},2024-01-05,10,x\n")
    with pytest.raises(InputError, match=message):
        load(TABLES["odometer"], [Source("s1", "a.csv", path, columns, units)])


def test_the_same_file_twice_is_refused(tmp_path: Path) -> None:
    source = Source("s1", "a.csv", write(tmp_path, f"vin,read_on,km\n{VIN},2024-01-05,10\n"), ODOMETER)
    with pytest.raises(InputError, match="more than once"):
        load(TABLES["odometer"], [source, source])


cells = st.one_of(
    st.sampled_from(
        [VIN, "2024-01-05", "2024-13-01", "12", "", '"', '""', '"x\ny"', '"a,b"', "é", "零", "\ufeff", "=1+1"]
    ),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=6),
)
lines = st.lists(st.lists(cells, min_size=1, max_size=5).map(",".join), min_size=1, max_size=12)


@pytest.mark.no_cover
@given(lines=lines, junk=st.binary(max_size=12), at=st.integers(0, 400))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_rows_in_are_rows_loaded_plus_quarantined_over_broken_files(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], junk: bytes, at: int
) -> None:
    data = "\n".join(["vin,read_on,km", *lines]).encode()
    path = tmp_path_factory.mktemp("broken") / "odometer.csv"
    path.write_bytes(data[: at + 15] + junk + data[at + 15 :])
    try:
        raw = read(path)
        loaded = load(TABLES["odometer"], [Source("s1", path.name, path, ODOMETER)])
    except InputError:
        return
    assert raw.height == loaded.rows.height + loaded.quarantine.height
    assert loaded.counts.select("rows", "loaded", "quarantined").row(0) == (
        raw.height,
        loaded.rows.height,
        loaded.quarantine.height,
    )
    held = pl.concat([loaded.rows["line"], loaded.quarantine["line"]])
    assert held.n_unique() == held.len()


@pytest.mark.no_cover
@given(rows=st.lists(st.lists(st.text("ab1 ", max_size=3), min_size=1, max_size=4), min_size=1, max_size=20))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_without_quotes_every_filled_line_is_a_row_or_quarantined(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]
) -> None:
    body = [",".join(row) for row in rows]
    filled = [number for number, line in enumerate(body, start=2) if line.strip()]
    path = tmp_path_factory.mktemp("plain") / "odometer.csv"
    path.write_text("\n".join(["vin,read_on,km", *body]), encoding="utf-8")
    loaded = load(TABLES["odometer"], [Source("s1", path.name, path, ODOMETER)])
    assert sorted([*loaded.rows["line"], *loaded.quarantine["line"], *loaded.skipped["line"]]) == [1, *filled]


SALES_COLUMNS = ["sale_id", "vin", "seller_name", "buyer_name", "kind", "invoiced_on", "price"]


def two_files(folder: Path, first: list[str], second: list[str], number: str = "发票号码") -> Loaded:
    return several_files(folder, first, second, number=number)


def several_files(folder: Path, *files: list[str], number: str = "发票号码") -> Loaded:
    sources = []
    for name, lines in zip(("s1", "s2", "s3"), files, strict=False):
        path = folder / f"{name}.csv"
        header = [number if column == "sale_id" else column for column in SALES_COLUMNS]
        path.write_text("\n".join([",".join(header), *lines]), encoding="utf-8")
        sources.append(Source(name, path.name, path, dict(zip(header, SALES_COLUMNS, strict=True))))
    return load(TABLES["sales"], sources)


def test_a_sale_that_a_second_system_has_under_another_number_counts_once_and_the_fuller_row_stays(
    tmp_path: Path,
) -> None:
    fact = f"{VIN},Sample Cars,Sample Buyer,retail,2024-01-05"
    loaded = two_files(tmp_path, [f"A1,{fact},"], [f"B7,{fact},100"])
    assert loaded.rows["sale_id"].to_list() == ["B7"]
    assert loaded.quarantine.select("source_id", "reason").rows() == [
        ("s1", "is recorded in another file as well, and counts once")
    ]


SECOND = {
    "sale_id": "A1", "vin": VIN, "seller_name": "Sample Cars", "buyer_name": "Sample Buyer", "kind": "retail",
    "invoiced_on": "2024-01-05", "handed_over_on": "", "price": "", "currency": "", "seller_uscc": "", "sequence": "",
}  # fmt: skip


def second_records(folder: Path, *files: dict[str, str]) -> Loaded:
    """A sale as several files have it, each with what it says otherwise than ``SECOND``."""
    sources = []
    for number, said in enumerate(files, start=1):
        row = SECOND | {"sale_id": f"A{number}"} | said
        header = {"发票号码" if name == "sale_id" else name: name for name in row}
        path = write(folder, ",".join(header) + "\n" + ",".join(row.values()) + "\n", f"{number}.csv")
        sources.append(Source(f"s{number}", path.name, path, header))
    return load(TABLES["sales"], sources)


def test_what_a_second_record_of_a_sale_knows_goes_to_the_row_that_stays(tmp_path: Path) -> None:
    tax = {"price": "100", "currency": "CNY", "seller_uscc": "91320000MA0000001A"}
    dealer = {"handed_over_on": "2024-01-09", "sequence": "7"}
    loaded = second_records(tmp_path, tax, dealer)
    row = loaded.rows.select("sale_id", "price", "currency", "handed_over_on", "seller_uscc", "sequence", "line").row(0)
    assert row == ("A1", 100.0, "CNY", date(2024, 1, 9), "91320000MA0000001A", None, 2)
    assert loaded.quarantine.select("source_id", "reason").rows() == [
        ("s2", "is recorded in another file as well, and counts once; it adds handed_over_on")
    ]
    # the same files in the other order say the same
    again = second_records(tmp_path, dealer, tax | {"handed_over_on": ""})
    assert again.rows.select("price", "handed_over_on").row(0) == (100.0, date(2024, 1, 9))


def test_what_a_second_record_says_otherwise_is_told_and_changes_nothing(tmp_path: Path) -> None:
    first = {"price": "100", "currency": "CNY", "handed_over_on": "2024-01-09", "seller_uscc": "91320000MA0000001A"}
    loaded = second_records(tmp_path, first, {"price": "90", "handed_over_on": "2024-01-10"})
    assert loaded.rows.select("price", "currency", "handed_over_on").row(0) == (100.0, "CNY", date(2024, 1, 9))
    assert loaded.quarantine["reason"].item().endswith("; it says another price, handed_over_on")
    # a price is not completed by the currency of another price
    loaded = second_records(tmp_path, {"price": "100", "seller_uscc": "9"}, {"price": "90", "currency": "USD"})
    assert loaded.rows.select("price", "currency").row(0) == (100.0, None)


def test_two_second_records_that_contradict_each_other_add_nothing(tmp_path: Path) -> None:
    full = {"price": "100", "currency": "CNY", "seller_uscc": "91320000MA0000001A"}
    days = [{"handed_over_on": "2024-01-09"}, {"handed_over_on": "2024-01-10"}]
    loaded = second_records(tmp_path, full, *days)
    assert loaded.rows["handed_over_on"].to_list() == [None]
    assert loaded.quarantine["reason"].str.ends_with("; it says another handed_over_on").to_list() == [True, True]


@pytest.mark.parametrize(
    "other",
    [
        "{vin},Sample Cars,Sample Buyer,retail,2024-01-06",
        "{vin},Sample Cars,Sample Buyer,resale,2024-01-05",
        "{vin},Sample Cars,Another Buyer,retail,2024-01-05",
        "{vin},Sample Buyer,Sample Cars,retail,2024-01-05",
    ],
)
def test_a_sale_of_another_day_kind_or_party_is_another_sale(tmp_path: Path, other: str) -> None:
    fact = f"{VIN},Sample Cars,Sample Buyer,retail,2024-01-05"
    assert two_files(tmp_path, [f"A1,{fact},1"], [f"B7,{other.format(vin=VIN)},1"]).rows.height == 2


def test_equal_sales_of_one_file_stay_and_pair_one_to_one_with_those_of_another(tmp_path: Path) -> None:
    fact = f"{VIN},Sample Cars,Sample Buyer,retail,2024-01-05"
    first = [f"A1,{fact},1", f"A2,{fact},1"]
    second = [f"B1,{fact},1", f"B2,{fact},1", f"B3,{fact},1"]
    assert two_files(tmp_path, first, []).rows.height == 2
    assert two_files(tmp_path, first, second).rows.height == 3


def test_two_files_with_ids_of_their_own_say_themselves_what_is_one(tmp_path: Path) -> None:
    fact = f"{VIN},Sample Cars,Sample Buyer,retail,2024-01-05"
    assert two_files(tmp_path, [f"A1,{fact},1"], [f"B7,{fact},1"], number="sale_id").rows.height == 2


def test_an_authority_in_the_place_of_a_city_is_its_city(tmp_path: Path) -> None:
    offices = {
        "示例省临海市公安局交通警察支队车辆管理所": "临海市",
        "台州市公安局交通警察支队": "台州市",
        "临海": "临海",
        "临海市": "临海市",
        "示例交通警察支队": "示例交通警察支队",
    }
    lines = [f"R{n},{VIN},D1,{office},2024-01-0{n},transfer" for n, office in enumerate(offices, start=1)]
    header = "registration_id,vin,owner_id,city,plated_on,event"
    rows = load_file(write(tmp_path, "\n".join([header, *lines]))).rows
    assert rows.sort("registration_id")["city"].to_list() == list(offices.values())


def test_a_row_that_two_extracts_share_is_one_event_with_that_of_a_third_file(tmp_path: Path) -> None:
    fact = f"{VIN},Sample Cars,Sample Buyer,retail,2024-01-05"
    halves = [f"A1,{fact},1"], [f"A1,{fact},1"]
    loaded = several_files(tmp_path, *halves, [f"D9,{fact},"])
    assert loaded.rows["sale_id"].to_list() == ["A1"]
    assert loaded.quarantine["reason"].sort().to_list() == [
        "is an identical copy of a loaded row",
        "is recorded in another file as well, and counts once",
    ]


def test_two_equal_sales_of_which_two_extracts_share_one_are_two(tmp_path: Path) -> None:
    fact = f"{VIN},Sample Cars,Sample Buyer,retail,2024-01-05"
    first, second = [f"A1,{fact},1"], [f"A1,{fact},1", f"A2,{fact},1"]
    assert several_files(tmp_path, first, second).rows["sale_id"].to_list() == ["A1", "A2"]
    third = [f"D8,{fact},", f"D9,{fact},"]
    assert several_files(tmp_path, first, second, third).rows["sale_id"].to_list() == ["A1", "A2"]
    # the ranks of the two in their files contradict one another: both stay
    crossed = [f"A0,{fact},1", f"A1,{fact},1"], [f"A1,{fact},1", f"A2,{fact},1"]
    assert several_files(tmp_path, *crossed).rows["sale_id"].to_list() == ["A0", "A1", "A2"]
