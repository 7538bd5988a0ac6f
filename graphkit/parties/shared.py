"""Addresses, phones and e-mail that several parties share: an indicator, never a tie in itself (tier C)."""

import polars as pl

from graphkit.parties.days import FIRST, LAST
from graphkit.tables.reference import reference_csv

KINDS = ("address", "phone", "email", "email_domain")
"""What two parties may share."""

MOST = 10
"""Shared by more parties than this it says nothing about them: a mall, a business centre, a registration agent."""


def shared(parties: pl.DataFrame) -> pl.DataFrame:
    """What 2 to 10 parties share: party_id, kind, value, parties (how many).

    Full-width forms, letter case and blanks do not make another address. A mail provider's domain
    (data/reference/mail_providers.csv) is nobody's own.

    >>> offices = pl.DataFrame({"party_id": ["A", "B"], "address": ["示例路 1 号", "示例路1号"],
    ...                         "phone": [None, None], "email": ["a@blue.example", "b@BLUE.example"]},
    ...                        schema_overrides={"phone": pl.String})
    >>> shared(offices).rows()
    [('A', 'address', '示例路1号', 2), ('B', 'address', '示例路1号', 2), ('A', 'email_domain', 'blue.example', 2), \
('B', 'email_domain', 'blue.example', 2)]
    """
    given = parties.select("party_id", "address", "phone", "email", email_domain=_domain(pl.col("email")))
    known = given.unpivot(KINDS, index="party_id", variable_name="kind", value_name="given")
    value = pl.col("given").str.normalize("NFKC").str.to_lowercase().str.replace_all(r"\s+", "")
    named = known.with_columns(value=value).filter(pl.col("value").str.len_chars() > 0)
    once = named.unique(["party_id", "kind", "value"]).select("party_id", "kind", "value")
    counted = once.with_columns(parties=pl.len().over("kind", "value").cast(pl.Int64))
    return counted.filter(pl.col("parties").is_between(2, MOST)).sort("kind", "value", "party_id")


def _domain(email: pl.Expr) -> pl.Expr:
    domain = email.str.normalize("NFKC").str.to_lowercase().str.extract(r"@\s*([^@\s]+\.[^@\s.]+)\s*$")
    return pl.when(~domain.is_in(reference_csv("mail_providers")["domain"].implode())).then(domain)


def indicators(pairs: pl.DataFrame, parties: pl.DataFrame) -> pl.DataFrame:
    """The pairs (party_a, party_b) that share something, as ties of tier C: rule says what, weight is 1 / sharers.

    Of several things shared the one that the fewest share is named. Columns: party_a, party_b, tier, rule, verdict,
    first, last, legs, weight.
    """
    rows = shared(parties)
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
