"""A workbook becomes a town: what is made of its rows, once."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import F

from caudal.billing.models import Account, Charge, Invoice, Period, Series, Subscription
from caudal.common.models import AuditRecord
from caudal.intake.models import Import
from caudal.intake.operations.imports import WrongRows
from caudal.intake.queries.answers import MissingAnswers, UnknownAnswer
from caudal.intake.sheets.workbook import Workbook
from caudal.jobs.invariants import check
from caudal.metering.models import Connection, Installation, Reading
from caudal.receivables.models import LedgerEntry, Payment
from caudal.receivables.queries import account_balance
from caudal.registry.models import Party
from tests import factories
from tests.integration.intake.conftest import JUL, ON, SEP, Office
from tests.unit.intake.books import ANA, LUIS, ana, line, luis, meter, reading, sewer, town_book

Count = Callable[[], dict[str, int]]


def kept_files() -> set[Path]:
    return set(Path(settings.MEDIA_ROOT, "imports").glob("*"))


def holds() -> bool:
    return not list(check())


def test_people_get_accounts_and_meters_connections_services_and_an_opening_register(
    office: Office, workbook: Workbook
) -> None:
    applied = office.bring(workbook)
    assert applied.state == "applied"
    assert sorted(Party.objects.values_list("identification", flat=True)) == sorted([ANA, LUIS])
    assert set(Account.objects.values_list("number", "delivery")) == {("000001", "mail"), ("000002", "print")}
    stay = Installation.objects.select_related("connection__sector", "meter").get()
    assert (stay.meter.serial, stay.installed_on) == ("00012", date(2012, 1, 9))
    assert stay.connection.sector is not None
    assert stay.connection.sector.name == "Centro"
    chain = Reading.objects.order_by("read_on").values_list("read_on", "register", "volume", "role", "state")
    assert list(chain) == [
        (date(2012, 1, 9), Decimal(109), None, "first", "accepted"),
        (JUL, Decimal(175), Decimal(66), "regular", "accepted"),
        (SEP, Decimal(201), Decimal(26), "regular", "accepted"),
    ]
    assert holds()


def test_metered_services_know_what_was_billed_before_and_others_begin_after_the_cut_over(
    office: Office, workbook: Workbook
) -> None:
    office.bring(workbook)
    water = Subscription.objects.get(service__code="water")
    sewerage = Subscription.objects.get(service__code="sewerage")
    assert (water.valid_from, water.billed_until) == (
        date(2012, 1, 9),
        date(2016, 9, 30),
    )  # its last old bill
    assert (sewerage.valid_from, sewerage.billed_until) == (date(2016, 9, 1), None)


def test_an_old_invoice_is_a_document_with_its_own_number_that_is_owed(
    office: Office, workbook: Workbook
) -> None:
    office.bring(workbook)
    invoice = Invoice.objects.select_related("series").get()
    assert (invoice.series.printed(invoice.number), invoice.series.kind) == ("4501", "imported")
    assert (invoice.origin, invoice.total, invoice.due_date) == (
        "imported",
        Decimal("18.30"),
        date(2016, 10, 30),
    )
    assert (invoice.covers_from, invoice.covers_to) == (date(2016, 9, 1), date(2016, 10, 1))
    assert invoice.frozen["interest_from"] == "2016-11-01"
    assert invoice.frozen["holder"]["name"] == "Ana Mora"
    assert account_balance(account_id=invoice.account_id) == Decimal("18.30")
    september = Period.objects.get(month=date(2016, 9, 1))
    assert {(c.service.code, c.period_id) for c in Charge.objects.all()} == {
        ("water", september.pk),
        ("sewerage", september.pk),
    }
    assert Charge.objects.filter(subscription=None).count() == 0


LONG_PREFIXES = (
    *("FAC-2024-01-0007", "FAC-2024-02-0007", "FAC-2024-02-0008", "FAC-2024-01-9"),
    *("DTE-01-S001P001-000000000000012", "DTE-01-S001P002-000000000000012", "Ñandú-2024-1-0007"),
)


def test_every_old_invoice_prints_the_number_that_it_has_however_long_its_prefix(office: Office) -> None:
    rows = [line(number, Medidor="") for number in LONG_PREFIXES]
    office.bring(town_book([ana()], invoices=rows))
    office.bring(town_book([ana()], invoices=[*rows, line("FAC-2024-02-0009", Medidor="")]))
    printed = [i.series.printed(i.number) for i in Invoice.objects.select_related("series").order_by("id")]
    assert printed == [*LONG_PREFIXES, "FAC-2024-02-0009"]
    assert holds()


def test_a_series_that_was_made_for_a_prefix_before_goes_on(office: Office) -> None:
    """Its code came from the prefix itself, cut where it was long."""
    prefix = "FAC-2023-01-"
    code = f"imported-4-{prefix.encode().hex()}"[:30]
    before = Series.objects.create(code=code, kind="imported", prefix=prefix, width=4)
    office.bring(town_book([ana()], invoices=[line("FAC-2023-01-0007", Medidor="")]))
    assert Invoice.objects.get().series == before


def test_a_prefix_that_no_series_holds_is_wrong_in_its_row(office: Office) -> None:
    longest = Series._meta.get_field("prefix").max_length
    rows = [line(f"{'A' * length}7", Medidor="") for length in (longest, longest + 1)]
    seen = office.look(town_book([ana()], invoices=rows))
    assert [(one.row, one.column, one.code) for one in seen.findings] == [(3, "Factura No.", "long_prefix")]
    office.bring(town_book([ana()], invoices=rows), partial=True)
    assert Invoice.objects.get().series.prefix == "A" * longest


def test_the_ordinary_series_goes_on_after_the_last_old_number(office: Office, workbook: Workbook) -> None:
    office.bring(workbook)
    series = Series.objects.get(code="invoices")
    assert (series.first_number, series.last_number) == (4502, 4501)
    assert holds()


def test_a_month_has_one_charge_of_a_service_even_if_two_old_lines_bill_it(office: Office) -> None:
    book = town_book(
        [ana()], [meter()], invoices=[line(), line(4502.0), sewer(Concepto="Consumo básico", Total=2.1)]
    )
    office.bring(book, concepts={"Consumo básico": "water"})
    assert Charge.objects.count() == 3
    assert Charge.objects.exclude(period=None).count() == 1
    assert holds()


def test_what_was_paid_before_is_not_owed(office: Office) -> None:
    office.bring(
        town_book(
            [ana()], [meter()], invoices=[line(Estado="Pagada"), sewer(), line(4502.0, Estado="Cancelada")]
        )
    )
    account = Account.objects.get()
    assert account_balance(account_id=account.pk) == Decimal("2.10")
    assert set(Payment.objects.values_list("amount", "method", "value_on")) == {
        (Decimal("16.20"), "imported", ON),  # not after the day of the import, though due later
    }
    assert Payment.objects.count() == 2
    assert holds()


def test_what_was_void_stays_void_and_keeps_its_number(office: Office) -> None:
    office.bring(town_book([ana()], [meter()], invoices=[line(Estado="Anulada"), sewer(Estado="Anulada")]))
    invoice = Invoice.objects.get()
    assert (invoice.number, invoice.voided_on) == (4501, date(2016, 10, 15))
    assert account_balance(account_id=invoice.account_id) == 0
    assert holds()


def test_an_inactive_meter_has_a_history_and_nothing_to_bill(office: Office) -> None:
    office.bring(town_book([ana()], [meter(Estado="Retirado")], [reading(JUL, 0, 10)]))
    assert not Connection.objects.get().active
    assert all(s.valid_to is not None for s in Subscription.objects.all())


def test_readings_after_the_cut_over_are_checked_like_any_other(office: Office) -> None:
    months = [date(2016, n, 1) for n in range(1, 8)]
    registers = range(0, 80, 10)
    rows = [reading(day, before, before + 10) for day, before in zip(months, registers, strict=False)]
    office.bring(town_book([ana()], [meter()], [*rows, reading(SEP, 70, 900)]))
    pending = Reading.objects.get(state="pending")
    assert (pending.read_on, pending.findings, pending.source) == (SEP, ["far_above"], "imported")
    assert Reading.objects.filter(state="accepted").count() == 8
    assert holds()


def test_the_same_file_again_changes_nothing(office: Office, workbook: Workbook, count: Count) -> None:
    office.bring(workbook)
    before = count()
    again = office.bring(workbook)
    assert count() == before
    assert again.report["made"] == {}
    assert {name: sheet["same"] for name, sheet in again.report["sheets"].items()} == {
        "Clientes": 2,
        "Medidores": 1,
        "Lecturas": 2,
        "Facturas": 2,
    }


def test_a_reading_that_waits_for_review_is_the_same_when_it_is_sent_again(office: Office) -> None:
    months = [reading(date(2016, n, 1), 10 * n, 10 * n + 10) for n in range(1, 8)]
    book = town_book([ana()], [meter()], [*months, reading(SEP, 80, 900)])
    office.bring(book)
    assert office.look(book).sheets["Lecturas"]["same"] == 8


def test_sheets_may_come_one_file_after_the_other(office: Office, workbook: Workbook, count: Count) -> None:
    parts = {sheet.name: sheet for sheet in workbook.sheets}
    for names in (("Clientes", "Medidores"), ("Lecturas",), ("Facturas",)):
        office.bring(Workbook("parte.xlsx", "xlsx", tuple(parts[name] for name in names)))
    apart = count()
    assert (apart["Reading"], apart["Invoice"], apart["LedgerEntry"]) == (3, 1, 2)
    assert Reading.objects.filter(role="first").count() == 1
    assert holds()


def test_the_next_readings_of_known_meters_are_chained_to_the_last(
    office: Office, workbook: Workbook
) -> None:
    office.bring(workbook)
    office.bring(town_book(readings=[reading(date(2016, 10, 1), 201, 220)]))
    last = Reading.objects.get(read_on=date(2016, 10, 1))
    assert (last.volume, last.previous and last.previous.read_on) == (Decimal(19), SEP)
    assert holds()


def test_a_changed_customer_is_updated_with_what_he_was_before(office: Office, workbook: Workbook) -> None:
    office.bring(workbook)
    moved = town_book([ana(Dirección="Calle 9", Correo=""), luis()])
    assert office.look(moved).sheets["Clientes"] == {"new": 0, "changed": 1, "same": 1, "wrong": 0}
    office.bring(moved)
    party = Party.objects.get(given_names="Ana")
    assert (party.address, party.email) == ("Calle 9", "ana@ejemplo.sv")
    change = AuditRecord.objects.get(kind="customers.update")
    assert (change.before, change.after, change.actor_label) == (
        {"address": ""},
        {"address": "Calle 9"},
        "Bea Rojas",
    )


def test_what_is_recorded_does_not_change_by_a_sheet(office: Office, workbook: Workbook) -> None:
    office.bring(workbook)
    other = town_book(
        [ana(), luis()],
        [meter(**{"DUI cliente": LUIS})],
        [reading(SEP, 175, 199), reading(date(2016, 8, 1), 1, 2)],
        [line(quantity=40)],
    )
    codes = [(one.sheet, one.code) for one in office.look(other).findings]
    assert ("Medidores", "other_holder") in codes
    unmoved = town_book(
        readings=[reading(SEP, 175, 199), reading(date(2016, 8, 1), 1, 2)], invoices=[line(quantity=40)]
    )
    assert [one.code for one in office.look(unmoved).findings] == [
        "differs_from_recorded",
        "older_than_recorded",
        "differs_from_recorded",
    ]


def test_an_old_invoice_of_a_meter_that_nobody_holds_has_to_say_whose_it_is(office: Office) -> None:
    """The device stands at a place that no service was ever taken at: its holder is not known."""
    serial = factories.installation().meter.serial
    book = town_book([ana()], invoices=[line(DUI="", Medidor=serial), line(4502.0, Medidor=serial)])
    seen = office.look(book)
    assert [(one.row, one.column, one.code) for one in seen.findings] == [(2, "DUI", "unknown_holder")]
    office.bring(book, partial=True)
    assert Invoice.objects.get().number == 4502


def test_a_meter_that_is_recorded_and_stands_nowhere_is_wrong_in_its_row(office: Office) -> None:
    """It is kept in store or out of use: where it goes is said on its page, and a sheet does not make it anew."""
    stay = factories.installation()
    Installation.objects.update(removed_on=F("installed_on"))
    book = town_book([ana()], [meter(stay.meter.serial.lower()), meter()])
    assert [(one.row, one.column, one.code) for one in office.look(book).findings] == [
        (2, "Serial", "meter_stands_nowhere")
    ]
    office.bring(book, partial=True)
    assert Installation.objects.filter(removed_on=None).get().meter.serial == "00012"


def test_what_just_fits_comes_in_as_it_is_written(office: Office) -> None:
    """One sign or one cent more is told by the dry run (see the unit tests); so much the columns hold."""
    mail = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 7}.sv"
    person = ana(Correo=mail, Nombres="N" * 120, Apellidos="A" * 120, Dirección="x" * 300, Teléfono="2" * 60)
    device = meter("7" * 40, Sector="s" * 100, Dirección="y" * 300)
    rows = [reading(JUL, "0", "99999999999.999", Medidor="7" * 40, Observación="n" * 300)]
    amounts = {"Precio unitario": "999999999999.999999", "Cantidad": "", "Subtotal": "", "Impuesto": ""}
    bill = line("A" * 40 + "9" * 18, **amounts, Total="999999999999.99", Medidor="7" * 40, Concepto="c" * 200)
    book = town_book([person], [device], rows, [bill])
    assert [one.code for one in office.look(book).findings] == []
    office.bring(book, concepts={"c" * 200: "water"})
    assert Reading.objects.get(read_on=JUL).register == Decimal("99999999999.999")
    assert account_balance(account_id=Account.objects.get().pk) == Decimal("999999999999.99")
    assert holds()


def test_a_register_with_more_decimals_than_are_kept_is_the_same_when_it_is_sent_again(
    office: Office,
) -> None:
    book = town_book([ana()], [meter()], [reading(JUL, "10.12345", "20.98765"), reading(SEP, "", "30.1239")])
    office.bring(book)
    assert holds()
    assert office.look(book).sheets["Lecturas"] == {"new": 0, "changed": 0, "same": 2, "wrong": 0}


def test_a_file_with_wrong_rows_is_refused_whole(office: Office, count: Count) -> None:
    before, files = count(), kept_files()
    with pytest.raises(WrongRows) as refused:
        office.bring(town_book([ana(), luis(DUI="04931345-9")], [meter()]))
    assert refused.value.facts["wrong"] == 1
    assert count() == before
    assert not Import.objects.exists()
    assert kept_files() == files


def test_when_asked_only_the_rows_that_stand_by_themselves_come_in(office: Office) -> None:
    book = town_book(
        [ana(), luis(DUI="04931345-9")],
        [meter(), meter("00013", **{"DUI cliente": "04931345-9"})],
        [reading(JUL, 0, 10), reading(JUL, 0, 10, Medidor="00013"), reading(SEP, 10, "?")],
        [line(), sewer(Total=9)],
    )
    office.bring(book, partial=True)
    assert Party.objects.count() == Connection.objects.count() == 1
    assert Reading.objects.count() == 2
    assert Invoice.objects.count() == 0
    assert holds()


def test_what_the_sheets_cannot_say_has_to_be_said(office: Office, workbook: Workbook) -> None:
    with pytest.raises(MissingAnswers) as refused:
        office.bring(workbook, cut_over=None)
    assert [one.name for one in refused.value.facts["asked"]] == [
        "services",
        "concepts",
        "cut_over",
        "interest_from",
    ]
    for wrong in ({"services": {"gas": ""}}, {"concepts": {"Consumo básico": "gas"}}, {"cut_over": "ayer"}):
        with pytest.raises(UnknownAnswer):
            office.bring(workbook, **wrong)


def test_suggestions_can_be_taken(office: Office, workbook: Workbook) -> None:
    office.bring(workbook, services=None, concepts=None, take_suggestions=True)
    assert set(Subscription.objects.values_list("service__code", flat=True)) == {"water", "sewerage"}
    assert {c.service.code for c in Charge.objects.select_related("service")} == {"water", "sewerage"}


def test_an_apply_leaves_its_record(office: Office, workbook: Workbook) -> None:
    applied = office.bring(workbook)
    record = AuditRecord.objects.get(kind="intake.apply")
    assert (record.actor_label, record.after) == ("Bea Rojas", applied.report["made"])
    assert applied.report["made"]["invoices"] == 1
    assert LedgerEntry.objects.filter(posted_on=ON).count() == 2
