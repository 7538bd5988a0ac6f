"""Addresses, phones and e-mail that several parties share: an indicator, never a tie in itself (tier C)."""

from collections.abc import Sequence

import polars as pl

from graphkit.algorithms.validity import FIRST, LAST
from graphkit.identity.contacts import phone_key, street_key
from graphkit.identity.name_parts import known_places
from graphkit.identity.names import city_key, name_key
from graphkit.tables.reference import reference_csv

KINDS = ("address", "phone", "email", "email_domain")
"""What two parties may share."""

MOST = 10
"""Shared by more parties than this it says nothing about them: a mall, a business centre, a registration agent."""

_AT_A_DOOR = r"\d号$"


def shared(parties: pl.DataFrame, of: Sequence[str] | None = None, most: int | None = MOST) -> pl.DataFrame:
    """What 2 to 10 parties share, or of that what the parties ``of`` share: party_id, kind, value, parties (how many).

    Without ``most`` it is what any number of parties share.

    Compared are the keys of identity: telephones as E.164, addresses as city and street (``identity.contacts``), so
    rooms of one house are one address; where no city is given the address counts as a whole. What is no possible number
    is nobody's. E-mail is compared without case and blanks; a mail provider's domain
    (data/reference/mail_providers.csv) is nobody's own. ``value`` is for reading: an address without a house number is
    given in its shortest spelling.

    >>> offices = pl.DataFrame({"party_id": ["A", "B"], "city": ["临海市", "臨海"], "country": ["CN", None],
    ...                         "address": ["临海市示例路1号201室", "示例路 1 號"],
    ...                         "phone": ["+86 576 8512 3456", "0576-85123456"],
    ...                         "email": ["a@blue.example", "b@BLUE.example"]})
    >>> for row in shared(offices).filter(pl.col("party_id") == "A").rows():
    ...     print(row)
    ('A', 'address', '临海 示例路1号', 2)
    ('A', 'email_domain', 'blue.example', 2)
    ('A', 'phone', '+8657685123456', 2)
    """
    rows = _given(parties)
    if of is None:
        return _shared(rows.filter(pl.len().over("kind", "rough") > 1), parties, most)
    own = rows.filter(pl.col("party_id").is_in(list(of)))
    found = _shared(rows.join(own, on=["kind", "rough"], how="semi"), parties, most)
    return found.join(found.filter(pl.col("party_id").is_in(list(of))), on=["kind", "value"], how="semi")


def reached(parties: pl.DataFrame, sales: pl.DataFrame) -> pl.DataFrame:
    """Telephones and addresses of the persons that sold a car, of which others have the same: party_id, kind, value,
    parties (how many have it, however many).

    Of all other persons nothing is asked: a number takes its time to parse, and a case has millions of buyers.
    """
    persons = parties.filter(pl.col("kind") == "person")
    persons = persons.join(sales, left_on="party_id", right_on="seller_id", how="semi")
    ways = shared(parties, persons["party_id"].unique().to_list(), most=None)
    return ways.filter(pl.col("kind").is_in(("address", "phone")))


def indicators(pairs: pl.DataFrame, parties: pl.DataFrame) -> pl.DataFrame:
    """The pairs (party_a, party_b) that share something, as :func:`indicated` gives them."""
    given = _given(parties)
    rough = given.select("party_id", "kind", "rough").unique()
    alike = pairs.join(rough, left_on="party_a", right_on="party_id").join(
        rough, left_on=["party_b", "kind", "rough"], right_on=["party_id", "kind", "rough"], how="semi"
    )
    return indicated(pairs, _shared(given.join(alike, on=["kind", "rough"], how="semi"), parties))


def indicated(pairs: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The pairs (party_a, party_b) that share something in ``rows`` (:func:`shared`), as ties of tier C.

    ``rule`` says what, ``weight`` is 1 / sharers; of several things shared the one that the fewest share is named.
    Columns: party_a, party_b, tier, rule, verdict, first, last, legs, weight.
    """
    one = pairs.join(rows, left_on="party_a", right_on="party_id")
    both = one.join(rows.select("kind", "value", party_b="party_id"), on=["party_b", "kind", "value"])
    fewest = both.sort("parties", "kind", "value").unique(["party_a", "party_b"], keep="first", maintain_order=True)
    return fewest.select(
        "party_a",
        "party_b",
        tier=pl.lit("C"),
        rule="kind",
        verdict=pl.lit("proven"),
        first=pl.lit(FIRST, pl.Int64),
        last=pl.lit(LAST, pl.Int64),
        legs=pl.concat_list(pl.lit("parties/") + pl.col("party_a"), pl.lit("parties/") + pl.col("party_b")),
        weight=1 / pl.col("parties"),
    )


def _given(parties: pl.DataFrame) -> pl.DataFrame:
    """What parties give: party_id, city, country, kind, given, and ``rough``, which is equal wherever the key is.

    A key takes its time (a telephone number is parsed), so it is worked out only where ``rough`` leaves a doubt.
    """
    forms = {
        "address": (pl.col("address"), _house_number),
        "phone": (pl.col("phone"), _last_digits),
        "email": (pl.col("email"), _plain),
        "email_domain": (_domain(pl.col("email")), _plain),
    }
    rows = [
        parties.select("party_id", "city", "country", kind=pl.lit(kind), given=given)
        .drop_nulls("given")
        .with_columns(rough=rough(pl.col("given")))
        for kind, (given, rough) in forms.items()
    ]
    return pl.concat(rows).drop_nulls("rough")


def _shared(given: pl.DataFrame, parties: pl.DataFrame, most: int | None = MOST) -> pl.DataFrame:
    cities = parties.select(pl.col("city").unique()).select(city_key(pl.col("city")))["city"]
    of = {kind: given.filter(pl.col("kind") == kind) for kind in KINDS}
    phones = of["phone"].with_columns(phone_key(of["phone"].rename({"given": "phone"})).alias("value"))
    mails = pl.concat([of["email"], of["email_domain"]]).with_columns(value="rough")
    columns = ("party_id", "kind", "value")
    rows = [_addresses(of["address"], known_places(cities)), phones, mails]
    named = pl.concat(frame.select(columns) for frame in rows).filter(pl.col("value").str.len_chars() > 0)
    counted = named.unique().with_columns(parties=pl.len().over("kind", "value").cast(pl.Int64))
    few = pl.col("parties") <= most if most is not None else pl.lit(True)
    return counted.filter(pl.col("parties") > 1, few).sort("kind", "value", "party_id")


def _addresses(rows: pl.DataFrame, places: str) -> pl.DataFrame:
    keyed = rows.with_columns(street_key(rows["given"], places), town=city_key(pl.col("city")))
    # every town has a street of most names
    whole = pl.when(pl.col("street_key").is_not_null()).then(name_key(pl.col("given")))
    keyed = keyed.with_columns(street=pl.when(pl.col("town").is_null()).then(whole).otherwise("street_key"))
    keyed = keyed.drop_nulls("street")
    written = pl.col("given").str.strip_chars().str.replace_all(r"\s+", " ")
    shortest = written.sort_by(written.str.len_chars(), written).first().over("town", "street")
    shown = pl.when(pl.col("street").str.contains(_AT_A_DOOR)).then("street").otherwise(shortest)
    return keyed.with_columns(value=pl.concat_str("town", shown, separator=" ", ignore_nulls=True))


def _house_number(address: pl.Expr) -> pl.Expr:
    # the first number before 号, which ends a street's key, else all its digits
    text = address.str.normalize("NFKC").str.replace_all(r"[^\p{L}\p{N}]", "")
    return pl.coalesce(text.str.extract(r"([0-9]+)[号號]"), text.str.replace_all(r"[^0-9]+", ""))


def _last_digits(phone: pl.Expr) -> pl.Expr:
    # the end of the first number, so that neither the country nor an extension counts
    digits = phone.str.normalize("NFKC").str.replace_all(r"[\s().+\p{Pd}]", "").str.extract(r"([0-9]+)")
    return digits.str.replace(r"^(?:00)?(?:86)?0*", "").str.tail(8)


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", "")


def _domain(email: pl.Expr) -> pl.Expr:
    domain = email.str.normalize("NFKC").str.to_lowercase().str.extract(r"@\s*([^@\s]+\.[^@\s.]+)\s*$")
    return pl.when(~domain.is_in(reference_csv("mail_providers")["domain"].implode())).then(domain)
