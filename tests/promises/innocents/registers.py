"""The parties of a market and who owns, directs and is kin to whom, row by row; persons are numbers until the end."""

from collections import defaultdict
from typing import Any

import numpy as np
import polars as pl

from tests.promises.innocents.span import day

FOUNDED = day(2015, 3, 1)
"""The day from which holdings and offices count that nothing else dates."""

_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_TRADES = ("商贸", "科技", "物流", "服务", "建材", "咨询", "餐饮", "设备")
_WORDS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥"


class Registers:
    """Companies and bodies with their ties; ``persons`` natural persons are written out when all are known."""

    def __init__(self, rng: np.random.Generator, cities: tuple[str, ...]) -> None:
        self._rng = rng
        self._cities = cities
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._numbers: dict[str, int] = defaultdict(int)
        self.persons = 0

    def company(self, prefix: str, city: str, registered_on: int = FOUNDED, **facts: Any) -> str:
        """Enter a company; gives its id, the next one of its prefix."""
        number = self._next(prefix)
        word = "".join(_WORDS[int(place)] for place in self._rng.integers(0, len(_WORDS), 3))
        name = f"{city}示例{word}{prefix}{number}{_TRADES[number % len(_TRADES)]}有限公司"
        return self._enter(f"{prefix}{number:04d}", "company", name, city, registered_on, **facts)

    def body(self, city: str, **facts: Any) -> str:
        """Enter a public office."""
        number = self._next("G")
        party = f"G{number:04d}"
        return self._enter(party, "government", f"{city}示例第{number}局", city, FOUNDED, is_state=True, **facts)

    def person(self) -> str:
        """The id of one more person."""
        return str(self.people(1)[0])

    def people(self, n: int) -> np.ndarray[Any, Any]:
        """The ids of ``n`` more persons."""
        first = self.persons + 1
        self.persons += n
        return np.array([f"P{number:06d}" for number in range(first, first + n)], dtype=object)

    def own(self, owner: str, owned: str, percent: float, since: int = FOUNDED) -> None:
        """Enter a holding."""
        self._add("ownership", owner_id=owner, owned_id=owned, share=f"{percent:g}%", valid_from=since)

    def office(self, person: str, company: str, position: str, since: int = FOUNDED) -> None:
        """Enter an office."""
        self._add("positions", person_id=person, company_id=company, position=position, valid_from=since)

    def founder(self, company: str, since: int = FOUNDED) -> str:
        """Give a company one person who owns all of it and represents it."""
        person = self.person()
        self.own(person, company, 100, since)
        self.office(person, company, "legal_representative", since)
        return person

    def facts(self, party: str) -> dict[str, Any]:
        """The row of a company or body."""
        return next(row for row in self._rows["parties"] if row["party_id"] == party)

    def change(self, party: str, **facts: Any) -> None:
        """Enter other facts of a company or body."""
        self.facts(party).update(facts)

    def rows(self, table: str) -> pl.DataFrame:
        """The rows of ``parties``, ``ownership`` or ``positions``; days are numbers still."""
        own = pl.DataFrame(self._rows[table], infer_schema_length=None)
        return pl.concat([own, self._person_rows()], how="diagonal_relaxed") if table == "parties" else own

    def _next(self, prefix: str) -> int:
        self._numbers[prefix] += 1
        return self._numbers[prefix]

    def _add(self, table: str, **row: Any) -> None:
        self._rows[table].append(row)

    def _enter(self, party: str, kind: str, name: str, city: str, registered_on: int, **facts: Any) -> str:
        place = len(self._rows["parties"]) + 1
        row = {
            "party_id": party,
            "kind": kind,
            "name": name,
            "roles": None,
            "uscc": _code(place) if kind == "company" else None,
            "country": "CN",
            "city": city,
            "registered_on": registered_on,
            "capital": float(self._rng.integers(1, 60)) * 1e6,
            "address": f"{city}样例路{place}号",
            "phone": f"000-1{place:07d}",
            "is_state": False,
        }
        self._add("parties", **(row | facts))
        return party

    def _person_rows(self) -> pl.DataFrame:
        numbers = np.arange(1, self.persons + 1)
        return pl.DataFrame(
            {
                "party_id": [f"P{number:06d}" for number in numbers],
                "kind": "person",
                "name": [_person_name(int(number)) for number in numbers],
                "person_key": [f"{(int(number) * 0x9E3779B97F4A7C15 + 11) % 2**64:016x}" for number in numbers],
                "birth_year": self._rng.integers(1955, 2004, self.persons),
                "country": "CN",
                "city": self._rng.choice(np.array(self._cities), self.persons),
            }
        )


def _code(number: int) -> str:
    """A unified social credit code of a region that does not exist, with its check digit (GB 32100)."""
    body = f"91990000MA{number:07d}"
    total = sum(_CODE_LETTERS.index(letter) * pow(3, place, 31) for place, letter in enumerate(body))
    return body + _CODE_LETTERS[-total % 31]


def _person_name(number: int) -> str:
    family, rest = "示样例拟虚假范仿模型"[number % 10], number // 10
    given = "".join(_WORDS[rest // len(_WORDS) ** place % len(_WORDS)] for place in range(3))
    return f"{family}{given}"
