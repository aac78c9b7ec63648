"""The life of a bill run: rehearsed, approved, issued batch by batch, or thrown away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from caudal.billing.models import BillRun, Cycle, Rehearsal, RunBatch, RunException
from caudal.billing.operations.periods import hold_open, period_of
from caudal.billing.queries.due import AccountRange, month_billed, services_due
from caudal.billing.queries.readings import are_being_billed
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import copy_rows
from caudal.registry.models import Organisation

EXCEPTION_COLUMNS = ("run_id", "subscription_id", "outcome", "code", "detail")


class ServicesBeingBilled(DomainError):
    """A run that is being issued has taken the services as they are."""

    code = "services_being_billed"
    template = _("The services are being billed right now: wait until the bill run is issued.")


class RunAlreadyIssued(DomainError):
    """The run of this date and services was issued, or is being issued now."""

    code = "run_already_issued"
    template = _("The bill run of %(dated_on)s has already been issued (run %(run)s).")


class UnknownRun(DomainError):
    """There is no such run."""

    code = "unknown_run"
    template = _("There is no bill run %(run)s.")


class NothingRetained(DomainError):
    """A retry was asked for, but the run is not issued or holds nothing back."""

    code = "nothing_retained"
    template = _("Bill run %(run)s holds nothing back that could be billed now.")


class RunNotRehearsed(DomainError):
    """Only a rehearsed run can be approved or thrown away."""

    code = "run_not_rehearsed"
    template = _("Bill run %(run)s is not waiting for approval.")


class SecondPersonNeeded(DomainError):
    """The organisation wants two people for a run, and the one who approves is the one who rehearsed."""

    code = "second_person_needed"
    template = _("Another person has to approve this run: you rehearsed it.")


def open_run(*, dated_on: date, codes: Sequence[str], by: Actor, cycle: Cycle | None = None) -> BillRun:
    """The live run of this date, services and cycle, locked and emptied for a new rehearsal, or a new one.

    Creates the periods it bills. Raises NothingBillsThen, UnknownService, PeriodClosed, RunAlreadyIssued.
    """
    months = {month_billed(s, dated_on) for s in services_due(dated_on=dated_on, codes=codes, cycle=cycle)}
    hold_open(period_ids=[period_of(month).pk for month in sorted(months)])
    run, created = (
        BillRun.objects.exclude(state="cancelled")
        .select_for_update()
        .get_or_create(
            dated_on=dated_on,
            service_codes=",".join(sorted(codes)),
            cycle=cycle,
            defaults={"rehearsed_by": by.label, "rehearsed_by_id": by.id},
        )
    )
    if run.state not in ("rehearsed", "rehearsing"):
        raise RunAlreadyIssued(dated_on=dated_on, run=run.pk)
    if not created:
        run.exceptions.all().delete()
        run.rehearsed_by, run.rehearsed_by_id = by.label, by.id
    return run


def await_rehearsal(*, run: BillRun) -> BillRun:
    """Let an opened run wait for its rehearsal in the background."""
    Rehearsal.objects.update_or_create(run=run, defaults={"slices": 0, "done": 0})
    run.state = "rehearsing"
    run.save(update_fields=["state", "rehearsed_by", "rehearsed_by_id"])
    return run


def note_rehearsal(*, run_id: int, done: int, slices: int) -> None:
    """How far a rehearsal in the background is."""
    Rehearsal.objects.filter(run=run_id).update(done=done, slices=slices)


def keep_rehearsal(*, run: BillRun, expected: int, totals: dict[str, Any]) -> None:
    """What a rehearsal came to; the run then waits for approval."""
    run.state, run.expected, run.totals = "rehearsed", expected, totals
    run.save(update_fields=["state", "expected", "totals", "rehearsed_by", "rehearsed_by_id"])
    BillRun.objects.filter(pk=run.pk).update(rehearsed_at=Now())
    run.refresh_from_db()


def locked_run(run_id: int) -> BillRun:
    """The run with its row locked. Raises UnknownRun."""
    run = BillRun.objects.select_for_update().filter(pk=run_id).first()
    if run is None:
        raise UnknownRun(run=run_id)
    return run


def approve_run(
    *, run: BillRun, issued_on: date, ranges: Iterable[AccountRange], at: datetime, by: Actor
) -> BillRun:
    """Turn a rehearsed run into one that is being issued, with its batches planned. The run must be locked.

    What the rehearsal held is thrown away: each batch says anew what it could not bill. Raises RunNotRehearsed,
    SecondPersonNeeded.
    """
    if run.state != "rehearsed":
        raise RunNotRehearsed(run=run.pk)
    if by.id is not None and by.id == run.rehearsed_by_id and needs_second_person():
        raise SecondPersonNeeded()
    hold_readings_of_runs(shared=False)
    run.exceptions.all().delete()
    run.state, run.issued_on, run.started_at = "issuing", issued_on, at
    run.approved_by_id, run.approved_by = by.id, by.label
    run.save(update_fields=["state", "issued_on", "started_at", "approved_by_id", "approved_by"])
    RunBatch.objects.bulk_create(
        RunBatch(run=run, position=position, first_account_id=r.first, last_account_id=r.last)
        for position, r in enumerate(ranges, start=1)
    )
    return run


def needs_second_person() -> bool:
    """Whether who rehearsed a run may not approve it."""
    return Organisation.objects.filter(second_approval=True).exists()


def hold_readings_of_runs(*, shared: bool) -> None:
    """Let decisions about readings and the beginning of an issue wait for each other, until the transaction ends.

    Decisions share it among themselves; then they look at what is being issued.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pg_advisory_xact_lock{'_shared' if shared else ''}(hashtext('caudal.readings'))"
        )


def hold_services(*, account_ids: Iterable[int]) -> None:
    """Let no run that is being issued bill what these accounts take while it passes to others, nor begin to.

    Until the transaction ends; the accounts are locked by the caller. Raises ServicesBeingBilled.
    """
    hold_readings_of_runs(shared=True)
    if are_being_billed(account_ids=account_ids):
        raise ServicesBeingBilled()


def cancel_run(*, run: BillRun) -> None:
    """Throw a rehearsal away; nothing was numbered, so nothing is missed."""
    if run.state != "rehearsed":
        raise RunNotRehearsed(run=run.pk)
    run.state = "cancelled"
    run.save(update_fields=["state"])


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    """What became of a batch: expected = billed + retained + excused subscriptions."""

    expected: int
    billed: int
    retained: int
    excused: int
    invoices: int
    total: Decimal


def close_batch(*, batch: RunBatch, outcome: BatchOutcome) -> None:
    """Mark a batch issued, with its counts, in the transaction that wrote it."""
    RunBatch.objects.filter(pk=batch.pk).update(issued_at=Now(), **asdict(outcome))


def reopen_retained(*, run: BillRun, size: int) -> None:
    """Turn what an issued run retained into new batches of that run. Raises NothingRetained. The run must be locked."""
    held = run.exceptions.filter(outcome="retained")
    waiting = list(
        held.order_by("subscription__account").values_list("subscription__account", "subscription")
    )
    if run.state != "issued" or not waiting:
        raise NothingRetained(run=run.pk)
    hold_readings_of_runs(shared=False)
    held.delete()
    last = run.batches.order_by("-position").values_list("position", flat=True)[0]
    for position, start in enumerate(range(0, len(waiting), size), start=last + 1):
        part = waiting[start : start + size]
        RunBatch.objects.create(
            run=run,
            position=position,
            first_account_id=part[0][0],
            last_account_id=part[-1][0],
            only_subscriptions=[subscription for _account, subscription in part],
        )
    run.state = "issuing"
    run.save(update_fields=["state"])


def finish_run(*, run: BillRun, at: datetime) -> None:
    """Mark a run issued when none of its batches is left; what it expected is what its first batches did."""
    if run.batches.filter(issued_at=None).exists():
        return
    expected = run.batches.filter(only_subscriptions=[]).aggregate(all=Sum("expected"))["all"] or 0
    BillRun.objects.filter(pk=run.pk, state="issuing").update(
        state="issued", finished_at=at, expected=expected
    )


def record_exceptions(*, run_id: int, exceptions: Iterable[tuple[int, str, str, Mapping[str, Any]]]) -> None:
    """Keep what was expected and not billed: (subscription, outcome, code, detail) each."""
    copy_rows(
        RunException._meta.db_table,
        EXCEPTION_COLUMNS,
        (
            (run_id, subscription, outcome, code, Jsonb(detail))
            for subscription, outcome, code, detail in exceptions
        ),
    )
