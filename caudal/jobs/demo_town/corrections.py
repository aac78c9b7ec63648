"""Bills that were wrong: a reading is taken again, the invoice is void, and the month is billed anew."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from caudal.billing.models import BillRun, Charge
from caudal.jobs.demo_town.billing import Runs
from caudal.jobs.demo_town.cast import is_cast
from caudal.jobs.demo_town.residents import House
from caudal.workflows import billing_run, readings
from caudal.workflows.invoices import void_invoice

DAYS_LATER: Final = 3
READ_TOO_HIGH: Final = Decimal(6)
SERVICES: Final = ("refuse", "sewerage", "water")


@dataclass(slots=True)
class Corrections:
    """Corrects one bill of some of the water runs, three days after them."""

    houses: Sequence[House]
    runs: Runs
    which: frozenset[int]
    _out: dict[date, BillRun] = field(default_factory=dict)
    _seen: int = 0

    def bills_out(self, day: date) -> None:
        """The water run of a day was issued."""
        if self._seen in self.which:
            self._out[day + timedelta(days=DAYS_LATER)] = BillRun.objects.get(dated_on=day, service_codes="")
        self._seen += 1

    def live(self, day: date) -> None:
        """Correct what came up."""
        if (run := self._out.pop(day, None)) and (charge := self._spoilt(run)):
            self._correct(run, charge, day)

    def _spoilt(self, run: BillRun) -> Charge | None:
        """A charge of the run on an ordinary reading that leaves room for less."""
        cast = [house.connection_id for house in self.houses if is_cast(house.site)]
        found = Charge.objects.filter(
            invoice__batch__run=run,
            live=True,
            to_reading__source="manual",
            to_reading__rollover=False,
            to_reading__role="regular",
            to_reading__volume__gt=3 * READ_TOO_HIGH,
        ).exclude(subscription__connection__in=cast)
        return found.select_related("to_reading").order_by("id").first()

    def _correct(self, run: BillRun, charge: Charge, day: date) -> None:
        staff, reading = self.runs.staff, charge.to_reading
        assert reading is not None
        void_invoice(
            invoice_id=charge.invoice_id,
            on=day,
            reason="Lectura mal tomada: la relectura dio menos consumo.",
            by=staff["billing"],
        )
        readings.correct_reading(
            reading_id=reading.pk,
            register=reading.register - READ_TOO_HIGH,
            note="Relectura a solicitud del abonado.",
            by=staff["supervisor"],
        )
        again = billing_run.rehearse(dated_on=run.dated_on, services=SERVICES, by=staff["billing"])
        self.runs.issue(again, day)
