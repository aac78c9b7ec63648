"""Whatever happens to an account in whatever order, the books hold, and interest knows no order of entry."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from caudal.billing.models import Account, Charge, Invoice
from caudal.common.actor import SYSTEM
from caudal.common.sql import load
from caudal.jobs.invariants import INVARIANTS, violations, wrong_interest
from caudal.receivables.models import OpenCredit, OpenInvoice, Payment
from caudal.receivables.operations import interest_charge, interest_service_id
from caudal.receivables.queries import Scope, interest_proposals, statement, statement_as_of
from caudal.workflows.invoices import void_invoice
from caudal.workflows.payments import post_surcharges, reverse_payment
from tests import factories

START = date(2026, 1, 1)
MONEY = st.integers(1, 60_000).map(lambda cents: Decimal(cents) / 100)
LARGE = st.integers(40_000, 150_000).map(lambda cents: Decimal(cents) / 100)
DAY = st.integers(0, 120)
STEP = st.one_of(
    st.tuples(st.just("bill"), DAY, MONEY),
    st.tuples(st.just("pay"), DAY, MONEY),
    st.tuples(st.just("reverse"), st.integers(0, 9), st.just(Decimal(0))),
    st.tuples(st.just("void"), st.integers(0, 9), st.just(Decimal(0))),
)
# A board's bills cost 5 % once, some also interest by days; the worker posts what has fallen whenever it comes by.
BOARD_STEP = st.one_of(
    st.tuples(st.sampled_from(["board bill", "mixed bill"]), DAY, MONEY),
    st.tuples(st.just("worker"), st.just(0), st.just(Decimal(0))),
    STEP,
)
POLICIES = {
    "bill": factories.A_TENTH_A_DAY,
    "board bill": factories.FIVE_PERCENT_ONCE,
    "mixed bill": [*factories.FIVE_PERCENT_ONCE, *factories.A_TENTH_A_DAY],
}
# Some bills are below zero, entered today as all bills are.
CREDIT_STEP = st.one_of(st.tuples(st.just("credit"), DAY, MONEY), STEP)
# Where interest comes with the next bill, runs charge it, and give back what was too much.
RUN_STEP = st.one_of(st.tuples(st.just("run"), DAY, MONEY), CREDIT_STEP)
# No shrinking: an example is short as it is, and each costs a transaction.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
# The books are kept on this day, whatever the value dates.
TODAY = START + timedelta(days=150)


class Undone(Exception):
    """Ends an example and takes its rows back."""


def run(account: Account, steps: list[tuple[str, int, Decimal]]) -> None:
    for what, n, amount in steps:
        on = START + timedelta(days=n)
        if what in POLICIES:
            water = factories.service(what.replace(" ", "-"), late_policies=POLICIES[what])
            factories.invoice(
                account, factories.Line(str(amount), water), dated_on=on, due_date=on + timedelta(days=10)
            )
        elif what == "pay":
            factories.pay(account, str(amount), on, posted_on=TODAY)
        elif what == "credit":
            factories.invoice(account, f"-{amount}", dated_on=on, due_date=TODAY, issued_on=TODAY)
        elif what == "run":
            bill_with_interest(account, on, amount)
        elif what == "worker":
            post_surcharges(on=TODAY, by=SYSTEM)
        elif what == "reverse":
            reverse_nth(account, n)
        else:
            void_nth(account, n)


def bill_with_interest(account: Account, on: date, amount: Decimal) -> None:
    """A run's bill: water, and what was charged too little or too much for lateness by its date."""
    water = factories.service("bill", late_policies=factories.A_TENTH_A_DAY)
    dues = interest_proposals(account_ids=[account.pk], on=on)
    interest = (interest_charge(due=due, service_id=interest_service_id()) for due in dues)
    factories.invoice(
        account,
        factories.Line(str(amount), water),
        *interest,
        dated_on=on,
        due_date=TODAY + timedelta(days=10),
        issued_on=TODAY,
        origin="run",
    )


def reverse_nth(account: Account, n: int) -> None:
    money = Payment.objects.filter(account=account, reversed_on=None).exclude(method="credit")
    live = list(money.order_by("id"))
    if n < len(live):
        reverse_payment(payment_id=live[n].pk, on=TODAY, reason="Error", by=SYSTEM)


def void_nth(account: Account, n: int) -> None:
    live = list(
        Invoice.objects.filter(account=account, voided_on=None).exclude(origin="interest").order_by("id")
    )
    if n < len(live):
        void_invoice(invoice_id=live[n].pk, on=TODAY, reason="Error", by=SYSTEM)


def breaches() -> list[Any]:
    """What the books break, but for records of issue, which factories do not write."""
    told = [i for i in INVARIANTS if i.file not in ("audited", "deliveries")]
    return [found for invariant in told for found in violations(invariant)]


@pytest.mark.django_db
@settings(max_examples=40, phases=PHASES)
@given(steps=st.lists(STEP, max_size=9))
@example(
    steps=[("pay", 100, Decimal("230.51")), ("pay", 55, Decimal("13.51")), ("bill", 13, Decimal("60.78"))]
)
def test_the_books_hold_after_any_history(steps: list[tuple[str, int, Decimal]]) -> None:
    with pytest.raises(Undone), transaction.atomic():
        factories.organisation()
        account = factories.account()
        run(account, steps)
        assert breaches() == []
        assert not (OpenCredit.objects.exists() and OpenInvoice.objects.exists())
        the_past_agrees(account)
        raise Undone


@pytest.mark.django_db
@settings(max_examples=40, phases=PHASES)
@given(steps=st.lists(BOARD_STEP, max_size=9))
def test_the_books_hold_whenever_surcharges_are_posted(steps: list[tuple[str, int, Decimal]]) -> None:
    with pytest.raises(Undone), transaction.atomic():
        factories.organisation()
        account = factories.account()
        run(account, steps)
        assert breaches() == []
        post_surcharges(on=TODAY, by=SYSTEM)
        assert breaches() == []
        assert post_surcharges(on=TODAY, by=SYSTEM) == 0
        raise Undone


@pytest.mark.django_db
@settings(max_examples=40, phases=PHASES)
@given(steps=st.lists(CREDIT_STEP, max_size=9))
def test_the_books_hold_where_bills_are_below_zero(steps: list[tuple[str, int, Decimal]]) -> None:
    with pytest.raises(Undone), transaction.atomic():
        factories.organisation()
        account = factories.account()
        run(account, steps)
        assert breaches() == []
        assert not (OpenCredit.objects.exists() and OpenInvoice.objects.exists())
        today_agrees(account)
        raise Undone


@pytest.mark.django_db
@settings(max_examples=40, phases=PHASES)
@given(steps=st.lists(RUN_STEP, max_size=9))
def test_the_next_run_makes_good_what_runs_charged_of_interest(steps: list[tuple[str, int, Decimal]]) -> None:
    with pytest.raises(Undone), transaction.atomic():
        factories.organisation(interest_mode="next_invoice")
        account = factories.account()
        run(account, steps)
        assert breaches() == []
        today_agrees(account)
        bill_with_interest(account, TODAY, Decimal(1))
        assert interest_proposals(account_ids=[account.pk], on=TODAY) == ()
        assert [found for found in _interest() if wrong_interest((*found[:-1], False))] == []
        raise Undone


def _interest() -> list[tuple[Any, ...]]:
    """Every charge that bore interest, as invariant 13 asks for it."""
    with connection.cursor() as cursor:
        cursor.execute(load("jobs/check_interest"))
        return list(cursor.fetchall())


def today_agrees(account: Account) -> None:
    """Today the statement of any day says what the statement says."""
    scope, owed = Scope((account.pk,)), statement(account_id=account.pk, on=TODAY)
    past = statement_as_of(scope=scope, on=TODAY)
    shown = [(item.charge_id, item.balance, item.interest) for item in past.pending]
    assert shown == [(item.charge_id, item.balance, item.interest) for item in owed.items]
    assert (past.total, past.credit) == (owed.total, owed.credit)


def the_past_agrees(account: Account) -> None:
    """So today; and on no day was money applied that was not there."""
    today_agrees(account)
    scope = Scope((account.pk,))
    for n in range(0, 150, 7):
        past = statement_as_of(scope=scope, on=START + timedelta(days=n))
        assert past.credit >= 0
        assert past.balance == (past.moves[-1].balance if past.moves else 0) + past.credit


@pytest.mark.django_db
@settings(max_examples=25, phases=PHASES)
@given(
    payments=st.lists(
        st.tuples(st.integers(12, 100), MONEY), min_size=2, max_size=4, unique_by=lambda p: p[0]
    ),
    data=st.data(),
)
def test_payments_cost_the_same_in_any_order_of_entry(payments: list[tuple[int, Decimal]], data: Any) -> None:
    entered = data.draw(st.permutations(payments))
    assert interest_of(sorted(payments)) == interest_of(entered)


@pytest.mark.django_db
@settings(max_examples=25, phases=PHASES)
@given(
    payments=st.lists(st.tuples(DAY, LARGE), min_size=2, max_size=4, unique_by=lambda p: p[0]),
    bounced=st.tuples(DAY, LARGE),
    data=st.data(),
)
def test_a_payment_that_is_reversed_costs_as_if_it_had_never_come(
    payments: list[tuple[int, Decimal]], bounced: tuple[int, Decimal], data: Any
) -> None:
    entered = data.draw(st.permutations([*payments, bounced]))
    reversed_at = data.draw(st.integers(entered.index(bounced) + 1, len(entered)))
    assert interest_of(sorted(payments)) == interest_of(entered, entered.index(bounced), reversed_at)


def interest_of(
    payments: list[tuple[int, Decimal]], bounced: int | None = None, reversed_at: int | None = None
) -> tuple[Decimal, Decimal]:
    """Interest charged on a debt of 1,000.00 due on the tenth day and one of 300.00 due a month later, and what is owed
    at the end; one of the payments may have been reversed, after so many were entered.
    """
    result: list[tuple[Decimal, Decimal]] = []
    steps: list[tuple[str, int, Decimal]] = [("pay", n, amount) for n, amount in payments]
    if bounced is not None and reversed_at is not None:
        steps.insert(reversed_at, ("reverse", bounced, Decimal(0)))
    with pytest.raises(Undone), transaction.atomic():
        factories.organisation()
        account = factories.account()
        run(account, [("bill", 0, Decimal("1000.00")), ("bill", 30, Decimal("300.00")), *steps])
        charged = Charge.objects.filter(invoice__account=account, origin_kind="interest", live=True)
        owed = statement(account_id=account.pk, on=TODAY)
        result.append((sum((c.total for c in charged), Decimal(0)), owed.total - owed.credit))
        raise Undone
    return result[0]
