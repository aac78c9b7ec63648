"""Runs the queue's worker, again and again as long as the database comes back."""

import asyncio
import logging
import signal
from dataclasses import dataclass, field
from typing import Final

from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException

RETRY_SECONDS: Final = 1.0

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
                await self._run_once()
            except ConnectorException as failure:
                logger.warning("The database is away: %s", failure.__cause__ or failure)
            else:
                if self.until_empty:
                    return
            await self._pause()

    async def _run_once(self) -> None:
        """One life of a worker: until we are asked to stop, the queue is empty, or the database is lost."""
        assert isinstance(app.connector, DjangoConnector), "the worker is started once per process"
        with app.replace_connector(app.connector.get_worker_connector()) as connected:
            async with connected.open_async():
                life = asyncio.ensure_future(
                    connected.run_worker_async(
                        queues=self.queues or None,
                        concurrency=self.concurrency,
                        wait=not self.until_empty,
                        install_signal_handlers=False,
                    )
                )
                asked_to_stop = asyncio.ensure_future(self._stopping.wait())
                await asyncio.wait({life, asked_to_stop}, return_when=asyncio.FIRST_COMPLETED)
                asked_to_stop.cancel()
                life.cancel()  # ends it in order: the job at hand is finished first
                try:
                    await life
                except asyncio.CancelledError:
                    return

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), RETRY_SECONDS)
        except TimeoutError:
            return
