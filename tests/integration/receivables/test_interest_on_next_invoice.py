"""Where interest comes with the next invoice it is proposed then, and not payable before."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing import operations as billing
from caudal.billing.documents import InvoiceDocument
from caudal.billing.models import Account, Invoice
from caudal.receivables.operations import interest_charge, interest_service_id, post_charges
from caudal.receivables.queries import InterestDue, interest_proposals, statement
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> Account:
    """Owes 1,000.00 since 31 January at 0.1 % a day, in a town that charges interest with the next invoice."""
    factories.organisation(interest_mode="next_invoice")
    water = factories.service("water", name="Agua", late_policies=factories.A_TENTH_A_DAY)
    found = factories.account()
    line = factories.Line("1000.00", water)
    factories.invoice(found, line, dated_on=date(2026, 1, 15), due_date=date(2026, 1, 31))
    return found


def proposals(account: Account, on: date) -> list[tuple[Decimal, date, date]]:
    found = interest_proposals(account_ids=[account.pk], on=on)
    return [(due.amount, due.covers_from, due.covers_to) for due in found]


def charge(account: Account, on: date) -> None:
    """As a run would: the proposals become charges of its invoice."""
    found: tuple[InterestDue, ...] = interest_proposals(account_ids=[account.pk], on=on)
    document = InvoiceDocument(
        account_id=account.pk,
        origin="run",
        dated_on=on,
        issued_on=on,
        due_date=date(2026, 12, 31),
        covers_from=on.replace(day=1),
        covers_to=date(2026, 12, 31),
        frozen=Invoice.objects.earliest("id").frozen,
        charges=tuple(interest_charge(due=due, service_id=interest_service_id()) for due in found),
    )
    invoice = billing.issue_invoice(document=document)
    post_charges(invoice_ids=[invoice.pk], on=on)


def test_interest_is_shown_but_a_payment_settles_the_principal(account: Account) -> None:
    owed = statement(account_id=account.pk, on=date(2026, 2, 10))
    assert (owed.interest, owed.total) == (Decimal("10.00"), Decimal("1000.00"))
    factories.pay(account, "1000.00", date(2026, 2, 10))
    assert statement(account_id=account.pk, on=date(2026, 2, 10)).items == ()
    assert not Invoice.objects.filter(origin="interest").exists()


def test_what_was_paid_late_is_charged_with_the_next_invoice_all_the_same(account: Account) -> None:
    factories.pay(account, "1000.00", date(2026, 2, 10))
    assert proposals(account, date(2026, 2, 15)) == [(Decimal("10.00"), date(2026, 2, 1), date(2026, 2, 16))]


def test_400_on_day_10_300_on_day_20_the_rest_on_day_30_cost_exactly_19(account: Account) -> None:
    for amount, day in (
        ("300.00", date(2026, 2, 20)),
        ("300.00", date(2026, 3, 2)),
        ("400.00", date(2026, 2, 10)),
    ):
        factories.pay(account, amount, day, posted_on=date(2026, 3, 3))
    assert [amount for amount, _from, _to in proposals(account, date(2026, 3, 15))] == [Decimal("19.00")]


def test_two_invoices_charge_together_what_one_would(account: Account) -> None:
    charge(account, date(2026, 2, 15))
    charge(account, date(2026, 3, 15))
    assert proposals(account, date(2026, 3, 15)) == []
    charged = Invoice.objects.filter(origin="run").order_by("id").values_list("total", flat=True)
    assert list(charged) == [Decimal("15.00"), Decimal("28.00")]


def test_there_is_nothing_to_propose_where_interest_is_charged_at_payment(account: Account) -> None:
    factories.organisation(interest_mode="at_payment")
    assert proposals(account, date(2026, 3, 15)) == []


def test_imported_debts_count_from_the_day_that_was_agreed() -> None:
    factories.organisation()
    account = factories.account()
    water = factories.service("water", late_policies=factories.A_TENTH_A_DAY)
    frozen = {"holder": {"name": "Ana"}, "account": account.number, "interest_from": "2026-03-01"}
    line = factories.Line("1000.00", water)
    factories.invoice(
        account, line, dated_on=date(2025, 1, 5), due_date=date(2025, 1, 31), origin="imported", frozen=frozen
    )
    assert statement(account_id=account.pk, on=date(2026, 2, 28)).interest == 0
    assert statement(account_id=account.pk, on=date(2026, 3, 10)).interest == Decimal("10.00")
