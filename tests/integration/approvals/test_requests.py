"""What needs a second person is asked by one and done by another: once, as it was shown, or not at all."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from caudal.access.models import User
from caudal.access.operations import deactivate_user, set_roles
from caudal.approvals.kinds import KINDS, Proposal
from caudal.approvals.models import Approval
from caudal.approvals.operations import (
    AlreadyAsked,
    AnotherPersonNeeded,
    ApprovalClosed,
    MayNotDecide,
    NoLongerApplies,
    NotYours,
    ShownOtherwise,
    approve,
    decline,
    perform,
    withdraw,
)
from caudal.approvals.queries import deciders, to_decide
from caudal.billing.models import Account, Invoice
from caudal.common.actor import SYSTEM, Actor
from caudal.common.models import AuditRecord
from caudal.receivables.operations import InterestStandsWithPayment
from caudal.receivables.queries import account_credit
from caudal.tariffs.models import TariffVersion
from caudal.tariffs.operations import UnpublishableTariff, save_draft
from caudal.workflows.invoices import void_invoice
from tests import factories
from tests.integration.approvals.asking import LATER, NOW, TODAY, approved, ask, ask_void, propose, seen
from tests.support.threads import at_once

alone = pytest.mark.django_db
together = pytest.mark.django_db(transaction=True)


@pytest.fixture
def account(ana: User) -> Account:
    return factories.account()


def bill(account: Account, amount: str = "25.00") -> Invoice:
    return factories.invoice(account, amount, dated_on=date(2026, 11, 1), due_date=date(2026, 11, 30))


@alone
def test_a_void_that_needs_two_is_asked_for_and_done_by_who_approves(
    account: Account, ana: User, beto: User
) -> None:
    invoice = bill(account)
    factories.pay(account, "10.00", date(2026, 11, 10))
    request = ask_void(invoice, ana)
    invoice.refresh_from_db()
    assert invoice.voided_on is None
    assert (request.effect["total"], request.effect["freed"]) == ("25.00", "10.00")
    approved(request, beto)
    invoice.refresh_from_db()
    assert (invoice.voided_on, invoice.voided_by, invoice.void_reason) == (
        TODAY,
        "Beto",
        "Dirección equivocada",
    )
    assert account_credit(account_id=account.pk) == Decimal("10.00")
    request.refresh_from_db()
    assert (request.state, request.asked_by, request.decided_by) == ("approved", "Ana", "Beto")
    told = AuditRecord.objects.filter(object_type="invoice", object_id=invoice.pk).order_by("pk")
    assert [r.kind for r in told][-3:] == ["approvals.ask", "billing.void", "approvals.approve"]
    assert told.get(kind="billing.void").transaction == told.get(kind="approvals.approve").transaction


@alone
def test_nobody_is_asked_where_the_town_wants_one_person(account: Account, ana: User) -> None:
    factories.organisation(second_person=[])
    invoice = bill(account)
    assert propose("void", invoice.pk, ana, reason="Repetida") is None
    invoice.refresh_from_db()
    assert invoice.voided_by == "Ana"
    assert not Approval.objects.exists()


@alone
def test_the_system_asks_nobody(account: Account) -> None:
    proposal = Proposal(kind="void", object_id=bill(account).pk, payload={"reason": "Repetida"})
    assert perform(proposal=proposal, on=TODAY, at=NOW, by=SYSTEM) is None


@alone
def test_what_the_system_did_itself_closes_what_waited(account: Account, ana: User) -> None:
    invoice = bill(account)
    request = ask_void(invoice, ana)
    proposal = Proposal(kind="void", object_id=invoice.pk, payload={"reason": "Repetida"})
    perform(proposal=proposal, on=TODAY, at=NOW, by=SYSTEM)
    request.refresh_from_db()
    assert (request.state, request.decided_by) == ("lapsed", "caudal")


@alone
def test_what_is_refused_anyway_is_not_asked_for(account: Account, ana: User) -> None:
    water = factories.service("water", late_policies=factories.A_TENTH_A_DAY)
    factories.invoice(
        account, factories.Line("1000.00", water), dated_on=date(2026, 1, 1), due_date=date(2026, 1, 31)
    )
    factories.pay(account, "100.00", date(2026, 2, 10))
    interest = Invoice.objects.get(origin="interest")
    with pytest.raises(InterestStandsWithPayment):
        ask_void(interest, ana)
    assert not Approval.objects.exists()


@alone
def test_who_asked_does_not_approve_nor_decline_and_the_database_says_so_too(
    account: Account, ana: User, beto: User
) -> None:
    request = ask_void(bill(account), ana)
    with pytest.raises(AnotherPersonNeeded):
        approved(request, ana)
    with pytest.raises(AnotherPersonNeeded):
        decline(request_id=request.pk, reason="No", at=LATER, by=ana.actor)
    with pytest.raises(IntegrityError, match="approval_by_another"), transaction.atomic():
        Approval.objects.update(state="approved", decided_by_id=ana.pk, decided_by="Ana", decided_at=LATER)


@alone
def test_what_was_decided_and_what_was_asked_never_change(account: Account, ana: User, beto: User) -> None:
    request = ask_void(bill(account), ana)
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
        Approval.objects.update(payload={"reason": "Otra"})
    decline(request_id=request.pk, reason="Está bien emitida", at=LATER, by=beto.actor)
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
        Approval.objects.update(reason="Otra")
    with pytest.raises(IntegrityError, match="is refused"), transaction.atomic():
        Approval.objects.all().delete()


@alone
def test_one_request_at_a_time_waits_about_an_object(account: Account, ana: User, beto: User) -> None:
    invoice = bill(account)
    request = ask_void(invoice, ana)
    with pytest.raises(AlreadyAsked):
        ask_void(invoice, beto)
    withdraw(request_id=request.pk, at=LATER, by=ana.actor)
    assert ask_void(invoice, beto).state == "waiting"


@alone
def test_only_who_asked_takes_it_back_and_who_declines_says_why(
    account: Account, ana: User, beto: User
) -> None:
    request = ask_void(bill(account), ana)
    with pytest.raises(NotYours):
        withdraw(request_id=request.pk, at=LATER, by=beto.actor)
    decline(request_id=request.pk, reason="Está bien emitida", at=LATER, by=beto.actor)
    request.refresh_from_db()
    assert (request.state, request.reason, request.decided_by) == ("declined", "Está bien emitida", "Beto")
    with pytest.raises(ApprovalClosed):
        withdraw(request_id=request.pk, at=LATER, by=ana.actor)


@alone
def test_what_was_done_meanwhile_closes_the_request_with_the_reason(
    account: Account, ana: User, beto: User
) -> None:
    invoice = bill(account)
    request = ask_void(invoice, ana)
    shown = seen(request, beto)
    void_invoice(invoice_id=invoice.pk, on=TODAY, reason="Por la consola", by=SYSTEM)
    with pytest.raises(NoLongerApplies):
        approve(request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=beto.actor)
    request.refresh_from_db()
    assert request.state == "lapsed"
    assert request.reason
    assert AuditRecord.objects.filter(kind="approvals.lapse", actor_id=beto.pk).exists()


@alone
def test_an_effect_that_changed_since_it_was_shown_is_shown_again(
    account: Account, ana: User, beto: User
) -> None:
    request = ask_void(bill(account), ana)
    shown = seen(request, beto)
    factories.pay(account, "25.00", date(2026, 11, 19))
    with pytest.raises(ShownOtherwise):
        approve(request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=beto.actor)
    request.refresh_from_db()
    assert request.state == "waiting"
    approved(request, beto)
    request.refresh_from_db()
    assert request.effect["freed"] == "25.00"


@alone
def test_whose_role_changed_meanwhile_neither_decides_nor_has_asked(
    account: Account, ana: User, beto: User
) -> None:
    carla = factories.user("carla", "administrator")
    request = ask_void(bill(account), ana)
    shown = seen(request, beto)
    set_roles(user_id=beto.pk, roles=["cashier"], by=SYSTEM)
    with pytest.raises(MayNotDecide):
        approve(request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=beto.actor)
    deactivate_user(user_id=ana.pk, by=SYSTEM)
    with pytest.raises(NoLongerApplies, match="Ana"):
        approve(request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=carla.actor)


@alone
def test_a_reversal_waits_too(account: Account, ana: User, beto: User) -> None:
    bill(account)
    payment = factories.pay(account, "25.00", date(2026, 11, 10))
    request = ask("reverse", payment.pk, ana, reason="Cheque sin fondos")
    assert request.effect["reopened"] == "25.00"
    approved(request, beto)
    payment.refresh_from_db()
    assert (payment.reversed_on, payment.reversed_by) == (TODAY, "Beto")


def draft(price: str = "0.60") -> TariffVersion:
    water = factories.service("water", kind="metered", name="Agua", unit="m³")
    now = factories.tariff(water)
    flat = {"kind": "flat", "code": "usage", "price": price}
    definition = now.definition | {"minor_units": 2, "components": [flat]}
    return save_draft(tariff_id=now.tariff_id, valid_from=date(2027, 1, 1), definition=definition, by=SYSTEM)


@alone
def test_prices_are_published_as_they_were_when_it_was_asked(ana: User, beto: User) -> None:
    version = draft()
    request = ask("publish", version.pk, ana)
    shown = seen(request, beto)
    save_draft(
        tariff_id=version.tariff_id,
        valid_from=version.valid_from,
        definition=version.definition | {"name": "Otra"},
        version_id=version.pk,
        by=SYSTEM,
    )
    with pytest.raises(NoLongerApplies):
        approve(request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=beto.actor)
    again = ask("publish", version.pk, ana)
    approved(again, beto)
    version.refresh_from_db()
    assert version.published_by_id == beto.pk


@alone
def test_a_version_thrown_away_meanwhile_closes_the_request(ana: User, beto: User) -> None:
    version = draft()
    request = ask("publish", version.pk, ana)
    shown = seen(request, beto)
    version.delete()
    with pytest.raises(NoLongerApplies):
        approve(request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=beto.actor)


@alone
def test_a_tariff_with_problems_is_not_asked_for(ana: User) -> None:
    version = draft()
    TariffVersion.objects.filter(pk=version.pk).update(definition={"format": 1})
    with pytest.raises(UnpublishableTariff):
        ask("publish", version.pk, ana)


@alone
def test_who_may_decide_and_what_waits_for_him(account: Account, ana: User, beto: User) -> None:
    factories.user("caja", "cashier")
    limited = factories.user("norte", "administrator", sector_ids=[1])
    request = ask_void(bill(account), ana)
    assert list(to_decide(user=beto)) == [request]
    assert not to_decide(user=ana).exists()
    assert not to_decide(user=limited).exists()
    assert [str(user) for user in deciders("invoices.void")] == ["Ana", "Beto"]
    with pytest.raises(MayNotDecide):
        approved(request, limited)


RACES: dict[str, Callable[[Approval, str, Actor, User], Any]] = {
    "approve": lambda request, shown, beto, _ana: approve(
        request_id=request.pk, seen=shown, on=TODAY, at=LATER, by=beto
    ),
    "decline": lambda request, _shown, beto, _ana: decline(
        request_id=request.pk, reason="No", at=LATER, by=beto
    ),
    "withdraw": lambda request, _shown, _beto, ana: withdraw(request_id=request.pk, at=LATER, by=ana.actor),
}


@together
@pytest.mark.parametrize("second", RACES)
def test_of_two_who_close_a_request_at_once_one_does_and_the_other_is_told(
    second: str, account: Account, ana: User, beto: User
) -> None:
    carla = factories.user("carla", "administrator")
    for _ in range(6):
        race(bill(account), second, ana, (beto, carla))


def race(invoice: Invoice, second: str, asker: User, others: tuple[User, User]) -> None:
    request = ask_void(invoice, asker)
    shown = seen(request, others[0])
    names = ("approve", second)
    answers = at_once(2, lambda n: RACES[names[n]](request, shown, others[n].actor, asker))
    assert [type(answer) for answer in answers].count(ApprovalClosed) == 1, answers
    invoice.refresh_from_db()
    request.refresh_from_db()
    assert (invoice.voided_on is not None) == (request.state == "approved")
    assert AuditRecord.objects.filter(kind="billing.void", object_id=invoice.pk).count() <= 1


@together
def test_of_two_who_ask_at_once_one_has_asked(account: Account, ana: User, beto: User) -> None:
    invoice = bill(account)
    answers = at_once(2, lambda n: ask_void(invoice, (ana, beto)[n]))
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyAsked", "Approval"]
    assert set(KINDS) >= {Approval.objects.get().kind}
