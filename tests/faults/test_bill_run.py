"""A bill run is whole whatever dies in the middle of it, and whoever starts it twice."""

from collections.abc import Callable
from contextlib import ExitStack

import pytest

from caudal.billing.models import BillRun, Invoice
from caudal.jobs.console import Exit
from tests.faults.scene import (
    a_minute_passes_for_dead_workers,
    approved_run,
    assert_whole,
    held,
    nobody_else_is_connected,
)
from tests.support.processes import Process, until

pytestmark = [pytest.mark.faults, pytest.mark.django_db(transaction=True)]
Start = Callable[..., Process]

ACCOUNTS, BATCH = 400, 50
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
