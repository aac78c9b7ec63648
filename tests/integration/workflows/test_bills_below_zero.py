"""What a bill below zero leaves in its customer's favour: the next bills use it, and all who are asked say the same."""

from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import connection, transaction

from caudal.billing.models import Account, Invoice, Subscription
from caudal.common.actor import SYSTEM
from caudal.documents.queries.bills import bill_data, bills_data
from caudal.documents.spanish.bill import bill
from caudal.jobs.invariants import INVARIANTS, violations
from caudal.metering.models import Connection
from caudal.receivables.models import InvoiceCredit
from caudal.receivables.operations import CreditStandsWithInvoice
from caudal.receivables.queries import (
    Scope,
    account_balance,
    account_credit,
    statement,
    statement_as_of,
    void_effect,
)
from caudal.registry.operations import PropertyData, create_property
from caudal.workflows import billing_run
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft, void_invoice
from caudal.workflows.payments import reverse_payment
from tests import factories as make
from tests.integration.workflows.test_billing_run import Street, all_is_well, issue

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER, DECEMBER, JANUARY = date(2026, 12, 15), date(2027, 1, 15), date(2027, 2, 15)
FEBRUARY, MARCH = date(2027, 3, 15), date(2027, 4, 15)


class House:
    """Water at 1.00 a cubic metre, 40 m³ in September and October. In November and December nobody read, and the bills
    estimate 29.00 (44 days) and 20.00 (31); paid, or not. In January the meter shows 16 m³ for all of it.
    """

    def __init__(self, *, paid: bool = True, **water: Any) -> None:
        make.organisation(currency="USD", symbol="$")
        make.service("interest", kind="interest")
        water = {"kind": "metered", "unit": "m³", "without_reading": "estimate"} | water
        service = make.service("water", name="Agua", **water)
        prices = make.tariff(service, [{"kind": "flat", "code": "usage", "price": "1.00"}]).tariff
        self.account: Account = make.account()
        at = make.connection()
        self.stay = make.installation(at, first="100", on=date(2026, 9, 1))
        make.subscription(self.account, service, at, prices)
        self.read(date(2026, 11, 1), "140")
        for day in (date(2026, 11, 15), NOVEMBER, DECEMBER):
            total = self.bill(day).total
            if paid:
                make.pay(self.account, str(total), day)

    def read(self, day: date, register: str) -> None:
        Street.read(self.stay, (day, register))

    @staticmethod
    def bill(dated_on: date) -> Invoice:
        issue(billing_run.rehearse(dated_on=dated_on, by=SYSTEM), dated_on)
        return Invoice.objects.exclude(origin="interest").latest("id")

    def january(self) -> Invoice:
        self.read(date(2027, 2, 1), "156")
        return self.bill(JANUARY)

    def february(self) -> Invoice:
        self.read(date(2027, 3, 1), "176")
        return self.bill(FEBRUARY)

    def in_favour(self, on: date) -> Decimal:
        """What the account has more than it owes, as ledger, credit and both statements say."""
        now = statement(account_id=self.account.pk, on=on)
        then = statement_as_of(scope=Scope((self.account.pk,)), on=on)
        said = {
            "ledger": -account_balance(account_id=self.account.pk),
            "credit": account_credit(account_id=self.account.pk) - now.balance,
            "statement": now.credit - now.balance,
            "statement as of": then.credit - then.balance,
        }
        assert len(set(said.values())) == 1, said
        return said["ledger"]


def left_of(invoice: Invoice) -> Decimal:
    """What is still to be paid of an invoice."""
    items = statement(account_id=invoice.account_id, on=invoice.dated_on).items
    return sum((item.payable for item in items if item.invoice_id == invoice.pk), Decimal(0))


def test_what_was_estimated_too_high_and_paid_pays_the_next_bills() -> None:
    house = House()
    estimated = Invoice.objects.order_by("id").values_list("total", flat=True)
    assert list(estimated) == [Decimal("40.00"), Decimal("29.00"), Decimal("20.00")]
    assert house.january().total == Decimal("-33.00")
    assert house.in_favour(JANUARY) == Decimal("33.00")
    february = house.february()
    assert (february.total, left_of(february)) == (Decimal("20.00"), Decimal(0))
    assert house.in_favour(FEBRUARY) == Decimal("13.00")
    house.read(date(2027, 4, 1), "198")
    march = house.bill(MARCH)
    assert (march.total, left_of(march)) == (Decimal("22.00"), Decimal("9.00"))
    assert house.in_favour(MARCH) == Decimal("-9.00")
    assert all_is_well()


def test_it_settles_what_was_left_unpaid_first_with_its_interest() -> None:
    """Unpaid, October's 40.00 fell due on 30 November; 0.1 % of it a day is 3.08 by 15 February."""
    house = House(paid=False, late_policies=make.A_TENTH_A_DAY)
    owed = statement(account_id=house.account.pk, on=JANUARY)
    assert (owed.items[0].balance, owed.items[0].interest) == (Decimal("40.00"), Decimal("3.08"))
    january = house.january()
    assert bill(bill_data(january.pk))["until"]["amount"] == "$60,76"
    assert statement(account_id=house.account.pk, on=JANUARY).total == Decimal("60.76")
    assert house.in_favour(JANUARY) == -(Decimal("89.00") - Decimal("33.00") + Decimal("3.08"))
    oldest = statement(account_id=house.account.pk, on=JANUARY).items[0]
    assert (oldest.balance, oldest.interest) == (Decimal("10.08"), Decimal(0))
    assert all_is_well()


def test_the_void_of_such_a_bill_takes_back_what_it_had_settled() -> None:
    house = House()
    january, february = house.january(), house.february()
    said = void_effect(invoice_id=january.pk, on=FEBRUARY)
    assert (said.credit_taken, said.owed_after, said.to_credit) == (Decimal("33.00"), Decimal("20.00"), 0)
    assert void_invoice(invoice_id=january.pk, on=FEBRUARY, reason="Mal leída", by=SYSTEM) == said
    assert left_of(february) == Decimal("20.00")
    assert house.in_favour(FEBRUARY) == Decimal("-20.00")
    assert all_is_well()


def test_what_it_leaves_is_not_taken_back_without_it() -> None:
    house = House()
    house.january()
    credit = InvoiceCredit.objects.get().payment
    with pytest.raises(CreditStandsWithInvoice):
        reverse_payment(payment_id=credit.pk, on=JANUARY, reason="Error", by=SYSTEM)
    assert house.in_favour(JANUARY) == Decimal("33.00")


def test_a_bill_by_form_below_zero_is_credit_too() -> None:
    house = House()
    repair = make.service("repair", kind="one_off")
    form = OneOffForm(account_id=house.account.pk, lines=((repair.pk, "Devolución", Decimal("-7.50")),))
    issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=JANUARY, by=SYSTEM)
    assert house.in_favour(JANUARY) == Decimal("7.50")
    assert all_is_well()


def test_its_paper_never_asks_for_money_and_the_next_one_says_what_it_used() -> None:
    house = House()
    january, february = bill_data(house.january().pk), bill_data(house.february().pk)
    asked = bill(january)
    assert (asked["until"]["label"], asked["until"]["amount"]) == ("Saldo a su favor", "$33,00")
    assert (asked["after"]["amount"], asked["after"]["text"], asked["overdue"]) == ("", "", "")
    assert "Total a pagar" not in asked["spoken"]
    assert february["totals"] == {"invoice": "20.00", "until_due": "0.00"}
    assert february["carried"] == [{"label": "Saldo a favor aplicado", "amount": "-20.00"}]


def test_it_pays_the_bill_of_another_connection_in_the_same_run() -> None:
    house = House(presentation="connection")
    other, water = make.connection(), Subscription.objects.get()
    stay = make.installation(other, first="500", on=date(2027, 1, 20))
    make.subscription(house.account, water.service, other, water.tariff)
    Street.read(stay, (date(2027, 2, 1), "510"))
    house.january()
    asked = {b["totals"]["invoice"]: bill(b)["until"] for b in bills_data(list_of_run(JANUARY))}
    assert {total: until["amount"] for total, until in asked.items()} == {
        "-33.00": "$33,00",
        "10.00": "$0,00",
    }
    assert house.in_favour(JANUARY) == Decimal("23.00")
    assert all_is_well()


def list_of_run(dated_on: date) -> list[int]:
    return list(Invoice.objects.filter(dated_on=dated_on, origin="run").values_list("id", flat=True))


def test_the_statement_of_a_place_ends_at_what_is_owed_there() -> None:
    house = House()
    place = create_property(data=PropertyData(cadastral_code="6-1"))
    Connection.objects.update(property=place)
    house.january()
    house.february()
    moves = statement_as_of(scope=Scope(property_id=place.pk), on=FEBRUARY).moves
    assert [(m.kind, m.amount) for m in moves[-4:]] == [
        ("charge", Decimal("-33.00")),
        ("to_credit", Decimal("33.00")),
        ("charge", Decimal("20.00")),
        ("credit", Decimal("-20.00")),
    ]
    assert moves[-1].balance == 0


def test_bills_below_zero_of_before_get_their_credit_with_the_update() -> None:
    make.organisation()
    account = make.account()
    with transaction.atomic():
        bills = [
            make.invoice(account, amount, dated_on=JANUARY, due_date=FEBRUARY)
            for amount in ("-5.00", "-2.00")
        ]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE receivables_invoicecredit DISABLE TRIGGER USER")
        cursor.execute("ALTER TABLE receivables_payment DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM receivables_invoicecredit; DELETE FROM receivables_opencredit")
        cursor.execute(
            "DELETE FROM receivables_payment; DELETE FROM billing_series WHERE code = 'invoice-credits'"
        )
        cursor.execute("ALTER TABLE receivables_invoicecredit ENABLE TRIGGER USER")
        cursor.execute("ALTER TABLE receivables_payment ENABLE TRIGGER USER")
        cursor.execute(import_module("caudal.receivables.migrations.0009_invoice_credit").ISSUED_BEFORE)
    assert account_credit(account_id=account.pk) == Decimal("7.00")
    assert set(InvoiceCredit.objects.values_list("invoice", flat=True)) == {b.pk for b in bills}
    told = [i for i in INVARIANTS if i.file not in ("audited", "deliveries")]
    assert [found.detail for invariant in told for found in violations(invariant)] == []
    make.invoice(account, "-1.00", dated_on=JANUARY, due_date=FEBRUARY)  # and the numbers go on
    assert account_credit(account_id=account.pk) == Decimal("8.00")
