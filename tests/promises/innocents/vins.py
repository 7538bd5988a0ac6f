"""Vehicle identification numbers of makers that do not exist, with the check digit of ISO 3779."""

import numpy as np

_VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    **{"P": 7, "R": 9},
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


_STRIDE = 7_919
"""Between the serial numbers of two cars, so that a slip in one seldom gives the number of another."""


def vin(maker: int, number: int) -> str:
    """The number of the ``number``-th car of a market.

    >>> vin(1, 7), with_check_digit("1M8GDM9A0KP042788")
    ('LX1DE5F6XSA055433', '1M8GDM9AXKP042788')
    """
    return with_check_digit(f"LX{maker}DE5F60SA{number * _STRIDE % 1_000_000:06d}")


def with_check_digit(text: str) -> str:
    rest = sum(_VALUES[letter] * weight for letter, weight in zip(text, _WEIGHTS, strict=True)) % 11
    return f"{text[:8]}{'X' if rest == 10 else rest}{text[9:]}"


def mistyped(rng: np.random.Generator, text: str) -> str:
    """Two neighbours swapped, or one digit of the serial number another: what a clerk writes."""
    place = int(rng.integers(11, 16))
    if text[place] != text[place + 1]:
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return text[:place] + str((int(text[place]) + int(rng.integers(1, 10))) % 10) + text[place + 1 :]
