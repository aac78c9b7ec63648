"""Queue tasks of billing. Each is safe to run twice: a worker may die in any of them."""

from contextlib import suppress

from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from caudal.billing.models import BillRun
from caudal.billing.operations.runs import RunAlreadyIssued, RunNotRehearsed
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


@app.periodic(cron="10 * * * *")
@app.task(name="rehearse_due", queueing_lock="rehearse_due")
def rehearse_due(timestamp: int) -> None:
    """Rehearse what falls due today, and on days that were missed; issue only what may be issued by itself."""
    activate_town_timezone()
    today = clock.today()
    for due in due_runs(today=today):
        with suppress(RunAlreadyIssued, RunNotRehearsed):  # somebody else was quicker
            run = billing_run.rehearse(dated_on=due.dated_on, services=due.codes, by=SYSTEM)
            if due.automatic:
                billing_run.approve(run_id=run.pk, issued_on=today, at=clock.now(), by=SYSTEM)


@app.periodic(cron="*/5 * * * *")
@app.task(name="resume_runs", queueing_lock="resume_runs")
def resume_runs(timestamp: int) -> None:
    """Take up a run again that is half issued and that no job works on any more, whatever its job ended of."""
    at_work = ProcrastinateJob.objects.filter(task_name="issue_run", status__in=("todo", "doing"))
    known = set(at_work.values_list("args__run_id", flat=True))
    for run_id in BillRun.objects.filter(state="issuing").values_list("pk", flat=True):
        if run_id not in known:
            queue.defer("issue_run", queueing_lock=f"issue_run:{run_id}", run_id=run_id)
