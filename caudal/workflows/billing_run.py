"""The bill run: rehearse, approve, issue batch by batch. Each batch is one transaction: whole or absent.

Lock order in a batch: its row → accounts (in receivables) → payments → the series' counter, last. See docs/flow.md.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from caudal.billing.assembly.assemble import EXCUSED, RETAINED, Assembled, Assembler
from caudal.billing.assembly.plan import RunPlan
from caudal.billing.assembly.totals import Totals
from caudal.billing.models import BillRun, RunBatch
from caudal.billing.operations import batch as batches
from caudal.billing.operations import runs
from caudal.billing.queries.due import AccountRange, account_ranges, load_slice, plan_of
from caudal.common import audit, queue
from caudal.common.actor import Actor
from caudal.metering.operations.estimates import EstimatedReading, store_estimates
from caudal.notices.operations.enqueue import enqueue_invoice_messages
from caudal.receivables.operations.posting import apply_credit, lock_accounts, post_charges

ACCOUNTS_PER_BATCH = 5_000
Progress = Callable[[int, int], None]


def rehearse(
    *, dated_on: date, services: tuple[str, ...] = (), by: Actor, progress: Progress | None = None
) -> BillRun:
    """Compute the run of a date without issuing anything: totals and exceptions are stored, no drafts, no numbers.

    A rehearsal of the same date and services replaces the one before. Raises NothingBillsThen, UnknownService,
    RunAlreadyIssued.
    """
    with transaction.atomic():
        run = runs.open_run(dated_on=dated_on, codes=services, by=by)
        plan = plan_of(run, issued_on=dated_on)
        assembler, totals = Assembler(plan), Totals(plan)
        ranges = account_ranges(plan, size=ACCOUNTS_PER_BATCH)
        for done, accounts in enumerate(ranges, start=1):
            found = assembler.assemble(load_slice(plan, accounts))
            totals.add(found)
            runs.record_exceptions(run_id=run.pk, exceptions=found.unbilled)
            if progress:
                progress(done, len(ranges))
        run.expected, run.totals = totals.expected, totals.as_json()
        run.save(update_fields=["expected", "totals", "rehearsed_by"])
        audit.record(by=by, kind="billing.rehearse", object_type="run", object_id=run.pk, after=_summary(run))
    return run


def _summary(run: BillRun) -> dict[str, Any]:
    return {"dated_on": run.dated_on.isoformat(), **{k: run.totals[k] for k in ("invoices", "total")}}


def approve(*, run_id: int, issued_on: date, at: datetime, by: Actor) -> BillRun:
    """Approve a rehearsed run and queue its issue. Started twice, it does nothing twice: RunNotRehearsed."""
    with transaction.atomic():
        run = runs.locked_run(run_id)
        plan = plan_of(run, issued_on=issued_on)
        ranges = account_ranges(plan, size=ACCOUNTS_PER_BATCH)
        runs.approve_run(run=run, issued_on=issued_on, ranges=ranges, at=at, by=by)
        audit.record(by=by, kind="billing.approve", object_type="run", object_id=run.pk, after=_summary(run))
        queue.defer("issue_run", queueing_lock=f"issue_run:{run.pk}", run_id=run.pk)
    return run


def issue_run(*, run_id: int, clock: Callable[[], datetime], progress: Progress | None = None) -> BillRun:
    """Issue the batches of an approved run that are not issued yet; safe to call again after a crash, or twice at once.

    While one batch is being written, the next is read and priced on a thread and a connection of its own.
    """
    run = BillRun.objects.get(pk=run_id)
    if run.state != "issuing" or run.issued_on is None:
        return run
    plan = plan_of(run, issued_on=run.issued_on)
    assembler = Assembler(plan)
    todo = list(run.batches.filter(issued_at=None).order_by("position"))
    with ThreadPoolExecutor(max_workers=1) as ahead:
        try:
            for done, (batch, computed) in enumerate(_computed_ahead(ahead, plan, assembler, todo), start=1):
                issue_batch(batch_id=batch.pk, plan=plan, computed=computed, actor=_approver(run))
                if progress:
                    progress(done, len(todo))
        finally:
            ahead.submit(_leave_connection).result()
    runs.finish_run(run=run, at=clock())
    run.refresh_from_db()
    return run


def _leave_connection() -> None:
    """Close this thread's own connection; the proxy names another one in each thread."""
    connection.close()


def _approver(run: BillRun) -> Actor:
    return Actor(id=run.approved_by_id, label=run.approved_by)


@dataclass(frozen=True, slots=True)
class ComputedBatch:
    """A batch priced and laid out, with what it could not bill."""

    found: Assembled
    prepared: batches.PreparedBatch
    reading_ids: dict[int, int]


def _computed_ahead(
    pool: ThreadPoolExecutor, plan: RunPlan, assembler: Assembler, todo: list[RunBatch]
) -> Iterator[tuple[RunBatch, ComputedBatch]]:
    upcoming = pool.submit(_compute, plan, assembler, todo[0]) if todo else None
    for n, batch in enumerate(todo):
        assert upcoming is not None
        computed = upcoming.result()
        if n + 1 < len(todo):
            upcoming = pool.submit(_compute, plan, assembler, todo[n + 1])
        yield batch, computed


def _compute(plan: RunPlan, assembler: Assembler, batch: RunBatch) -> ComputedBatch:
    known = load_slice(plan, AccountRange(batch.first_account_id, batch.last_account_id))
    only = frozenset(batch.only_subscriptions) or None
    found = assembler.assemble(known, only=only)
    estimated = [item.due.id for bill in found.bills for item in bill.items if item.estimated]
    ids = dict(zip(estimated, batches.reserve_ids("metering_reading", len(estimated)), strict=True))
    prepared = batches.prepare_batch(
        found.bills, dated_on=plan.dated_on, issued_on=plan.issued_on, reading_ids=ids
    )
    return ComputedBatch(found, prepared, ids)


def issue_batch(*, batch_id: int, plan: RunPlan, computed: ComputedBatch, actor: Actor) -> None:
    """Write one batch: estimated readings, invoices, charges, ledger, credit, messages, exceptions, audit."""
    found, prepared = computed.found, computed.prepared
    with transaction.atomic():
        batch = RunBatch.objects.select_for_update().get(pk=batch_id)
        if batch.issued_at is not None:
            return
        store_estimates(readings=_estimates(computed), label=actor.label)
        lock_accounts(first=batch.first_account_id, last=batch.last_account_id)
        batches.write_batch(prepared, batch_id=batch.pk, issued_on=plan.issued_on)
        post_charges(invoice_ids=prepared.invoice_ids, on=plan.issued_on)
        apply_credit(invoice_ids=prepared.invoice_ids, on=plan.issued_on)
        enqueue_invoice_messages(invoice_ids=prepared.invoice_ids)
        runs.record_exceptions(run_id=plan.run_id, exceptions=found.unbilled)
        _close_batch(batch, computed, actor)


def _estimates(computed: ComputedBatch) -> dict[int, EstimatedReading]:
    guessed = ((item.due.id, item.estimated) for bill in computed.found.bills for item in bill.items)
    return {computed.reading_ids[key]: EstimatedReading(*guess) for key, guess in guessed if guess}


def _close_batch(batch: RunBatch, computed: ComputedBatch, actor: Actor) -> None:
    found, prepared = computed.found, computed.prepared
    runs.close_batch(
        batch=batch,
        outcome=runs.BatchOutcome(
            expected=found.expected,
            billed=found.billed,
            retained=found.count(RETAINED),
            excused=found.count(EXCUSED),
            invoices=len(prepared.invoice_ids),
            total=prepared.total,
        ),
    )
    audit.record(
        by=actor,
        kind="billing.issue",
        object_type="run",
        object_id=batch.run_id,
        after={"batch": batch.position, "invoices": len(prepared.invoice_ids), "total": str(prepared.total)},
    )


def retry_retained(*, run_id: int, by: Actor) -> BillRun:
    """Bill anew just those that an issued run retained; what is still in the way is retained again."""
    with transaction.atomic():
        run = runs.locked_run(run_id)
        runs.reopen_retained(run=run, size=ACCOUNTS_PER_BATCH)
        audit.record(by=by, kind="billing.retry", object_type="run", object_id=run.pk)
        queue.defer("issue_run", queueing_lock=f"issue_run:{run.pk}", run_id=run.pk)
    return run


def cancel(*, run_id: int, by: Actor) -> None:
    """Throw a rehearsal away."""
    with transaction.atomic():
        run = runs.locked_run(run_id)
        runs.cancel_run(run=run)
        audit.record(by=by, kind="billing.cancel", object_type="run", object_id=run.pk)
