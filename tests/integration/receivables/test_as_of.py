"""The statement of any day, per account, per property and of what hangs on none, with cents."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from caudal.billing import operations as billing
from caudal.billing.models import Account
from caudal.billing.operations.accounts import Place
from caudal.billing.operations.one_offs import NewOneOff
from caudal.common.actor import SYSTEM
from caudal.documents.queries import headed_statement
from caudal.receivables.queries import Scope, statement_as_of, statements_as_of
from caudal.registry.models import Property
from caudal.registry.operations import LicenceData, create_licence
from caudal.workflows.invoices import void_invoice
from caudal.workflows.invoices.one_offs import charge_once
from caudal.workflows.payments import reverse_payment
from tests import factories

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = date(2026, 10, 5), date(2026, 11, 5)
DUE_IN_OCTOBER, DUE_IN_NOVEMBER = date(2026, 10, 20), date(2026, 11, 20)
ENTERED = date(2026, 12, 1)


@pytest.fixture
def debtor() -> Account:
    """Two months of water at 0.1 % a day: 100.00 due on 20 October, 80.50 due on 20 November."""
    factories.organisation()
    water = factories.service("water", name="Agua", late_policies=factories.A_TENTH_A_DAY)
    account = factories.account()
    for amount, dated_on, due in (("100.00", OCTOBER, DUE_IN_OCTOBER), ("80.50", NOVEMBER, DUE_IN_NOVEMBER)):
        factories.invoice(account, factories.Line(amount, water), dated_on=dated_on, due_date=due)
    return account


def past(account: Account, *day: int, **asked: Any) -> Any:
    return statement_as_of(scope=Scope((account.pk,)), on=date(*day), **asked)


def test_before_the_first_invoice_there_is_nothing(debtor: Account) -> None:
    before = past(debtor, 2026, 10, 4)
    assert (before.pending, before.paid, before.moves, before.total) == ((), (), (), 0)


def test_a_day_of_the_past_knows_what_was_issued_until_then_and_its_interest(debtor: Account) -> None:
    owed = past(debtor, 2026, 10, 30)
    assert [item.balance for item in owed.pending] == [Decimal("100.00")]
    assert (owed.interest, owed.total, owed.overdue) == (
        Decimal("1.00"),
        Decimal("101.00"),
        Decimal("101.00"),
    )
    later = past(debtor, 2026, 11, 10)
    assert [(item.balance, item.interest) for item in later.pending] == [
        (Decimal("100.00"), Decimal("2.10")),
        (Decimal("80.50"), Decimal(0)),
    ]
    assert (later.total, later.overdue) == (Decimal("182.60"), Decimal("102.10"))


def test_a_payment_counts_from_its_value_date_whenever_it_was_entered(debtor: Account) -> None:
    factories.pay(debtor, "41.00", date(2026, 10, 30), posted_on=ENTERED)
    assert past(debtor, 2026, 10, 29).total == Decimal("100.90")
    # 1.00 of interest for ten days and 40.00 of the bill: 60.00 are left, which cost 0.06 a day.
    after = past(debtor, 2026, 10, 30)
    assert [(i.label, i.balance, i.interest) for i in after.pending] == [("Agua", Decimal("60.00"), 0)]
    assert [(p.item.total, p.settled_on) for p in after.paid] == [(Decimal("1.00"), date(2026, 10, 30))]
    assert past(debtor, 2026, 11, 4).total == Decimal("60.30")
    assert [(m.on, m.kind, m.amount, m.balance) for m in after.moves] == [
        (OCTOBER, "charge", Decimal("100.00"), Decimal("100.00")),
        (date(2026, 10, 30), "charge", Decimal("1.00"), Decimal("101.00")),
        (date(2026, 10, 30), "payment", Decimal("-41.00"), Decimal("60.00")),
    ]


def test_paid_items_come_with_the_day_of_their_last_money(debtor: Account) -> None:
    factories.pay(debtor, "180.50", date(2026, 10, 20))
    assert [(p.item.total, p.settled_on) for p in past(debtor, 2026, 10, 31).paid] == [
        (Decimal("100.00"), date(2026, 10, 20))
    ]


def test_money_ahead_of_its_invoice_is_credit_until_then(debtor: Account) -> None:
    account = factories.account(factories.party("Luz"))
    factories.pay(account, "25.00", date(2026, 10, 10))
    factories.invoice(account, "10.00", dated_on=NOVEMBER, due_date=DUE_IN_NOVEMBER)
    before, after = past(account, 2026, 10, 31), past(account, 2026, 11, 5)
    assert (before.total, before.credit) == (0, Decimal("25.00"))
    assert (after.total, after.credit) == (0, Decimal("15.00"))


def test_what_was_voided_or_reversed_since_never_was(debtor: Account) -> None:
    paid = factories.pay(debtor, "100.00", date(2026, 10, 15))
    assert past(debtor, 2026, 10, 31).total == 0
    reverse_payment(payment_id=paid.pk, on=ENTERED, reason="Cheque sin fondos", by=SYSTEM)
    bounced = past(debtor, 2026, 10, 31)
    assert bounced.total == Decimal("101.10")
    assert [move.kind for move in bounced.moves] == ["charge", "payment", "reversal"]
    void_invoice(invoice_id=debtor.invoices.order_by("id")[0].pk, on=ENTERED, reason="Repetida", by=SYSTEM)
    assert (past(debtor, 2026, 10, 31).total, past(debtor, 2026, 11, 30).balance) == (0, Decimal("80.50"))


def test_it_says_what_settles_everything_today_and_on_another_day(debtor: Account) -> None:
    # On the 25th: 100.00 + 36 days, 3.60; 80.50 + 5 days, 0.40. On the 30th: 4.10 and 0.81 (0.805 half up).
    today, end = date(2026, 11, 25), date(2026, 11, 30)
    owed = past(debtor, 2026, 11, 25, pay_on=(today, end))
    assert owed.total == Decimal("184.50")
    assert owed.if_paid == ((today, Decimal("184.50")), (end, Decimal("185.41")))


@pytest.fixture
def house(debtor: Account) -> Property:
    """The account also pays refuse for a house: 12.25, of which 2.25 are paid; the rest hangs on no property."""
    place = Property.objects.create(cadastral_code="1-204-88", address="Calle 3")
    refuse = factories.service("refuse", name="Basura")
    taken = billing.subscribe(
        account=debtor,
        tariff=factories.tariff(refuse).tariff,
        valid_from=factories.LONG_AGO,
        place=Place(property_id=place.pk),
    )
    factories.invoice(
        debtor,
        factories.Line("12.25", subscription=taken),
        dated_on=date(2026, 9, 5),
        due_date=date(2026, 9, 20),
    )
    factories.pay(debtor, "2.25", date(2026, 9, 10))
    return place


def test_a_property_has_its_own_items_and_the_money_that_settled_them(house: Property) -> None:
    owed = statement_as_of(scope=Scope(property_id=house.pk), on=NOVEMBER)
    assert [(item.label, item.balance) for item in owed.pending] == [("Basura", Decimal("10.00"))]
    assert [(m.amount, m.balance) for m in owed.moves] == [
        (Decimal("12.25"), Decimal("12.25")),
        (Decimal("-2.25"), Decimal("10.00")),
    ]
    assert owed.credit == 0


def test_what_hangs_on_no_property_is_a_statement_of_its_own(debtor: Account, house: Property) -> None:
    ids = (debtor.pk,)
    whole, place, none = statements_as_of(
        scopes=[Scope(ids), Scope(ids, property_id=house.pk), Scope(ids, nowhere=True)], on=NOVEMBER
    )
    assert {item.label for item in none.pending} == {"Agua"}
    assert whole.total == place.total + none.total
    assert (whole.moves[-1].balance, none.moves[-1].balance) == (Decimal("190.50"), Decimal("180.50"))


def test_a_licence_is_neither_a_property_nor_nowhere(debtor: Account) -> None:
    data = LicenceData(party_id=debtor.holder_id, number="P-7", activity="Soda", opened_on=factories.LONG_AGO)
    licence = create_licence(data=data, by=SYSTEM)
    taken = billing.subscribe(
        account=debtor,
        tariff=factories.tariff(factories.service("licence", kind="licence", name="Patente")).tariff,
        valid_from=factories.LONG_AGO,
        place=Place(licence_id=licence.pk),
    )
    line = factories.Line("300.25", subscription=taken)
    factories.invoice(debtor, line, dated_on=OCTOBER, due_date=DUE_IN_OCTOBER)
    ids = (debtor.pk,)
    alone, part, nowhere = statements_as_of(
        scopes=[Scope(licence_id=licence.pk), Scope(ids, licence_id=licence.pk), Scope(ids, nowhere=True)],
        on=NOVEMBER,
    )
    assert (alone.total, part.total) == (Decimal("300.25"), Decimal("300.25"))
    assert {item.label for item in nowhere.pending} == {"Agua"}
    assert headed_statement(scope=Scope(licence_id=licence.pk), on=NOVEMBER).place(alone.pending[0]) == (
        "Patente P-7 · Soda"
    )


def test_a_one_off_for_a_property_is_on_its_statement(debtor: Account) -> None:
    place = Property.objects.create(cadastral_code="2-2")
    fine = NewOneOff(
        account_id=debtor.pk,
        service_id=factories.service("fine", kind="one_off").pk,
        property_id=place.pk,
        text="Chapea de lote",
        amount=Decimal("20.00"),
        dated_on=OCTOBER,
    )
    charge_once(data=fine, on=OCTOBER, by=SYSTEM)
    owed = statement_as_of(scope=Scope(property_id=place.pk), on=NOVEMBER)
    assert (owed.total, owed.moves[-1].balance) == (Decimal("20.00"), Decimal("20.00"))


def test_many_statements_cost_no_more_questions_than_one(debtor: Account, house: Property) -> None:
    scopes = [Scope((factories.account(factories.party(f"Vecino {n}")).pk,)) for n in range(5)]
    with CaptureQueriesContext(database) as few:
        statements_as_of(scopes=[Scope(property_id=house.pk)], on=NOVEMBER)
    with CaptureQueriesContext(database) as many:
        statements_as_of(scopes=[*scopes, Scope((debtor.pk,)), Scope(property_id=house.pk)], on=NOVEMBER)
    assert len(many) == len(few) == 4
