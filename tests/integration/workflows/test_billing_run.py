"""The bill run, from accepted readings to posted invoices, on a real database."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from caudal.billing.models import BillRun, Charge, Invoice, Series
from caudal.billing.operations.runs import NothingRetained, RunAlreadyIssued, RunNotRehearsed
from caudal.billing.queries.due import NothingBillsThen, UnknownService
from caudal.billing.queries.runs import compared, progress_of, reasons_of
from caudal.billing.queries.schedule import due_runs
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.jobs.invariants import check
from caudal.kernel.pricing import parse_tariff, price_again
from caudal.metering.models import Reading
from caudal.metering.operations.readings import Batch, NewReading, record_readings
from caudal.notices.models import Message
from caudal.receivables.models import LedgerEntry
from caudal.receivables.queries import void_effect
from caudal.tariffs.models import TariffVersion
from caudal.workflows import billing_run
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft, void_invoice
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

NOVEMBER = date(2026, 11, 15)
NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def town() -> None:
    make.organisation(currency="USD", symbol="$")


class Street:
    """Neighbours with water at 0.45 a cubic metre and sewerage at 2.10, read on the first of each month."""

    def __init__(self, **water: Any) -> None:
        self.water = make.service("water", kind="metered", unit="m³", **water)
        self.sewerage = make.service("sewerage", kind="fixed", position=110)
        self.prices = make.tariff(self.water, [{"kind": "flat", "code": "usage", "price": "0.45"}]).tariff
        self.fixed = make.tariff(self.sewerage, [{"kind": "fixed", "code": "base", "amount": "2.10"}]).tariff

    def house(self, *registers: str, **holder: Any) -> Any:
        account = make.account(make.party(**holder))
        at = make.connection()
        stay = make.installation(at, first="100", on=date(2026, 9, 1))
        make.subscription(account, self.water, at, self.prices)
        make.subscription(account, self.sewerage, at, self.fixed)
        self.read(stay, *((date(2026, 10 + n, 1), register) for n, register in enumerate(registers)))
        return account

    @staticmethod
    def read(stay: Any, *registers: tuple[date, str]) -> None:
        readings = [NewReading(stay.pk, day, Decimal(register)) for day, register in registers]
        batch = Batch(source="manual", on=date(2027, 12, 31), accept_unusual=True)
        with transaction.atomic():
            record_readings(readings=readings, batch=batch, by=SYSTEM)


def rehearse(dated_on: date = NOVEMBER, *services: str) -> BillRun:
    return billing_run.rehearse(dated_on=dated_on, services=services, by=SYSTEM)


def issue(run: BillRun, issued_on: date = NOVEMBER) -> BillRun:
    billing_run.approve(run_id=run.pk, issued_on=issued_on, at=NOW, by=SYSTEM)
    return billing_run.issue_run(run_id=run.pk, clock=lambda: NOW)


def all_is_well() -> bool:
    return [f"{v.invariant} {v.subject}: {v.detail}" for v in check()] == []


def test_a_rehearsal_says_the_totals_and_issues_nothing() -> None:
    Street().house("120", "136")
    run = rehearse()
    # 36 m³ since the first reading at 0.45 is 16.20, and 2.10 of sewerage.
    assert (run.totals["invoices"], run.totals["total"], run.expected) == (1, "18.30", 2)
    assert run.totals["services"]["water"]["volume"] == "36.000"
    assert not Invoice.objects.exists() and not LedgerEntry.objects.exists()


def test_issue_numbers_posts_and_tells_in_one_go() -> None:
    street = Street()
    first, second = street.house("136"), street.house("110", "120", email="")
    run = issue(rehearse())
    assert run.state == "issued"
    invoices = list(Invoice.objects.order_by("number"))
    assert [(i.number, i.account, i.total) for i in invoices] == [
        (1, first, Decimal("18.30")),
        (2, second, Decimal("11.10")),
    ]
    assert invoices[0].due_date == date(2026, 11, 30)
    assert invoices[0].frozen["meters"][0]["current"] == "136.000"
    assert sorted(LedgerEntry.objects.values_list("amount", flat=True)) == sorted(
        map(Decimal, ["16.20", "2.10", "9.00", "2.10"])
    )
    assert sorted(Message.objects.values_list("channel", flat=True)) == ["mail", "print"]
    assert AuditRecord.objects.filter(kind="billing.issue").count() == 1
    assert all_is_well()


def test_a_run_started_twice_does_nothing_twice() -> None:
    Street().house("136")
    run = issue(rehearse())
    with pytest.raises(RunNotRehearsed):
        billing_run.approve(run_id=run.pk, issued_on=NOVEMBER, at=NOW, by=SYSTEM)
    with pytest.raises(RunAlreadyIssued):
        rehearse()
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOW)
    assert Invoice.objects.count() == 1
    assert Series.objects.get(code="invoices").last_number == 1


def test_a_batch_computed_before_somebody_else_issued_it_changes_nothing() -> None:
    Street().house("136")
    run = rehearse()
    billing_run.approve(run_id=run.pk, issued_on=NOVEMBER, at=NOW, by=SYSTEM)
    run.refresh_from_db()
    plan = billing_run.plan_of(run, issued_on=NOVEMBER)
    batch = run.batches.get()
    computed = billing_run._compute(plan, billing_run.Assembler(plan), batch)
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOW)
    billing_run.issue_batch(batch_id=batch.pk, plan=plan, computed=computed, actor=SYSTEM)
    assert Invoice.objects.count() == 1


def test_the_next_month_goes_on_from_the_last_billed_reading() -> None:
    street = Street()
    account = street.house("136")
    issue(rehearse())
    stay = Reading.objects.get(register=136).installation
    street.read(stay, (date(2026, 12, 1), "150"))
    run = billing_run.rehearse(dated_on=date(2026, 12, 15), by=SYSTEM)
    issue(run, date(2026, 12, 15))
    water = Charge.objects.get(
        invoice__account=account, service=street.water, period__month=date(2026, 11, 1)
    )
    assert (water.quantity, water.net) == (Decimal(14), Decimal("6.30"))
    assert water.from_reading.register == 136
    assert all_is_well()


def test_one_bad_account_is_parked_with_its_reason_and_billed_when_mended() -> None:
    street = Street()
    for _ in range(3):
        street.house("136")
    unread = street.house()
    run = issue(rehearse())
    assert reasons_of(run) == (("retained", "no_reading", 1),)
    assert progress_of(run).invoices == 4  # the unread house still pays its sewerage
    stay = unread.subscriptions.get(service=street.water).connection.installations.get()
    street.read(stay, (date(2026, 11, 10), "120"))
    billing_run.retry_retained(run_id=run.pk, by=SYSTEM)
    run = billing_run.issue_run(run_id=run.pk, clock=lambda: NOW)
    assert (run.state, reasons_of(run)) == ("issued", ())
    assert Charge.objects.get(invoice__account=unread, service=street.water).net == Decimal("9.00")
    with pytest.raises(NothingRetained):
        billing_run.retry_retained(run_id=run.pk, by=SYSTEM)
    assert all_is_well()


def test_an_estimated_month_is_stored_as_a_reading_and_settled_by_the_next_real_one() -> None:
    street = Street(without_reading="estimate")
    street.house("130", "160")
    issue(rehearse())
    december = billing_run.rehearse(dated_on=date(2026, 12, 15), by=SYSTEM)
    assert december.totals["estimated"] == 1
    issue(december, date(2026, 12, 15))
    guess = Reading.objects.get(source="estimated")
    assert guess.previous.register == 160
    provisional = Charge.objects.get(to_reading=guess)
    street.read(guess.installation, (date(2027, 1, 1), "200"))
    issue(billing_run.rehearse(dated_on=date(2027, 1, 15), by=SYSTEM), date(2027, 1, 15))
    settled = Charge.objects.get(to_reading__register=200)
    assert provisional.net + settled.net == Decimal("18.00")  # 40 m³ at 0.45, whatever was guessed
    assert all_is_well()


def test_credit_waits_for_the_next_invoice_which_is_born_paid() -> None:
    account = Street().house("136")
    make.pay(account, "20.00", date(2026, 11, 2))
    issue(rehearse())
    assert Charge.objects.filter(invoice__account=account).count() == 2
    assert not Invoice.objects.filter(open__isnull=False).exists()
    assert all_is_well()


def test_a_void_frees_the_money_and_the_month_can_be_billed_again() -> None:
    account = Street().house("136")
    issue(rehearse())
    make.pay(account, "18.30", date(2026, 11, 20))
    invoice = Invoice.objects.get()
    effect = void_invoice(invoice_id=invoice.pk, on=date(2026, 11, 21), reason="Lectura ajena", by=SYSTEM)
    assert effect is not None
    assert all_is_well()
    again = billing_run.rehearse(dated_on=NOVEMBER, services=("water", "sewerage"), by=SYSTEM)
    issue(again, date(2026, 11, 22))
    rebilled = Invoice.objects.get(voided_on=None)
    assert (rebilled.number, rebilled.total) == (2, Decimal("18.30"))
    assert not Invoice.objects.filter(open__isnull=False).exists()
    assert all_is_well()


def test_a_void_behind_a_later_bill_of_the_same_meter_says_which_to_void_first() -> None:
    """Billed 16.20 in November and 6.30 in December; both voided, the later one first, both are billed again."""
    street = Street()
    account = street.house("136")
    issue(rehearse())
    stay = Reading.objects.get(register=136).installation
    street.read(stay, (date(2026, 12, 1), "150"))
    december = date(2026, 12, 15)
    issue(rehearse(december), december)
    first, later = Invoice.objects.order_by("number")
    assert void_effect(invoice_id=later.pk, on=december).later_numbers == ()
    assert void_effect(invoice_id=first.pk, on=december).later_numbers == (later.series.printed(2),)
    for wrong in (later, first):
        said = void_invoice(invoice_id=wrong.pk, on=december, reason="Lectura ajena", by=SYSTEM)
        assert said.later_numbers == ()
    for day in (NOVEMBER, december):
        issue(rehearse(day, "water", "sewerage"), december)
    water = Charge.objects.filter(service=street.water, live=True, invoice__account=account).order_by("pk")
    assert [str(each.net) for each in water] == ["16.20", "6.30"]
    assert all_is_well()


def test_a_late_run_never_shortens_the_time_to_pay() -> None:
    Street().house("136")
    issue(rehearse(), date(2026, 11, 25))
    assert Invoice.objects.get().due_date == date(2026, 12, 10)


def test_any_issued_charge_is_computed_again_after_the_tariff_changed() -> None:
    street = Street()
    street.house("136")
    issue(rehearse())
    old = TariffVersion.objects.get(tariff=street.prices)
    TariffVersion.objects.filter(pk=old.pk).update(valid_to=date(2026, 12, 1))
    charge = Charge.objects.get(service=street.water)

    def version(version_id: int) -> Any:
        return parse_tariff(TariffVersion.objects.get(pk=version_id).definition)

    assert price_again(charge.explanation["inputs"], version).net == charge.net == Decimal("16.20")


def test_a_date_on_which_nothing_bills_is_refused_and_nothing_is_written() -> None:
    Street().house("136")
    with pytest.raises(NothingBillsThen):
        rehearse(date(2026, 11, 16))
    with pytest.raises(UnknownService):
        rehearse(NOVEMBER, "luz")
    assert not BillRun.objects.exists()


def test_issued_invoices_charges_and_entries_cannot_be_changed_or_deleted() -> None:
    Street().house("136")
    issue(rehearse())
    for rows in (Invoice.objects, Charge.objects, LedgerEntry.objects, AuditRecord.objects):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.update(total=1, net=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Charge.objects.update(live=False)


def test_the_totals_stand_beside_those_of_the_month_before() -> None:
    street = Street()
    street.house("136")
    issue(rehearse())
    stay = Reading.objects.get(register=136).installation
    street.read(stay, (date(2026, 12, 1), "156"))
    run = billing_run.rehearse(dated_on=date(2026, 12, 15), by=SYSTEM)
    water, sewerage = compared(run)
    assert (water.total, water.month_before) == (Decimal("9.00"), Decimal("16.20"))
    assert (sewerage.change, sewerage.year_before) == (Decimal(0), None)


def test_a_one_off_invoice_bills_the_reading_so_that_the_run_does_not() -> None:
    street = Street()
    account = street.house("136")
    at = account.subscriptions.get(service=street.water).connection
    repair = make.service("repair", kind="one_off", name="Reparación")
    form = OneOffForm(
        account_id=account.pk,
        connection_id=at.pk,
        month=date(2026, 10, 1),
        unit_price=Decimal("0.45"),
        lines=((repair.pk, "Cambio de llave", Decimal("4.50")),),
        remarks="Entregada en mano",
    )
    draft = save_draft(form=form, by=SYSTEM)
    invoice = issue_draft(draft_id=draft.pk, on=date(2026, 11, 10), by=SYSTEM)
    assert (invoice.total, invoice.remarks) == (Decimal("20.70"), "Entregada en mano")
    run = issue(rehearse())
    assert reasons_of(run) == (("excused", "already_billed", 1),)
    assert Invoice.objects.get(origin="run").total == Decimal("2.10")
    assert all_is_well()


def test_the_scheduler_catches_up_with_days_that_were_missed() -> None:
    street = Street()
    street.house("136")
    issue(rehearse())
    assert [r.dated_on for r in due_runs(today=date(2026, 12, 14))] == []
    waiting = due_runs(today=date(2027, 1, 20))
    assert [(r.dated_on, r.codes, r.automatic) for r in waiting] == [
        (date(2026, 12, 15), (), False),
        (date(2027, 1, 15), (), False),
    ]


def test_a_trial_of_old_data_does_not_have_ten_years_caught_up_with() -> None:
    Street().house("136")
    old = rehearse(date(2016, 11, 15))
    BillRun.objects.filter(pk=old.pk).update(rehearsed_at=datetime(2026, 11, 20, tzinfo=UTC))
    assert due_runs(today=date(2026, 11, 20)) == ()
    assert [r.dated_on for r in due_runs(today=date(2026, 12, 15))] == [date(2026, 12, 15)]


def test_a_month_to_rehearse_a_date_in_ends_with_its_last_evening_here() -> None:
    """Rehearsed on 16 December at nine in the evening, which is the 17th in Greenwich."""
    Street().house("136")
    run = rehearse()
    BillRun.objects.filter(pk=run.pk).update(rehearsed_at=datetime(2026, 12, 17, 3, tzinfo=UTC))
    assert [r.dated_on for r in due_runs(today=date(2026, 12, 16))] == [date(2026, 12, 15)]


def test_once_billing_began_what_was_missed_is_caught_up_with_whatever_is_tried() -> None:
    Street().house("136")
    issue(rehearse())
    old = rehearse(date(2016, 11, 15))
    BillRun.objects.filter(pk=old.pk).update(rehearsed_at=datetime(2026, 12, 20, tzinfo=UTC))
    missed = due_runs(today=date(2027, 1, 20))
    assert [r.dated_on for r in missed] == [date(2026, 12, 15), date(2027, 1, 15)]


def test_interest_goes_on_the_next_invoice_where_the_town_charges_it_so() -> None:
    make.organisation(currency="USD", symbol="$", interest_mode="next_invoice")
    street = Street(late_policies=make.A_TENTH_A_DAY)
    account = street.house("136")
    issue(rehearse())
    stay = Reading.objects.get(register=136).installation
    street.read(stay, (date(2026, 12, 1), "150"))
    december = billing_run.rehearse(dated_on=date(2026, 12, 15), by=SYSTEM)
    # 16.20 of water at 0.1 % a day for the fifteen days after 30 November.
    assert december.totals["interest"] == "0.24"
    issue(december, date(2026, 12, 15))
    interest = Charge.objects.get(invoice__account=account, origin_kind="interest")
    assert (interest.total, interest.invoice.total) == (Decimal("0.24"), Decimal("8.64"))
    assert interest.label == "Intereses Moratorios de recibo por Water de fecha 15/11/2026"
    assert all_is_well()
