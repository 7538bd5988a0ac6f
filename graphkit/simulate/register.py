"""The registers of the simulated market while it is built: companies, persons, who owns whom, and who is guilty."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from graphkit.simulate.days import Days, as_date, day
from graphkit.simulate.names import CITIES, company_code, company_name, person_names
from graphkit.tables.inputs import TABLES

FOUNDED = day(2016, 5, 1)
"""The day from which holdings count that nothing else dates."""

_WIDTH = {"C": 3, "P": 6}


@dataclass(frozen=True)
class Guilt:
    """What a party takes part in, and the control group it does so with."""

    scheme: str
    cluster: str


@dataclass
class Register:
    """Parties and their ties, collected row by row (they are few), and a counter for persons (they are many)."""

    parties: list[dict[str, Any]] = field(default_factory=list)
    ownership: list[dict[str, Any]] = field(default_factory=list)
    positions: list[dict[str, Any]] = field(default_factory=list)
    kinship: list[dict[str, Any]] = field(default_factory=list)
    guilt: dict[str, Guilt] = field(default_factory=dict)
    persons: int = 0
    _used: dict[str, int] = field(default_factory=dict)

    def add(self, prefix: str, name: str, city: str, *, roles: str = "", kind: str = "company", **facts: Any) -> str:
        """Enter a company or body; gives its id, the next one of its prefix."""
        number = self._used.get(prefix, 0) + 1
        self._used[prefix] = number
        party = f"{prefix}{number:0{_WIDTH.get(prefix, 2)}d}"
        place = len(self.parties) + 1
        row = {
            "party_id": party,
            "kind": kind,
            "name": name,
            "roles": roles or None,
            # one company in twelve stands in the extract without its code
            "uscc": company_code(place) if kind == "company" and (prefix != "C" or place % 12) else None,
            "country": "CN",
            "city": city,
            "registered_on": as_date(FOUNDED - 900 + 37 * (place % 20)),
            "capital": float(500_000 * (1 + place % 40)),
            "address": f"{city}样例路{place}号",
            "phone": f"000-0{place:07d}",
            "is_listed": prefix == "M",
            "is_state": kind == "government",
        }
        self.parties.append(row | facts)
        return party

    def company(self, city: str, *, owner: str | None = None, percent: int = 100, name: str = "", **facts: Any) -> str:
        """Enter an ordinary company, owned by ``owner`` or by a person of its own."""
        party = self.add("C", name or company_name(self._used.get("C", 0) + 1, city), city, **facts)
        self.own(owner or self.person(), party, percent)
        return party

    def young_company(self, city: str, entered: int) -> str:
        """Enter a company on the day ``entered``, owned and represented from that day by a person of its own."""
        party = self.add("C", company_name(self._used.get("C", 0) + 1, city), city, registered_on=as_date(entered))
        owner = self.person()
        self.own(owner, party, 100, entered)
        self.office(owner, party, "legal_representative", entered)
        return party

    def owners_of(self, party: str) -> list[str]:
        """Its holders, in the order in which they were entered."""
        return [str(row["owner_id"]) for row in self.ownership if row["owned_id"] == party]

    def person(self) -> str:
        """The id of one more person."""
        self.persons += 1
        return f"P{self.persons:0{_WIDTH['P']}d}"

    def people(self, n: int) -> pl.Series:
        """The ids of ``n`` more persons."""
        numbers = pl.Series("person", np.arange(self.persons + 1, self.persons + n + 1, dtype=np.int64))
        self.persons += n
        return person_ids(numbers)

    def own(self, owner: str, owned: str, percent: int, since: int = FOUNDED, until: int | None = None) -> None:
        """Enter a dated holding."""
        self.ownership.append(
            {
                "owner_id": owner,
                "owned_id": owned,
                "share": f"{percent}%",
                "valid_from": as_date(since),
                "valid_to": None if until is None else as_date(until),
            }
        )

    def office(self, person: str, company: str, position: str, since: int = FOUNDED) -> None:
        """Enter a person's dated office."""
        self.positions.append(
            {"person_id": person, "company_id": company, "position": position, "valid_from": as_date(since)}
        )

    def blame(self, scheme: str, cluster: str, *parties: str) -> None:
        """Label parties as guilty of a scheme, together."""
        for party in parties:
            self.guilt[party] = Guilt(scheme, cluster)

    def party_table(self, rng: np.random.Generator) -> pl.DataFrame:
        """Every party, by id."""
        schema = {name: column.dtype for name, column in TABLES["parties"].columns.items()}
        bodies = pl.DataFrame(self.parties, schema=schema)
        return pl.concat([bodies, self._person_rows(rng)], how="diagonal").select(list(schema)).sort("party_id")

    def labels(self, parties: pl.DataFrame) -> pl.DataFrame:
        """``party_id, kind, guilty, scheme, cluster`` of every party."""
        blamed = pl.DataFrame(
            [{"party_id": party, "scheme": g.scheme, "cluster": g.cluster} for party, g in self.guilt.items()],
            schema={"party_id": pl.String, "scheme": pl.String, "cluster": pl.String},
        )
        joined = parties.select("party_id", "kind").join(blamed, on="party_id", how="left")
        guilty = pl.col("scheme").is_not_null()
        return joined.select("party_id", "kind", guilty.alias("guilty"), "scheme", "cluster").sort("party_id")

    def _person_rows(self, rng: np.random.Generator) -> pl.DataFrame:
        numbers = np.arange(1, self.persons + 1, dtype=np.int64)
        series = pl.Series("number", numbers)
        return pl.DataFrame(
            {
                "party_id": person_ids(series),
                "kind": pl.repeat("person", self.persons, eager=True),
                "name": person_names(series),
                "person_key": _keys(numbers, int(rng.integers(1, 2**62))),
                "birth_year": pl.Series(rng.integers(1955, 2004, self.persons)),
                "country": pl.repeat("CN", self.persons, eager=True),
                "city": pl.Series(np.array(CITIES)[rng.integers(0, len(CITIES), self.persons)]),
            }
        )


def person_ids(numbers: pl.Series) -> pl.Series:
    """The ids of numbered persons.

    >>> person_ids(pl.Series([7])).to_list()
    ['P000007']
    """
    return pl.select("P" + numbers.cast(pl.String).str.zfill(_WIDTH["P"])).to_series().alias("person")


def _keys(numbers: Days, salt: int) -> pl.Series:
    # splitmix64: an invertible mixture, so that no two persons share a key
    mixed = numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = mixed ^ (mixed >> np.uint64(27))
    high, low = (mixed >> np.uint64(32)).astype(np.int64), (mixed & np.uint64(0xFFFFFFFF)).astype(np.int64)
    digits = [pl.Series(part).cast(pl.String).str.zfill(10) for part in (high, low)]
    return pl.select(digits[0] + digits[1]).to_series()
