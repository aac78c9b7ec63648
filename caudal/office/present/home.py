"""Today's tasks of a role: each a small function that says what waits, or nothing."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from caudal.access.models import User
from caudal.approvals.queries import to_decide
from caudal.billing.models import BillRun, InvoiceDraft, RunBatch
from caudal.billing.operations.runs import needs_second_person
from caudal.billing.queries.schedule import due_runs
from caudal.common.ui import formats
from caudal.intake.models import Import
from caudal.kernel.periods import month_span
from caudal.metering.queries.readings import open_alerts, pending
from caudal.notices.models import Message
from caudal.office.lists import counted
from caudal.office.present.first_steps import first_steps
from caudal.office.reach import seen
from caudal.receivables.models import Payment
from caudal.registry.context import current_town
from caudal.tariffs.models import TariffVersion

MORNING, AFTERNOON = 12, 18
Task = dict[str, Any] | None


def home_page(user: User, *, now: datetime, today: date) -> dict[str, Any]:
    """Greeting, tasks and the month's figures for one person."""
    tasks = [task for needed, ask in TASKS if user.can(needed) and (task := ask(user, today)) is not None]
    town = current_town()
    return {
        "start": first_steps(user),
        "greeting": f"{_greeting(now)}, {(user.name or user.username).split()[0]}",
        "lede": f"{formats.weekday_date(today, town).capitalize()} de {today.year}.",
        "primary": _primary(user, tasks),
        "tasks": tasks,
        # The figures are those of the whole town.
        "stats": [] if user.sector_ids else _stats(user, today),
        "stats_title": f"{formats.month_name(today, town).capitalize()}, hasta hoy",
    }


def _primary(user: User, tasks: Sequence[dict[str, Any]]) -> dict[str, str] | None:
    """The first thing that waits; when nothing does, what the role is there for."""
    if tasks:
        return {"label": tasks[0]["label"], "href": tasks[0]["href"]}
    doable = ((label, reverse(f"office:{name}")) for needed, label, name in DUTIES if user.can(needed))
    return next(({"label": label, "href": href} for label, href in doable), None)


def _greeting(now: datetime) -> str:
    hour = timezone.localtime(now).hour
    return "Buenos días" if hour < MORNING else "Buenas tardes" if hour < AFTERNOON else "Buenas noches"


def _task(icon: str, label: str, text: str, name: str, **more: Any) -> dict[str, Any]:
    href = reverse(f"office:{name}") + more.pop("query", "")
    return {"icon": icon, "label": label, "text": text, "href": href, "due": "", "kind": "plain", **more}


def _to_decide(user: User, _today: date) -> Task:
    count = counted(to_decide(user=user))
    if not count:
        return None
    text = "Otra persona lo pidió y espera su decisión."
    return _task("check", "Por aprobar", text, "approvals", count=count, due="Por decidir", kind="pending")


def _readings_to_review(user: User, _today: date) -> Task:
    waiting = counted(seen(user, pending()))
    if not waiting:
        return None
    return _task(
        "meter", "Crítica de lecturas", "Llegaron fuera de lo normal y esperan su decisión.", "review",
        count=waiting, due="Antes de prefacturar", kind="pending",
    )  # fmt: skip


def _runs_due(_user: User, today: date) -> Task:
    due = due_runs(today=today)
    if not due:
        return None
    town = current_town()
    days = ", ".join(dict.fromkeys(formats.day_month(run.dated_on, town) for run in due))
    return _task(
        "invoice", "Toca facturar", f"Con fecha {days}. Primero se prefactura.", "runs",
        count=len(due), due="Hoy", kind="pending",
    )  # fmt: skip


def _runs_to_approve(user: User, _today: date) -> Task:
    """The first one that this user may approve: not his own, where two people are wanted."""
    waiting = BillRun.objects.filter(state="rehearsed").order_by("dated_on")
    if needs_second_person():
        waiting = waiting.exclude(rehearsed_by_id=user.pk)
    run = waiting.first()
    if run is None:
        return None
    href = reverse("office:run", args=[run.pk])
    invoices = run.totals.get("invoices", 0)
    text = "Está prefacturada. Falta revisarla y aprobarla."
    task = _task("invoice", "Aprobar la facturación", text, "runs", count=invoices, due="Por aprobar")
    return {**task, "href": href, "kind": "pending"}


def _runs_issuing(_user: User, _today: date) -> Task:
    run = BillRun.objects.filter(state="issuing").first()
    if run is None:
        return None
    task = _task("invoice", "Facturación en curso", "Se está emitiendo.", "runs", count=None, due="Emitiendo")
    return {**task, "href": reverse("office:run", args=[run.pk]), "kind": "plain"}


def _drafts(user: User, _today: date) -> Task:
    count = seen(user, InvoiceDraft.objects.all()).count()
    text = "Facturas individuales sin emitir."
    return _task("edit", "Borradores", text, "drafts", count=count) if count else None


def _imports(_user: User, _today: date) -> Task:
    count = Import.objects.filter(state="analysed").count()
    text = "Archivos revisados que faltan aplicar."
    return _task("upload", "Importaciones", text, "imports", count=count) if count else None


def _mail_failures(_user: User, _today: date) -> Task:
    count = counted(Message.objects.filter(state__in=("failed", "uncertain")))
    text = "No llegaron, o no se sabe si llegaron."
    query = "?estado=failed"
    found = _task("mail", "Correos por atender", text, "outbox", count=count, query=query, due="Revisar")
    return {**found, "kind": "overdue"} if count else None


def _to_print(_user: User, _today: date) -> Task:
    count = counted(Message.objects.filter(state="waiting"))
    text = "Facturas de quienes no tienen correo."
    return (
        _task("print", "Por imprimir", text, "outbox", count=count, query="?estado=waiting")
        if count
        else None
    )


def _alerts(user: User, _today: date) -> Task:
    count = counted(seen(user, open_alerts()).exclude(reading__state="pending"))
    text = "Excedentes y consumos que alguien debe mirar."
    return _task("flag", "Alertas abiertas", text, "alerts", count=count) if count else None


def _tariff_drafts(_user: User, _today: date) -> Task:
    count = TariffVersion.objects.filter(published_at=None).count()
    text = "Versiones preparadas que falta publicar."
    return _task("tariff", "Tarifas por publicar", text, "tariffs", count=count) if count else None


TASKS: Final[tuple[tuple[str, Callable[[User, date], Task]], ...]] = (
    ("office.enter", _to_decide),
    ("runs.approve", _runs_to_approve),
    ("readings.review", _readings_to_review),
    ("runs.rehearse", _runs_due),
    ("runs.view", _runs_issuing),
    ("imports.run", _imports),
    ("outbox.view", _mail_failures),
    ("outbox.view", _to_print),
    ("invoices.draft", _drafts),
    ("readings.review", _alerts),
    ("tariffs.publish", _tariff_drafts),
)


# What a role does all day, for the hours in which nothing waits: permission, words, page. The first that fits.
DUTIES: Final = (
    ("payments.take", "Cobrar", "payment_new"),
    ("readings.capture", "Tomar lecturas", "reading_panel"),
    ("customers.view", "Buscar clientes", "customers"),
    ("meters.view", "Ver conexiones", "connections"),
)


def _stats(user: User, today: date) -> list[dict[str, Any]]:
    """Billed and collected this month, for those who see money."""
    town = current_town()
    month = month_span(today)
    stats = []
    if user.can("runs.view"):
        batches = RunBatch.objects.filter(run__issued_on__gte=month.start, run__issued_on__lt=month.end)
        sums = batches.aggregate(invoices=Sum("invoices"), total=Sum("total"))
        note = f"{formats.number(sums['invoices'] or 0, town)} facturas"
        billed = formats.money(sums["total"] or Decimal(0), town)
        stats.append({"label": "Facturado", "value": billed, "note": note, "href": reverse("office:runs")})
    if user.can("payments.view"):
        lived = Payment.objects.filter(posted_on__gte=month.start, posted_on__lt=month.end, reversed_on=None)
        taken = lived.exclude(method__in=Payment.NOT_MONEY)
        collected = taken.aggregate(total=Sum("amount"))["total"] or Decimal(0)
        today_sum = taken.filter(posted_on=today).aggregate(total=Sum("amount"))["total"] or Decimal(0)
        note = f"Hoy {formats.money(today_sum, town)}"
        href = reverse("office:payments")
        stats.append(
            {"label": "Cobrado", "value": formats.money(collected, town), "note": note, "href": href}
        )
    return stats
