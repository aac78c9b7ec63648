"""Fines, quotas and the social quota go on the next bill once, and come back as long as they are not billed."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from caudal.billing.models import Account, BillRun, Charge, Invoice, OneOff, Period
from caudal.billing.operations.one_offs import BeingBilled, NoLongerWaiting
from caudal.billing.operations.periods import PeriodClosed, PeriodDates, new_period, save_period
from caudal.board import operations
from caudal.board.models import Assembly, Levy, Quota
from caudal.board.operations import DuplicateQuota, QuotaData, SocialQuotaBilled
from caudal.board.queries import billed_ids, board_month, members, pending_social
from caudal.common.actor import SYSTEM
from caudal.common.versions import ChangedMeanwhile
from caudal.documents.queries import bill_data
from caudal.jobs.invariants import check
from caudal.metering.operations.readings import Batch, NewReading, record_readings
from caudal.workflows import billing_run
from caudal.workflows.invoices import void_invoice
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)

ASSEMBLY_DAY = date(2026, 10, 4)
OCTOBER, NOVEMBER = date(2026, 10, 15), date(2026, 11, 15)
NOW = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def town() -> None:
    make.organisation(
        kind="community_board", country="SV", locale="es-SV", symbol="$", currency="USD", point=".", group=","
    )


class Village:
    """Members with water at 0.50 a cubic metre, one bill per connection, 5 % when late."""

    def __init__(self) -> None:
        self.water = make.service(
            "agua",
            kind="metered",
            name="Servicio de agua",
            unit="m³",
            presentation="connection",
            late_policies=make.FIVE_PERCENT_ONCE,
        )
        self.prices = make.tariff(self.water).tariff

    def house(self, given_names: str, *used: int) -> Account:
        """A member whose meter stands at 100 on 1 September; then what he used month by month."""
        account, at = make.account(make.party(given_names)), make.connection()
        stay = make.installation(at, first="100", on=date(2026, 9, 1))
        make.subscription(account, self.water, at, self.prices)
        register = Decimal(100)
        for n, volume in enumerate(used):
            register += volume
            readings = [NewReading(stay.pk, date(2026, 10 + n, 1), register)]
            with transaction.atomic():
                batch = Batch(source="manual", on=date(2027, 12, 31), accept_unusual=True)
                record_readings(readings=readings, batch=batch, by=SYSTEM)
        return account


def bill(day: date) -> BillRun:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    run = billing_run.rehearse(dated_on=day, by=SYSTEM)
    billing_run.approve(run_id=run.pk, issued_on=day, at=at, by=SYSTEM)
    return billing_run.issue_run(run_id=run.pk, clock=lambda: at)


def assembly() -> Assembly:
    return operations.hold_assembly(month=ASSEMBLY_DAY, on=ASSEMBLY_DAY, by=SYSTEM)


def fine(of: Assembly, amount: str = "5.00") -> int:
    return operations.charge_fines(assembly_id=of.pk, amount=Decimal(amount), at=NOW, by=SYSTEM)


def attended(of: Assembly, *accounts: Account, state: str = "present") -> None:
    states = {account.holder_id: state for account in accounts}
    operations.save_attendance(assembly_id=of.pk, states=states, on=OCTOBER, by=SYSTEM)


def lines(account: Account) -> list[tuple[str, str]]:
    """What the account was billed and not voided, in order."""
    live = Charge.objects.filter(invoice__account=account, live=True).order_by("invoice_id", "position")
    return [(charge.label, str(charge.total)) for charge in live]


def all_is_well() -> bool:
    return [f"{v.invariant} {v.subject}: {v.detail}" for v in check()] == []


def test_who_missed_the_assembly_is_fined_on_the_next_bill_and_on_no_other() -> None:
    village = Village()
    came, excused, missed = (village.house(name, 10, 12) for name in ("Ana", "Beto", "Carla"))
    held = assembly()
    attended(held, came)
    attended(held, excused, state="excused")
    assert fine(held) == 1
    assert fine(held) == 0
    bill(OCTOBER)
    assert lines(missed) == [
        ("Servicio de agua", "5.00"),
        ("Multa por inasistencia a la asamblea del 04/10/2026", "5.00"),
    ]
    assert lines(came) == lines(excused) == [("Servicio de agua", "5.00")]
    bill(NOVEMBER)
    assert [amount for _label, amount in lines(missed)] == ["5.00", "5.00", "6.00"]
    assert all_is_well()


def test_a_person_with_two_houses_is_one_member() -> None:
    village = Village()
    first = village.house("Ana", 10)
    second = make.account(first.holder)
    make.subscription(second, village.water, make.connection(), village.prices)
    assert [m.account_id for m in members(on=ASSEMBLY_DAY)] == [first.pk]
    assert fine(assembly()) == 1


def test_an_excuse_takes_the_fine_back_while_it_is_not_billed() -> None:
    village = Village()
    ana, beto = village.house("Ana", 10), village.house("Beto", 10)
    held = assembly()
    assert fine(held) == 2
    attended(held, ana, state="excused")
    assert [levy.account for levy in Levy.objects.all()] == [beto]
    bill(OCTOBER)
    with pytest.raises(NoLongerWaiting, match="Multa"):
        attended(held, beto)
    assert operations.withdraw_fines(assembly_id=held.pk, on=OCTOBER, by=SYSTEM) == 0


def test_a_void_bill_gives_the_fine_to_the_next_one() -> None:
    ana = Village().house("Ana", 10)
    fine(assembly())
    bill(OCTOBER)
    void_invoice(invoice_id=Invoice.objects.get().pk, on=OCTOBER, reason="Lectura", by=SYSTEM)
    assert lines(ana) == []
    bill(NOVEMBER)
    assert [label for label, _amount in lines(ana)][-1].startswith("Multa por inasistencia")
    assert all_is_well()


def test_fines_are_all_taken_back_or_change_their_amount() -> None:
    village = Village()
    village.house("Ana", 10)
    village.house("Beto", 10)
    held = assembly()
    fine(held)
    assert fine(held, "3.00") == 0
    assert {str(levy.one_off.amount) for levy in Levy.objects.all()} == {"3.00"}
    assert operations.withdraw_fines(assembly_id=held.pk, on=OCTOBER, by=SYSTEM) == 2
    assert not Levy.objects.exists()


def test_nothing_is_taken_back_while_bills_are_issued() -> None:
    Village().house("Ana", 10)
    held = assembly()
    fine(held)
    run = billing_run.rehearse(dated_on=OCTOBER, by=SYSTEM)
    billing_run.approve(run_id=run.pk, issued_on=OCTOBER, at=NOW, by=SYSTEM)
    with pytest.raises(BeingBilled):
        operations.withdraw_fines(assembly_id=held.pk, on=OCTOBER, by=SYSTEM)
    assert Levy.objects.count() == 1


def quota(**changes: Any) -> Quota:
    facts = {
        "concept": "Bomba nueva",
        "minutes_number": "14",
        "minutes_on": ASSEMBLY_DAY,
        "amount": Decimal("10.00"),
        "instalments": 3,
        "first_month": date(2026, 10, 1),
    }
    return operations.approve_quota(data=QuotaData(**(facts | changes)), by=SYSTEM)


def test_a_special_quota_comes_in_parts_that_add_up() -> None:
    ana = Village().house("Ana", 10, 10)
    approved = quota()
    # round(10·1/3) = 3.33, round(10·2/3) = 6.67 less 3.33 = 3.34, 10.00 less 6.67 = 3.33.
    assert [str(levy.one_off.amount) for levy in approved.levies.order_by("part")] == ["3.33", "3.34", "3.33"]
    bill(OCTOBER)
    bill(NOVEMBER)
    billed = [line for line in lines(ana) if line[0].startswith("Bomba")]
    assert billed == [
        ("Bomba nueva, cuota 1 de 3 (acta 14 del 04/10/2026)", "3.33"),
        ("Bomba nueva, cuota 2 de 3 (acta 14 del 04/10/2026)", "3.34"),
    ]
    assert operations.withdraw_quota(quota_id=approved.pk, on=OCTOBER, by=SYSTEM) == 1
    assert len(billed_ids(list(approved.levies.all()))) == approved.levies.count() == 2
    assert all_is_well()


def test_the_same_minutes_do_not_charge_the_same_quota_twice() -> None:
    Village().house("Ana", 10)
    quota()
    with pytest.raises(DuplicateQuota, match="14"):
        quota()
    assert Levy.objects.count() == 3


def social(account: Account, amount: str, on: date = ASSEMBLY_DAY) -> None:
    operations.set_social_quota(account_id=account.pk, amount=Decimal(amount), on=on, by=SYSTEM)


def test_the_social_quota_is_asked_for_until_it_is_paid() -> None:
    ana = Village().house("Ana", 10, 12, 14)
    assert pending_social(account_id=ana.pk, on=OCTOBER) == (0, 0)
    social(ana, "3.00")
    social(ana, "2.00")
    bill(OCTOBER)
    first = bill_data(Invoice.objects.get().pk)
    assert [(c["name"], c["total"]) for c in first["charges"]] == [
        ("Servicio de agua", "5.00"),
        ("Cuota social pendiente", "2.00"),
    ]
    # 5 % of the metered 5.00 alone.
    assert first["totals"] == {"invoice": "7.00", "until_due": "7.00", "after_due": "7.25"}
    bill(NOVEMBER)
    second = bill_data(Invoice.objects.order_by("-number")[0].pk)
    assert ("Cuota social pendiente", "2.00") in [(c["label"], c["amount"]) for c in second["carried"]]
    with pytest.raises(SocialQuotaBilled, match="2"):
        social(ana, "1.00", NOVEMBER)
    make.pay(ana, "13.25", date(2026, 11, 20))
    assert pending_social(account_id=ana.pk, on=date(2026, 11, 20)) == (0, 0)
    bill(date(2026, 12, 15))
    third = bill_data(Invoice.objects.order_by("-number")[0].pk)
    assert third["carried"] == []
    assert all_is_well()


def test_a_bill_tells_how_the_month_went_and_tells_it_again_the_same() -> None:
    ana = Village().house("Ana", 10, 12)
    bill(OCTOBER)
    make.pay(ana, "5.00", date(2026, 10, 20))
    operations.enter_expense(spent_on=date(2026, 10, 21), concept="Cloro", amount=Decimal("3.20"), by=SYSTEM)
    wrong = operations.enter_expense(
        spent_on=date(2026, 10, 22), concept="Tubo", amount=Decimal("99.00"), by=SYSTEM
    )
    at = wrong.entered_at
    assert operations.withdraw_expense(expense_id=wrong.pk, at=at, by=SYSTEM)
    assert not operations.withdraw_expense(expense_id=wrong.pk, at=at, by=SYSTEM)
    bill(NOVEMBER)
    issued = Invoice.objects.order_by("-number")[0]
    told = bill_data(issued.pk)["board"]
    assert told["subtitle"] == "Octubre de 2026"
    assert [(row["label"], row["amount"]) for row in told["rows"]] == [
        ("Recaudado de 1 asociado", "5.00"),
        ("Cloro", "−3.20"),
        ("Quedó en el mes", "1.80"),
    ]
    operations.enter_expense(spent_on=date(2026, 10, 30), concept="Luz", amount=Decimal("4.00"), by=SYSTEM)
    assert bill_data(issued.pk)["board"] == told
    assert board_month(month=OCTOBER, as_of=datetime(2030, 1, 1, tzinfo=UTC)).left == Decimal("-2.20")


def test_a_quota_for_many_members_is_entered_and_taken_back_in_a_few_statements() -> None:
    """Six hundred members in twelve parts are 7,200 of them: as few statements as for one member."""
    village = Village()
    for n in range(12):
        village.house(f"Socio {n}")
    data = QuotaData(
        concept="Bomba nueva",
        minutes_number="14",
        minutes_on=ASSEMBLY_DAY,
        amount=Decimal("100.00"),
        instalments=7,
        first_month=OCTOBER,
    )
    with CaptureQueriesContext(connection) as entered:
        quota = operations.approve_quota(data=data, by=SYSTEM)
    amounts = Levy.objects.filter(quota=quota).values_list("account").annotate(sum=Sum("one_off__amount"))
    assert [amount for _account, amount in amounts] == [Decimal("100.00")] * 12
    assert set(Levy.objects.values_list("one_off__created_by", "one_off__waits")) == {("caudal", True)}
    assert len(entered) < 20
    with CaptureQueriesContext(connection) as withdrawn:
        assert operations.withdraw_quota(quota_id=quota.pk, on=OCTOBER, by=SYSTEM) == 84
    assert not Levy.objects.exists() and not OneOff.objects.filter(withdrawn_on=None).exists()
    assert len(withdrawn) < 20
    assert all_is_well()


def test_no_assembly_is_put_into_a_closed_month_nor_moved_in_it() -> None:
    held = assembly()
    Period.objects.filter(pk=held.period_id).update(closed_on=NOVEMBER, closed_by="Ana")
    assert assembly() == held, "it is where it was"
    with pytest.raises(PeriodClosed):
        operations.hold_assembly(month=ASSEMBLY_DAY, on=date(2026, 10, 11), by=SYSTEM)
    held.period.refresh_from_db()
    assert held.period.assembly_on == ASSEMBLY_DAY


def test_who_had_a_month_open_is_told_that_its_assembly_was_put_in() -> None:
    october = new_period(month=date(2026, 10, 1), dates=PeriodDates(reading_to=date(2026, 10, 10)))
    assembly()
    with pytest.raises(ChangedMeanwhile), transaction.atomic():
        save_period(period_id=october.pk, version=october.version, dates=PeriodDates())
    october.refresh_from_db()
    assert (october.assembly_on, october.reading_to) == (ASSEMBLY_DAY, date(2026, 10, 10))
