"""Bill runs as lists and pages show them: what falls due, what a rehearsal found, how far the issue is."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Sum
from django.urls import reverse

from caudal.billing.models import BillRun, RunException, Series, Subscription
from caudal.billing.operations.numbering import INVOICES
from caudal.billing.queries.due import month_billed, plan_of, services_due
from caudal.billing.queries.runs import Compared, compared, exceptions_of, progress_of, reasons_of
from caudal.billing.queries.schedule import DueRun, due_runs
from caudal.common.errors import DomainError
from caudal.common.ui import formats
from caudal.documents.models import RunFile
from caudal.kernel.periods import add_months, month_span
from caudal.metering.queries.readings import missing, open_alerts, pending
from caudal.office.lists import count
from caudal.registry.context import Town
from caudal.tariffs.models import Service
from caudal.tariffs.sentences import sentence

YEAR: Final = 12
OUTCOMES: Final = ("retained", "excused")
# Why a subscription was not billed, and what mends it; other codes are the pricing kernel's own.
REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "already_billed": ("Ya se facturó este periodo", "Nada que hacer"),
    "no_connection": ("Sin conexión", "Asigne la conexión en la ficha del cliente"),
    "no_reading": ("Sin lectura", "Anote la lectura, o estímela"),
    "waits_for_reading": ("Espera la lectura siguiente", "Nada que hacer: se cobra junto al leer"),
    "no_tariff": ("Sin tarifa vigente", "Publique una versión que cubra la fecha"),
    "base_held": ("Depende de otro servicio retenido", "Se resuelve al corregir el otro"),
    "priced_by_account": ("Se calcula por cuenta", "Revise la tarifa"),
    "nothing_to_charge": ("Nada que cobrar", "Nada que hacer"),
}
FIX_PRICE: Final = "Complete los datos de la conexión, o corrija la tarifa"


def run_rows(runs: Iterable[BillRun], town: Town) -> list[dict[str, Any]]:
    """The rows of the list."""
    listed = list(runs)
    sums = {
        run.pk: run.batches.aggregate(invoices=Sum("invoices"), total=Sum("total"), retained=Sum("retained"))
        for run in listed
        if run.state in ("issuing", "issued")
    }
    return [_row(run, sums.get(run.pk), town) for run in listed]


def due_page(*, today: date, town: Town) -> list[dict[str, Any]]:
    """What falls due and is not rehearsed yet, with what to look at before."""
    return [_due(run, town) for run in due_runs(today=today)]


def run_page(run: BillRun, *, on: date, town: Town) -> dict[str, Any]:
    """A run from rehearsal to delivery."""
    counts = counts_of(run)
    return {
        "run": {
            "id": run.pk,
            "title": title_of(run, town),
            "dated_on": run.dated_on,
            "due_date": _due_date(run, on),
            "state": run.state,
            "rehearsed_at": run.rehearsed_at,
            "rehearsed_by": run.rehearsed_by,
            "approved_by": run.approved_by,
            "issued_on": run.issued_on,
            "invoices": counts["invoices"],
            "total": counts["total"],
            "expected": counts["expected"],
            "services": services_of(run),
        },
        "lede": f"Con fecha {formats.long_date(run.dated_on, town)}: {services_of(run)}.",
        "steps": _steps(run, counts),
        "balance": _balance(run, counts),
        "progress": progress(run),
        **_comparison(run, town),
        "checks": checks(run.dated_on) if run.state == "rehearsed" else [],
        "deviations": _deviations(run),
        "samples": False,
        "file": _file(run),
        **_approval(run, counts, on),
    }


def exceptions(run: BillRun, *, outcome: str, code: str) -> Any:
    """The run's exceptions of an outcome, of one reason when it is named."""
    found = exceptions_of(run, outcome=outcome or "retained")
    return found.filter(code=code) if code else found


def exception_rows(found: Iterable[RunException]) -> list[dict[str, Any]]:
    """Exceptions with the reason in words and a link to what mends it."""
    return [_exception(each) for each in found]


def reasons(run: BillRun, outcome: str) -> list[dict[str, Any]]:
    """The reasons of an outcome, for the chips."""
    wanted = outcome or "retained"
    return [
        {"code": code, "label": reason_words(code, {})[0], "count": n}
        for kind, code, n in reasons_of(run)
        if kind == wanted
    ]


def reason_words(code: str, detail: Mapping[str, Any]) -> tuple[str, str]:
    """Why, and what to do."""
    if code in REASONS:
        return REASONS[code]
    try:
        return sentence(code, {name: str(value) for name, value in detail.items()}), FIX_PRICE
    except KeyError:  # a chip says the reason without its figures
        return code.replace("_", " ").capitalize(), FIX_PRICE


def progress(run: BillRun) -> dict[str, Any] | None:
    """How far the issue is, while it lasts."""
    if run.state != "issuing":
        return None
    done = progress_of(run)
    note = "Puede cerrar esta página: sigue en el servidor."
    return {"label": "Emitiendo", "done": done.batches_done, "total": done.batches, "note": note}


def counts_of(run: BillRun) -> dict[str, Any]:
    """The equation of a run: expected = billed + retained + excused; from its batches once it is issued."""
    if run.state not in ("issuing", "issued"):
        totals = run.totals
        return {
            "expected": run.expected,
            "billed": totals.get("billed", 0),
            "retained": totals.get("retained", 0),
            "excused": totals.get("excused", 0),
            "invoices": totals.get("invoices", 0),
            "total": Decimal(totals.get("total", "0")),
        }
    first = run.batches.filter(only_subscriptions=[]).aggregate(expected=Sum("expected"))
    sums = run.batches.aggregate(billed=Sum("billed"), invoices=Sum("invoices"), total=Sum("total"))
    held = dict.fromkeys(OUTCOMES, 0) | {
        kind: sum(n for outcome, _code, n in reasons_of(run) if outcome == kind) for kind in OUTCOMES
    }
    return {
        "expected": first["expected"] or 0,
        "billed": sums["billed"] or 0,
        **held,
        "invoices": sums["invoices"] or 0,
        "total": sums["total"] or Decimal(0),
    }


def checks(dated_on: date) -> list[dict[str, Any]]:
    """What to look at before a run: readings that wait or are missing, open alerts, services without
    prices.
    """
    window = month_span(dated_on)
    review, meters = reverse("office:review"), reverse("office:reading_panel")
    found = [
        ("Lecturas por revisar", count(pending()), review),
        ("Medidores sin lectura este mes", count(missing(window=window)), f"{meters}?estado=missing"),
        ("Alertas abiertas", count(open_alerts()), reverse("office:alerts")),
    ]
    return [{"label": label, "count": n, "href": href} for label, n, href in found if n != 0]


def title_of(run: BillRun, town: Town) -> str:
    """«Facturación de octubre 2026»."""
    services = _services(run)
    month = month_billed(services[0], run.dated_on) if services else run.dated_on
    return f"Facturación de {formats.month_name(month, town)}"


def services_of(run: BillRun) -> str:
    """The names of what the run bills."""
    return ", ".join(service.name for service in _services(run))


def _services(run: BillRun) -> Sequence[Service]:
    codes = [code for code in run.service_codes.split(",") if code]
    try:
        return services_due(dated_on=run.dated_on, codes=codes)
    except DomainError:  # its services have been changed since
        return list(Service.objects.filter(code__in=codes))


def _row(run: BillRun, sums: Mapping[str, Any] | None, town: Town) -> dict[str, Any]:
    found = sums or {
        "invoices": run.totals.get("invoices", 0),
        "total": Decimal(run.totals.get("total", "0")),
        "retained": run.totals.get("retained", 0),
    }
    return {
        "id": run.pk,
        "title": title_of(run, town),
        "dated_on": run.dated_on,
        "services": services_of(run),
        "state": run.state,
        "invoices": found["invoices"] or 0,
        "total": found["total"] or Decimal(0),
        "retained": found["retained"] or 0,
        "by": run.approved_by or run.rehearsed_by,
    }


def _due(run: DueRun, town: Town) -> dict[str, Any]:
    services = services_due(dated_on=run.dated_on, codes=run.codes)
    return {
        "dated_on": run.dated_on,
        "services": ", ".join(service.name for service in services),
        "codes": ",".join(run.codes),
        "automatic": run.automatic,
        "checks": checks(run.dated_on),
    }


def _due_date(run: BillRun, on: date) -> date | None:
    """The first due date of what the run bills; none when its services have been changed since."""
    try:
        plan = plan_of(run, issued_on=run.issued_on or on)
    except DomainError:
        return None
    return min((rule.due_date for rule in plan.rules.values()), default=None)


def _steps(run: BillRun, counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    reached = {"rehearsed": 1, "issuing": 3, "issued": 4, "cancelled": 1}[run.state]
    steps = (
        ("Prefacturación", f"{counts['expected']} servicios"),
        ("Revisión", f"{counts['retained']} retenidas"),
        ("Aprobación", run.approved_by),
        ("Emisión", f"{counts['invoices']} facturas"),
        ("Entrega", "Correo e impresión"),
    )
    return [
        {"label": label, "note": note, "done": n < reached, "current": n == reached}
        for n, (label, note) in enumerate(steps)
    ]


def _balance(run: BillRun, counts: Mapping[str, Any]) -> dict[str, Any]:
    here = reverse("office:run", args=[run.pk])
    invoices = f"{reverse('office:invoices')}?q=" if run.state == "issued" else f"{here}#t-comp"
    terms = [
        {"value": counts["billed"], "label": "facturados", "href": invoices},
        {"value": counts["retained"], "label": "retenidos", "href": f"{here}#excepciones"},
        {"value": counts["excused"], "label": "sin cobro", "href": f"{here}?ver=excused#excepciones"},
    ]
    total = {"value": counts["expected"], "label": "servicios esperados", "href": here}
    closes = counts["expected"] == sum(term["value"] for term in terms) or run.state == "issuing"
    return {"total": total, "terms": terms, "closes": closes, "retained": counts["retained"]}


def _comparison(run: BillRun, town: Town) -> dict[str, Any]:
    services = _services(run)
    if not services or run.state == "cancelled":
        return {"comparison": []}
    found = compared(run)
    month = month_billed(services[0], run.dated_on)
    words = tuple(
        formats.month_name(m, town).capitalize()
        for m in (month, add_months(month, -1), add_months(month, -YEAR))
    )
    rows = [
        _compared(row.service.name, _volume(row, town), row.total, row.month_before, row.year_before)
        for row in found
    ]
    total = _compared(
        "Total",
        "",
        sum((row.total for row in found), Decimal(0)),
        _sum(row.month_before for row in found),
        _sum(row.year_before for row in found),
    )
    return {
        "comparison": rows,
        "comparison_total": total if len(rows) > 1 else None,
        "comparison_words": words,
    }


def _compared(
    label: str, note: str, now: Decimal, before: Decimal | None, year: Decimal | None
) -> dict[str, Any]:
    return {
        "label": label,
        "note": note,
        "now": now,
        "before": before,
        "change": now / before - 1 if before else None,
        "year_before": year,
        "year_change": now / year - 1 if year else None,
    }


def _volume(row: Compared, town: Town) -> str:
    return f"{formats.number(row.volume, town)} {row.service.unit}" if row.service.kind == "metered" else ""


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _deviations(run: BillRun) -> list[dict[str, Any]]:
    """Whose use changed most since the last bill."""
    moved = run.totals.get("moved", [])[:10]
    ids = [entry["subscription"] for entry in moved]
    found = Subscription.objects.select_related("account__holder", "service").in_bulk(ids)
    return [
        {
            "customer": found[entry["subscription"]].account.holder.name,
            "customer_id": found[entry["subscription"]].account.holder_id,
            "unit": found[entry["subscription"]].service.unit,
            "now": Decimal(entry["now"]),
            "before": Decimal(entry["before"]),
        }
        for entry in moved
        if entry["subscription"] in found
    ]


def _file(run: BillRun) -> dict[str, Any] | None:
    file = RunFile.objects.filter(run=run).order_by("-pk").first()
    if file is None:
        return None
    href = reverse("office:run_file", args=[run.pk])
    return {"state": file.state, "pages": file.pages, "done": file.done, "href": href}


def _approval(run: BillRun, counts: Mapping[str, Any], on: date) -> dict[str, Any]:
    if run.state != "rehearsed":
        return {"approve": None, "approve_refusal": ""}
    if not counts["invoices"]:
        text = "No hay ninguna factura que emitir. Corrija las retenidas y vuelva a calcular."
        return {"approve": None, "approve_refusal": text}
    series = Series.objects.get(code=INVOICES)
    return {
        "approve": {
            "invoices": counts["invoices"],
            "total": counts["total"],
            "first_number": series.printed(series.last_number + 1),
            "last_number": series.printed(series.last_number + counts["invoices"]),
            "issued_on": on,
            "due_date": _due_date(run, on),
            "retained": counts["retained"],
        },
        "approve_refusal": "",
    }


def _exception(each: RunException) -> dict[str, Any]:
    subscription = each.subscription
    reason, to_do = reason_words(each.code, each.detail)
    customer = reverse("office:customer", args=[subscription.account.holder_id])
    href = customer
    if each.code == "no_tariff":
        href = reverse("office:tariff", args=[subscription.tariff_id])
    elif subscription.connection_id is not None:
        href = reverse("office:connection", args=[subscription.connection_id])
    last = each.detail.get("last")
    return {
        "account": subscription.account.number,
        "customer": subscription.account.holder.name,
        "customer_id": subscription.account.holder_id,
        "connection": subscription.connection.number if subscription.connection else "",
        "service": subscription.service.name,
        "reason": reason,
        "detail": f"La última es del {date.fromisoformat(last):%d/%m/%Y}" if last else "",
        "to_do": to_do,
        "href": href,
    }
