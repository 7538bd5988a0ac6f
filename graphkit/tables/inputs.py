"""The contract of every input table: its columns, their types, its key, its day, its parties."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import dataframely as dy
import polars as pl

PARTY_KINDS = ("company", "person", "government")
ROLES = ("manufacturer", "dealer", "insurer", "exporter", "vendor", "lessor", "registration_agent")
POSITIONS = ("legal_representative", "director", "supervisor", "manager", "other")
KINSHIP = ("spouse", "parent", "child", "sibling", "in_law", "other")
AGREEMENTS = ("declared", "contract", "concert", "joint")
SALE_KINDS = ("wholesale", "retail", "resale", "return", "swap", "trade_in", "leaseback")
POLICY_KINDS = ("compulsory", "voluntary")
USES = ("private", "commercial", "rental", "ride_hailing", "leasing", "government", "demo")
REGISTRATION_EVENTS = ("first", "transfer", "re_registration")
DECLARED_AS = ("new", "used")
STOCK_STATUSES = ("demo", "display", "loaner", "fleet")
SERIES = (
    "wholesale",
    "retail",
    "insured",
    "plated",
    "exported",
    "booked_early",
    "sold_to_companies",
    "exported_used",
    "exported_zero_mileage",
)
VIN_CHECKS = ("valid", "invalid", "not_applicable")


_NO_END = "an end that was not read would be no end"
_OF_CAR = "a car is judged by it, and without it by what is left"


def _meta(costs_row: str | None, doubts_car: str | None = None, **other: Any) -> dict[str, Any]:
    given = {"costs_row": costs_row, "doubts_car": doubts_car, **other}
    return {name: value for name, value in given.items() if value is not None}


def text(*, required: bool = False) -> dy.String:
    """A text column."""
    return dy.String(nullable=not required)


def one_of(
    values: tuple[str, ...], *, required: bool = False, costs_row: str | None = None, doubts_car: str | None = None
) -> dy.String:
    """A text column that holds one of a closed list of words."""
    return dy.String(
        nullable=not required,
        check={"one_of": lambda column: column.is_in(list(values))},
        metadata=_meta(costs_row, doubts_car, one_of=values),
    )


def flag(*, costs_row: str | None = None) -> dy.Bool:
    """Yes or no."""
    return dy.Bool(nullable=True, metadata=_meta(costs_row))


def day(*, required: bool = False, costs_row: str | None = None, doubts_car: str | None = None) -> dy.Date:
    """A calendar day."""
    return dy.Date(nullable=not required, metadata=_meta(costs_row, doubts_car))


def end(*, costs_row: str | None = None, doubts_car: str | None = None) -> dy.Date:
    """A day on which something ended, or that may never come: some registers write 1970-01-01 or 9999-12-31 there."""
    return dy.Date(nullable=True, metadata=_meta(costs_row, doubts_car, may_never_come=True))


def fraction(*, costs_row: str | None = None, ends: tuple[str, str] | None = None) -> dy.Int64:
    """A share in integer parts per million, so that exactly one half is exact; ``ends`` take a range in its cell."""
    return dy.Int64(nullable=True, min=0, max=1_000_000, metadata=_meta(costs_row, unit="ppm", range=ends))


def money(*, doubts_car: str | None = None) -> dy.Float64:
    """An amount in the row's currency."""
    return dy.Float64(nullable=True, allow_inf=False, allow_nan=False, metadata=_meta(None, doubts_car))


def number_of_cars(*, costs_row: str) -> dy.Float64:
    """A count that may be a mean or a bound."""
    return dy.Float64(nullable=True, min=0.0, allow_inf=False, allow_nan=False, metadata=_meta(costs_row))


def count(*, required: bool = False, costs_row: str | None = None) -> dy.Int64:
    """A whole number, not below zero."""
    return dy.Int64(nullable=not required, min=0, metadata=_meta(costs_row))


def vin_code() -> dy.String:
    """A vehicle identification number: 17 characters, no I, O or Q (ISO 3779)."""
    return dy.String(nullable=False, regex=r"^[A-HJ-NPR-Z0-9]{17}$", metadata={"vin": True})


class Lineage(dy.Schema):
    """The columns that every stored row carries, so that evidence leads back to the line it came from."""

    row_key = text(required=True)
    source_id = text(required=True)
    line = count(required=True)


class Parties(Lineage):
    """A company, person or government body."""

    party_id = text(required=True)
    kind = one_of(PARTY_KINDS, required=True)
    name = text(required=True)
    roles = dy.String(nullable=True, metadata=_meta("a dealer whose roles were not read would be an end user"))
    uscc = text()
    lei = text()
    person_key = text()
    birth_year = count(costs_row="a child whose birth year was not read would be of age")
    country = text()
    city = text()
    registered_on = day()
    dissolved_on = end(costs_row=_NO_END)
    capital = money()
    address = text()
    phone = text()
    email = text()
    is_listed = flag(costs_row="a company would not be listed")
    is_state = flag(costs_row="control would pass through a state body")


class Ownership(Lineage):
    """A holding of one party in a company."""

    owner_id = text()
    owned_id = text()
    share = fraction(ends=("share_min", "share_max"))
    share_min = fraction()
    share_max = fraction()
    votes = fraction(costs_row="the share would stand in for the votes")
    valid_from = day()
    valid_to = end(costs_row=_NO_END)


class Positions(Lineage):
    """A person's office in a company."""

    person_id = text()
    company_id = text()
    position = one_of(POSITIONS, required=True)
    valid_from = day()
    valid_to = end(costs_row=_NO_END)


class Kinship(Lineage):
    """A family relation of two persons."""

    person_id = text()
    relative_id = text()
    relation = one_of(KINSHIP, required=True)


class ControlAgreements(Lineage):
    """Control without a majority of votes."""

    controller_id = text()
    controlled_id = text()
    basis = one_of(AGREEMENTS, required=True)
    valid_from = day()
    valid_to = end(costs_row=_NO_END)


class Vehicles(Lineage):
    """A car."""

    vin = vin_code()
    manufacturer_id = text()
    brand = text()
    brand_tier = text()
    model = text()
    powertrain = text()
    built_on = day(doubts_car=_OF_CAR)
    list_price = money()


class Sales(Lineage):
    """One invoice line for one car."""

    sale_id = text(required=True)
    vin = vin_code()
    seller_id = text()
    buyer_id = text()
    kind = one_of(SALE_KINDS, required=True)
    invoiced_on = day(required=True)
    sequence = count(costs_row="the order within its day would be another one")
    handed_over_on = end(doubts_car=_OF_CAR)
    price = money(doubts_car=_OF_CAR)
    currency = text()
    price_includes_vat = flag()


class Policies(Lineage):
    """One insurance policy; the insured is the one at inception."""

    policy_id = text(required=True)
    vin = vin_code()
    insurer_id = text()
    insured_id = text()
    starts_on = day(required=True)
    issued_on = day()
    ends_on = end()
    cancelled_on = end(costs_row="a policy would never have been cancelled")
    kind = one_of(POLICY_KINDS, costs_row="a voluntary policy could be taken for the first compulsory one")
    use = one_of(USES, doubts_car=_OF_CAR)
    city = text()


class Endorsements(Lineage):
    """A change to a policy."""

    policy_id = text(required=True)
    changed_on = day(required=True)
    field = text(required=True)
    old = text()
    new = text()


class Registrations(Lineage):
    """One entry of the vehicle office."""

    registration_id = text(required=True)
    vin = vin_code()
    owner_id = text()
    city = text(required=True)
    plated_on = day(required=True)
    event = one_of(REGISTRATION_EVENTS, costs_row="a transfer could be taken for the first plate")
    first_registered_on = day(costs_row="the day of the plate would stand in for it")
    use = one_of(USES, doubts_car=_OF_CAR)
    deregistered_on = end(costs_row="a car would never have been taken off the register")
    awaiting_export_on = end(costs_row="a car would never have waited for its export")


class Odometer(Lineage):
    """A reading of the odometer."""

    vin = vin_code()
    read_on = day(required=True)
    km = count(required=True)


class Listings(Lineage):
    """A used-car advertisement."""

    listing_id = text(required=True)
    vin = vin_code()
    vendor_id = text()
    platform = text()
    listed_on = day(required=True)
    km = count()
    price = money()


class Exports(Lineage):
    """A customs declaration of one car."""

    export_id = text(required=True)
    vin = vin_code()
    exporter_id = text()
    cleared_on = day(required=True)
    applied_on = end(doubts_car=_OF_CAR)
    licensed_on = end()
    declared_as = one_of(DECLARED_AS, required=True)
    hs_code = text()
    destination = text(required=True)
    value = money()
    maker_letter = flag(costs_row="before the rule an export would have no letter")


class ForeignRegistrations(Lineage):
    """The first plate abroad."""

    vin = vin_code()
    country = text(required=True)
    registered_on = day(required=True)


class Claims(Lineage):
    """A rebate or subsidy claim."""

    claim_id = text(required=True)
    vin = vin_code()
    claimant_id = text()
    kind = text(required=True)
    claimed_on = day(required=True)
    rate = fraction()
    amount = money()


class DeclaredStock(Lineage):
    """A demo, display, loaner or fleet register entry."""

    vin = vin_code()
    holder_id = text()
    status = one_of(STOCK_STATUSES, required=True)
    valid_from = day(required=True)
    valid_to = end(costs_row=_NO_END)


class Payments(Lineage):
    """Money from party to party."""

    payment_id = text(required=True)
    payer_id = text()
    payee_id = text()
    paid_on = day(required=True)
    paid_at = dy.Datetime(
        nullable=True, time_unit="us", metadata=_meta("the order within its day would be another one")
    )
    sequence = count(costs_row="the order within its day would be another one")
    amount = dy.Float64(nullable=False, allow_inf=False, allow_nan=False)
    currency = text()
    purpose = text()
    sale_id = text()


class ReportedCounts(Lineage):
    """What somebody reported: a count of cars, or a share of another count.

    ``period`` is a month, a year (``2024``) or a range of months (``2023-01/2024-03``). ``units`` may be a mean or a
    bound, so it is a number with decimals; ``units_high`` is the upper end of a range. ``share`` and ``share_high``
    are for figures that were published as a share.
    """

    reporter_id = text()
    subject_id = text()
    period = dy.String(nullable=False, regex=r"^\d{4}(-\d{2})?(/\d{4}-\d{2})?$")
    series = one_of(SERIES, required=True)
    statistic = one_of(("total", "monthly_mean"))
    city = text()
    units = number_of_cars(costs_row="the row would say nothing")
    units_high = number_of_cars(costs_row="a range would be one number")
    share = fraction(costs_row="the row would say nothing")
    share_high = fraction(costs_row="a range would be one number")
    source = text()


@dataclass(frozen=True)
class Table:
    """An input table: its name, what a row is, its contract, and which columns are its key, its day and its parties.

    A cell that cannot be read is left empty, and costs its row only where an empty one would itself be a fact; where a
    car is judged by it, the car is undecided. The columns say which they are (``costs_row``, ``doubts_car``).
    ``later`` are the other dated facts of a row that are not known before their own day. A party column may be null
    where ``X_name`` stands in for ``X_id``; ``identity`` then finds or makes the party.
    """

    name: str
    schema: type[dy.Schema]
    key: tuple[str, ...]
    dated: str | None = None
    parties: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What one row is."""
        return (self.schema.__doc__ or "").strip().splitlines()[0].rstrip(".")

    @cached_property
    def columns(self) -> Mapping[str, dy.Column]:
        """Every column that a file may give, in order, without lineage."""
        lineage = Lineage.columns()
        return MappingProxyType({k: v for k, v in self.schema.columns().items() if k not in lineage})

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which a file is not this table (a party column may come as a name)."""
        return tuple(name for name, column in self.columns.items() if not column.nullable or name in self.parties)

    def costs_row(self, field: str) -> str | None:
        """Why a cell of this column that cannot be read costs its row; null where it costs the cell alone.

        >>> TABLES["policies"].costs_row("policy_id"), TABLES["policies"].costs_row("ends_on")
        ('it is part of the key', None)
        """
        if field in self.key:
            return "it is part of the key"
        if field in self.parties:
            return "it says who a party is"
        # without the name of a party that has no id its row is not loaded; that is seen of the whole row
        if field in self.companions:
            return None
        column = self.columns[field]
        return "it is required" if not column.nullable else self._told(field, "costs_row")

    def doubts_car(self, field: str) -> str | None:
        """Why a cell of this column that cannot be read leaves its car undecided; null where nothing rests on it."""
        return self._told(field, "doubts_car")

    def _told(self, field: str, name: str) -> str | None:
        told: str | None = (self.columns[field].metadata or {}).get(name)
        return told

    @property
    def has_vin(self) -> bool:
        """Whether a row is about one car."""
        return "vin" in self.columns

    @property
    def companions(self) -> tuple[str, ...]:
        """The columns that may stand in for a party id: seller_id → seller_name, seller_uscc, seller_city."""
        stems = [column.removesuffix("_id") for column in self.parties]
        return tuple(f"{stem}_{part}" for stem in stems for part in ("name", "uscc", "city"))

    def empty(self) -> pl.DataFrame:
        """No rows, with every column and type that a loaded table has."""
        # a copy: who adds to the one must not add to the next
        return self._empty.clone()

    @cached_property
    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema=self.loaded_schema())

    def loaded_schema(self) -> dict[str, Any]:
        """The columns and types of a loaded table: contract, companions, ``vin_check``, lineage."""
        types = {name: column.dtype for name, column in self.columns.items()}
        types |= {name: pl.String() for name in self.companions}
        if self.has_vin:
            types["vin_check"] = pl.String()
        return types | {"row_key": pl.String(), "source_id": pl.String(), "line": pl.Int64()}


def _by_name(*tables: Table) -> Mapping[str, Table]:
    return MappingProxyType({table.name: table for table in tables})


TABLES: Mapping[str, Table] = _by_name(
    Table("parties", Parties, ("party_id",)),
    Table("ownership", Ownership, ("owner_id", "owned_id", "valid_from"), parties=("owner_id", "owned_id")),
    Table(
        "positions",
        Positions,
        ("person_id", "company_id", "position", "valid_from"),
        parties=("person_id", "company_id"),
    ),
    Table("kinship", Kinship, ("person_id", "relative_id", "relation"), parties=("person_id", "relative_id")),
    Table(
        "control_agreements",
        ControlAgreements,
        ("controller_id", "controlled_id", "basis", "valid_from"),
        parties=("controller_id", "controlled_id"),
    ),
    Table("vehicles", Vehicles, ("vin",), parties=("manufacturer_id",)),
    Table(
        "sales",
        Sales,
        ("sale_id",),
        dated="invoiced_on",
        parties=("seller_id", "buyer_id"),
        later=("handed_over_on",),
    ),
    Table(
        "policies",
        Policies,
        ("policy_id",),
        dated="starts_on",
        parties=("insurer_id", "insured_id"),
        later=("cancelled_on",),
    ),
    Table("endorsements", Endorsements, ("policy_id", "changed_on", "field"), dated="changed_on"),
    Table(
        "registrations",
        Registrations,
        ("registration_id",),
        dated="plated_on",
        parties=("owner_id",),
        later=("deregistered_on", "awaiting_export_on"),
    ),
    Table("odometer", Odometer, ("vin", "read_on"), dated="read_on"),
    Table("listings", Listings, ("listing_id",), dated="listed_on", parties=("vendor_id",)),
    Table("exports", Exports, ("export_id",), dated="cleared_on", parties=("exporter_id",)),
    Table("foreign_registrations", ForeignRegistrations, ("vin", "country"), dated="registered_on"),
    Table("claims", Claims, ("claim_id",), dated="claimed_on", parties=("claimant_id",)),
    Table(
        "declared_stock",
        DeclaredStock,
        ("vin", "holder_id", "valid_from"),
        dated="valid_from",
        parties=("holder_id",),
    ),
    Table("payments", Payments, ("payment_id",), dated="paid_on", parties=("payer_id", "payee_id")),
    Table(
        "reported_counts",
        ReportedCounts,
        ("reporter_id", "subject_id", "period", "series", "statistic", "city"),
        parties=("reporter_id", "subject_id"),
    ),
)
"""Every input table, in the order in which a reader meets them; the keys are the names files are imported under."""
