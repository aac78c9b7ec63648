"""The rows that a bill run writes, written by Django: all of a table at once, and one by one, as most programs would.

Favourable to Django: the rows are those that Caudal priced, in memory before the clock starts; one transaction.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from benchmarks.billing import WRITTEN
from benchmarks.load import DATED_ON, load_town
from benchmarks.scratch import scratch_database
from caudal.billing.models import BillRun, Period
from caudal.common.actor import SYSTEM
from caudal.workflows import billing_run

AT_ONCE: Final = 1_000
Rows = Sequence[Sequence[Model]]
Say = Callable[[str], None]


def run(*, invoices: int, say: Say) -> dict[str, Any]:
    """Seconds for each invoice with all that belongs to it: by Caudal with pricing, by bulk_create(), by create()."""
    with scratch_database(suffix="orm") as base:
        say(f"loading {invoices:,} accounts, and issuing their invoices by Caudal")
        load_town(invoices)
        with scratch_database(template=base, suffix="caudal"):
            caudal_s, before, rows = _by_caudal()
        say("the same rows by bulk_create(), and by create()")
        bulk_s, single_s = (_by_django(base, before, rows, write) for write in (_all_at_once, _one_by_one))
    return {
        "orm_invoices": invoices,
        "caudal_ms_per_invoice": round(caudal_s / invoices * 1_000, 3),
        "bulk_create_ms_per_invoice": round(bulk_s / invoices * 1_000, 3),
        "create_ms_per_invoice": round(single_s / invoices * 1_000, 3),
    }


def _by_caudal() -> tuple[float, Rows, Rows]:
    """Seconds from the approval to the last commit; what was there before the issue; what it wrote, by table."""
    rehearsed = billing_run.rehearse(dated_on=DATED_ON, by=SYSTEM)
    start = time.perf_counter()
    billing_run.approve(run_id=rehearsed.pk, issued_on=DATED_ON, at=timezone.now(), by=SYSTEM)
    billing_run.issue_run(run_id=rehearsed.pk, clock=timezone.now)
    taken = time.perf_counter() - start
    models = {model._meta.db_table: model for model in apps.get_models()}
    return taken, _rows([Period, BillRun]), _rows([models[table] for table in WRITTEN])


def _rows(models: Sequence[type[Model]]) -> Rows:
    return [list(model._default_manager.order_by("pk")) for model in models]


def _by_django(base: str, before: Rows, rows: Rows, write: Callable[[Rows], None]) -> float:
    with scratch_database(template=base, suffix="django"):
        _all_at_once(before)
        start = time.perf_counter()
        with transaction.atomic():
            write(rows)
        return time.perf_counter() - start


def _all_at_once(rows: Rows) -> None:
    for each in rows:
        if each:
            type(each[0])._default_manager.bulk_create(each, batch_size=AT_ONCE)


def _one_by_one(rows: Rows) -> None:
    for each in rows:
        for row in each:
            row.save(force_insert=True)
