"""Names that nobody bears: persons, companies and their codes, in Chinese and Latin script."""

import re

import numpy as np
import polars as pl
from stdnum.cn import uscc

CITIES = ("示例甲市", "示例乙市", "示例丙市", "示例丁市", "示例戊市", "示例己市")
DEALER_CITIES = CITIES[:3]
QUOTA_CITY = "示例丙市"
"""The city whose plates are rationed: honest cars wait for them."""

_GIVEN = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥元亨利贞天地玄黄宇宙洪荒"
_FAMILY = "示样例拟虚假范仿模型试演练图标"
_LATIN = "AbaBadoCedoDimiEfuFogaGuloHaziIloJebaKidoLumoMazuNefiOboPidoQunoRazoSetiTuloUbiVasoWemiXaloYudiZoro"
_SYLLABLES = tuple(re.findall("[A-Z][a-z]+", _LATIN))
_TRADES = ("商贸", "科技", "物流", "服务", "建材", "咨询", "餐饮", "设备")


def person_names(numbers: pl.Series) -> pl.Series:
    """One name a number; neighbours differ, two in a hundred share theirs with a stranger, one in nine is Latin."""
    own = numbers.to_numpy().astype(np.int64)
    # strangers of equal name: the second of each pair borrows the name of a number far away
    shared = np.where((own % 103 == 0) & (own > 5000), own - 3001, own)
    mixed = (shared * 7919) % (len(_FAMILY) * len(_GIVEN) ** 2)
    family = np.array(list(_FAMILY))[mixed % len(_FAMILY)]
    first = np.array(list(_GIVEN))[mixed // len(_FAMILY) % len(_GIVEN)]
    second = np.array(list(_GIVEN))[mixed // (len(_FAMILY) * len(_GIVEN))]
    size = len(_SYLLABLES)
    syllables = np.array(_SYLLABLES)
    frame = pl.DataFrame(
        {
            "number": shared,
            "family": family,
            "first": first,
            "second": second,
            "x": syllables[shared % size],
            "y": syllables[shared // size % size],
            "z": syllables[shared // size**2 % size],
        }
    )
    chinese = pl.concat_str("family", "first", "second")
    latin = pl.format("Sample {} {}{}", "x", "y", pl.col("z").str.to_lowercase())
    return frame.select(name=pl.when(pl.col("number") % 9 == 0).then(latin).otherwise(chinese)).to_series()


def company_name(number: int, city: str) -> str:
    """The name of an ordinary company; no two numbers share one."""
    size = len(_GIVEN)
    word = _GIVEN[number % size] + _GIVEN[number // size % size] + _GIVEN[(number * 7 + 3) % size]
    return f"{city}示例{word}{_TRADES[number % len(_TRADES)]}有限公司"


def dealer_name(number: int, city: str) -> str:
    """The name of a dealer; every fourth has a Latin one."""
    if number % 4 == 0:
        return f"Sample {_SYLLABLES[number % 26]} Motors {number:02d} Co., Ltd."
    word = _GIVEN[number % len(_GIVEN)] + _GIVEN[(number * 5 + 7) % len(_GIVEN)]
    return f"{city}示例{word}汽车销售服务有限公司"


def company_code(number: int) -> str:
    """A unified social credit code with a valid check digit, in a region (990000) that does not exist.

    >>> uscc.is_valid(company_code(7))
    True
    """
    body = f"91990000MA{number:07d}"
    return body + str(uscc.calc_check_digit(body))
