"""One-off invoices: chosen, prepared as a draft, looked at, discarded or issued."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.billing.models import Account, Invoice, InvoiceDraft, SentForm, Series, Subscription
from caudal.billing.operations.numbering import INVOICES
from caudal.billing.operations.sent import Pressed
from caudal.billing.queries.one_off import Span, metered_subscription, unbilled_span, unit_price_on
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.kernel.periods import month_of
from caudal.metering.models import Connection
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import attempt, pressed, tried
from caudal.office.forms.invoices import ChooseForm, DraftForm, span_initial
from caudal.office.lists import page_of, whole
from caudal.office.present.drafts import draft_rows, previewed
from caudal.office.reach import seen, within_reach
from caudal.registry.context import current_town
from caudal.workflows import invoices as workflow
from caudal.workflows.invoices import OneOffForm


@dataclass(frozen=True, slots=True)
class Subject:
    """For whom the invoice is, and the readings it would span."""

    account: Account
    connection: Connection | None
    span: Span | None


@requires("invoices.draft")
def listing(request: StaffRequest) -> HttpResponse:
    waiting = seen(request.user, InvoiceDraft.objects.select_related("account__holder"))
    page = page_of(request, waiting.order_by("-updated_at", "-pk"))
    page.object_list = draft_rows(page.object_list, on=clock.today())
    return render(request, "office/drafts.html", {"page": page, "active": "invoices"})


@requires("invoices.draft")
def create(request: StaffRequest) -> HttpResponse:
    subject = _asked(request)
    if subject is None:
        return _choose(request)
    initial = {"month": month_of(clock.today()), **span_initial(subject.span), **_usual_price(subject)}
    form = DraftForm(request.POST or None, initial=initial, span=subject.span)
    return _handle(request, form, subject, None)


@requires("invoices.draft")
def edit(request: StaffRequest, draft_id: int) -> HttpResponse:
    draft = InvoiceDraft.objects.select_related("account__holder").filter(pk=draft_id).first()
    if draft is None:
        return _sent_again(request)
    kept = OneOffForm.from_json(draft.form)
    connection = Connection.objects.get(pk=kept.connection_id) if kept.connection_id else None
    subject = _subject(draft.account, connection)
    initial = DraftForm.initial_of(kept, span=subject.span, version=draft.version)
    form = DraftForm(request.POST or None, initial=initial, span=subject.span)
    return _handle(request, form, subject, draft)


@requires("invoices.draft")
@require_POST
def discard(request: StaffRequest, draft_id: int) -> HttpResponse:
    get_object_or_404(InvoiceDraft, pk=draft_id)
    done = "Se descartó el borrador."
    tried(request, lambda: workflow.discard_draft(draft_id=draft_id, by=request.user.actor), done=done)
    return redirect("office:drafts")


def _sent_again(request: StaffRequest) -> HttpResponse:
    """A draft is gone when its invoice is issued: who sent its page twice is led to that one."""
    button = pressed(request)
    sent = get_object_or_404(SentForm, key=button.key if button else "")
    invoice = get_object_or_404(seen(request.user, Invoice.objects.all()), pk=sent.invoice_id)
    return redirect("office:invoice", invoice.pk)


def _handle(
    request: StaffRequest, form: DraftForm, subject: Subject, draft: InvoiceDraft | None
) -> HttpResponse:
    do = request.POST.get("do", "")
    if request.method == "POST" and form.is_valid():
        if do == "save":
            saved = attempt(form, lambda: _save(request, form, subject, draft))
            if saved is not None:
                messages.success(request, "Se guardó el borrador.")
                return redirect("office:draft", saved.pk)
        button = pressed(request)
        if do == "issue" and button is not None:
            issued = attempt(
                form,
                lambda: _issue(request, form, subject, draft, button),
                fields={"due_in_the_past": "due_on"},
            )
            if issued is not None:
                messages.success(request, "La factura quedó emitida.")
                return redirect("office:invoice", issued.pk)
    return _page(request, form, subject, draft)


def _save(request: StaffRequest, form: DraftForm, subject: Subject, draft: InvoiceDraft | None) -> Any:
    connection_id = subject.connection.pk if subject.connection else None
    return workflow.save_draft(
        form=form.one_off(account_id=subject.account.pk, connection_id=connection_id),
        by=request.user.actor,
        draft_id=draft.pk if draft else None,
        version=form.cleaned_data["version"] or 0,
    )


def _issue(
    request: StaffRequest, form: DraftForm, subject: Subject, draft: InvoiceDraft | None, button: Pressed
) -> Any:
    if not request.user.can("invoices.issue"):
        raise PermissionDenied
    connection_id = subject.connection.pk if subject.connection else None
    return workflow.issue_form(
        form=form.one_off(account_id=subject.account.pk, connection_id=connection_id),
        pressed=button,
        on=clock.today(),
        by=request.user.actor,
        draft_id=draft.pk if draft else None,
        version=form.cleaned_data["version"] or 0,
    )


def _page(
    request: StaffRequest, form: DraftForm, subject: Subject, draft: InvoiceDraft | None
) -> HttpResponse:
    shown, refusal = _preview(form, subject)
    series = Series.objects.filter(code=INVOICES).first()
    holder = subject.account.holder
    context = {
        "active": "invoices",
        "draft": draft,
        "form": form,
        "sections": form.sections(),
        "customer": {"id": holder.pk, "name": holder.name, "number": subject.account.number},
        "preview": shown,
        "refusal": refusal,
        "key": uuid4(),
        "next_number": series.printed(series.last_number + 1) if series else "",
    }
    return render(request, "office/draft.html", context)


def _preview(form: DraftForm, subject: Subject) -> tuple[dict[str, Any] | None, str]:
    """What the invoice would say, or why it cannot be computed; neither before anything was typed."""
    connection_id = subject.connection.pk if subject.connection else None
    bound = form if form.is_bound else _as_bound(form)
    if bound is None or set(bound.errors) - {NON_FIELD_ERRORS}:
        return None, ""
    try:
        one_off = bound.one_off(account_id=subject.account.pk, connection_id=connection_id)
        document = workflow.preview(form=one_off, on=clock.today())
    except DomainError as refusal:
        return None, refusal.message
    return previewed(document, on=clock.today(), town=current_town()), ""


def _as_bound(form: DraftForm) -> DraftForm | None:
    """A stored draft, read again as if it had been sent; None for a new form."""
    if not form.initial.get("version"):
        return None
    data = {name: form[name].value() for name in form.fields}
    return DraftForm(
        {k: "" if v is None else v for k, v in data.items()}, initial=form.initial, span=form.span
    )


def _asked(request: StaffRequest) -> Subject | None:
    """Who the address names: an account, with a connection or without; or a customer with only one of
    each.
    """
    if account_id := whole(request, "cuenta"):
        account = get_object_or_404(Account.objects.select_related("holder"), pk=account_id)
        connection_id = whole(request, "conexion")
        theirs = Connection.objects.filter(subscriptions__account=account)
        connection = theirs.filter(pk=connection_id).first() if connection_id else None
        return _subject(account, connection)
    if customer_id := whole(request, "cliente"):
        accounts = list(within_reach(Account.objects.filter(holder=customer_id)).select_related("holder")[:2])
        if len(accounts) != 1:
            return None
        taken = within_reach(Connection.objects.filter(subscriptions__account=accounts[0])).distinct()
        connections = list(taken[:2])
        return _subject(accounts[0], connections[0]) if len(connections) == 1 else None
    return None


def _subject(account: Account, connection: Connection | None) -> Subject:
    subscription = _metered(account, connection)
    span = unbilled_span(subscription=subscription, until=clock.today()) if subscription else None
    return Subject(account, connection, span if span and span.to_on > span.from_on else None)


def _metered(account: Account, connection: Connection | None) -> Subscription | None:
    if connection is None:
        return None
    return metered_subscription(connection_id=connection.pk, account_id=account.pk)


def _usual_price(subject: Subject) -> dict[str, Any]:
    subscription = _metered(subject.account, subject.connection)
    if subscription is None or subject.span is None:
        return {}
    return {"unit_price": unit_price_on(subscription=subscription, on=clock.today())}


def _choose(request: StaffRequest) -> HttpResponse:
    form = ChooseForm(request.GET if "quien" in request.GET else None)
    if form.is_bound and form.is_valid():
        account, connection = form.cleaned_data["quien"]
        at = f"&conexion={connection.pk}" if connection else ""
        return redirect(f"{reverse('office:draft_new')}?cuenta={account.pk}{at}")
    return render(
        request, "office/draft.html", {"choose": form, "draft": None, "customer": None, "active": "invoices"}
    )
