"""A company's name taken apart: the place, the core that tells it from others, the form, and whose branch it is."""

import re
from functools import cache

import polars as pl

from graphkit.identity.names import bare, spelled
from graphkit.tables.reference import reference_csv

_KINDS_OF_PLACE = "特别行政区|自治区|自治州|地区|省|市|区|县|盟"


def name_parts(names: pl.Series, places: str) -> pl.DataFrame:
    """``core``, ``form`` and ``region`` of every name, row by row; a part that a name does not have is null.

    The form is what data/reference/company_suffixes.csv gives for the end of the name. The region is the place that
    the name begins with or has in brackets, one of ``places`` (:func:`known_places`). The core is what remains; a name
    that is nothing but a place keeps it as its core.

    >>> names = pl.Series(["临海示例汽车有限公司", "示例（臨海）汽车有限责任公司", "Blue Pine Ltd."])
    >>> name_parts(names, known_places(pl.Series(["临海"]))).rows()
    [('示例汽车', '有限公司', '临海'), ('示例汽车', '有限公司', '临海'), ('bluepine', 'ltd', None)]
    """
    in_front = rf"^(?:(?:{places})(?:{_KINDS_OF_PLACE})?)+"
    in_brackets = rf"\((?:{places})(?:{_KINDS_OF_PLACE})?\)"
    parts = names.to_frame("name").select(spelled=spelled(pl.col("name")).str.strip_chars(" .,;"))
    parts = parts.with_columns(ending=pl.col("spelled").str.extract(_form_pattern()))
    parts = parts.with_columns(whole=bare(pl.col("spelled").str.strip_suffix(pl.col("ending").fill_null(""))))
    parts = parts.with_columns(
        pl.col("whole").fill_null(bare(pl.col("spelled"))),
        form=bare(pl.col("ending").str.strip_chars(" .,;()")),
        bracket=pl.col("whole").str.extract(rf"({in_brackets})"),
    )
    parts = parts.with_columns(rest=pl.col("whole").str.replace(in_brackets, ""))
    parts = parts.with_columns(front=pl.col("rest").str.extract(rf"({in_front})"))
    parts = parts.with_columns(
        core=pl.col("rest").str.strip_prefix(pl.col("front").fill_null("")).str.replace_all(r"[()]", "")
    )
    nothing_left = pl.col("core") == ""
    last_place = pl.col("front").str.extract(rf"({places})(?:{_KINDS_OF_PLACE})?$")
    return parts.select(
        core=pl.when(nothing_left).then(pl.col("rest").str.replace_all(r"[()]", "")).otherwise("core"),
        form="form",
        region=pl.concat_str(
            pl.when(~nothing_left).then(last_place),
            pl.col("bracket").str.extract(rf"({places})"),
            separator="/",
            ignore_nulls=True,
        ).replace("", None),
    )


def parent_name(name: pl.Expr) -> pl.Expr:
    """The name of the company whose branch a name says it is, as a :func:`name_key`; null where it is no branch's.

    A branch is a company's name, its place or number, and a word of data/reference/branch_suffixes.csv.

    >>> names = pl.DataFrame({"name": ["临海云帆有限公司（台州）分公司", "Blue Pine Ltd. Sample Branch", "云帆分店"]})
    >>> names.select(parent_name(pl.col("name")))["name"].to_list()
    ['临海云帆有限公司', 'bluepineltd', None]
    """
    return bare(spelled(name).str.strip_chars(" .,;").str.extract(_branch_pattern()))


def known_places(city_keys: pl.Series) -> str:
    """The places that a Chinese name or address may begin with, those of the reference and the cities given.

    They are alternatives of a regular expression, longest first.

    >>> known_places(pl.Series(["新示例"])).split("|")[:3]
    ['乌兰察布', '乌鲁木齐', '克孜勒苏']
    """
    own = city_keys.unique().drop_nulls()
    chinese = own.filter(own.str.contains(r"^\p{Han}{2,5}$"))
    return "|".join(sorted({*_places(), *chinese.to_list()}, key=lambda text: (-len(text), text)))


@cache
def _places() -> tuple[str, ...]:
    return tuple(reference_csv("places")["place"].to_list())


@cache
def _form_pattern() -> str:
    forms = reference_csv("company_suffixes").filter(pl.col("form").is_not_null())
    by_script: dict[str, set[str]] = {"Han": set(), "word": set()}
    for form, script in forms.select("form", "script").rows():
        # a full stop inside a short form (S.A.) is there in one file and not in the next
        text = r"\.?".join(map(re.escape, form)) if len(form) <= 3 else re.escape(form)
        by_script["Han" if script == "Han" else "word"].add(text)
    longest = {
        script: "|".join(sorted(texts, key=lambda text: (-len(text), text))) for script, texts in by_script.items()
    }
    return rf"(\(?(?:{longest['Han']})\)?$|(?:[\s,.(]+(?:{longest['word']})\.?\)?)+$)"


@cache
def _branch_pattern() -> str:
    words: dict[str, list[str]] = {"Han": [], "Latin": []}
    for suffix, script in reference_csv("branch_suffixes").select("suffix", "script").rows():
        words[script].append(re.escape(suffix))
    latin = reference_csv("company_suffixes").filter(pl.col("form").is_not_null(), pl.col("script") == "Latin")
    forms = "|".join(sorted(map(re.escape, latin["form"].unique().to_list())))
    # one group takes either; the shortest beginning that ends in a legal form is the company
    ending = rf"(?:{'|'.join(words['Han'])}|\b(?:{'|'.join(words['Latin'])}))"
    return rf"^(.+?(?:公司|\b(?:{forms})\b)).*?{ending}\)?$"
