"""Concepts charged once: those that wait for an invoice, the form of a new one, and taking one back."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.billing.assembly.one_off import ONE_OFF
from caudal.billing.models import Account, Charge, OneOff
from caudal.common import clock
from caudal.common.ui import formats
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt, pressed, tried
from caudal.office.forms.billing import OneOffForm
from caudal.office.forms.invoices import ChooseForm
from caudal.office.lists import choice, page_of, whole
from caudal.office.present.subscriptions import account_crumbs
from caudal.office.reach import narrowed, seen
from caudal.registry.context import current_town
from caudal.workflows.invoices.one_offs import Charged, charge_once, preview_once, withdraw_one_off

STATES = ("waiting", "billed", "withdrawn")


@requires("invoices.draft")
def listing(request: StaffRequest) -> HttpResponse:
    """What waits for an invoice, first; what was billed or withdrawn on request."""
    state = choice(request, "estado", STATES) or "waiting"
    charged = Charge.objects.filter(origin_kind=ONE_OFF, origin_id=OuterRef("pk"), live=True)
    found = OneOff.objects.annotate(billed=Exists(charged)).select_related(
        "account__holder", "service", "property"
    )
    in_state = {
        "waiting": found.filter(waits=True, withdrawn_on=None, billed=False),
        "billed": found.filter(billed=True),
        "withdrawn": found.exclude(withdrawn_on=None),
    }
    page = page_of(request, seen(request.user, in_state[state]).order_by("-pk"))
    invoices = dict(
        Charge.objects.filter(
            origin_kind=ONE_OFF, origin_id__in=[o.pk for o in page.object_list], live=True
        ).values_list("origin_id", "invoice_id")
    )
    context = {
        "active": "invoices",
        "page": page,
        "state": state,
        "rows": [(one_off, invoices.get(one_off.pk)) for one_off in page.object_list],
    }
    return render(request, "office/billing/one_offs.html", context)


@requires("invoices.issue")
def create(request: StaffRequest) -> HttpResponse:
    """For whom, then what; the total with its tax is shown before it is charged."""
    account_id = whole(request, "cuenta")
    if account_id is None:
        return _choose(request)
    account = get_object_or_404(Account.objects.select_related("holder"), pk=account_id)
    today = clock.today()
    form = OneOffForm(
        request.POST or None,
        account=account,
        today=today,
        initial={"dated_on": today, "connection": whole(request, "conexion")},
    )
    narrowed(form, request.user)
    shown = None
    if request.method == "POST" and form.is_valid():
        shown = preview_once(data=form.data_of(), on=today)
        button = pressed(request)
        if request.POST.get("do") == "charge" and button is not None:
            done = attempt(
                form,
                lambda: charge_once(data=form.data_of(), pressed=button, on=today, by=request.user.actor),
                fields={"not_a_one_off": "service", "period_closed": "dated_on"},
            )
            if done is not None:
                return _charged(request, done)
    context = {
        "active": "invoices",
        "title": "Cobrar una vez",
        "lede": f"{account.holder.name}, cuenta {account.number}",
        "crumbs": account_crumbs(account),
        "form": form,
        "shown": shown,
        "key": uuid4(),
        "back": reverse("office:customer", args=[account.holder_id]),
    }
    return render(request, "office/billing/one_off.html", context)


def _charged(request: StaffRequest, done: Charged) -> HttpResponse:
    if done.invoice is not None:
        messages.success(request, f"{done.one_off.text} quedó facturado.")
        return redirect("office:invoice", done.invoice.pk)
    amount = formats.money(done.one_off.amount, current_town())
    messages.success(request, f"{done.one_off.text}, {amount}, sale con la próxima factura.")
    return redirect("office:one_offs")


def _choose(request: StaffRequest) -> HttpResponse:
    form = ChooseForm(request.GET if "quien" in request.GET else None)
    if form.is_bound and form.is_valid():
        account, connection = form.cleaned_data["quien"]
        at = f"&conexion={connection.pk}" if connection else ""
        return redirect(f"{reverse('office:one_off_new')}?cuenta={account.pk}{at}")
    context: dict[str, Any] = {
        "active": "invoices",
        "title": "Cobrar una vez",
        "lede": "¿A quién?",
        "crumbs": [("Cobros por una vez", reverse("office:one_offs"))],
        "choose": form,
    }
    return render(request, "office/billing/one_off.html", context)


@requires("invoices.issue")
@require_POST
def withdraw(request: StaffRequest, one_off_id: int) -> HttpResponse:
    """Take back what waits."""
    one_off = get_object_or_404(OneOff, pk=one_off_id)
    tried(
        request,
        lambda: withdraw_one_off(one_off_id=one_off_id, on=clock.today(), by=request.user.actor),
        done=f"{one_off.text} ya no se cobrará.",
    )
    return redirect("office:one_offs")
