"""How to reach a party, as keys: telephone numbers in one spelling, and the street of an address."""

import phonenumbers
import polars as pl

from graphkit.identity.names import spelled

_DEFAULT_COUNTRY = "CN"
_PARTS_OF_TOWN = r"^.*(?:街道|开发区|新区|区|县|镇|乡)"


def phone_key(parties: pl.DataFrame) -> pl.Series:
    """Each party's ``phone`` as E.164, or null where it is no possible number of its ``country`` (China where none).

    >>> rows = pl.DataFrame({"phone": ["0576-8512 3456", "+86 576 85123456", "n/a"], "country": [None, "CN", "CN"]})
    >>> phone_key(rows).to_list()
    ['+8657685123456', '+8657685123456', None]
    """
    # a number is parsed once, however many rows give it and with whatever between its digits
    digits = pl.col("phone").str.normalize("NFKC").str.replace_all(r"[\s().\p{Pd}]", "")
    written = parties.select(phone=digits, country=pl.col("country").str.strip_chars().str.to_uppercase())
    different = written.filter(pl.col("phone").is_not_null()).unique().sort("phone", "country")
    keys = [_e164(phone, country) for phone, country in different.rows()]
    known = different.with_columns(key=pl.Series(keys, dtype=pl.String))
    found = written.join(known, on=["phone", "country"], how="left", nulls_equal=True, maintain_order="left")
    return found["key"].alias("phone_key")


def _e164(phone: str, country: str | None) -> str | None:
    region = country if country in phonenumbers.SUPPORTED_REGIONS else _DEFAULT_COUNTRY
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def street_key(addresses: pl.Series, places: str) -> pl.Series:
    """The street and number of each address: no province, city, district, floor or room.

    ``places`` are :func:`graphkit.identity.name_parts.known_places`. Read the key together with the city: every town
    has a street of most names. Where an address has no number it is taken whole.

    >>> from graphkit.identity.name_parts import known_places
    >>> addresses = pl.Series(["浙江省临海市大洋街道样例路12号3幢201室", "样例路12号", "12 Sample Rd."])
    >>> street_key(addresses, known_places(pl.Series(["临海"]))).to_list()
    ['样例路12号', '样例路12号', '12samplerd']
    """
    if addresses.is_empty():
        return pl.Series("street_key", dtype=pl.String)
    text = spelled(pl.col("address")).str.replace_all(r"[^\p{L}\p{N}]", "")
    rows = addresses.to_frame("address").select(text=text.str.replace(rf"^(?:(?:{places})(?:自治区|省|市)?)+", ""))
    rows = rows.with_columns(door=pl.col("text").str.extract(r"^(.*?\d+号)"))
    rows = rows.with_columns(street=pl.col("door").str.replace(_PARTS_OF_TOWN, ""))
    # what begins with its number was a part of town, not a street
    street = pl.when(pl.col("street").str.contains(r"^\d")).then("door").otherwise("street")
    return rows.select(street_key=pl.coalesce(street, pl.when(pl.col("text") != "").then("text")))["street_key"]
