"""Where interest comes with the next invoice it is proposed then, and not payable before."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction

from caudal.billing import operations as billing
from caudal.billing.documents import InvoiceDocument
from caudal.billing.models import Account, Invoice
from caudal.common.actor import SYSTEM
from caudal.jobs.invariants import INVARIANTS, violations
from caudal.receivables.operations import (
    GivesBackInterest,
    interest_charge,
    interest_service_id,
    post_charges,
    use_credit,
)
from caudal.receivables.queries import (
    InterestDue,
    VoidEffect,
    account_balance,
    interest_proposals,
    statement,
    void_effect,
)
from caudal.workflows.invoices import void_invoice
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


def charge(account: Account, on: date) -> Invoice:
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
    use_credit(invoice_ids=[invoice.pk], on=on)
    return invoice


def breaches() -> list[str]:
    """What the books break, but for records of issue, which are written elsewhere."""
    told = [i for i in INVARIANTS if i.file not in ("audited", "deliveries")]
    return [found.detail for invariant in told for found in violations(invariant)]


def void(invoice: Invoice, on: date) -> VoidEffect:
    """As it was said that it would be."""
    said = void_effect(invoice_id=invoice.pk, on=on)
    assert void_invoice(invoice_id=invoice.pk, on=on, reason="Mal leída", by=SYSTEM) == said
    return said


def owed(account: Account, on: date) -> Decimal:
    """What is left to pay, less what is in favour; as the ledger has it too."""
    found = statement(account_id=account.pk, on=on)
    assert account_balance(account_id=account.pk) == found.balance - found.credit
    return found.balance - found.credit


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


def test_the_void_of_a_debt_gives_back_the_interest_that_a_later_bill_charged_on_it(account: Account) -> None:
    january = Invoice.objects.get()
    february = charge(account, date(2026, 2, 28))
    assert february.total == Decimal("28.00")
    effect = void(january, date(2026, 3, 5))
    assert (effect.given_back, effect.given_back_for) == (Decimal("28.00"), (str(february.number),))
    assert (effect.owed_before, effect.owed_after, effect.to_credit) == (Decimal("1028.00"), 0, 0)
    back = Invoice.objects.latest("id")
    label = "Devolución de Intereses Moratorios de recibo por Agua de fecha 15/01/2026"
    assert (back.total, back.charges.get().label) == (Decimal("-28.00"), label)
    assert owed(account, date(2026, 3, 5)) == 0
    assert breaches() == []


def test_what_was_paid_of_that_interest_is_in_favour(account: Account) -> None:
    january = Invoice.objects.get()
    charge(account, date(2026, 2, 28))
    factories.pay(account, "1028.00", date(2026, 3, 2))
    effect = void(january, date(2026, 3, 5))
    assert (effect.freed, effect.given_back, effect.to_credit) == (1000, 28, Decimal("1028.00"))
    assert owed(account, date(2026, 3, 5)) == Decimal("-1028.00")
    assert breaches() == []


def test_a_later_bill_that_is_void_too_takes_along_what_it_got_back(account: Account) -> None:
    january = Invoice.objects.get()
    february, march = charge(account, date(2026, 2, 15)), charge(account, date(2026, 3, 15))
    assert void(january, date(2026, 3, 20)).given_back == Decimal("43.00")
    assert owed(account, date(2026, 3, 20)) == 0
    effect = void(february, date(2026, 3, 25))
    assert (effect.credit_taken, effect.given_back) == (Decimal("43.00"), march.total)
    assert owed(account, date(2026, 3, 25)) == 0
    assert void(march, date(2026, 3, 26)).credit_taken == Decimal("28.00")
    assert owed(account, date(2026, 3, 26)) == 0
    assert not Invoice.objects.filter(voided_on=None).exists()
    assert breaches() == []


def test_what_gives_interest_back_is_not_voided_by_itself(account: Account) -> None:
    january = Invoice.objects.get()
    charge(account, date(2026, 2, 28))
    void(january, date(2026, 3, 5))
    back = Invoice.objects.latest("id")
    with pytest.raises(GivesBackInterest):
        void_invoice(invoice_id=back.pk, on=date(2026, 3, 6), reason="Error", by=SYSTEM)


def test_money_of_an_earlier_day_brings_interest_down_on_the_next_bill(account: Account) -> None:
    """The run of 15 February charged 15.00; on the 20th came word of 1,015.00 paid on the 5th, so 5.00 were due."""
    assert charge(account, date(2026, 2, 15)).total == Decimal("15.00")
    factories.pay(account, "1015.00", date(2026, 2, 5), posted_on=date(2026, 2, 20))
    assert breaches() == []
    assert proposals(account, date(2026, 3, 15)) == [
        (Decimal("-10.00"), date(2026, 2, 16), date(2026, 3, 16))
    ]
    march = charge(account, date(2026, 3, 15))
    label = "Devolución de Intereses Moratorios de recibo por Agua de fecha 15/01/2026"
    assert (march.total, march.charges.get().label) == (Decimal("-10.00"), label)
    assert owed(account, date(2026, 3, 15)) == Decimal("-10.00")
    assert proposals(account, date(2026, 4, 15)) == []
    assert breaches() == []


def test_a_bill_of_an_earlier_day_gives_back_nothing_that_is_due(account: Account) -> None:
    charge(account, date(2026, 2, 15))
    assert proposals(account, date(2026, 2, 10)) == []


def test_interest_that_nothing_makes_good_is_told(account: Account) -> None:
    """Where interest is charged at payments no bill gives back what was charged too much."""
    charge(account, date(2026, 2, 15))
    factories.pay(account, "1015.00", date(2026, 2, 5), posted_on=date(2026, 2, 20))
    factories.organisation(interest_mode="at_payment")
    assert breaches() == ["interest to 2026-02-15 is 5.00, charged 15.00"]


def test_interest_left_on_a_void_debt_is_told(account: Account) -> None:
    charge(account, date(2026, 2, 15))
    with transaction.atomic():
        billing.void(
            invoice_id=Invoice.objects.earliest("id").pk, on=date(2026, 2, 20), reason="x", by=SYSTEM
        )
        told = next(i for i in INVARIANTS if i.file == "interest")
        assert [v.detail for v in violations(told)] == ["interest to 2026-02-15 is 0, charged 15.00"]
