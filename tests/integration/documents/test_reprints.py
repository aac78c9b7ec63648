"""What was issued says and costs what it said, whatever the office changes afterwards."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from caudal.billing.models import Account, Conditions, Invoice
from caudal.common.actor import SYSTEM
from caudal.documents.printing import bill_pdf
from caudal.documents.printing.prints import receipt_pdf
from caudal.documents.queries import bill_data
from caudal.jobs.invariants import INVARIANTS, violations
from caudal.receivables.queries import statement, statement_as_of
from caudal.receivables.queries.as_of import Scope
from caudal.registry.operations import update_organisation
from caudal.tariffs.models import Service
from caudal.workflows.payments import post_surcharges
from tests import factories as make
from tests.support.pdf import text_of

pytestmark = pytest.mark.django_db(transaction=True)

# Interest of the far future: a rate that is dated later than today counts for what was issued before it was known.
ISSUED, DUE, LATE = date(2099, 1, 15), date(2099, 1, 31), date(2099, 2, 20)


@pytest.fixture
def home() -> Account:
    make.organisation(
        symbol="$",
        currency="USD",
        point=".",
        group=",",
        name="Junta de Agua El Carrizal",
        phone="2300-0145",
        base_url="https://carrizal.example",
        claims_text="Reclame en la junta los martes.",
    )
    make.service("agua", late_policies=make.FIVE_PERCENT_ONCE)
    return make.account()


def owe(account: Account, amount: str, of: str = "agua", **dates: date) -> Invoice:
    line = make.Line(amount, make.service(of))
    return make.invoice(account, line, **({"dated_on": ISSUED, "due_date": DUE} | dates))


def rule(of: str, *policies: dict[str, Any]) -> None:
    """What the office says lateness costs from now on."""
    Service.objects.filter(code=of).update(late_policies=list(policies))


def daily(*rates: dict[str, str]) -> dict[str, Any]:
    return {"kind": "daily", "code": "interest", "basis": 365, "rates": list(rates)}


def interest(account: Account, on: date = LATE) -> Decimal:
    """To the day: the statement, the statement as of the day, and no invariant hurt."""
    now = statement(account_id=account.pk, on=on).interest
    assert statement_as_of(scope=Scope(account_ids=(account.pk,)), on=on).interest == now
    return now


def hurt() -> list[Any]:
    return [v for i in INVARIANTS if i.number in (5, 6, 9, 10, 13, 25) for v in violations(i)]


def test_bill_and_receipt_are_reprinted_as_they_were_whatever_the_office_changed(home: Account) -> None:
    issued = owe(home, "7.65")
    paid = make.pay(home, "2.00", ISSUED)
    bill, receipt = bill_pdf(issued.pk), receipt_pdf(paid.pk)
    changes = {
        "name": "Acueducto Nuevo Carrizal",
        "identification": "0614-010190-101-2",
        "phone": "2999-9999",
        "email": "nuevo@carrizal.example",
        "base_url": "https://otro.example",
        "claims_text": "Ya no se reclama.",
        "vocabulary": {"document": "recibo", "account": "asociado"},
        "logo_svg": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>',
        "interest_mode": "next_invoice",
    }
    update_organisation(changes=changes, by=SYSTEM)
    Service.objects.filter(code="agua").update(
        name="Servicio de agua potable", presentation="service", unit="m3", late_policies=[]
    )
    assert bill_pdf(issued.pk) == bill
    assert receipt_pdf(paid.pk) == receipt
    new = text_of(bill_pdf(owe(home, "7.65", dated_on=date(2099, 2, 15), due_date=date(2099, 2, 28)).pk))
    assert "Acueducto Nuevo Carrizal" in new
    assert "Recibo de servicio de agua potable" in new
    assert "Junta de Agua El Carrizal" not in new


def test_the_surcharge_that_falls_is_the_one_that_the_bill_printed(home: Account) -> None:
    """5 % of 7.65 is 0.38 and was printed; 10 % of it, 0.77, is for what is issued after the change."""
    old = owe(home, "7.65")
    rule("agua", {"kind": "flat", "code": "surcharge", "rates": [{"percent": "10"}]})
    new = owe(home, "7.65")
    assert bill_data(old.pk)["totals"]["after_due"] == "8.03"
    assert bill_data(new.pk)["due"]["after"]["amount"] == "0.77"
    post_surcharges(on=LATE, by=SYSTEM)
    fell = Invoice.objects.filter(origin="interest", voided_on=None).order_by("total")
    assert [each.total for each in fell] == [Decimal("0.38"), Decimal("0.77")]
    assert post_surcharges(on=LATE, by=SYSTEM) == 0
    assert hurt() == []


def test_a_surcharge_that_was_taken_away_still_falls_on_what_told_of_it_and_a_new_one_not(
    home: Account,
) -> None:
    owe(home, "7.65")
    make.service("aseo")
    plain = make.account()
    owe(plain, "6.00", "aseo")
    rule("agua")
    rule("aseo", {"kind": "fixed", "code": "late_fee", "rates": [{"amount": "2.00"}]})
    owe(home, "9.00")
    post_surcharges(on=LATE, by=SYSTEM)
    assert statement(account_id=home.pk, on=LATE).total == Decimal("17.03")
    assert statement(account_id=plain.pk, on=LATE).total == Decimal("6.00")


def test_a_rate_without_a_day_is_for_what_is_issued_after_it(home: Account) -> None:
    """1 000.00 at 0.1 % a day, 20 days: 20.00; issued after the rate was doubled: 40.00."""
    make.service("renta", late_policies=make.A_TENTH_A_DAY)
    owe(home, "1000.00", "renta")
    rule("renta", daily({"percent": "73"}))
    assert interest(home) == Decimal("20.00")
    other = make.account()
    owe(other, "1000.00", "renta")
    assert interest(other) == Decimal("40.00")
    make.pay(home, "500.00", LATE)
    assert hurt() == []


def test_a_rate_of_a_coming_day_is_the_rate_of_that_day_for_all_debts(home: Account) -> None:
    """1 000.00 late since 1 February at 0.1 % a day, from the 11th at 0.2 %: 10 × 1.00 + 10 × 2.00 = 30.00."""
    make.service("renta", late_policies=make.A_TENTH_A_DAY)
    owe(home, "1000.00", "renta")
    printed = bill_data(owe(home, "5.00", "renta").pk)
    assert interest(home, on=date(2099, 2, 10)) == Decimal("10.05")
    rule(
        "renta",
        daily(
            {"percent": "50"},
            {"from": "2026-01-01", "percent": "60"},
            {"from": "2099-02-11", "percent": "73"},
        ),
    )
    assert interest(home, on=date(2099, 2, 10)) == Decimal("10.05")
    assert interest(home) == Decimal("30.15")
    assert bill_data(Invoice.objects.get(total=5).pk) == printed
    # The coming rate is corrected before its day, then dropped: what was printed is left.
    rule("renta", daily({"percent": "50"}, {"from": "2099-02-11", "percent": "109.5"}))
    assert interest(home) == Decimal("40.20")
    rule("renta", daily({"percent": "50"}))
    assert interest(home) == Decimal("20.10")
    rule("renta")
    assert interest(home) == Decimal("20.10")


def test_what_was_issued_before_anything_was_kept_says_what_was_known_first(home: Account) -> None:
    issued = owe(home, "7.65")
    before = bill_data(issued.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_invoice DISABLE TRIGGER USER")
        cursor.execute("UPDATE billing_invoice SET conditions = 0")
        cursor.execute("ALTER TABLE billing_invoice ENABLE TRIGGER USER")
    update_organisation(changes={"name": "Otra"}, by=SYSTEM)
    assert bill_data(issued.pk)["totals"] == before["totals"]
    first = Conditions.objects.filter(service_id=None).order_by("id").first()
    assert first is not None
    assert bill_data(issued.pk)["organisation"]["name"] == first.said["name"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_conditions SET said = '{}'",
        "UPDATE billing_conditions SET held = '[]'",
        "DELETE FROM billing_conditions",
    ],
)
def test_what_was_issued_under_is_never_changed(home: Account, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_change_that_no_document_says_keeps_no_new_state(home: Account) -> None:
    known = Conditions.objects.count()
    update_organisation(changes={"reading_window_days": 31, "second_approval": True}, by=SYSTEM)
    Service.objects.filter(code="agua").update(billing_day=3, position=7)
    assert Conditions.objects.count() == known
