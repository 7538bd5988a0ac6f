"""The keys by which parties are compared: codes, name and its parts, city, telephone, street."""

import polars as pl

from graphkit.identity.codes import valid_lei, valid_uscc
from graphkit.identity.contacts import phone_key, street_key
from graphkit.identity.name_parts import known_places, name_parts, parent_name
from graphkit.identity.names import city_key, name_key


def keyed(parties: pl.DataFrame) -> pl.DataFrame:
    """``parties`` in order of party_id with the keys that identity compares.

    Adds ``name_key``, ``city_key`` and, for companies and government only, ``uscc_code`` and ``lei_code`` (null where
    invalid), ``core``, ``form`` and ``region`` of the name, ``parent_key`` (the company whose branch it is),
    ``phone_key`` and ``street_key`` (null where no other party has the core name, so that nothing could be joined);
    and for persons ``claimed_uscc``, a valid code that cannot be theirs.
    """
    rows = parties.sort("party_id").with_columns(name_key=name_key(pl.col("name")), city_key=city_key(pl.col("city")))
    legal = rows.filter(pl.col("kind") != "person")
    places = known_places(legal["city_key"])
    legal = legal.hstack(name_parts(legal["name"], places)).with_columns(
        uscc_code=valid_uscc(legal["uscc"]), lei_code=valid_lei(legal["lei"]), parent_key=parent_name(pl.col("name"))
    )
    reachable = pl.any_horizontal(pl.col("phone", "address").is_not_null())
    namesakes = legal.filter(pl.col("core").is_duplicated(), reachable)
    reached = namesakes.select(
        "party_id", phone_key=phone_key(namesakes), street_key=street_key(namesakes["address"], places)
    )
    legal = legal.join(reached, on="party_id", how="left", maintain_order="left")
    persons = rows.filter(pl.col("kind") == "person")
    persons = persons.with_columns(claimed_uscc=valid_uscc(persons["uscc"]))
    return pl.concat([legal, persons], how="diagonal").sort("party_id")
