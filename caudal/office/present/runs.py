"""Bill runs as pages show them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.urls import reverse

from caudal.billing.models import BillRun, Rehearsal, RunException, Series, Subscription
from caudal.billing.queries.due import plan_of, services_due, services_of
from caudal.billing.queries.preflight import Preflight, preflight
from caudal.billing.queries.runs import Compared, compared, progress_of, reasons_of
from caudal.billing.queries.schedule import due_runs
from caudal.common.errors import DomainError
from caudal.common.ui import formats
from caudal.documents.models import RunFile
from caudal.kernel.periods import add_months, month_of
from caudal.notices.models import Message
from caudal.office.present.reasons import reason_of, title_of_reason
from caudal.registry.context import Town
from caudal.tariffs.models import Service

# While these last, the outcomes are not told yet.
UNDER_WAY: Final = ("rehearsing", "issuing")
CHECKS: Final = (
    ("unread", "Medidores sin lectura en el plazo", "office:reading_panel", "?estado=missing"),
    ("pending", "Lecturas por revisar", "office:review", ""),
    ("unpriced", "Servicios sin tarifa vigente", "office:tariffs", ""),
    ("alerts", "Alertas abiertas", "office:alerts", ""),
    ("without_mail", "Recibirán la factura impresa", "office:customers", ""),
)


def title_of(run: BillRun, town: Town, *, known: Sequence[Service]) -> str:
    """«Facturación de octubre de 2026»: by the month that most of its services bill. `known`: all services."""
    try:
        services = services_of(run, known=known)
    except DomainError:  # the calendar of its services changed since
        return f"Facturación del {formats.long_date(run.dated_on, town)}"
    month = add_months(month_of(run.dated_on), -1) if services[0].in_arrears else month_of(run.dated_on)
    cycle = f" · {run.cycle.name}" if run.cycle else ""
    return f"Facturación de {formats.month_name(month, town)}{cycle}"


def codes_of(run: BillRun) -> tuple[str, ...]:
    return tuple(code for code in run.service_codes.split(",") if code)


def _services_of(run: BillRun, known: Sequence[Service]) -> str:
    names = {service.code: service.name for service in known}
    codes = run.totals.get("services", {})
    if run.state == "rehearsing":
        with suppress(DomainError):  # the calendar of its services changed since
            codes = [service.code for service in services_of(run, known=known)]
    return ", ".join(names.get(code, code) for code in codes) or "Sin servicios"


def run_rows(runs: Iterable[BillRun], town: Town) -> list[dict[str, Any]]:
    """The rows of the list; the services are read once for all of them."""
    known = list(Service.objects.all())
    return [_listed(run, town, known) for run in runs]


def _listed(run: BillRun, town: Town, known: Sequence[Service]) -> dict[str, Any]:
    totals = run.totals
    return {
        "id": run.pk,
        "title": title_of(run, town, known=known),
        "dated_on": run.dated_on,
        "services": _services_of(run, known),
        "codes": codes_of(run),
        "cycle_id": run.cycle_id,
        "state": run.state,
        "invoices": totals.get("invoices", 0),
        "total": Decimal(totals.get("total", 0)),
        "retained": totals.get("retained", 0),
        "by": run.rehearsed_by,
    }


def due_cards(*, today: date) -> list[dict[str, Any]]:
    """What falls due and nobody rehearsed yet, with what to look at before."""
    names = dict(Service.objects.values_list("code", "name"))
    cards = []
    for due in due_runs(today=today):
        services = services_due(dated_on=due.dated_on, codes=due.codes, cycle=due.cycle)
        cards.append(
            {
                "dated_on": due.dated_on,
                "services": ", ".join(names[s.code] for s in services),
                "codes": due.codes,
                "automatic": due.automatic,
                "cycle": due.cycle,
                "checks": _checks(preflight(dated_on=due.dated_on, services=services)),
            }
        )
    return cards


def _checks(found: Preflight) -> list[dict[str, Any]]:
    counts = asdict(found)
    return [
        {"label": label, "count": counts[name], "href": reverse(view) + query}
        for name, label, view, query in CHECKS
        if counts[name]
    ]


def run_page(run: BillRun, *, today: date, town: Town) -> dict[str, Any]:
    """Everything the page of a run shows but its exceptions."""
    totals, so_far = run.totals, progress_of(run)
    known = list(Service.objects.all())
    return {
        "run": {
            **_listed(run, town, known),
            "due_date": _due_date(run, today),
            "rehearsed_at": run.rehearsed_at,
            "rehearsed_by": run.rehearsed_by,
            "approved_by": run.approved_by,
            "issued_on": run.issued_on,
            "expected": run.expected,
            "invoices": so_far.invoices if run.state == "issued" else totals.get("invoices", 0),
        },
        "lede": _services_of(run, known)
        + (". Nada se ha emitido todavía." if run.state == "rehearsed" else "."),
        "steps": _steps(run),
        "balance": _balance(run) if run.state not in UNDER_WAY else None,
        "progress": progress(run),
        **_comparison(run, town),
        "checks": _run_checks(run) if run.state == "rehearsed" else [],
        "deviations": _deviations(totals.get("moved", ())[:8], town) if run.state != "rehearsing" else [],
        "file": _file(run),
        "approve": _approval(run, today) if run.state == "rehearsed" and totals.get("invoices") else None,
    }


def _due_date(run: BillRun, today: date) -> date | None:
    if run.state == "cancelled":
        return None
    try:
        plan = plan_of(run, issued_on=run.issued_on or today)
    except DomainError:
        return None
    return min((rule.due_date for rule in plan.rules.values()), default=None)


def _steps(run: BillRun) -> list[dict[str, Any]]:
    issued = run.state == "issued"
    waiting = Message.objects.filter(invoice__batch__run=run, state="queued").count() if issued else 0
    retained = run.totals.get("retained", 0)
    place = {"rehearsing": 1, "rehearsed": 2, "issuing": 4, "issued": 5 if waiting else 6, "cancelled": 2}[
        run.state
    ]
    reviewed = {0: "Sin retenidas", 1: "1 retenida"}.get(retained, f"{retained} retenidas")
    at_work = run.state == "rehearsing"
    steps = [
        ("Lecturas", "Las aceptadas"),
        ("Prefacturación", "Calculando" if at_work else "Calculada"),
        ("Revisión", "Falta" if at_work else reviewed),
        ("Aprobación", run.approved_by or "Falta"),
        ("Emisión", "Números y fecha"),
        ("Entrega", f"{waiting} correos en cola" if waiting else "Correo e impresión"),
    ]
    return [
        {"label": label, "note": note, "done": n < place, "current": n == place}
        for n, (label, note) in enumerate(steps)
    ]


def _balance(run: BillRun) -> dict[str, Any]:
    outcomes = {outcome: 0 for outcome in ("retained", "excused")}
    for outcome, _code, count in reasons_of(run):
        outcomes[outcome] += count
    billed = run.expected - sum(outcomes.values())
    here = reverse("office:run", args=[run.pk])
    return {
        "total": {"value": run.expected, "label": "servicios activos", "href": here},
        "terms": [
            {"value": billed, "label": "facturados", "href": here},
            {"value": outcomes["retained"], "label": "retenidos", "href": f"{here}?ver=#excepciones"},
            {"value": outcomes["excused"], "label": "sin cobro", "href": f"{here}?ver=excused#excepciones"},
        ],
        "closes": run.state != "rehearsed" or billed == run.totals.get("billed"),
        "retained": outcomes["retained"],
    }


def progress(run: BillRun) -> dict[str, Any] | None:
    """How far the rehearsal or the issue is, while it goes on."""
    if run.state == "rehearsing":
        found = Rehearsal.objects.filter(run=run).first()
        return {
            "label": "Calculando, por grupos de cuentas:",
            "done": found.done if found else 0,
            "total": found.slices if found else 0,
            "note": "No emite nada. Puede salir de esta página: el cálculo sigue, y aquí verá cómo va.",
        }
    if run.state != "issuing":
        return None
    so_far = progress_of(run)
    return {
        "label": "Emitiendo",
        "done": so_far.invoices,
        "total": run.totals.get("invoices", 0),
        "note": "Puede salir de esta página: el trabajo sigue, y aquí verá cómo va.",
    }


def _comparison(run: BillRun, town: Town) -> dict[str, Any]:
    found = compared(run) if run.state not in ("cancelled", "rehearsing") else ()
    others = _beside_services(run) if found else []
    return {
        "comparison": [
            {
                "label": each.service.name,
                "note": f"{formats.number(each.volume, town)} {each.service.unit}" if each.volume else "",
                **_beside(each.total, each.month_before, each.year_before),
            }
            for each in found
        ]
        + [{"label": label, "note": "", **_beside(amount, None, None)} for label, amount in others],
        "comparison_total": _total_beside(found, others) if found else None,
        "comparison_words": ("Esta facturación", "La anterior", "Hace un año"),
    }


def _beside_services(run: BillRun) -> list[tuple[str, Decimal]]:
    """What the run charges that is no service of its calendar; nothing of it is compared."""
    sums = (("Intereses", "interest"), ("Cobros por una vez", "one_offs"))
    return [(label, amount) for label, key in sums if (amount := Decimal(run.totals.get(key, 0)))]


def _total_beside(found: tuple[Compared, ...], others: list[tuple[str, Decimal]]) -> dict[str, Any]:
    def added(amounts: Iterable[Decimal | None]) -> Decimal | None:
        return sum((a for a in amounts if a is not None), Decimal(0)) or None

    now = sum((amount for _label, amount in others), added(f.total for f in found) or Decimal(0))
    before = added(f.month_before for f in found)
    return {
        "label": "Total",
        "note": "",
        **_beside(now, before, added(f.year_before for f in found)),
    }


def _beside(now: Decimal, before: Decimal | None, year_before: Decimal | None) -> dict[str, Any]:
    return {
        "now": now,
        "before": before,
        "change": _change(now, before),
        "year_before": year_before,
        "year_change": _change(now, year_before),
    }


def _change(now: Decimal, before: Decimal | None) -> Decimal | None:
    return (now - before) / before if before else None


def _run_checks(run: BillRun) -> list[dict[str, Any]]:
    try:
        return _checks(preflight(dated_on=run.dated_on, services=services_of(run)))
    except DomainError:
        return []


def _deviations(moved: Any, town: Town) -> list[dict[str, Any]]:
    found = Subscription.objects.select_related("account__holder", "service").in_bulk(
        [m["subscription"] for m in moved]
    )
    return [
        {
            "customer": found[m["subscription"]].account.holder.name,
            "customer_id": found[m["subscription"]].account.holder_id,
            "before": f"{formats.number(Decimal(m['before']), town)} {found[m['subscription']].service.unit}",
            "now": f"{formats.number(Decimal(m['now']), town)} {found[m['subscription']].service.unit}",
        }
        for m in moved
        if m["subscription"] in found
    ]


def _file(run: BillRun) -> dict[str, Any] | None:
    """The PDF of all its invoices, made in the background."""
    file = RunFile.objects.filter(run=run).order_by("-pk").first()
    if file is None:
        return None
    href = reverse("office:run_file", args=[run.pk])
    return {"state": file.state, "pages": file.pages, "done": file.done, "href": href}


def _approval(run: BillRun, today: date) -> dict[str, Any]:
    invoices = run.totals["invoices"]
    series = Series.objects.filter(code="invoices").first()
    first = (series.last_number if series else 0) + 1
    return {
        "invoices": invoices,
        "total": Decimal(run.totals["total"]),
        "first_number": series.printed(first) if series else "",
        "last_number": series.printed(first + invoices - 1) if series else "",
        "issued_on": today,
        "due_date": _due_date(run, today),
        "retained": run.totals.get("retained", 0),
    }


def reason_chips(run: BillRun, outcome: str) -> list[dict[str, Any]]:
    """The reasons of one outcome with their counts."""
    return [
        {"code": code, "label": title_of_reason(code), "count": count}
        for found, code, count in reasons_of(run)
        if found == outcome
    ]


def exception_row(found: RunException, town: Town) -> dict[str, Any]:
    """An exception with the link to where its cause is mended."""
    subscription = found.subscription
    reason, to_do = reason_of(found.code, found.detail)
    return {
        "account": subscription.account.number,
        "customer": subscription.account.holder.name,
        "customer_id": subscription.account.holder_id,
        "connection": subscription.connection.number if subscription.connection else "",
        "service": subscription.service.name,
        "reason": reason,
        "detail": _detail(found, town),
        "to_do": to_do,
        "href": _cause(subscription, found.code),
    }


def _detail(found: RunException, town: Town) -> str:
    if last := found.detail.get("last"):
        return f"La última es del {formats.long_date(date.fromisoformat(last), town)}"
    if found.code == "account_unread":
        return f"Falta la lectura de: {found.detail['connections']}"
    return f"No es igual en todas: {found.detail['attribute']}" if found.code == "account_differs" else ""


def _cause(subscription: Subscription, code: str) -> str:
    if code == "no_tariff":
        return reverse("office:tariff", args=[subscription.tariff_id])
    if subscription.connection_id:
        return reverse("office:connection", args=[subscription.connection_id])
    if subscription.property_id:
        return reverse("office:property", args=[subscription.property_id])
    return reverse("office:customer", args=[subscription.account.holder_id])
