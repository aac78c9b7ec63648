"""Queue tasks of billing. Each is safe to run twice: a worker may die in any of them."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from caudal.billing.models import BillRun
from caudal.billing.operations.periods import PeriodClosed
from caudal.billing.operations.runs import RunAlreadyIssued, RunNotRehearsed, note_rehearsal
from caudal.billing.queries.schedule import due_runs
from caudal.common import clock, queue
from caudal.common.actor import SYSTEM
from caudal.jobs.retrying import WHEN_THE_DATABASE_WAS_LOST
from caudal.registry.context import activate_town_timezone
from caudal.workflows import billing_run


@app.task(name="issue_run", retry=WHEN_THE_DATABASE_WAS_LOST)
def issue_run(run_id: int) -> None:
    """Issue what is left of an approved run."""
    activate_town_timezone()
    billing_run.issue_run(run_id=run_id, clock=clock.now)


@app.task(name="rehearse_run", retry=WHEN_THE_DATABASE_WAS_LOST)
def rehearse_run(run_id: int) -> None:
    """Rehearse a run that somebody asked for, and say how far it is on a connection of its own."""
    activate_town_timezone()
    with ThreadPoolExecutor(max_workers=1) as beside:

        def note(done: int, slices: int) -> None:
            beside.submit(note_rehearsal, run_id=run_id, done=done, slices=slices).result()

        try:
            billing_run.rehearse_run(run_id=run_id, progress=note)
        finally:
            beside.submit(_leave_connection).result()


def _leave_connection() -> None:
    """Close this thread's own connection; the proxy names another one in each thread."""
    connection.close()


@app.periodic(cron="10 * * * *")
@app.task(name="rehearse_due", queueing_lock="rehearse_due")
def rehearse_due(timestamp: int) -> None:
    """Rehearse what falls due today, and on days that were missed; issue only what may be issued by itself."""
    activate_town_timezone()
    today = clock.today()
    for due in due_runs(today=today):
        with suppress(RunAlreadyIssued, RunNotRehearsed, PeriodClosed):  # somebody else was quicker
            run = billing_run.rehearse(dated_on=due.dated_on, services=due.codes, cycle=due.cycle, by=SYSTEM)
            if due.automatic:
                billing_run.approve(run_id=run.pk, issued_on=today, at=clock.now(), by=SYSTEM)


@app.periodic(cron="*/5 * * * *")
@app.task(name="resume_runs", queueing_lock="resume_runs")
def resume_runs(timestamp: int) -> None:
    """Take up a run again that is half rehearsed or issued and that no job works on any more, whatever its job ended
    of.
    """
    for run_id in _left("rehearsing", "rehearse_run"):
        queue.defer("rehearse_run", queueing_lock=f"rehearse_run:{run_id}", run_id=run_id)
    for run_id in _left("issuing", "issue_run"):
        queue.defer("issue_run", queueing_lock=f"issue_run:{run_id}", run_id=run_id)


def _left(state: str, task: str) -> list[int]:
    """Runs in this state that no job of this task is waiting for or working on."""
    at_work = ProcrastinateJob.objects.filter(task_name=task, status__in=("todo", "doing"))
    known = set(at_work.values_list("args__run_id", flat=True))
    runs = BillRun.objects.filter(state=state).values_list("pk", flat=True)
    return [run_id for run_id in runs if run_id not in known]
