"""One bill as its holder reads it: what is charged, how it was worked out, a year of use beside the year before."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from caudal.billing.models import Charge, Invoice, Subscription
from caudal.common.spoken import as_written, spanish, spanish_lazy
from caudal.common.ui.charts import Bar
from caudal.common.ui.formats import MONTHS as MONTHS_OF_THE_YEAR
from caudal.common.ui.formats import month_word, number
from caudal.documents.queries.charges import place_of
from caudal.documents.queries.facts import months_billed
from caudal.documents.spanish.data import Format
from caudal.documents.spanish.figures import DoesNotAddUp, Figures
from caudal.documents.spanish.sentences import sentences
from caudal.kernel.periods import ONE_DAY, Span, add_months, month_of
from caudal.metering.models import Reading
from caudal.metering.queries.evidence import evidence_of
from caudal.metering.queries.readings import accepted_intervals
from caudal.receivables.queries import PendingItem
from caudal.registry.context import Town

ZERO = Decimal(0)
READ_KINDS: Final = {
    "manual": spanish_lazy("leída por nuestro personal"),
    "automatic": spanish_lazy("lectura automática"),
    "estimated": spanish_lazy("estimada"),
    "customer": spanish_lazy("enviada por usted"),
    "imported": spanish_lazy("lectura importada"),
}
MONTHS: Final = 13
YEAR: Final = 12
# Around what the town named in a sentence, until the whole is HTML: characters that no text has.
BEGINS: Final = "\ue000"
ENDS: Final = "\ue001"
TOWNS_WORDS: Final = re.compile(f"{BEGINS}(.*?){ENDS}")


@dataclass(frozen=True, slots=True)
class BillPage:
    """The figures of a bill on a day. `balance` is what is left of it, `interest` what lateness adds to date."""

    id: int
    number: str
    month: date
    months: tuple[date, date]
    dated_on: date
    due_date: date
    state: str
    total: Decimal
    balance: Decimal
    interest: Decimal
    covers_from: date
    covers_to: date
    account_number: str
    connection_number: str
    remarks: str
    voided_on: date | None
    imported: bool

    @property
    def payable(self) -> Decimal:
        return self.balance + self.interest

    @property
    def favour(self) -> Decimal:
        """What it leaves in its customer's favour."""
        return max(-self.total, ZERO)


@dataclass(frozen=True, slots=True)
class Amount:
    """A line of a sum."""

    label: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Step:
    """A charge in the calculation: its name and result, and the sentences that lead there."""

    text: str
    result: str
    note: str
    strong: bool = True


def figures_of(form: Format, town: Town) -> Figures:
    """The town's figures on a page: its sentences and months are in the language of whoever reads."""
    months = {month: month_word(number, town.locale) for number, month in enumerate(MONTHS_OF_THE_YEAR, 1)}
    return Figures({**form, "months": months}, spoken=spanish, written=f"{BEGINS}{{}}{ENDS}".format)


def bill_page(invoice: Invoice, *, state: str, items: Iterable[PendingItem]) -> BillPage:
    """The bill beside what the ledger says of it now; `items` are the open ones of the bill."""
    own = [item for item in items if item.invoice_id == invoice.pk]
    frozen = invoice.frozen
    return BillPage(
        id=invoice.pk,
        number=invoice.series.printed(invoice.number),
        month=months_billed(invoice)[0],
        months=months_billed(invoice),
        dated_on=invoice.dated_on,
        due_date=invoice.due_date,
        state=state,
        total=invoice.total,
        balance=sum((item.balance for item in own), ZERO),
        interest=sum((item.payable - item.balance for item in own), ZERO),
        covers_from=invoice.covers_from,
        covers_to=invoice.covers_to - ONE_DAY,
        account_number=frozen.get("account", ""),
        connection_number=(frozen.get("connection") or {}).get("number", ""),
        remarks=invoice.remarks,
        voided_on=invoice.voided_on,
        imported=invoice.origin == "imported",
    )


def lines_of(charges: Sequence[Charge], figures: Figures) -> list[Amount]:
    """Charges before tax, then the tax by rate: they add up to the invoice's total. With their place, where several
    places are on one bill.
    """
    names = _names_of(charges)
    lines = [Amount(names[charge.pk], charge.net) for charge in charges]
    taxes: dict[Decimal, Decimal] = {}
    for charge in charges:
        taxes[charge.tax_percent] = taxes.get(charge.tax_percent, ZERO) + charge.tax
    return lines + [
        Amount(spanish("Impuesto %(rate)s") % {"rate": figures.percent(percent)}, tax)
        for percent, tax in taxes.items()
        if tax
    ]


def _names_of(charges: Sequence[Charge]) -> dict[int, SafeString]:
    """What each charge is called, so that two houses on one bill can be told apart."""
    places = {charge.pk: place_of(charge, spanish) for charge in charges}
    names = {charge.pk: as_written(charge.label) for charge in charges}
    if len(set(places.values())) == 1:
        return names
    return {pk: format_html("{} · {}", name, places[pk]) for pk, name in names.items()}


def calculation_of(charges: Sequence[Charge], figures: Figures) -> list[Step]:
    """How each explained charge was worked out, in sentences; what has no lines is left out."""
    names = _names_of(charges)
    explained = ((charge, _told(charge, figures)) for charge in charges)
    return [Step(names[charge.pk], figures.money(charge.net), told) for charge, told in explained if told]


def use_of(connection_id: int, month: date, *, account_ids: Collection[int]) -> list[Bar]:
    """Thirteen months of use up to a month, each beside the same month a year before; none without readings.

    What these accounts used: what the meter showed before and after them is of whoever lived there then.
    """
    first = add_months(month, -(MONTHS - 1) - YEAR)
    taken = Subscription.objects.filter(account__in=account_ids, connection=connection_id)
    spans = [(begins, ends or date.max) for begins, ends in taken.values_list("valid_from", "valid_to")]
    readings = [
        reading
        for reading in accepted_intervals(
            connection_ids=[connection_id], window=Span(first, add_months(month, 1))
        )
        if any(begins < reading.read_on <= ends for begins, ends in spans)
    ]
    if not readings:
        return []
    used: dict[date, Decimal] = {}
    guessed: set[date] = set()
    for reading in readings:
        _add(reading, used, guessed)
    months = [add_months(month, n - MONTHS + 1) for n in range(MONTHS)]
    return [
        Bar(month=m, value=used.get(m), past=used.get(add_months(m, -YEAR)), estimated=m in guessed)
        for m in months
    ]


def readings_billed(invoice: Invoice) -> dict[int, dict[str, Any]]:
    """What a bill froze of its meters, by the reading that closes each."""
    return {m["to_reading"]: m for m in invoice.frozen.get("meters") or [] if m.get("to_reading")}


def readings_of(invoice: Invoice, town: Town) -> list[dict[str, Any]]:
    """Between which readings each meter of the bill was billed, and who read it last."""
    return [
        {
            "serial": meter["serial"],
            "previous": _register(meter["previous"], town),
            "previous_on": date.fromisoformat(meter["previous_on"]),
            "current": _register(meter["current"], town),
            "current_on": date.fromisoformat(meter["current_on"]),
            "kind": READ_KINDS.get(meter.get("kind", ""), ""),
        }
        for meter in invoice.frozen.get("meters") or []
    ]


def _register(register: str, town: Town) -> str:
    """A register as it was frozen; one carried over from another meter has none of its own."""
    return number(Decimal(register), town) if register else ""


def photos_of(invoice: Invoice) -> list[dict[str, Any]]:
    """The photos that the readings of a bill had when it was issued."""
    billed = readings_billed(invoice)
    shown = []
    for reading_id, found in evidence_of(list(billed)).items():
        if any(each.added_at <= invoice.issued_at for each in found):
            meter = billed[reading_id]
            shown.append(
                {
                    "href": reverse("portal:reading_photo", args=[invoice.pk, reading_id]),
                    "on": date.fromisoformat(meter["current_on"]),
                    "alt": spanish("Foto del medidor %(number)s") % {"number": meter["serial"]},
                    "serial": meter["serial"] if len(billed) > 1 else "",
                }
            )
    return shown


def volume_of(invoice: Invoice) -> tuple[Decimal, str] | None:
    """What the meters of a bill measured together, and their unit; None for a bill without meters."""
    meters = invoice.frozen.get("meters") or []
    if not meters:
        return None
    return sum((Decimal(m["usage"]) for m in meters), ZERO), meters[0].get("unit", "m³")


def _add(reading: Reading, used: dict[date, Decimal], guessed: set[date]) -> None:
    month = month_of(reading.read_on)
    used[month] = used.get(month, ZERO) + (reading.volume or ZERO)
    if reading.source == "estimated":
        guessed.add(month)


def _told(charge: Charge, figures: Figures) -> str:
    lines = charge.explanation.get("lines") or []
    if not lines:
        return ""
    try:
        told = escape(sentences(lines, str(charge.net), figures))
    except DoesNotAddUp:
        # The bill itself was printed and adds up; an explanation that does not is better left out.
        return ""
    return SafeString(TOWNS_WORDS.sub(lambda found: as_written(SafeString(found[1])), told))
