"""Money is taken once: by equal requests, by two cashiers, by a provider that repeats itself, by a web that dies."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

from caudal.billing.models import Account, Charge, Invoice, Series
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.receivables.models import LedgerEntry, Payment, PaymentIntent
from caudal.receivables.providers import SANDBOX
from caudal.receivables.queries import account_balance
from caudal.tariffs.models import Service
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft
from tests import factories as make
from tests.faults.scene import at_once, held, nobody_else_is_connected, violations
from tests.faults.web import Answer, Web, session_of
from tests.support.processes import Process, until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
TILL = "/oficina/cobros/nuevo/"
MANY = 32


@pytest.fixture
def debtor(transactional_db: None) -> Account:
    """Owes 10.00 since two months ago, with interest, and 20.00 of this month."""
    make.organisation()
    account = make.account()
    repair = make.service("repair", kind="one_off", late_policies=make.A_TENTH_A_DAY)
    for ago, amount in ((60, "10.00"), (5, "20.00")):
        issued(account, repair, amount, on=clock.today() - timedelta(days=ago))
    return account


def issued(of: Account, service: Service, amount: str, *, on: date) -> Invoice:
    """An invoice of one line, with all that belongs to its issue."""
    form = OneOffForm(account_id=of.pk, lines=((service.pk, service.name, Decimal(amount)),))
    return issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=on, by=SYSTEM)


@pytest.fixture
def web(start: Callable[..., Process], same_database: dict[str, str], debtor: Account) -> Web:
    return Web(start, same_database, processes=2)


@pytest.fixture
def cashier(debtor: Account) -> str:
    return session_of(make.user("caja", "cashier"))


def everything(of: Account, **changes: Any) -> dict[str, Any]:
    """What a till sends when all that an account owes is paid."""
    charges = Charge.objects.filter(invoice__account=of, origin_kind="").values_list("id", flat=True)
    return {
        "customer": of.pk,
        "item": list(charges),
        "method": "cash",
        "tendered": "50",
        "key": "k-1",
    } | changes


def assert_paid_once(of: Account) -> None:
    assert Payment.objects.filter(reversed_on=None).count() == 1
    assert LedgerEntry.objects.filter(kind="payment").count() == Payment.objects.count()
    assert account_balance(account_id=of.pk) == 0
    assert violations() == []


def test_equal_requests_of_one_payment_are_one_payment_with_one_answer(
    web: Web, cashier: str, debtor: Account
) -> None:
    answers = at_once(MANY, lambda _n: web.post(TILL, everything(debtor), session=cashier))
    payment = Payment.objects.get()
    assert set(answers) == {Answer(302, f"{TILL}?ultimo={payment.pk}", "")}
    assert Series.objects.get(code="receipts").last_number == 1
    other = web.post(TILL, everything(debtor, method="card"), session=cashier)
    assert (other.status, Payment.objects.count()) == (422, 1)
    assert_paid_once(debtor)


def test_of_cashiers_with_one_customer_one_takes_the_money_and_the_others_are_told(
    web: Web, debtor: Account
) -> None:
    sessions = [session_of(make.user(f"caja{n}", "cashier")) for n in range(4)]
    answers = at_once(4, lambda n: web.post(TILL, everything(debtor, key=f"k-{n}"), session=sessions[n]))
    assert sorted(answer.status for answer in answers) == [302, 422, 422, 422]
    assert_paid_once(debtor)


def test_a_payment_reversed_by_many_at_once_is_reversed_once(web: Web, debtor: Account) -> None:
    supervisor = session_of(make.user("jefa", "administrator"))
    web.post(TILL, everything(debtor), session=supervisor)
    payment = Payment.objects.get()
    reverse = f"/oficina/cobros/{payment.pk}/reversar/"
    answers = at_once(8, lambda _n: web.post(reverse, {"reason": "Cheque sin fondos"}, session=supervisor))
    assert sorted(answer.status for answer in answers) == [302] + [422] * 7
    assert LedgerEntry.objects.filter(kind="reversal").count() == 1
    assert account_balance(account_id=debtor.pk) == Decimal("30.00")
    assert violations() == []


def test_a_provider_that_repeats_itself_is_believed_once(web: Web, debtor: Account) -> None:
    today = clock.today()
    intent = PaymentIntent.objects.create(
        provider=SANDBOX.code, amount=Decimal("30.45"), value_on=today, started_by="Ana"
    )
    intent.parts.create(account=debtor, charge_ids=everything(debtor)["item"], amount=intent.amount)
    told = SANDBOX.decide(intent=intent, paid=True, currency="CRC", at=clock.now())
    headers = {**told.headers, "Content-Type": "application/json"}
    answers = at_once(8, lambda _n: web.tell("/pasarela/avisos/sandbox/", told.body, headers))
    outcomes = sorted((answer.status, answer.text) for answer in answers)
    assert outcomes == [(200, '{"outcome": "paid"}')] + [(200, '{"outcome": "repeated"}')] * 7
    assert_paid_once(debtor)


@pytest.mark.parametrize(
    "table",
    [
        "billing_invoice",
        "receivables_payment",
        "receivables_allocation",
        "notices_message",
        "common_auditrecord",
    ],
)
def test_a_web_killed_while_it_takes_a_payment_has_taken_all_of_it_or_nothing(
    table: str,
    web: Web,
    cashier: str,
    debtor: Account,
    start: Callable[..., Process],
    same_database: dict[str, str],
) -> None:
    with ExitStack() as stack:
        stopped = stack.enter_context(held(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
        asking = Thread(target=web.post, args=(TILL, everything(debtor)), kwargs={"session": cashier})
        asking.start()
        until(f"the web comes to {table}", stopped)
        web.process.end()
    asking.join()
    until("the database has noticed", nobody_else_is_connected)
    assert not Payment.objects.exists()
    assert violations() == []
    again = Web(start, same_database).post(TILL, everything(debtor), session=cashier)
    assert again.status == 302
    assert_paid_once(debtor)


def test_payments_that_recompute_interest_and_those_that_cause_it_do_not_block_each_other() -> None:
    """Interest takes an invoice number: mostly before the receipt's, but after it where a payment came in late."""
    make.organisation()
    repair = make.service("repair", kind="one_off", late_policies=make.A_TENTH_A_DAY)
    today = clock.today()
    accounts = [make.account() for _ in range(MANY)]
    for account in accounts:
        issued(account, repair, "1000.00", on=today - timedelta(days=60))
    for account in accounts[::2]:
        make.pay(account, "500.00", today - timedelta(days=10))

    def pay(n: int) -> Payment:
        """Every other one is told of money that came in before the debt was due."""
        value_on = today if n % 2 else today - timedelta(days=50)
        return make.pay(accounts[n], "100.00", value_on, posted_on=today)

    outcomes = at_once(MANY, pay)
    assert {type(outcome) for outcome in outcomes} == {Payment}, outcomes
    assert violations() == []
