"""The bill run beside its floor: COPY of the very rows that issue inserted into the same schema and state.

`run_s` goes from the approval to the last commit of issue, with explanations, ledger, audit and outbox on.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.load import DATED_ON, load_town
from benchmarks.scratch import scratch_database
from caudal.common.actor import SYSTEM
from caudal.workflows import billing_run

# Tables in the order in which their rows point at each other.
WRITTEN: Final = (
    "billing_runbatch",
    "billing_invoice",
    "billing_charge",
    "receivables_ledgerentry",
    "receivables_openinvoice",
    "notices_message",
    "billing_runexception",
    "common_auditrecord",
)
CHUNK: Final = 1 << 20
Say = Callable[[str], None]


def run(*, accounts: int, rounds: int, say: Say) -> dict[str, Any]:
    """Measure `rounds` runs and floors in turn; the medians, and the ratio of each pair's middle one."""
    runs: list[float] = []
    floors: list[float] = []
    rehearsals: list[float] = []
    with scratch_database() as base:
        say(f"loading {accounts:,} accounts with a year of readings")
        load_town(accounts)
        before = _peak_mb()
        for n in range(rounds):
            with tempfile.TemporaryDirectory() as folder:
                with scratch_database(template=base, suffix=f"run{n}"):
                    rehearsal_s, run_s, invoices = _one_run()
                    _keep_rows(Path(folder))
                with scratch_database(template=base, suffix=f"floor{n}"):
                    floor_s = _one_floor(Path(folder))
            rehearsals.append(rehearsal_s)
            runs.append(run_s)
            floors.append(floor_s)
            say(f"round {n + 1}: rehearsal {rehearsal_s:.2f} s, run {run_s:.2f} s, floor {floor_s:.2f} s")
    ratio = median(r / f for r, f in zip(runs, floors, strict=True))
    return {
        "accounts": accounts,
        "run_s": round(median(runs), 3),
        "rehearsal_s": round(median(rehearsals), 3),
        "floor_s": round(median(floors), 3),
        "ratio": round(ratio, 3),
        "invoices_per_s": round(invoices / median(runs)),
        "peak_mb": round(_peak_mb()),
        "peak_mb_before": round(before),
    }


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def _clock() -> Iterator[list[float]]:
    taken: list[float] = []
    start = time.perf_counter()
    yield taken
    taken.append(time.perf_counter() - start)


def _one_run() -> tuple[float, float, int]:
    with _clock() as rehearsal:
        rehearsed = billing_run.rehearse(dated_on=DATED_ON, by=SYSTEM)
    with _clock() as issue:
        billing_run.approve(run_id=rehearsed.pk, issued_on=DATED_ON, at=timezone.now(), by=SYSTEM)
        issued = billing_run.issue_run(run_id=rehearsed.pk, clock=timezone.now)
    assert issued.state == "issued", issued.state
    return rehearsal[0], issue[0], issued.totals["invoices"]


def _keep_rows(folder: Path) -> None:
    with connection.cursor() as cursor:
        for table in (*WRITTEN, "billing_billrun", "billing_period"):
            with (folder / table).open("wb") as file, cursor.copy(f"COPY {table} TO STDOUT") as copy:
                for block in copy:
                    file.write(block)


def _one_floor(folder: Path) -> float:
    _load(folder, "billing_period")
    _load(folder, "billing_billrun")
    with _clock() as taken, transaction.atomic():
        for table in WRITTEN:
            _load(folder, table)
    return taken[0]


def _load(folder: Path, table: str) -> None:
    into = f"COPY {table} FROM STDIN"
    with connection.cursor() as cursor, (folder / table).open("rb") as file, cursor.copy(into) as copy:
        while block := file.read(CHUNK):
            copy.write(block)
