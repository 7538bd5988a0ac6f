"""Natural persons who are only named: buyers, insured and owners of plates of whom no register says anything."""

from collections.abc import Mapping

import polars as pl

from graphkit.identity.names import is_company_name, is_state_name

_HOLDERS = {
    "ownership": ("owner",),
    "positions": ("person",),
    "control_agreements": ("controller", "controlled"),
    "kinship": ("person", "relative"),
}
"""Whom a register names, by the table and the beginning of the column."""

# a name of two or three characters that does not end as an office or a shop does; names with a middle dot
_CHINESE = r"^(?:\p{Han}{1,2}[^\P{Han}局委所部店厂行院校社站队会办处司馆场]|\p{Han}{2,}(?:·\p{Han}{2,})+)$"
_PATRONYMIC = r"(?i)^\p{Cyrillic}[\p{Cyrillic}-]+ \p{Cyrillic}+ \p{Cyrillic}+(?:вич|ич|вна|ична)$"


def is_person_name(name: pl.Expr) -> pl.Expr:
    """Whether a name can only be a natural person's; never null.

    A Chinese name of two or three characters or with a middle dot, a Russian one with its patronymic. Other names may
    be a firm's that is written without its legal form, and a masked one (``张*``) is nobody's.

    >>> names = pl.DataFrame({"name": ["陆一鸣", "阿依·古丽", "财政局", "张*", "Blue Pine Motors", "云帆有限公司"]})
    >>> names.select(is_person_name(pl.col("name")))["name"].to_list()
    [True, True, False, False, False, False]
    """
    text = name.str.normalize("NFKC").str.replace_all(r"[•・]", "·").str.strip_chars()
    looks_so = text.str.contains(_CHINESE) | text.str.contains(_PATRONYMIC)
    return looks_so.fill_null(False) & ~is_company_name(name) & ~is_state_name(name)


def registered_names(tables: Mapping[str, pl.DataFrame], references: pl.DataFrame, parties: pl.DataFrame) -> pl.Series:
    """The normalised names of all whom a register names as an owner, an officer, a controller or a relative.

    ``tables`` are as loaded, ``references`` and ``parties`` as :func:`graphkit.identity.resolve.resolve` has them.
    """
    by_id = [
        tables[table].select(party_id=f"{stem}_id").join(parties.select("party_id", "name_key"), on="party_id")
        for table, stems in _HOLDERS.items()
        if table in tables
        for stem in stems
    ]
    named = [
        references.filter(pl.col("table") == table, pl.col("stem").is_in(stems)) for table, stems in _HOLDERS.items()
    ]
    keys = [frame.select("name_key") for frame in (*by_id, *named)]
    # a person that a file of parties defines is somebody's officer or holder, or was worth a row
    defined = parties.filter(pl.col("kind") == "person").select("name_key")
    return pl.concat([*keys, defined])["name_key"].drop_nulls().unique()
