"""What a run decides once, and what it knows of each account: the hand-off values between query and assembly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from caudal.kernel.periods import Span
from caudal.kernel.pricing import Tariff


@dataclass(frozen=True, slots=True)
class ServiceRule:
    """A service as this run bills it: its month, its due date, its tax, its place on the invoice.

    The run bills part `part` of the `parts` that the service bills in a year. `assembly_on`: when the members of a
    board meet, where the month says so.
    """

    id: int
    code: str
    name: str
    kind: str
    unit: str
    position: int
    presentation: str
    without_reading: str
    tax_name: str
    tax_percent: Decimal
    period_id: int
    span: Span
    part: int
    due_date: date
    parts: int = 12
    assembly_on: date | None = None


@dataclass(frozen=True, slots=True)
class TariffRule:
    """A published version of a tariff and the days it holds; `end` is open when None."""

    version_id: int
    tariff_id: int
    service_id: int
    name: str
    start: date
    end: date | None
    tariff: Tariff

    def holds_on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The decisions of a run: rules by service id, tariff versions by tariff id (oldest first).

    `read_until` is the last day of the reading window. `routes`: the run bills connections on these routes alone
    (of a cycle), or all but these (`in_routes` is false: they have cycles of their own); None in a town without.
    """

    run_id: int
    dated_on: date
    issued_on: date
    rules: Mapping[int, ServiceRule]
    tariffs: Mapping[int, tuple[TariffRule, ...]]
    read_until: date
    minor_units: int
    tax_rounding: str
    routes: Sequence[int] | None = None
    in_routes: bool = False

    @property
    def period_ids(self) -> set[int]:
        return {rule.period_id for rule in self.rules.values()}

    @property
    def by_account(self) -> frozenset[int]:
        """The tariffs that price an account's connections of one unit as one, on the run's date."""
        now = (v for versions in self.tariffs.values() for v in versions if v.holds_on(self.dated_on))
        return frozenset(v.tariff_id for v in now if v.tariff.aggregate == "account")

    @property
    def metered(self) -> list[int]:
        return [rule.id for rule in self.rules.values() if rule.kind == "metered"]

    @property
    def followers(self) -> frozenset[int]:
        """The tariffs that take a percentage of a metered service: they begin and end with it."""
        codes = {rule.code for rule in self.rules.values() if rule.kind == "metered"}
        versions = (v for versions in self.tariffs.values() for v in versions)
        return frozenset(v.tariff_id for v in versions if codes & set(v.tariff.services))


class Holder(NamedTuple):
    """An account's holder as its invoice freezes it, and the account number, both as JSON text."""

    frozen: str
    number: str


class Supply(NamedTuple):
    """A connection as an invoice freezes it (JSON text), and what prices ask of it."""

    frozen: str
    attributes: str
    limit_m3: Decimal | None
    sector: str


class Due(NamedTuple):
    """A subscription that the run expects. `share`: a co-owner owes what lies between these two parts of one.

    `place`: the property or licence that it is for, where it has no connection, as JSON text. `fixed_paid`: the fixed
    amounts of the period are paid, by who had the service at the connection before, or by this account before it left.
    It lasts from `valid_from` to `valid_to`, open when None.
    """

    id: int
    account_id: int
    service_id: int
    tariff_id: int
    connection_id: int | None
    property_id: int | None
    category: str
    amount_override: Decimal | None
    declared_value: Decimal | None
    billed: bool
    share: Sequence[Decimal] | None = None
    place: str | None = None
    fixed_paid: bool = False
    valid_from: date = date.min
    valid_to: date | None = None


class Chain(NamedTuple):
    """Consumption from the last billed reading to the last accepted one in the window.

    `provisional`: the last billed reading was an estimate; `same_meter`: both readings are of one installation;
    `before`: the quantity billed last. `handed_from`: since when whoever had the service until this account's first
    reading owes what was not billed to him.
    """

    to_id: int
    to_on: date
    to_register: Decimal
    source: str
    serial: str
    unit: str
    from_id: int
    from_on: date
    from_register: Decimal
    same_meter: bool
    provisional: bool
    volume: Decimal
    before: Decimal | None
    handed_from: date | None = None


class Provisional(NamedTuple):
    """Charges made on estimates since the last billed real reading: to be settled by this one.

    `ends`: the last days of their spans, in order; `volume`: what was estimated in them.
    """

    from_id: int
    from_on: date
    from_register: Decimal
    net: Decimal
    ends: list[date]
    volume: Decimal


class Usual(NamedTuple):
    """What an unread meter usually uses: the volume of the `days` measured at its connection within twelve months."""

    installation_id: int
    last_id: int
    last_on: date
    last_register: Decimal
    serial: str
    unit: str
    volume: Decimal
    days: int


class Estimated(NamedTuple):
    """A reading that nobody took: to be stored as accepted with source «estimated» when the invoice is issued.

    `first_id` is the last reading that somebody took; `after`, the estimate between the two where another had the
    service until then: it is stored, too, unless that one's bill stores it.
    """

    installation_id: int
    first_id: int
    read_on: date
    register: Decimal
    volume: Decimal
    after: "Estimated | None" = None

    @property
    def key(self) -> tuple[int, date]:
        """The meter and the day: two services, or two accounts, of one estimate store it once."""
        return self.installation_id, self.read_on


class Beside(NamedTuple):
    """What a connection was charged before for this month, by a tariff that prices it with others of its account."""

    unit: str
    usage: Decimal
    net: Decimal
    covers_from: date
    covers_to: date


@dataclass(frozen=True, slots=True)
class Slice:
    """Everything known of a slice of accounts, keyed by account, connection or subscription id.

    `beside`: of tariffs by account, what was billed before in the same months. `estimates`: of whom nobody read, worked
    out of all the others.
    """

    holders: Mapping[int, Holder]
    due: tuple[Due, ...]
    supplies: Mapping[int, Supply]
    chains: Mapping[int, Chain]
    provisional: Mapping[int, Provisional]
    usual: Mapping[int, Usual]
    beside: Mapping[int, Beside] = field(default_factory=dict)
    estimates: Mapping[int, Estimated] = field(default_factory=dict)
