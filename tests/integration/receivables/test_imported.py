"""What another system says is paid is paid here, exactly so, and goes again with its import."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from caudal.billing.models import Account, Invoice
from caudal.common.actor import SYSTEM
from caudal.receivables.models import Allocation, LedgerEntry, OpenCredit, OpenInvoice, Payment
from caudal.receivables.operations.imported import ImportedPayment, copy_payments, delete_import
from caudal.receivables.operations.posting import lock_accounts
from caudal.receivables.queries import account_balance, receipt, statement
from tests import factories

pytestmark = pytest.mark.django_db
IMPORT, ON = 7, date(2026, 3, 1)


@pytest.fixture
def account() -> Account:
    factories.organisation()
    return factories.account()


def paid(account: Account, *positions: int) -> Invoice:
    """An old invoice of 10.00 and 5.00, of which charges by position were paid on 20 January."""
    old = factories.invoice(
        account, "10.00", "5.00", dated_on=date(2026, 1, 5), due_date=date(2026, 1, 20), origin="imported"
    )
    lock_accounts(first=account.pk, last=account.pk)
    said = ImportedPayment(account.pk, old.pk, f"A-{old.number}", date(2026, 1, 20), frozenset(positions))
    copy_payments(payments=[said], import_id=IMPORT, on=ON, by=SYSTEM)
    return old


def test_exactly_the_charges_that_were_paid_are_settled(account: Account) -> None:
    paid(account, 2)
    assert account_balance(account_id=account.pk) == Decimal("10.00")
    (left,) = statement(account_id=account.pk, on=ON).items
    assert left.balance == Decimal("10.00")


def test_a_paid_invoice_is_closed_without_credit(account: Account) -> None:
    paid(account, 1, 2)
    assert not OpenInvoice.objects.exists()
    assert not OpenCredit.objects.exists()


def test_its_receipt_has_the_shape_of_every_receipt(account: Account) -> None:
    paid(account, 1, 2)
    payment = Payment.objects.get()
    said = receipt(payment_id=payment.pk)
    assert said.number == "IMP-1"
    assert [line.amount for line in said.lines] == [Decimal("10.00"), Decimal("5.00")]
    assert (payment.value_on, payment.posted_on) == (date(2026, 1, 20), ON)


def test_the_undo_of_the_import_takes_it_away_whole(account: Account) -> None:
    paid(account, 1, 2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('caudal.undo_import', %s, true)", [str(IMPORT)])
    delete_import(import_id=IMPORT)
    assert not Payment.objects.exists()
    assert not Allocation.objects.exists()
    assert [e.kind for e in LedgerEntry.objects.order_by("id")] == ["charge", "charge"]
