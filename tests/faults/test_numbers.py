"""Numbers without a gap while a counter, a run and a schedule all take them at once."""

from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal

import pytest

from benchmarks.load import DATED_ON
from caudal.billing.models import Account, Invoice
from caudal.common.actor import SYSTEM
from caudal.jobs.console import Exit
from caudal.tariffs.models import Service
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft
from tests import factories as make
from tests.faults.scene import approved_run, at_once, held, violations
from tests.support.processes import Process, until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Start = Callable[..., Process]

CLERKS, EACH, ACCOUNTS = 32, 5, 1_000


def issue_one(repair: Service, account_id: int) -> Invoice:
    """A one-off invoice, as a clerk makes it."""
    form = OneOffForm(account_id=account_id, lines=((repair.pk, "Cambio de llave", Decimal("4.50")),))
    return issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=DATED_ON, by=SYSTEM)


def test_32_clerks_issue_invoices_while_a_run_issues_a_thousand(
    start: Start, same_database: dict[str, str]
) -> None:
    run = approved_run(ACCOUNTS, batch=50)
    repair = make.service("repair", kind="one_off", name="Reparación")
    accounts = list(Account.objects.order_by("id").values_list("id", flat=True))

    def clerk(n: int) -> list[int]:
        # Every clerk serves accounts all over the town, each of them also served by a neighbour.
        chosen = [accounts[(n // 2 + k * ACCOUNTS // EACH) % ACCOUNTS] for k in range(EACH)]
        return [issue_one(repair, account_id).number for account_id in chosen]

    with ExitStack() as stack:
        gate = stack.enter_context(held("SELECT 1 FROM billing_series FOR UPDATE"))
        issuer = start("issue", str(run.pk), environ=same_database)
        until("the run is about to take numbers", gate)
        stack.close()
        outcomes = at_once(CLERKS, clerk)
    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert not failed, failed
    assert issuer.ended() == Exit.OK, issuer.said
    run.refresh_from_db()
    numbers = list(Invoice.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, ACCOUNTS + CLERKS * EACH + 1))
    by_run = Invoice.objects.filter(origin="run").order_by("number").values_list("number", flat=True)
    assert by_run.last() - by_run.first() >= ACCOUNTS, "they took turns"
    assert violations() == []
