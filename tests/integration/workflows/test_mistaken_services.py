"""A service that was added by mistake: it was never taken, nobody pays it, and the history says why."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from caudal.billing.models import Charge, Invoice, Subscription
from caudal.billing.operations.accounts import (
    AlreadyBilledService,
    AlreadyCancelled,
    AlreadySubscribed,
    ShareOfOwners,
)
from caudal.billing.operations.runs import ServicesBeingBilled
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.metering.models import Connection
from caudal.workflows import billing_run
from caudal.workflows.customers import ChosenTariff, add_service, end_service
from caudal.workflows.invoices import void_invoice
from caudal.workflows.properties import cancel_service
from tests import factories as make
from tests.integration.workflows.test_billing_run import NOVEMBER, NOW, Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 11, 10)


@pytest.fixture
def street() -> Street:
    make.organisation(currency="USD", symbol="$")
    return Street(in_arrears=False)


def added(street: Street) -> Subscription:
    """Refuse, added today to the wrong house, which has water and sewerage."""
    account = street.house("110", "120")
    refuse = make.tariff(make.service("refuse", in_arrears=False)).tariff
    at = Connection.objects.get().pk
    chosen = ChosenTariff(tariff_id=refuse.pk)
    return add_service(account_id=account.pk, connection_id=at, chosen=chosen, starts_on=TODAY, by=SYSTEM)


def cancel(taken: Subscription, on: date = TODAY) -> Subscription:
    return cancel_service(subscription_id=taken.pk, reason="Era del vecino", on=on, by=SYSTEM)


def test_what_was_added_today_is_taken_on_no_day_and_never_billed(street: Street) -> None:
    """The house pays its 20 m³ at 0.45 and 2.10 of sewerage: 11.10, and no 5.00 of refuse."""
    taken = cancel(added(street))
    assert (taken.valid_from, taken.valid_to, taken.cancelled_on) == (TODAY, TODAY, TODAY)
    run = issue(rehearse())
    assert (run.state, Invoice.objects.get().total) == ("issued", Decimal("11.10"))
    record = AuditRecord.objects.get(kind="customers.cancel_service")
    assert record.after == {"service": "refuse", "reason": "Era del vecino"}
    assert record.before == {"from": "2026-11-10", "to": None}
    assert all_is_well()


def test_it_may_be_taken_again_there_by_whom_it_was_meant(street: Street) -> None:
    taken = cancel(added(street))
    chosen = ChosenTariff(tariff_id=taken.tariff_id)
    again = {"connection_id": taken.connection_id or 0, "chosen": chosen, "starts_on": TODAY, "by": SYSTEM}
    add_service(account_id=make.account().pk, **again)
    with pytest.raises(AlreadySubscribed):
        add_service(account_id=taken.account_id, **again)
    issue(rehearse())
    assert Charge.objects.get(service__code="refuse").net == Decimal("5.00")


def test_what_ended_without_a_bill_is_cancelled_too(street: Street) -> None:
    taken = added(street)
    end_service(subscription_id=taken.pk, ends_on=date(2026, 11, 11), by=SYSTEM)
    cancel(taken)
    issue(rehearse())
    assert not Charge.objects.filter(service__code="refuse").exists()


def test_what_was_billed_was_taken_until_its_invoice_is_void(street: Street) -> None:
    taken = added(street)
    issue(rehearse())
    with pytest.raises(AlreadyBilledService) as refusal:
        cancel(taken)
    invoice = Invoice.objects.get()
    assert f"ya se cobró en la factura {invoice.number}" in refusal.value.message
    void_invoice(invoice_id=invoice.pk, on=NOVEMBER, reason="Basura de más", by=SYSTEM)
    cancel(taken, on=NOVEMBER)
    with pytest.raises(AlreadyCancelled):
        cancel(taken, on=NOVEMBER)
    assert all_is_well()


def test_nothing_is_cancelled_under_a_run_that_is_being_issued(street: Street) -> None:
    taken = added(street)
    billing_run.approve(run_id=rehearse().pk, issued_on=NOVEMBER, at=NOW, by=SYSTEM)
    with pytest.raises(ServicesBeingBilled):
        cancel(taken)


def test_the_part_of_a_co_owner_is_split_anew_instead(street: Street) -> None:
    taken = added(street)
    Subscription.objects.filter(pk=taken.pk).update(share_from=0, share_upto=Decimal("0.5"))
    with pytest.raises(ShareOfOwners):
        cancel(taken)


@pytest.mark.parametrize(
    "wrong", [{"cancel_reason": ""}, {"valid_to": None}, {"valid_to": date(2026, 12, 1)}]
)
def test_the_database_holds_that_it_lasts_no_day_and_says_why(
    street: Street, wrong: dict[str, object]
) -> None:
    taken = cancel(added(street))
    with pytest.raises(IntegrityError), transaction.atomic():
        Subscription.objects.filter(pk=taken.pk).update(**wrong)
