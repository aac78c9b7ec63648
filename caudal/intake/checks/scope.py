"""What the checks look things up in: the rest of the file, and what is already recorded.

`Existing` is the small window on the database; the dry run of an empty installation uses `NOTHING`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from caudal.common.text import identification_key
from caudal.intake.checks.facts import CustomerFacts, KnownInvoice, LastReading, MeterFacts, Registers


class Existing(Protocol):
    """What is recorded, by key; each call answers for many keys at once and leaves out the unknown ones."""

    def customers(self, keys: Collection[str]) -> Mapping[str, CustomerFacts]:
        """By identification key."""

    def meters(self, keys: Collection[str]) -> Mapping[str, MeterFacts]:
        """By serial key; meters that are installed."""

    def idle_meters(self, keys: Collection[str]) -> Collection[str]:
        """Those of these serial keys whose meter is recorded and stands nowhere."""

    def registers(self, keys: Collection[str], since: date, until: date) -> Registers:
        """What was read between two days, both included."""

    def last_readings(self, keys: Collection[str]) -> Mapping[str, LastReading]:
        """The last accepted reading by serial key."""

    def invoices(self, numbers: Collection[str]) -> Mapping[str, KnownInvoice]:
        """By printed number."""


class Nothing:
    """An empty installation."""

    def customers(self, keys: Collection[str]) -> Mapping[str, CustomerFacts]:
        return {}

    def meters(self, keys: Collection[str]) -> Mapping[str, MeterFacts]:
        return {}

    def idle_meters(self, keys: Collection[str]) -> Collection[str]:
        return ()

    def registers(self, keys: Collection[str], since: date, until: date) -> Registers:
        return Registers({}, frozenset())

    def last_readings(self, keys: Collection[str]) -> Mapping[str, LastReading]:
        return {}

    def invoices(self, numbers: Collection[str]) -> Mapping[str, KnownInvoice]:
        return {}


NOTHING = Nothing()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the file something is said."""

    sheet: str
    row: int


@dataclass(slots=True)
class Named:
    """The people or meters of the file by key: the sound rows, and the wrong ones that others may hang on."""

    sound: set[str] = field(default_factory=set)
    wrong: dict[str, Place] = field(default_factory=dict)
    misspelt: dict[str, Place] = field(default_factory=dict)
    recorded: Collection[str] = frozenset()
    bare: dict[str, set[str]] = field(default_factory=dict)

    def add_sound(self, key: str) -> None:
        """A row that stands."""
        self.sound.add(key)
        self.bare.setdefault(key.lstrip("0"), set()).add(key)

    def add_wrong(self, key: str, place: Place, *, misspelt: bool = False) -> None:
        """A row that does not stand. If its key is misspelt, who writes it right means this row."""
        self.wrong.setdefault(key, place)
        self.bare.setdefault(key.lstrip("0"), set()).add(key)
        if misspelt:
            for pattern in slips(key):
                self.misspelt.setdefault(pattern, place)

    def find(self, text: str, *, numeric: bool) -> str:
        """The key that a cell means. A number has lost its leading zeros: the one key that has them is meant."""
        key = identification_key(text)
        if not numeric or self.knows(key) or key in self.wrong:
            return key
        full = self.bare.get(key, set()) | {padded for padded in with_zeros(key) if padded in self.recorded}
        return next(iter(full)) if len(full) == 1 else key

    def knows(self, key: str) -> bool:
        """Whether something sound has this key, here or in the records."""
        return key in self.sound or key in self.recorded

    def hung_on(self, key: str) -> Place | None:
        """The wrong row that a reference to this unknown key hangs on, if there is one."""
        if key in self.wrong:
            return self.wrong[key]
        return next((self.misspelt[p] for p in slips(key) if p in self.misspelt), None)


def with_zeros(key: str) -> list[str]:
    """The key as it may have been before a spreadsheet took it for a number."""
    return [zeros + key for zeros in ("0", "00", "000")]


def slips(key: str) -> Iterator[str]:
    """Patterns that two keys share when they differ by one sign mistyped, or by two neighbours swapped."""
    for i in range(len(key)):
        yield f"{key[:i]}?{key[i + 1 :]}"
    for i in range(len(key) - 1):
        yield f"{key[:i]}<{''.join(sorted(key[i : i + 2]))}>{key[i + 2 :]}"


@dataclass(slots=True)
class Scope:
    """What the checks may know besides their own table. `today` comes from the edge."""

    today: date
    country: str
    existing: Existing = NOTHING
    customers: Named = field(default_factory=Named)
    meters: Named = field(default_factory=Named)
    meter_holder: dict[str, str] = field(default_factory=dict)
    meter_installed: dict[str, date] = field(default_factory=dict)
    moved: set[str] = field(default_factory=set)
