"""What each regime is called in full, and where its text can be looked up."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphkit.model import Reference

_ASBE36 = Reference(
    "Ministry of Finance of China, ASBE 36 Related Party Disclosures, 财会〔2006〕3号",
    "2006-02-15",
    "articles 3 to 6",
)
_COMPANY_LAW = Reference("Company Law of China", "2023-12-29", "article 265")
_IAS28 = Reference("IASB, IAS 28 Investments in Associates and Joint Ventures", "2011-05", "paragraphs 5 and 6")


@dataclass(frozen=True)
class Source:
    """The full name of a regime and what it is taken from."""

    title: str
    references: tuple[Reference, ...]


SOURCES: Mapping[str, Source] = {
    "asbe36_current": Source(
        "Chinese accounting: ASBE 36 as read since Interpretation 13",
        (
            _ASBE36,
            Reference(
                "Ministry of Finance of China, Interpretation 13 of the ASBE, 财会〔2019〕21号",
                "2019-12-10",
                "question 1",
            ),
            _COMPANY_LAW,
        ),
    ),
    "asbe36_2006": Source("Chinese accounting: ASBE 36 as issued in 2006", (_ASBE36, _COMPANY_LAW)),
    "ias24": Source(
        "International accounting: IAS 24",
        (Reference("IASB, IAS 24 Related Party Disclosures", "2009-11", "paragraphs 9 to 12"), _IAS28),
    ),
    "cn_exchange": Source(
        "Chinese exchanges: related persons of a listed company",
        (
            Reference("Shanghai Stock Exchange, Rules Governing the Listing of Stocks", "2024-04", "article 6.3.3"),
            Reference("CSRC, Information Disclosure by Listed Companies, order 182", "2021-03-18", "article 62"),
        ),
    ),
    "asc850": Source(
        "US accounting: ASC 850",
        (
            Reference(
                "FASB, Accounting Standards Codification, Topic 850 Related Party Disclosures",
                "2009-07-01",
                "850-10-20 (affiliates, principal owners)",
            ),
        ),
    ),
    "eu_close_link": Source(
        "European Union: close links",
        (
            Reference(
                "Directive 2014/65/EU (MiFID II)",
                "2014-05-15",
                "article 4(1), point 35",
            ),
        ),
    ),
}
"""By regime; every one of ``model.REGIMES`` has its entry."""
