"""A debt that passed stands on both sides or on neither, however many owners a house has one after another."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Sum

from caudal.billing.models import Account
from caudal.common.actor import SYSTEM
from caudal.jobs.invariants import check
from caudal.receivables.models import AssumedDebt
from caudal.receivables.operations import PassedToAnother
from caudal.receivables.queries import Scope, account_balance, account_credit, statement, statement_as_of
from caudal.registry.models import Organisation, Ownership, Property
from caudal.tariffs.models import Service
from caudal.workflows.invoices import void_invoice
from caudal.workflows.invoices.one_offs import NewOneOff, charge_once
from caudal.workflows.payments import post_surcharges, reverse_payment
from caudal.workflows.properties import Agreed
from tests import factories as make
from tests.integration.receivables.test_interest_on_next_invoice import charge
from tests.integration.workflows.test_change_of_owner import (
    AGREED,
    DECEMBER,
    SOLD,
    House,
    owe,
    well_but_for,
)

pytestmark = pytest.mark.django_db(transaction=True)
AGAIN = date(2026, 11, 20)


@pytest.fixture
def house() -> House:
    return House()


def sell_on(house: House, account: Account) -> AssumedDebt:
    """Beto sells to Carla a month later, who takes over his debts as he did."""
    owned = Ownership.objects.get(party=account.holder, valid_to=None)
    done = house.sell(
        ownership_ids=(owned.pk,),
        new_owner_id=make.party("Carla", "Díaz").pk,
        on=AGAIN,
        final_registers={},
        debt="passes",
        agreed=Agreed(paper="Escritura 204", on=AGAIN, due_date=DECEMBER),
    )
    (assumed,) = done.assumed
    return assumed


def passed(house: House) -> AssumedDebt:
    (assumed,) = house.sell(debt="passes", agreed=AGREED).assumed
    return assumed


def printed(assumed: AssumedDebt) -> str:
    return str(assumed.payment.series.printed(assumed.payment.number))


def reverse(assumed: AssumedDebt) -> None:
    reverse_payment(payment_id=assumed.payment_id, on=DECEMBER, reason="Sin firma", by=SYSTEM)


def void(invoice: Any) -> None:
    void_invoice(invoice_id=invoice.pk, on=DECEMBER, reason="Lectura errada", by=SYSTEM)


def test_a_bill_whose_debt_passed_is_not_void_before_the_debt_is_back(house: House) -> None:
    """25.00 passed to Beto: were Ana's bill void, she would have 25.00 that nobody paid, and he owe them still."""
    bill = owe(house, "25.00")
    assumed = passed(house)
    with pytest.raises(PassedToAnother) as refusal:
        void(bill)
    assert printed(assumed) in refusal.value.message
    assert account_credit(account_id=house.old.pk) == 0
    reverse(assumed)
    void(bill)
    for account in (house.old, assumed.invoice.account):
        assert account_balance(account_id=account.pk) == 0
    assert well_but_for(bill)


def test_nor_where_only_what_was_late_on_it_passed(house: House) -> None:
    """50.00 were paid, their surcharge of 2.50 was not, and passed."""
    Service.objects.filter(code="water").update(late_policies=make.FIVE_PERCENT_ONCE)
    bill = owe(house, "50.00")
    post_surcharges(on=date(2026, 9, 17), by=SYSTEM)
    make.pay(house.old, "50.00", date(2026, 9, 18), charge_ids=(bill.charges.get().pk,), received=True)
    assumed = passed(house)
    assert assumed.payment.amount == Decimal("2.50")
    with pytest.raises(PassedToAnother):
        void(bill)
    assert account_credit(account_id=house.old.pk) == 0


def test_a_debt_that_passed_on_comes_back_the_way_it_went(house: House) -> None:
    """From Ana to Beto to Carla: what he passed on is taken back first; then she owes again, once."""
    bill = owe(house, "25.00")
    first = passed(house)
    second = sell_on(house, first.invoice.account)
    accounts = [house.old.pk, first.invoice.account_id, second.invoice.account_id]
    with pytest.raises(PassedToAnother) as refusal:
        reverse(first)
    assert printed(second) in refusal.value.message
    assert [account_balance(account_id=pk) for pk in accounts] == [0, 0, Decimal("25.00")]
    reverse(second)
    reverse(first)
    assert [account_balance(account_id=pk) for pk in accounts] == [Decimal("25.00"), 0, 0]
    assert well_but_for(bill)


def late(house: House) -> Any:
    """1 000.00 of water due on 16 September, at 0.1 % a day."""
    Service.objects.filter(code="water").update(late_policies=make.A_TENTH_A_DAY)
    return owe(house, "1000.00")


def wholly_used(assumed: AssumedDebt) -> bool:
    used = assumed.payment.allocations.aggregate(sum=Sum("amount"))["sum"]
    return bool(used == assumed.payment.amount)


def test_money_of_before_that_comes_to_light_after_the_debt_passed_is_credit(house: House) -> None:
    """1 034.00 passed on Oct 20; on the 25th the bank tells of 1 000.00 of the 10th. They are Ana's, Beto owes on.

    Had nothing passed, 24 days would have cost her 24.00: taken back, 976.00 are settled as of the 10th.
    """
    bill = late(house)
    assumed = passed(house)
    told = date(2026, 10, 25)
    make.pay(house.old, "1000.00", date(2026, 10, 10), posted_on=told, method="transfer", received=True)
    assert wholly_used(assumed)
    assert account_credit(account_id=house.old.pk) == Decimal("1000.00")
    assert account_balance(account_id=assumed.invoice.account_id) == Decimal("1034.00")
    assert well_but_for(bill)
    reverse(assumed)
    assert statement(account_id=house.old.pk, on=told).balance == Decimal("24.00")
    assert account_credit(account_id=house.old.pk) == 0
    assert well_but_for(bill)


def test_a_payment_that_bounces_after_the_debt_passed_is_owed_by_who_made_it(house: House) -> None:
    """200.00 on the due day left 800.00, with 34 days 827.20: they passed. Without the 200.00 it were 1 034.00."""
    bill = late(house)
    cheque = make.pay(house.old, "200.00", date(2026, 9, 16))
    assumed = passed(house)
    assert assumed.payment.amount == Decimal("827.20")
    reverse_payment(payment_id=cheque.pk, on=DECEMBER, reason="Sin fondos", by=SYSTEM)
    assert wholly_used(assumed)
    assert account_balance(account_id=house.old.pk) == Decimal("206.80")
    assert account_balance(account_id=assumed.invoice.account_id) == Decimal("827.20")
    assert well_but_for(bill)


def reconnect(house: House, *, late: Any = make.FIVE_PERCENT_ONCE) -> None:
    """50.00 for the place alone, due on 16 September; 5 % once if late."""
    service = make.service("reconnection", kind="one_off", late_policies=late, days_to_pay=15)
    day = date(2026, 9, 1)
    data = NewOneOff(
        account_id=house.old.pk,
        service_id=service.pk,
        amount=Decimal("50.00"),
        dated_on=day,
        property_id=house.place.pk,
    )
    charge_once(data=data, on=day, by=SYSTEM)
    post_surcharges(on=SOLD, by=SYSTEM)


def places(account: Account) -> list[tuple[Decimal, int | None]]:
    """What an account owes and where, as each of the statements has it: today's, that of a day, its movements."""
    on, here = AGAIN, Scope((account.pk,), property_id=Property.objects.get().pk)
    today = [(item.balance, item.property_id) for item in statement(account_id=account.pk, on=on).items]
    whole = statement_as_of(scope=Scope((account.pk,)), on=on)
    assert sorted((item.balance, item.property_id) for item in whole.pending) == sorted(today)
    assert statement_as_of(scope=here, on=on).moves[-1].balance == sum(owed for owed, _place in today)
    assert statement_as_of(scope=Scope((account.pk,), nowhere=True), on=on).moves == ()
    return today


def test_what_was_late_on_something_charged_once_passes_with_it_and_with_the_house_ever_after(
    house: House,
) -> None:
    """50.00 and the surcharge of 2.50 hang on no service, but on the house: so does what its buyers take over."""
    reconnect(house)
    at = house.place.pk
    assert sorted(places(house.old)) == [(Decimal("2.50"), at), (Decimal("50.00"), at)]
    first = passed(house)
    assert first.payment.amount == Decimal("52.50")
    assert {place for _owed, place in places(first.invoice.account)} == {at}
    post_surcharges(on=AGAIN, by=SYSTEM)  # 5 % of the 50.00 that Beto owed by 5 November, of the 2.50 none
    owed = sorted(places(first.invoice.account))
    assert owed == [(Decimal("2.50"), at), (Decimal("2.50"), at), (Decimal("50.00"), at)]
    second = sell_on(house, first.invoice.account)
    assert second.payment.amount == Decimal("55.00")
    assert {place for _owed, place in places(second.invoice.account)} == {at}
    assert list(check()) == []


def test_interest_given_back_on_a_debt_that_went_back_leaves_the_place_that_it_was_charged_for(
    house: House,
) -> None:
    """50.00 that Beto owed by 5 November cost him 0.75 on the bill of the 20th, until the debt was Ana's again."""
    Organisation.objects.update(interest_mode="next_invoice")
    reconnect(house, late=make.A_TENTH_A_DAY)
    first = passed(house)
    buyer = first.invoice.account
    with transaction.atomic():
        assert charge(buyer, AGAIN).total == Decimal("0.75")
    reverse(first)
    assert (account_balance(account_id=buyer.pk), account_credit(account_id=buyer.pk)) == (0, 0)
    here, nowhere = Scope((buyer.pk,), property_id=house.place.pk), Scope((buyer.pk,), nowhere=True)
    moves = statement_as_of(scope=here, on=DECEMBER).moves
    assert ("to_credit", Decimal("0.75")) in [(m.kind, m.amount) for m in moves]
    assert moves[-1].balance == 0
    assert statement_as_of(scope=nowhere, on=DECEMBER).moves == ()
