"""What parties share is compared by identity's keys, and shown so that an investigator can read it."""

import random
from itertools import combinations
from typing import Any

import polars as pl
import pytest

from graphkit.identity.contacts import phone_key, street_key
from graphkit.identity.name_parts import known_places
from graphkit.identity.names import city_key, name_key
from graphkit.parties.shared import indicators, shared

COLUMNS = ("party_id", "city", "country", "address", "phone", "email")


def parties(*rows: dict[str, Any]) -> pl.DataFrame:
    named = [{"party_id": f"C{at:03d}"} | row for at, row in enumerate(rows)]
    return pl.DataFrame(
        [{name: row.get(name) for name in COLUMNS} for row in named], schema=dict.fromkeys(COLUMNS, pl.String)
    )


def values(*rows: dict[str, Any]) -> list[tuple[str, str, int]]:
    return shared(parties(*rows)).select("kind", "value", "parties").unique().sort("kind", "value").rows()


def test_one_number_is_one_number_however_it_is_written() -> None:
    written = ("0576-8512 3456", "+86 576 85123456", "（0576）85123456", "００８６－５７６－８５１２３４５６")
    assert values(*({"phone": phone} for phone in written)) == [("phone", "+8657685123456", len(written))]
    assert values({"phone": "8512 3456"}, {"phone": "8512 3456", "country": "DE"}) == []


def test_what_is_no_number_is_nobodys() -> None:
    assert values(*({"phone": phone} for phone in ("n/a", "n/a", "0", "0", "-", "-", "1", "1"))) == []


def test_an_address_is_city_and_street() -> None:
    here = ("浙江省临海市大洋街道样例路12号3幢201室", "样例路12号", "临海樣例路 12 號")
    rows = [{"city": city, "address": text} for city, text in zip(("临海市", "臨海", "临海"), here, strict=True)]
    # every town has a street of most names
    elsewhere = [{"city": "台州", "address": "样例路12号"}, {"city": "临海", "address": "样例路13号"}]
    assert values(*rows, *elsewhere) == [("address", "临海 样例路12号", 3)]


def test_without_a_city_the_whole_address_counts() -> None:
    assert values({"address": "样例路 12 号"}, {"address": "样例路12号"}, {"address": "样例路12号201室"}) == [
        ("address", "样例路12号", 2)
    ]
    assert values({"address": "12 Sample Rd."}, {"address": "12 SAMPLE RD"}) == [("address", "12 SAMPLE RD", 2)]


def test_e_mail_is_shared_whole_or_by_a_domain_of_ones_own_and_a_providers_domain_is_nobodys() -> None:
    assert values({"email": " A@Blue.example"}, {"email": "a@BLUE.example "}, {"email": "b@blue.example"}) == [
        ("email", "a@blue.example", 2),
        ("email_domain", "blue.example", 3),
    ]
    # of a provider's customers only those of one address share it
    provided = [{"email": name} for name in ("x@163.com", "y@163.com", "X@163.com", "x@QQ.com", "y@qq.com")]
    assert values(*provided) == [("email", "x@163.com", 2)]
    # a part of a domain is another one, and what has no domain is no address of it
    assert values({"email": "a@mail.blue.example"}, {"email": "a@blue.example"}) == []
    assert values({"email": "nobody"}, {"email": "@"}, {"email": "a@localhost"}, {"email": "b@localhost"}) == []


def test_a_mall_says_nothing_in_whatever_room_its_firms_are() -> None:
    def mall(firms: int) -> pl.DataFrame:
        return parties(*({"city": "临海", "address": f"临海市汽车城大道1号{room}室"} for room in range(firms)))

    pair = pl.DataFrame({"party_a": ["C000"], "party_b": ["C001"]})
    assert indicators(pair, mall(10)).select("rule", "weight").rows() == [("address", 0.1)]
    assert indicators(pair, mall(11)).is_empty() and shared(mall(300)).is_empty()
    assert indicators(pair, mall(300)).is_empty()


def test_of_several_things_in_common_the_rarest_is_named_and_weighs() -> None:
    house, phone = {"city": "临海", "address": "样例路12号"}, {"phone": "0576-85123456"}
    found = indicators(
        pl.DataFrame({"party_a": ["C000", "C001"], "party_b": ["C001", "C002"]}),
        parties(house | phone, house | phone, house, house),
    )
    assert found.select("party_a", "party_b", "rule", "weight").sort("party_a").rows() == [
        ("C000", "C001", "phone", 0.5), ("C001", "C002", "address", 0.25),
    ]  # fmt: skip


@pytest.mark.no_cover
def test_what_is_looked_at_first_loses_nothing() -> None:
    """Against identity's keys of every row, compared pair by pair."""
    rng = random.Random(7)
    streets = (
        "临海市样例路{}号",
        "样例路{}號{}室",
        "样例 路 {} 号{}室",
        "样例大厦",
        "临海市樣例大廈",
        "Sample Rd. {}",
        "",
        None,
    )
    phones = (
        "0576-8512345{}",
        "+86576 8512345{}",
        "13800000{}",
        "86-138 0000 000{}",
        "(0576) 8512345{} ext. 4",
        "95{}",
        None,
    )
    rows = []
    for _ in range(120):
        street, phone = rng.choice(streets), rng.choice(phones)
        rows.append({
            "city": rng.choice(("临海", "临海市", "台州", None)), "country": rng.choice(("CN", None)),
            "address": street and street.format(rng.randrange(40), rng.randrange(3)),
            "phone": phone and phone.format(rng.randrange(10) if "512" in phone else rng.randrange(1000, 1010)),
        })  # fmt: skip
    frame = parties(*rows)
    town = frame.select(city_key(pl.col("city")))["city"].to_list()
    street = street_key(frame["address"], known_places(pl.Series(town))).to_list()
    whole = frame.select(name_key(pl.col("address")))["address"].to_list()
    keys = {
        "address": [s and ((t, s) if t else w) for s, t, w in zip(street, town, whole, strict=True)],
        "phone": phone_key(frame).to_list(),
    }
    expected = set()
    for kind, found in keys.items():
        for one, other in combinations(range(len(rows)), 2):
            if found[one] is not None and found[one] == found[other] and found.count(found[one]) <= 10:
                expected.add((kind, found.count(found[one]), f"C{one:03d}", f"C{other:03d}"))
    assert {kind for kind, *_ in expected} == {"address", "phone"} and len(expected) > 50
    told = shared(frame)
    met = told.join(told, on=["kind", "value", "parties"]).filter(pl.col("party_id") < pl.col("party_id_right"))
    assert set(met.select("kind", "parties", "party_id", "party_id_right").rows()) == expected
    pairs = pl.DataFrame(
        {"party_a": [one for *_, one, _ in expected], "party_b": [one for *_, one in expected]}
    ).unique()
    assert set(indicators(pairs, frame).select("party_a", "party_b").rows()) == set(pairs.rows())
    for party in frame["party_id"]:
        own = told.join(told.filter(party_id=party), on=["kind", "value"], how="semi")
        assert shared(frame, [party]).equals(own)
