"""What is sent at once stays small, in order and whole; what is shared by too many is no identifier."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graphkit.store.batches import End, Links, Nodes, slices
from graphkit.store.shared import identifiers


@settings(derandomize=True, deadline=None, max_examples=25)
@given(rows=st.integers(0, 12_000), width=st.integers(0, 3_000))
def test_pieces_hold_every_row_once_and_fit_a_message(rows: int, width: int) -> None:
    frame = pl.DataFrame({"n": range(rows), "text": ["x" * width] * rows}, schema={"n": pl.Int64, "text": pl.String})
    pieces = list(slices(frame))
    assert [n for piece in pieces for n in piece["n"]] == list(range(rows))
    assert all(0 < piece.height <= 5_000 for piece in pieces)
    assert all(piece.height * (width + 8) <= 6 * 2**20 * 1.1 for piece in pieces if piece.height > 1)


def test_statements_write_properties_out_and_find_ends_by_key() -> None:
    rows = pl.DataFrame({"party_id": ["a"], "name": ["b"]})
    nodes = Nodes(("Party", "Dealer"), "party_id", rows, roles=("Dealer", "Insurer"))
    assert nodes.creation == "UNWIND $rows AS row CREATE (:Party:Dealer {party_id: row.party_id, name: row.name})"
    assert nodes.merging == (
        "UNWIND $rows AS row MERGE (n:Party {party_id: row.party_id}) "
        "REMOVE n:Insurer SET n:Dealer SET n += {name: row.name}"
    )
    ends = End("Party", "party_id", "owner_id"), End("Party", "party_id", "owned_id")
    rows = pl.DataFrame({"owner_id": ["a"], "owned_id": ["b"], "share": [1], "row_key": ["a|b|"]})
    links = Links("OWNS", *ends, rows)
    found = "UNWIND $rows AS row MATCH (a:Party {party_id: row.owner_id}) MATCH (b:Party {party_id: row.owned_id}) "
    assert links.creation == found + "CREATE (a)-[:OWNS {share: row.share, row_key: row.row_key}]->(b)"
    assert links.merging == found + "MERGE (a)-[r:OWNS {row_key: row.row_key}]->(b) SET r += {share: row.share}"
    alone = Links("OWNS", *ends, rows.drop("share", "row_key"))
    assert alone.merging == found + "MERGE (a)-[r:OWNS]->(b)"
    assert alone.creation == found + "CREATE (a)-[:OWNS]->(b)"


def test_an_address_shared_by_more_than_ten_is_left_out() -> None:
    def parties(n: int) -> pl.DataFrame:
        given = {"party_id": [f"C{i}" for i in range(n)], "address": ["甲路 1号"] * n}
        nothing = pl.lit(None, dtype=pl.String)
        return pl.DataFrame(given).with_columns(city=nothing, country=nothing, phone=nothing, email=pl.lit(""))

    assert identifiers(parties(10))["parties"].to_list() == [10]
    assert identifiers(parties(11)).is_empty()
    assert identifiers(parties(1)).is_empty()
