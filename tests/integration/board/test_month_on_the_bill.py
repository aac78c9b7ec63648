"""«Cuentas claras de la junta» tells of the month before what is known of it, and nothing where nothing is."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from caudal.billing.models import Account, Invoice
from caudal.board import operations
from caudal.common.actor import SYSTEM
from caudal.documents.printing import bill_pdf
from caudal.documents.queries import bill_data
from caudal.receivables.operations.imported import ImportedPayment, copy_payments
from tests import factories as make
from tests.support.pdf import text_of

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER, DUE = date(2026, 11, 1), date(2026, 11, 16)


@pytest.fixture
def ana() -> Account:
    make.organisation(kind="community_board", symbol="$", currency="USD", country="SV", point=".", group=",")
    return make.account()


def billed(account: Account) -> Invoice:
    return make.invoice(account, "8.55", dated_on=NOVEMBER, due_date=DUE)


def spend(amount: str) -> None:
    operations.enter_expense(spent_on=date(2026, 10, 21), concept="Cloro", amount=Decimal(amount), by=SYSTEM)


def told(invoice: Invoice) -> list[tuple[str, str, bool]]:
    return [(r["label"], r["amount"], r.get("strong", False)) for r in bill_data(invoice.pk)["board"]["rows"]]


def test_a_first_bill_without_accounts_of_the_month_before_says_nothing_of_them(ana: Account) -> None:
    first = billed(ana)
    assert "board" not in bill_data(first.pk)
    assert "Cuentas claras" not in text_of(bill_pdf(first.pk))


def test_where_no_expense_was_written_down_nothing_is_said_to_be_left(ana: Account) -> None:
    make.pay(ana, "7.65", date(2026, 10, 12))
    assert told(billed(ana)) == [("Recaudado de 1 asociado", "7.65", True)]


def test_where_nothing_is_known_to_have_come_in_nothing_is_said_to_be_missing(ana: Account) -> None:
    spend("3.20")
    assert told(billed(ana)) == [("Cloro", "−3.20", False), ("Gastado en el mes", "−3.20", True)]


def test_with_both_it_says_what_was_left(ana: Account) -> None:
    make.pay(ana, "7.65", date(2026, 10, 12))
    spend("3.20")
    assert told(billed(ana))[-1] == ("Quedó en el mes", "4.45", True)


def test_what_an_import_brought_came_in_when_it_was_paid(ana: Account) -> None:
    """Imported in October: what was paid in January is not of October, what was paid on 5 October is."""
    days = (date(2026, 1, 20), date(2026, 10, 5))
    olds = [make.invoice(ana, "10.00", dated_on=d, due_date=d, origin="imported") for d in days]
    payments = [
        ImportedPayment(ana.pk, old.pk, f"A-{old.number}", day, frozenset({1}))
        for old, day in zip(olds, days, strict=True)
    ]
    with transaction.atomic():
        copy_payments(payments=payments, import_id=7, on=date(2026, 10, 30), by=SYSTEM)
    assert told(billed(ana)) == [("Recaudado de 1 asociado", "10.00", True)]
