"""A bill run is whole whatever dies in the middle of it, and whoever starts it twice."""

import json
import signal
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from benchmarks.load import DATED_ON, load_town
from caudal.billing.models import BillRun, Invoice, Subscription
from caudal.common.actor import SYSTEM
from caudal.jobs.console import Exit
from caudal.workflows import billing_run
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft
from tests.faults.scene import (
    NOON,
    a_minute_passes_for_dead_workers,
    approve,
    approved_run,
    assert_whole,
    at_once,
    held,
    keys_taken,
    living_workers,
    nobody_else_is_connected,
    sessions_waiting,
)
from tests.support.processes import Process, until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Start = Callable[..., Process]

ACCOUNTS, BATCH = 200, 25
OCTOBER = date(2026, 10, 1)
# In the order in which a batch comes to them.
WRITTEN = (
    "billing_series",
    "billing_invoice",
    "billing_charge",
    "receivables_ledgerentry",
    "receivables_openinvoice",
    "notices_message",
    "billing_runexception",
    "billing_runbatch",
    "common_auditrecord",
)


def issued(run: BillRun) -> bool:
    run.refresh_from_db()
    return run.state == "issued"


def stop_at(stack: ExitStack, run: BillRun, position: int) -> tuple[ExitStack, Callable[[], bool]]:
    """Hold the first account of a batch, where its worker will wait before it has written anything."""
    gate = stack.enter_context(ExitStack())
    first = run.batches.get(position=position).first_account_id
    waits = gate.enter_context(held("SELECT 1 FROM billing_account WHERE id = %s FOR UPDATE", [first]))
    return gate, waits


def kill_while_it_writes(start: Start, environ: dict[str, str], run: BillRun, table: str) -> None:
    """kill -9 a worker in the third batch, at its statement that writes the table."""
    with ExitStack() as stack:
        gate, waits = stop_at(stack, run, position=3)
        worker = start("work", environ=environ)
        until("the third batch begins", waits)
        stopped = stack.enter_context(held(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE"))
        gate.close()
        until(f"the worker comes to {table}", stopped)
        worker.end()
    until("the database has noticed", nobody_else_is_connected)
    assert Invoice.objects.count() == 2 * BATCH


@pytest.mark.parametrize("table", WRITTEN)
def test_a_worker_killed_at_any_statement_leaves_a_batch_whole_or_absent(
    table: str, start: Start, same_database: dict[str, str]
) -> None:
    run = approved_run(ACCOUNTS, batch=BATCH)
    kill_while_it_writes(start, same_database, run, table)
    a_minute_passes_for_dead_workers()
    second = start("work", "--until-empty", environ=same_database)
    assert second.ended() == Exit.OK, second.said
    assert_whole(run, invoices=ACCOUNTS)


def test_a_living_worker_takes_over_from_a_killed_one_by_itself(
    start: Start, same_database: dict[str, str]
) -> None:
    run = approved_run(ACCOUNTS, batch=BATCH)
    with ExitStack() as stack:
        _gate, waits = stop_at(stack, run, position=5)
        killed = start("work", environ=same_database)
        until("the fifth batch begins", waits)
        survivor = start("work", environ=same_database)
        until("the survivor is at its post", lambda: living_workers() == 2)
        killed.end()
    until("the survivor finished the run", lambda: issued(run), patience_s=60)
    assert "lost its worker" in survivor.said
    assert_whole(run, invoices=ACCOUNTS)


def test_a_run_whose_job_came_to_nothing_is_taken_up_again(
    start: Start, same_database: dict[str, str]
) -> None:
    run = approved_run(ACCOUNTS, batch=BATCH)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE task_name = 'issue_run'")
    start("work", environ=same_database)
    until("the run is issued", lambda: issued(run))
    assert_whole(run, invoices=ACCOUNTS)


def test_the_command_goes_on_where_a_worker_was_killed(start: Start, same_database: dict[str, str]) -> None:
    run = approved_run(ACCOUNTS, batch=BATCH)
    kill_while_it_writes(start, same_database, run, "receivables_ledgerentry")
    command = start("issue", str(run.pk), "--json", environ=same_database)
    assert command.ended() == Exit.OK, command.said
    assert json.loads(command.said.splitlines()[-1])["invoices"] == ACCOUNTS
    assert_whole(run, invoices=ACCOUNTS)


def test_a_run_issued_by_three_at_once_is_issued_once(start: Start, same_database: dict[str, str]) -> None:
    run = approved_run(ACCOUNTS, batch=BATCH)
    with ExitStack() as stack:
        _gate, waits = stop_at(stack, run, position=1)
        issuers = [start("issue", str(run.pk), environ=same_database) for _ in range(2)]
        issuers.append(start("work", "--until-empty", environ=same_database))
        until("the first of them is at work", waits)
        until("the others are behind it", lambda: sessions_waiting() == len(issuers))
    assert [issuer.ended() for issuer in issuers] == [Exit.OK] * 3, [issuer.said for issuer in issuers]
    assert_whole(run, invoices=ACCOUNTS)


def test_a_run_approved_by_many_at_once_is_approved_once() -> None:
    load_town(20)
    run = billing_run.rehearse(dated_on=DATED_ON, by=SYSTEM)
    outcomes = at_once(8, lambda _n: approve(run, batch=5))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["BillRun"] + ["RunNotRehearsed"] * 7
    assert run.batches.count() == 4
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOON)
    assert_whole(run, invoices=20)


def test_sigterm_lets_the_worker_finish_the_run_at_hand(start: Start, same_database: dict[str, str]) -> None:
    run = approved_run(ACCOUNTS, batch=BATCH)
    with ExitStack() as stack:
        _gate, waits = stop_at(stack, run, position=2)
        worker = start("work", environ=same_database)
        until("the second batch begins", waits)
        worker.send(signal.SIGTERM)
    assert worker.ended() == Exit.OK, worker.said
    assert_whole(run, invoices=ACCOUNTS)


def test_a_reading_that_a_clerk_bills_at_the_last_moment_is_not_billed_by_the_run(
    start: Start, same_database: dict[str, str]
) -> None:
    run = approved_run(ACCOUNTS, batch=BATCH)
    theirs = run.batches.get(position=3).first_account_id
    before = keys_taken("billing_invoice")
    with ExitStack() as stack:
        _gate, waits = stop_at(stack, run, position=2)
        issuer = start("issue", str(run.pk), environ=same_database)
        until("the second batch begins", waits)
        until("the third is computed", lambda: keys_taken("billing_invoice") >= before + 3 * BATCH - 1)
        form = OneOffForm(account_id=theirs, connection_id=theirs, month=OCTOBER, unit_price=Decimal("0.45"))
        issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=DATED_ON, by=SYSTEM)
    assert issuer.ended() == Exit.OK, issuer.said
    # Its sewerage is a share of what the run charged for water, which is nothing.
    reasons = run.exceptions.filter(subscription__account=theirs).values_list(
        "subscription__service__code", "code"
    )
    assert set(reasons) == {("water", "already_billed"), ("sewerage", "base_held")}
    assert run.exceptions.count() == 2
    assert_whole(run, invoices=ACCOUNTS + 1)


def test_an_account_that_the_database_refuses_is_retained_and_the_others_are_issued() -> None:
    run = approved_run(1_000, batch=500)
    beyond_money = Decimal("999999999999.99")
    refuse = Subscription.objects.filter(service__code="refuse")
    refuse.filter(account_id=777).update(amount_override=beyond_money)
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOON)
    held_back = run.exceptions.values_list("subscription__account_id", "code", "detail__reason")
    assert set(held_back) == {(777, "refused", "numeric field overflow")}
    assert_whole(run, invoices=999)
    refuse.filter(account_id=777).update(amount_override="3.75")
    billing_run.retry_retained(run_id=run.pk, by=SYSTEM)
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOON)
    assert not run.exceptions.exists()
    assert_whole(run, invoices=1_000)
