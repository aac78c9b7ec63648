"""What is recorded already, as the checks ask for it: the database behind `Existing`."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from caudal.billing.models import Invoice, Series
from caudal.common import sql
from caudal.intake.checks.facts import CustomerFacts, KnownInvoice, LastReading, MeterFacts, Registers
from caudal.intake.checks.numbers import digits_of
from caudal.metering.models import Meter
from caudal.registry.models import Party


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a recorded meter stands: ids of its installation, connection and (if any) account."""

    installation_id: int
    connection_id: int
    connection_number: str
    account_id: int | None


class Records:
    """The installation's records. Each question is one query, however many keys it has; meters are read once."""

    def __init__(self) -> None:
        self._asked: set[str] = set()
        self._standing: dict[str, tuple[MeterFacts, Placed]] = {}

    def customers(self, keys: Collection[str]) -> Mapping[str, CustomerFacts]:
        found = Party.objects.filter(identification_key__in=[key for key in keys if key])
        return {party.identification_key: facts_of(party) for party in found}

    def meters(self, keys: Collection[str]) -> Mapping[str, MeterFacts]:
        self._look_up(keys)
        return {key: self._standing[key][0] for key in keys if key in self._standing}

    def places(self, keys: Collection[str]) -> dict[str, Placed]:
        """Where recorded meters stand, by serial key."""
        self._look_up(keys)
        return {key: self._standing[key][1] for key in keys if key in self._standing}

    def idle_meters(self, keys: Collection[str]) -> Collection[str]:
        self._look_up(keys)
        elsewhere = [key for key in keys if key and key not in self._standing]
        return set(Meter.objects.filter(serial_key__in=elsewhere).values_list("serial_key", flat=True))

    def _look_up(self, keys: Collection[str]) -> None:
        fresh = set(keys) - self._asked - {""}
        if fresh:
            self._asked |= fresh
            self._standing |= {facts.key: (facts, place) for facts, place in _standing(fresh)}

    def registers(self, keys: Collection[str], since: date, until: date) -> Registers:
        accepted: dict[tuple[str, date], Decimal] = {}
        sent: set[tuple[str, date, Decimal]] = set()
        params = {"keys": list(keys), "since": since, "until": until}
        for key, day, register, is_accepted, corrected_from in sql.rows("intake/known_registers", params):
            if is_accepted:
                accepted[key, day] = register
            else:
                sent.add((key, day, register))
            if corrected_from is not None:
                sent.add((key, day, corrected_from))
        return Registers(accepted, sent)

    def last_readings(self, keys: Collection[str]) -> Mapping[str, LastReading]:
        found = sql.rows("intake/known_last_readings", {"keys": list(keys)})
        return {row[0]: LastReading(row[1], row[2]) for row in found}

    def invoices(self, numbers: Collection[str]) -> Mapping[str, KnownInvoice]:
        found: dict[str, KnownInvoice] = {}
        for series in Series.objects.exclude(kind="receipt").order_by("kind"):
            wanted = {value: n for n in numbers if (value := _number_in(series, n)) is not None}
            invoices = Invoice.objects.filter(series=series, number__in=list(wanted))
            for invoice in invoices.select_related("account__holder"):
                found[wanted[invoice.number]] = KnownInvoice(
                    customer=invoice.account.holder.identification_key,
                    issued_on=invoice.issued_on,
                    total=invoice.total,
                    imported=series.kind == "imported",
                )
        return found


def facts_of(party: Party) -> CustomerFacts:
    """A recorded person in the terms of a row."""
    return CustomerFacts(
        key=party.identification_key,
        identification=party.identification,
        identification_type=party.identification_type,
        given_names=party.given_names,
        surnames=party.surnames,
        legal_name=party.legal_name,
        email=party.email,
        phone=party.phone,
        address=party.address,
    )


def _standing(keys: Collection[str]) -> Iterator[tuple[MeterFacts, Placed]]:
    for row in sql.rows("intake/known_meters", {"keys": list(keys)}):
        key, serial, brand, stay, since, connection, number, active, address, sector, account, holder = row
        facts = MeterFacts(key, serial, holder, since, active, sector, address, brand)
        yield facts, Placed(stay, connection, number, account)


def _number_in(series: Series, text: str) -> int | None:
    """The number that a printed text has in a series, None if it is not of its shape."""
    digits = digits_of(text)
    if not digits or text[: len(text) - len(digits)] != series.prefix:
        return None
    number = int(digits)
    return number if series.printed(number) == text else None
