"""A board's pages: assemblies with their attendance list and fines, quotas, the social quota."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from caudal.billing.models import Account, Period
from caudal.billing.queries.due import next_dated_on
from caudal.board import operations
from caudal.board.models import Assembly, Quota
from caudal.board.operations import QuotaData
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.ui import formats
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt, tried
from caudal.office.forms.board import AssemblyForm, FineForm, QuotaForm, SocialQuotaForm
from caudal.office.present import board as present
from caudal.registry.context import current_town

NEEDED = "board.manage"


@requires(NEEDED)
def home(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    context = {
        "assemblies": present.assemblies(),
        "quotas": present.quotas(),
        "social": present.social_quotas(),
        "month": present.month_stats(today, timezone.now()),
    }
    return render(request, "office/board.html", context)


@requires(NEEDED)
def assembly_new(request: StaffRequest) -> HttpResponse:
    form = AssemblyForm(request.POST or None, initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        on: date = form.cleaned_data["on"]
        held = attempt(form, lambda: operations.hold_assembly(month=on, on=on, by=request.user.actor))
        if held is not None:
            return redirect("office:board_assembly", held.period_id)
    return _form_page(request, form, "Asamblea", "Pasar lista")


@requires(NEEDED)
def assembly(request: StaffRequest, period_id: int) -> HttpResponse:
    """The attendance list: ticks, and a box where a name or an account number and Enter is a tick."""
    period = get_object_or_404(Period.objects.exclude(assembly_on=None), pk=period_id)
    held_on: date = period.assembly_on or period.month
    held = operations.assembly_of(period_id=period.pk)
    text = request.POST.get("q", "").strip()[:80]
    found = present.matching(text, held_on) if text else []
    if request.method == "POST" and _list_saved(request, held, found):
        if len(found) == 1:
            messages.success(request, f"{found[0].name}: asistió.")
        if not text or len(found) == 1:
            return redirect("office:board_assembly", period.pk)
    context = {
        "title": f"Asamblea del {formats.short_date(held_on, current_town())}",
        "period": period,
        "held": held,
        "form": FineForm(initial={"amount": held.fine}),
        "text": text if len(found) != 1 else "",
        "matches": found[:8] if len(found) > 1 else [],
        "unknown": bool(text and not found),
        "over": held_on <= clock.today(),
        **present.attendance(held, held_on),
    }
    return render(request, "office/assembly.html", context)


def _list_saved(request: StaffRequest, held: Assembly, found: list[Any]) -> bool:
    """Write what was ticked, as far as it differs from what the page showed: two people may pass the list at once."""
    ticked = {state: set(request.POST.getlist(state)) for state in present.STATES}
    states: dict[int, str] = {}
    for shown in request.POST.getlist("was"):
        party, _, before = shown.partition(":")
        now = next((state for state in present.STATES if party in ticked[state]), "")
        if party.isascii() and party.isdigit() and now != before:
            states[int(party)] = now
    if len(found) == 1:
        states[found[0].party_id] = "present"
    try:
        operations.save_attendance(
            assembly_id=held.pk, states=states, on=clock.today(), by=request.user.actor
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    return True


@requires(NEEDED)
@require_POST
def fines(request: StaffRequest, period_id: int) -> HttpResponse:
    """Fine who was absent, or take back what is not billed."""
    period = get_object_or_404(Period.objects.exclude(assembly_on=None), pk=period_id)
    held = operations.assembly_of(period_id=period.pk)
    by = request.user.actor
    if "withdraw" in request.POST:
        tried(
            request,
            lambda: operations.withdraw_fines(assembly_id=held.pk, on=clock.today(), by=by),
            done="Se quitaron las multas que no se habían facturado.",
        )
        return redirect("office:board_assembly", period.pk)
    form = FineForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Escriba de cuánto es la multa.")
    elif period.assembly_on and period.assembly_on > clock.today():
        messages.error(request, "La asamblea todavía no ha sido.")
    else:
        amount = form.cleaned_data["amount"]
        made = operations.charge_fines(assembly_id=held.pk, amount=amount, at=timezone.now(), by=by)
        each = formats.money(amount, current_town())
        messages.success(
            request, f"Multas nuevas: {made}, de {each}. Salen en la próxima factura de cada uno."
        )
    return redirect("office:board_assembly", period.pk)


@requires(NEEDED)
def quota_new(request: StaffRequest) -> HttpResponse:
    today = clock.today()
    begins = next_dated_on(today=today) or today
    form = QuotaForm(request.POST or None, initial={"minutes_on": today, "first_month": begins})
    if request.method == "POST" and form.is_valid():
        data = QuotaData(**form.cleaned_data)
        approved = attempt(form, lambda: operations.approve_quota(data=data, by=request.user.actor))
        if approved is not None:
            messages.success(request, f"Se cargó la cuota «{approved.concept}».")
            return redirect("office:board_quota", approved.pk)
    return _form_page(request, form, "Cuota extraordinaria", "Cargar a los asociados")


@requires(NEEDED)
def quota(request: StaffRequest, quota_id: int) -> HttpResponse:
    found = get_object_or_404(Quota, pk=quota_id)
    return render(request, "office/quota.html", present.quota_page(found))


@requires(NEEDED)
@require_POST
def quota_withdraw(request: StaffRequest, quota_id: int) -> HttpResponse:
    get_object_or_404(Quota, pk=quota_id)
    tried(
        request,
        lambda: operations.withdraw_quota(quota_id=quota_id, on=clock.today(), by=request.user.actor),
        done="Se quitó lo que no se había facturado.",
    )
    return redirect("office:board_quota", quota_id)


@requires(NEEDED)
def social(request: StaffRequest) -> HttpResponse:
    """How much of the social quota an account has pending."""
    form = SocialQuotaForm(request.POST or None, initial={"account": request.GET.get("cuenta", "")})
    if request.method == "POST" and form.is_valid():
        account = Account.objects.select_related("holder").filter(number=form.cleaned_data["account"]).first()
        if account is None:
            form.add_error("account", "No hay ninguna cuenta con ese número.")
        elif attempt(
            form, lambda: _set_social(request, account, form), fields={"social_quota_billed": "amount"}
        ):
            messages.success(request, f"Se guardó la cuota social de {account.holder.name}.")
            return redirect("office:board")
    return _form_page(request, form, "Cuota social pendiente", "Guardar")


def _set_social(request: StaffRequest, account: Account, form: SocialQuotaForm) -> bool:
    operations.set_social_quota(
        account_id=account.pk, amount=form.cleaned_data["amount"], on=clock.today(), by=request.user.actor
    )
    return True


def _form_page(request: StaffRequest, form: Any, title: str, action: str) -> HttpResponse:
    back = reverse("office:board")
    context = {
        "title": title,
        "crumbs": [("Junta", back)],
        "form": form,
        "back": back,
        "action": action,
        "active": "board",
    }
    return render(request, "office/form.html", context)
