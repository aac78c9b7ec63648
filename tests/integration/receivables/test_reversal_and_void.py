"""What should not have been is taken back by entries that point at it, and the money finds its way again."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Charge, Invoice
from caudal.billing.operations.issue import AlreadyVoid
from caudal.common.actor import SYSTEM, Actor
from caudal.common.models import AuditRecord
from caudal.receivables.models import Allocation, LedgerEntry, OpenCredit, OpenInvoice, Payment
from caudal.receivables.operations import AlreadyReversed, InterestStandsWithPayment
from caudal.receivables.queries import (
    account_balance,
    account_credit,
    reversal_effect,
    statement,
    void_effect,
)
from caudal.workflows.invoices import void_invoice
from caudal.workflows.payments import reverse_payment
from tests import factories

pytestmark = pytest.mark.django_db
JANUARY, DUE = date(2026, 1, 15), date(2026, 1, 31)
LATE, LATER = date(2026, 2, 10), date(2026, 2, 20)


@pytest.fixture
def account() -> Account:
    factories.organisation()
    return factories.account()


def water_bill(account: Account, amount: str = "1000.00") -> Invoice:
    """Due on 31 January, at 0.1 % a day."""
    water = factories.service("water", name="Agua", late_policies=factories.A_TENTH_A_DAY)
    return factories.invoice(account, factories.Line(amount, water), dated_on=JANUARY, due_date=DUE)


def owed(account: Account, on: date = LATER) -> Decimal:
    return statement(account_id=account.pk, on=on).total


def reverse(payment: Payment, on: date = LATER) -> Payment:
    return reverse_payment(payment_id=payment.pk, on=on, reason="Cheque sin fondos", by=SYSTEM)


def test_a_reversed_payment_is_owed_again_as_if_it_had_never_come(account: Account) -> None:
    water_bill(account)
    before = owed(account)
    payment = factories.pay(account, "1010.00", LATE)
    reverse(payment)
    assert owed(account) == before == Decimal("1020.00")
    assert account_balance(account_id=account.pk) == Decimal("1000.00")


def test_the_interest_it_produced_goes_with_it(account: Account) -> None:
    water_bill(account)
    payment = factories.pay(account, "1010.00", LATE)
    assert reversal_effect(payment_id=payment.pk).interest_voided == Decimal("10.00")
    reverse(payment)
    interest = Invoice.objects.get(origin="interest")
    assert interest.voided_on == LATER
    assert not Charge.objects.get(invoice=interest).live
    entries = LedgerEntry.objects.filter(charge__invoice=interest)
    assert sorted(e.amount for e in entries) == [Decimal("-10.00"), Decimal("10.00")]


def test_a_reversal_keeps_the_receipt_and_says_who_and_why(account: Account) -> None:
    payment = factories.pay(account, "10.00", LATE)
    cashier = Actor(id=7, label="Marcela Solano")
    reversed_ = reverse_payment(payment_id=payment.pk, on=LATER, reason="Error de digitación", by=cashier)
    assert (reversed_.number, reversed_.reversed_on) == (payment.number, LATER)
    assert (reversed_.reversed_by, reversed_.reversal_reason) == ("Marcela Solano", "Error de digitación")
    assert AuditRecord.objects.get(kind="receivables.reverse").actor_id == 7


def test_a_payment_is_reversed_once(account: Account) -> None:
    payment = factories.pay(account, "10.00", LATE)
    reverse(payment)
    with pytest.raises(AlreadyReversed):
        reverse(payment)
    assert account_balance(account_id=account.pk) == 0


def test_later_payments_are_settled_again_when_an_earlier_one_is_reversed(account: Account) -> None:
    water_bill(account)
    first = factories.pay(account, "400.00", LATE)
    factories.pay(account, "300.00", LATER)
    reverse(first, on=date(2026, 3, 1))
    # Now 20 days of 1,000.00 are owed on the 20th: 20.00 of interest, 280.00 of principal.
    paid = Allocation.objects.filter(charge__live=True, charge__origin_kind="interest")
    assert sum(a.amount for a in paid) == Decimal("20.00")
    assert statement(account_id=account.pk, on=LATER).balance == Decimal("720.00")


def test_money_that_waited_settles_what_a_reversal_opens_as_of_the_day_it_came(account: Account) -> None:
    """1,000.00 came twice on the due day. The cheque bounced; the other is no later for it: nothing is owed."""
    water_bill(account)
    cheque = factories.pay(account, "1000.00", DUE, method="cheque")
    factories.pay(account, "1000.00", DUE)
    reverse(cheque)
    assert owed(account) == 0
    assert not Invoice.objects.filter(origin="interest").exists()
    assert account_credit(account_id=account.pk) == 0


def test_so_does_money_that_was_used_meanwhile(account: Account) -> None:
    """300.00 of what waited paid a bill of 10 February; with the cheque gone, all of it is of 31 January.

    It settles the 1,000.00 without interest, and the later bill is owed, 10 days late on the 20th of March: 3.00.
    """
    water_bill(account)
    cheque = factories.pay(account, "1000.00", DUE, method="cheque")
    factories.pay(account, "1000.00", DUE)
    line = factories.Line("300.00", factories.service("water"))
    factories.invoice(account, line, dated_on=LATE, due_date=date(2026, 3, 10))
    reverse(cheque, on=date(2026, 3, 20))
    assert owed(account, date(2026, 3, 20)) == Decimal("303.00")
    assert not Invoice.objects.filter(origin="interest", voided_on=None).exists()


def test_money_that_a_void_freed_settles_as_of_the_void(account: Account) -> None:
    """80.00 of the due day were free from the 10th of February: 10.00 are interest, 70.00 of the 1,000.00."""
    refuse = factories.Line("80.00", factories.service("refuse"))
    wrong = factories.invoice(account, refuse, dated_on=date(2026, 1, 10), due_date=date(2026, 1, 20))
    factories.pay(account, "80.00", DUE)
    water_bill(account)
    cheque = factories.pay(account, "1000.00", DUE, method="cheque")
    void_invoice(invoice_id=wrong.pk, on=LATE, reason="Duplicada", by=SYSTEM)
    reverse(cheque)
    interest = Charge.objects.get(live=True, origin_kind="interest")
    assert (interest.total, interest.covers_to) == (Decimal("10.00"), date(2026, 2, 11))
    assert statement(account_id=account.pk, on=LATER).balance == Decimal("930.00")


def test_the_void_of_a_paid_invoice_frees_credit_that_the_next_one_uses(account: Account) -> None:
    invoice = factories.invoice(account, "80.00", dated_on=JANUARY, due_date=DUE)
    factories.pay(account, "80.00", DUE)
    effect = void_invoice(invoice_id=invoice.pk, on=LATE, reason="Lectura errada", by=SYSTEM)
    assert (effect.freed, effect.to_credit) == (Decimal("80.00"), Decimal("80.00"))
    assert account_credit(account_id=account.pk) == Decimal("80.00")
    factories.invoice(account, "50.00", dated_on=LATE, due_date=date(2026, 2, 28))
    assert account_credit(account_id=account.pk) == Decimal("30.00")
    assert statement(account_id=account.pk, on=LATER).items == ()


def test_freed_money_pays_first_what_else_is_owed(account: Account) -> None:
    wrong = factories.invoice(account, "80.00", dated_on=JANUARY, due_date=DUE)
    factories.pay(account, "80.00", DUE)
    factories.invoice(
        account,
        factories.Line("30.00", factories.service("refuse")),
        dated_on=date(2026, 2, 1),
        due_date=date(2026, 2, 15),
    )
    said = void_effect(invoice_id=wrong.pk, on=LATE)
    assert (said.to_other_items, said.to_credit) == (Decimal("30.00"), Decimal("50.00"))
    assert (said.owed_before, said.owed_after) == (Decimal("30.00"), Decimal(0))
    done = void_invoice(invoice_id=wrong.pk, on=LATE, reason="Duplicada", by=SYSTEM)
    assert done == said
    assert account_credit(account_id=account.pk) == Decimal("50.00")
    assert statement(account_id=account.pk, on=LATE).items == ()


def test_a_void_takes_the_interest_on_its_charges_along(account: Account) -> None:
    invoice = water_bill(account)
    factories.pay(account, "1010.00", LATE)
    effect = void_invoice(invoice_id=invoice.pk, on=LATER, reason="Lectura errada", by=SYSTEM)
    assert (effect.interest_total, effect.to_credit) == (Decimal("10.00"), Decimal("1010.00"))
    assert not Charge.objects.filter(live=True).exists()
    assert account_balance(account_id=account.pk) == Decimal("-1010.00")


def test_an_interest_invoice_is_not_voided_by_itself(account: Account) -> None:
    water_bill(account)
    factories.pay(account, "1010.00", LATE)
    with pytest.raises(InterestStandsWithPayment):
        void_invoice(
            invoice_id=Invoice.objects.get(origin="interest").pk, on=LATER, reason="Favor", by=SYSTEM
        )


def test_an_invoice_is_voided_once_and_its_entries_net_to_zero(account: Account) -> None:
    invoice = water_bill(account)
    void_invoice(invoice_id=invoice.pk, on=LATE, reason="Duplicada", by=SYSTEM)
    with pytest.raises(AlreadyVoid):
        void_invoice(invoice_id=invoice.pk, on=LATE, reason="Duplicada", by=SYSTEM)
    assert sum(e.amount for e in LedgerEntry.objects.all()) == 0
    assert owed(account) == 0


def test_the_open_sets_follow_what_happens(account: Account) -> None:
    invoice = water_bill(account)
    assert set(OpenInvoice.objects.values_list("invoice_id", flat=True)) == {invoice.pk}
    payment = factories.pay(account, "1500.00", DUE)
    assert not OpenInvoice.objects.exists()
    assert list(OpenCredit.objects.values_list("payment_id", flat=True)) == [payment.pk]
    reverse(payment)
    assert set(OpenInvoice.objects.values_list("invoice_id", flat=True)) == {invoice.pk}
    assert not OpenCredit.objects.exists()
    void_invoice(invoice_id=invoice.pk, on=LATER, reason="Duplicada", by=SYSTEM)
    assert not OpenInvoice.objects.exists()
