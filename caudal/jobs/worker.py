"""Runs the queue's worker, again and again as long as the database comes back, and revives orphaned jobs."""

import asyncio
import logging
import signal
from dataclasses import dataclass, field
from typing import Final

from procrastinate.app import App, WorkerOptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

RETRY_S: Final = 1.0
HEARTBEAT_S: Final = 5.0
# A worker silent for this long is dead, and its jobs are free for others.
DEAD_AFTER_S: Final = 20.0
SWEEP_S: Final = 5.0
# A job that outlived no worker so many times is what kills them.
REVIVALS_MAX: Final = 5

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Worker:
    """One process of the queue: `concurrency` jobs at a time from `queues` (all when empty).

    A worker that loses the database ends: its heartbeat and its ear for new jobs are gone. Here it is then
    started anew until the database is back, so that an operator's restart of PostgreSQL needs no second one.
    """

    concurrency: int
    queues: tuple[str, ...] = ()
    until_empty: bool = False
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Work until SIGINT or SIGTERM, or until the queue is empty where that was asked for."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        while not self._stopping.is_set():
            try:
                await self._live_once()
            except ConnectorException as failure:
                logger.warning("The database is away: %s", failure.__cause__ or failure)
            else:
                if self.until_empty:
                    return
            await self._pause()

    async def _live_once(self) -> None:
        """One life of a worker: until we are asked to stop, the queue is empty, or the database is lost."""
        assert isinstance(app.connector, DjangoConnector), "the worker is started once per process"
        with app.replace_connector(app.connector.get_worker_connector()) as connected:
            async with connected.open_async():
                await _revive_orphans(connected)
                life = asyncio.create_task(connected.run_worker_async(**self._options()))
                others = {
                    asyncio.create_task(self._stopping.wait()),
                    asyncio.create_task(_keep_reviving(connected)),
                }
                await asyncio.wait({life, *others}, return_when=asyncio.FIRST_COMPLETED)
                for task in (*others, life):  # the worker finishes the job at hand before it ends
                    task.cancel()
                for outcome in await asyncio.gather(life, *others, return_exceptions=True):
                    if isinstance(outcome, Exception):
                        raise outcome

    def _options(self) -> WorkerOptions:
        options: WorkerOptions = {
            "concurrency": self.concurrency,
            "wait": not self.until_empty,
            "install_signal_handlers": False,
            "update_heartbeat_interval": HEARTBEAT_S,
            "stalled_worker_timeout": DEAD_AFTER_S,
        }
        if self.queues:  # an empty list would be none at all
            options["queues"] = self.queues
        return options

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), RETRY_S)
        except TimeoutError:
            return


async def _keep_reviving(connected: App) -> None:
    while True:
        await asyncio.sleep(SWEEP_S)
        await _revive_orphans(connected)


async def _revive_orphans(connected: App) -> None:
    """Queue the jobs of dead workers again: the queue does not do so by itself.

    Two workers may find the same job; the database lets one of them through. Tasks are safe to run twice.
    """
    for job in await connected.job_manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER_S):
        if job.attempts >= REVIVALS_MAX:
            await _give_up(connected, job)
            continue
        try:
            await connected.job_manager.retry_job(job)
        except UniqueViolation:  # an equal job waits already
            await _give_up(connected, job)
        except ConnectorException as refusal:
            logger.info("Job %s was revived by another worker: %s", job.id, refusal.__cause__ or refusal)
        else:
            logger.warning("Job %s (%s) lost its worker and waits again.", job.id, job.task_name)


async def _give_up(connected: App, job: Job) -> None:
    logger.error("Job %s (%s) is given up after %s attempts.", job.id, job.task_name, job.attempts)
    await connected.job_manager.finish_job(job, status=Status.FAILED, delete_job=False)
