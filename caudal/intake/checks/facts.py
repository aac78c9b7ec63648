"""What a sound row says, in the terms of the records: the values that checks compare and that apply writes."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from caudal.common.text import search_text


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """A person or company. Empty texts are unknown."""

    key: str
    identification: str
    identification_type: str
    given_names: str
    surnames: str
    legal_name: str
    email: str
    phone: str
    address: str

    def comparable(self) -> dict[str, str]:
        """By field, as two spellings of the same are compared: without case, accents and punctuation."""
        return {
            "name": search_text(self.given_names, self.surnames, self.legal_name),
            "email": self.email.casefold(),
            "phone": "".join(c for c in self.phone if c.isdigit()),
            "address": search_text(self.address),
        }


@dataclass(frozen=True, slots=True)
class MeterFacts:
    """A meter where it is installed, and who holds its account. `customer` is an identification key."""

    key: str
    serial: str
    customer: str
    installed_on: date | None
    active: bool
    sector: str
    address: str
    brand: str = ""

    def comparable(self) -> dict[str, object]:
        """By field; the day of installation is compared only inside a file."""
        return {
            "customer": self.customer,
            "active": self.active,
            "sector": search_text(self.sector),
            "address": search_text(self.address),
        }


@dataclass(frozen=True, slots=True)
class Registers:
    """What is recorded of some meters: accepted registers by (serial key, day), and those that were sent and wait,
    were rejected or corrected: (serial key, day, register)."""

    accepted: Mapping[tuple[str, date], Decimal]
    sent: AbstractSet[tuple[str, date, Decimal]]


@dataclass(frozen=True, slots=True)
class LastReading:
    """The last accepted reading of a meter."""

    read_on: date
    register: Decimal


@dataclass(frozen=True, slots=True)
class ReadingFacts:
    """Readings by column, ordered by meter and day: position i of every list is one reading.

    `keys` are serial keys; `previous` is what the row itself says came before (None if it does not).
    """

    keys: list[str]
    days: list[date]
    registers: list[Decimal]
    previous: list[Decimal | None]
    notes: list[str]

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line of an invoice: amounts in the currency, `net + tax = total`."""

    row: int
    concept: str
    unit_price: Decimal | None
    quantity: Decimal | None
    net: Decimal
    tax: Decimal
    total: Decimal
    paid_on: date | None


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice of the system before. `covers_until` is its last day; `meter` is a serial key or empty."""

    number: str
    customer: str
    meter: str
    covers_from: date
    covers_until: date
    issued_on: date
    due_date: date
    lines: tuple[LineFacts, ...]
    note: str = ""
    void: bool = False

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class KnownInvoice:
    """A recorded invoice: whose (identification key), of when, for how much, and whether an import brought it."""

    customer: str
    issued_on: date
    total: Decimal
    imported: bool


def contradicts(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    """Whether two rows about the same say different things; what is not said contradicts nothing."""
    return any(
        value not in ("", None) and other[name] not in ("", None) and value != other[name]
        for name, value in one.items()
    )


def adds(one: Mapping[str, object], recorded: Mapping[str, object]) -> bool:
    """Whether a row says something that the records do not."""
    return any(value not in ("", None) and value != recorded[name] for name, value in one.items())
