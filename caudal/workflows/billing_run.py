"""The bill run: rehearse, approve, issue batch by batch. Each batch is one transaction: whole or absent.

Lock order in a batch: its row → accounts (in receivables) → the meters it estimates → payments → the series' counter,
last. See docs/flow.md.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import DataError, IntegrityError, connection, transaction

from caudal.billing.assembly.assemble import EXCUSED, RETAINED, Assembled, Assembler, Unbilled
from caudal.billing.assembly.bills import Bill, with_extras, with_one_offs
from caudal.billing.assembly.plan import Estimated, RunPlan
from caudal.billing.assembly.totals import Totals
from caudal.billing.documents import ChargeDocument
from caudal.billing.models import BillRun, Cycle, RunBatch
from caudal.billing.operations import batch as batches
from caudal.billing.operations import runs
from caudal.billing.operations.periods import hold_open
from caudal.billing.queries.due import AccountRange, account_ranges, load_slice, plan_of
from caudal.billing.queries.one_off import waiting_one_offs
from caudal.common import audit, queue
from caudal.common.actor import Actor
from caudal.common.sql import reserve_ids, verdict_of
from caudal.metering.operations.estimates import EstimatedReading, store_estimates
from caudal.metering.operations.history import last_accepted
from caudal.notices.operations.enqueue import enqueue_invoice_messages
from caudal.receivables.operations.credit import use_credit
from caudal.receivables.operations.posting import lock_accounts, post_charges
from caudal.receivables.operations.settlement import interest_charge, interest_service_id
from caudal.receivables.queries.interest import interest_proposals

ACCOUNTS_PER_BATCH = 2_500
NOTHING_STORED: Final[batches.ReadingIds] = {}
Progress = Callable[[int, int], None]


class ReadMeanwhile(Exception):
    """A meter was read after its estimate was priced."""


def rehearse(
    *,
    dated_on: date,
    services: tuple[str, ...] = (),
    cycle: Cycle | None = None,
    by: Actor,
    progress: Progress | None = None,
) -> BillRun:
    """Compute the run of a date without issuing anything: totals and exceptions are stored, no drafts, no numbers.

    A rehearsal of the same date, services and cycle replaces the one before. Raises NothingBillsThen,
    UnknownService, PeriodClosed, RunAlreadyIssued.
    """
    _refresh_statistics()
    with transaction.atomic():
        run = runs.open_run(dated_on=dated_on, codes=services, cycle=cycle, by=by)
        _rehearse(run, by, progress)
    return run


def ask_rehearsal(
    *, dated_on: date, services: tuple[str, ...] = (), cycle: Cycle | None = None, by: Actor
) -> BillRun:
    """Queue the rehearsal of a date, and answer the run that it will fill. Raises as `rehearse`."""
    with transaction.atomic():
        run = runs.open_run(dated_on=dated_on, codes=services, cycle=cycle, by=by)
        runs.await_rehearsal(run=run)
        queue.defer("rehearse_run", queueing_lock=f"rehearse_run:{run.pk}", run_id=run.pk)
    return run


def rehearse_run(*, run_id: int, progress: Progress | None = None) -> BillRun:
    """Compute a run whose rehearsal was asked for; whole or not at all, so that asking again after a crash is safe.

    `progress` must not wait for the run's row, which is held meanwhile.
    """
    _refresh_statistics()
    with transaction.atomic():
        run = runs.locked_run(run_id)
        if run.state == "rehearsing":
            _rehearse(run, Actor(run.rehearsed_by_id, run.rehearsed_by), progress)
    return run


def _rehearse(run: BillRun, by: Actor, progress: Progress | None) -> None:
    plan = plan_of(run, issued_on=run.dated_on)
    assembler, totals = Assembler(plan), Totals(plan)
    ranges = account_ranges(plan, size=ACCOUNTS_PER_BATCH)
    for done, accounts in enumerate(ranges, start=1):
        found = _bills_with_interest(assembler, accounts)
        totals.add(found)
        runs.record_exceptions(run_id=run.pk, exceptions=found.unbilled)
        if progress:
            progress(done, len(ranges))
    runs.keep_rehearsal(run=run, expected=totals.expected, totals=totals.as_json())
    audit.record(by=by, kind="billing.rehearse", object_type="run", object_id=run.pk, after=_summary(run))


def _refresh_statistics() -> None:
    """Tell the planner how big the tables are: after an import it still believes them empty, and would scan them for
    every subscription. Those that changed little since they were last looked at are left alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_stat_user_tables"
            " WHERE relname = ANY (%s) AND n_mod_since_analyze > 500 + n_live_tup / 10",
            [["metering_installation", "metering_reading", "billing_subscription", "billing_charge"]],
        )
        changed = ", ".join(row[0] for row in cursor.fetchall())
        if changed:
            cursor.execute(f"ANALYZE {changed}")


def _summary(run: BillRun) -> dict[str, Any]:
    return {"dated_on": run.dated_on.isoformat(), **{k: run.totals[k] for k in ("invoices", "total")}}


def approve(*, run_id: int, issued_on: date, at: datetime, by: Actor) -> BillRun:
    """Approve a rehearsed run and queue its issue. Started twice, it does nothing twice: RunNotRehearsed.

    Raises SecondPersonNeeded and PeriodClosed, too.
    """
    with transaction.atomic():
        run = runs.locked_run(run_id)
        plan = plan_of(run, issued_on=issued_on)
        hold_open(period_ids=plan.period_ids)
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
                _issue(batch, assembler, computed, _approver(run))
                if progress:
                    progress(done, len(todo))
        finally:
            ahead.submit(_leave_connection).result()
    with transaction.atomic():
        runs.finish_run(run=runs.locked_run(run_id), at=clock())
    run.refresh_from_db()
    return run


def _leave_connection() -> None:
    """Close this thread's own connection; the proxy names another one in each thread."""
    connection.close()


def _approver(run: BillRun) -> Actor:
    return Actor(id=run.approved_by_id, label=run.approved_by)


@dataclass(frozen=True, slots=True)
class ComputedBatch:
    """A batch priced and laid out, with what it could not bill, and the readings that it estimated by their keys.

    `reading_ids`: those keys by meter and day, with the ones that were stored before.
    """

    found: Assembled
    prepared: batches.PreparedBatch
    estimates: dict[int, EstimatedReading]
    reading_ids: batches.ReadingIds


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
    """Price a batch as the database is at one moment: between two questions the batch before may be written."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        found = _assemble(assembler, batch)
    return _lay_out(plan, found)


def _assemble(assembler: Assembler, batch: RunBatch) -> Assembled:
    accounts = AccountRange(batch.first_account_id, batch.last_account_id)
    return _bills_with_interest(assembler, accounts, frozenset(batch.only_subscriptions) or None)


def _bills_with_interest(
    assembler: Assembler, accounts: AccountRange, only: frozenset[int] | None = None
) -> Assembled:
    """The bills of these accounts, with the one-offs that waited for them; where interest is charged on the next
    invoice, with what is owed of it by now.
    """
    plan = assembler.plan
    found = assembler.assemble(load_slice(plan, accounts), only=only)
    if waiting := waiting_one_offs(first=accounts.first, last=accounts.last, on=plan.dated_on):
        found.bills = with_one_offs(plan, found.bills, waiting)
    charged = {bill.account_id for bill in found.bills}
    proposals = interest_proposals(account_ids=charged, on=plan.dated_on) if charged else ()
    if proposals:
        service_id = interest_service_id()
        extras: dict[int, list[ChargeDocument]] = {}
        for due in proposals:
            extras.setdefault(due.account_id, []).append(interest_charge(due=due, service_id=service_id))
        found.bills = with_extras(found.bills, extras)
    return found


def _lay_out(plan: RunPlan, found: Assembled, stored: batches.ReadingIds = NOTHING_STORED) -> ComputedBatch:
    """`stored`: the keys of estimated readings that are in the database already."""
    guessed = {guess.key: guess for guess in _guesses(found.bills) if guess.key not in stored}
    new = dict(zip(guessed, reserve_ids("metering_reading", len(guessed)), strict=True))
    keys = {**stored, **new}
    prepared = batches.prepare_batch(
        found.bills, dated_on=plan.dated_on, issued_on=plan.issued_on, reading_ids=keys
    )
    estimates = {
        key: EstimatedReading(
            installation_id=guess.installation_id,
            previous_id=keys[guess.after.key] if guess.after else guess.first_id,
            read_on=guess.read_on,
            register=guess.register,
            volume=guess.volume,
        )
        for key, guess in zip(new.values(), guessed.values(), strict=True)
    }
    return ComputedBatch(found, prepared, estimates, keys)


def _guesses(bills: Iterable[Bill]) -> Iterator[Estimated]:
    """The readings that bills end with and nobody took, and those that they begin with."""
    for bill in bills:
        for item in bill.items:
            guess = item.estimated
            while guess is not None:
                yield guess
                guess = guess.after


def _issue(batch: RunBatch, assembler: Assembler, computed: ComputedBatch, actor: Actor) -> None:
    """Write a batch as it was computed; where something came between, compute it anew with its accounts held."""
    try:
        issue_batch(batch_id=batch.pk, plan=assembler.plan, computed=computed, actor=actor)
    except (IntegrityError, DataError, ReadMeanwhile):
        issue_batch_anew(batch_id=batch.pk, assembler=assembler, actor=actor)


def issue_batch(*, batch_id: int, plan: RunPlan, computed: ComputedBatch, actor: Actor) -> None:
    """Write one batch: estimated readings, invoices, charges, ledger, credit, messages, exceptions, audit.

    Raises IntegrityError where somebody billed the same since it was computed, DataError for what no column holds,
    ReadMeanwhile.
    """
    with transaction.atomic():
        batch = _held(batch_id)
        if batch.issued_at is None:
            _hold_unread(computed.estimates)
            _write(batch, plan, computed, actor)
            _close_batch(batch, computed.found, actor)


def issue_batch_anew(*, batch_id: int, assembler: Assembler, actor: Actor) -> None:
    """Compute a batch while nobody else can bill its accounts, and issue all of it that the database takes.

    The meters it would estimate are held, and looked at again: no reading of theirs comes in from then on.
    A bill that is refused even so is retained with the reason; it does not stand in the way of the others.
    """
    with transaction.atomic():
        batch = _held(batch_id)
        if batch.issued_at is None:
            found = _assemble(assembler, batch)
            if unread := {guess.installation_id for guess in _guesses(found.bills)}:
                last_accepted(sorted(unread))
                found = _assemble(assembler, batch)
            found.bills, refused = _write_what_is_taken(batch, assembler.plan, found.bills, actor, {})
            found.unbilled += refused
            _close_batch(batch, found, actor)


def _held(batch_id: int) -> RunBatch:
    """The batch with its row and its accounts locked."""
    batch = RunBatch.objects.select_for_update().get(pk=batch_id)
    if batch.issued_at is None:
        lock_accounts(first=batch.first_account_id, last=batch.last_account_id)
    return batch


def _hold_unread(estimates: Mapping[int, EstimatedReading]) -> None:
    """Hold the meters that are estimated until the transaction ends; each must still end with the reading it did.

    Raises ReadMeanwhile: what was read since is in no chain with the estimate, and both would be counted.
    """
    known = {e.installation_id: e.previous_id for e in estimates.values() if e.previous_id not in estimates}
    last = last_accepted(sorted(known)) if known else {}
    if any(meter not in last or last[meter].reading_id != previous for meter, previous in known.items()):
        raise ReadMeanwhile


def _write_what_is_taken(
    batch: RunBatch, plan: RunPlan, bills: list[Bill], actor: Actor, stored: dict[tuple[int, date], int]
) -> tuple[list[Bill], list[Unbilled]]:
    """Write bills, halving those that are refused until each refused one stands alone; those written, and the rest.

    `stored` grows with the estimated readings that bills before stored, for others that begin with them.
    """
    computed = _lay_out(plan, Assembled(bills), stored)
    try:
        with transaction.atomic():
            _write(batch, plan, computed, actor)
    except (IntegrityError, DataError) as refusal:
        if len(bills) == 1:
            detail = {"reason": verdict_of(refusal)}
            return [], [Unbilled(item.due.id, RETAINED, "refused", detail) for item in bills[0].items]
        half = len(bills) // 2
        taken, refused = _write_what_is_taken(batch, plan, bills[:half], actor, stored)
        more, others = _write_what_is_taken(batch, plan, bills[half:], actor, stored)
        return taken + more, refused + others
    stored.update(computed.reading_ids)
    return bills, []


def _write(batch: RunBatch, plan: RunPlan, computed: ComputedBatch, actor: Actor) -> None:
    prepared = computed.prepared
    store_estimates(readings=computed.estimates, label=actor.label)
    batches.write_batch(prepared, batch_id=batch.pk, issued_on=plan.issued_on)
    post_charges(invoice_ids=prepared.invoice_ids, on=plan.issued_on)
    use_credit(invoice_ids=prepared.invoice_ids, on=plan.issued_on)
    enqueue_invoice_messages(invoice_ids=prepared.invoice_ids)


def _close_batch(batch: RunBatch, found: Assembled, actor: Actor) -> None:
    runs.record_exceptions(run_id=batch.run_id, exceptions=found.unbilled)
    total = sum((bill.total for bill in found.bills), Decimal(0))
    runs.close_batch(
        batch=batch,
        outcome=runs.BatchOutcome(
            expected=found.expected,
            billed=found.billed,
            retained=found.count(RETAINED),
            excused=found.count(EXCUSED),
            invoices=len(found.bills),
            total=total,
        ),
    )
    audit.record(
        by=actor,
        kind="billing.issue",
        object_type="run",
        object_id=batch.run_id,
        after={"batch": batch.position, "invoices": len(found.bills), "total": str(total)},
    )


def retry_retained(*, run_id: int, by: Actor) -> BillRun:
    """Bill anew just those that an issued run retained; what is still in the way is retained again."""
    with transaction.atomic():
        run = runs.locked_run(run_id)
        if run.issued_on is not None:
            hold_open(period_ids=plan_of(run, issued_on=run.issued_on).period_ids)
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
