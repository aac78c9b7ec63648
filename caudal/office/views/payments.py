"""Payments: the list, the till, a payment's own page, its receipt, and its reversal."""

from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db.models import QuerySet, Sum
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from caudal.approvals.kinds import Proposal
from caudal.billing.models import Account
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.documents.printing.prints import Copy, receipt_pdf, signed_for_one
from caudal.documents.queries.receipts import Paper
from caudal.office.access import StaffRequest, requires
from caudal.office.asking import asked_or_done, second_person, tell
from caudal.office.attempts import attempt
from caudal.office.exports import export_asked, exported, in_chunks, sought
from caudal.office.forms.payments import METHODS, ReversalForm, TillForm
from caudal.office.lists import choice, count, is_capped, ordered_where_short, page_of, whole
from caudal.office.present import payments as present
from caudal.office.present.approvals import DONE
from caudal.office.reach import seen
from caudal.receivables import operations as receivables
from caudal.receivables.models import InvoiceCredit, Payment
from caudal.receivables.queries import reversal_effect, statement
from caudal.registry.context import current_town
from caudal.workflows.payments import PaymentRequest, take_payment

ZERO = Decimal(0)
ORDERS = {
    "number": ("series", "number"),
    "value_on": ("value_on", "pk"),
    "amount": ("amount", "pk"),
    "id": ("pk",),
}

COVERED = ("number", "id")
EXPORT_COLUMNS = ("Comprobante", "Cliente", "Cuenta", "Fecha", "Forma", "Recibió", "Monto", "Reversado")


@requires("payments.view")
def listing(request: StaffRequest) -> HttpResponseBase:
    today = clock.today()
    text = request.GET.get("q", "").strip()
    state = choice(request, "estado", (present.TODAY, present.REVERSED))
    method = choice(request, "metodo", tuple(code for code, _word in Payment.METHODS))
    which = present.payments_about(text) if text else None
    found = seen(request.user, present.payments(which=which, state=state, method=method, on=today))
    states = {"all": "", present.TODAY: present.TODAY, present.REVERSED: present.REVERSED}
    if export_asked(request):
        words = {present.TODAY: "de hoy", present.REVERSED: "reversados"}
        filters = sought(text, words.get(state, ""), dict(Payment.METHODS).get(method, "").lower())
        rows = _to_export(found)
        return exported(request, name="cobros", columns=EXPORT_COLUMNS, rows=rows, filters=filters)
    in_order = ordered_where_short(request, found, ORDERS, "-id", covered=COVERED)
    page = page_of(request, in_order.values_list("pk", flat=True))
    page.object_list = present.payment_rows(page.object_list)
    filtered = (text or state or method) and not is_capped(page)
    context = {
        "page": page,
        "counts": {
            name: count(seen(request.user, present.payments(which=which, state=of, method=method, on=today)))
            for name, of in states.items()
        },
        "sum": _sum(found) if filtered else None,
        "methods": Payment.METHODS,
    }
    return render(request, "office/payments.html", context)


def _to_export(found: QuerySet[Payment]) -> Iterator[tuple[Any, ...]]:
    for ids in in_chunks(found.order_by("pk").values_list("pk", flat=True)):
        for row in present.payment_rows(ids):
            yield (
                row.number,
                row.customer,
                row.account_number,
                row.value_on,
                row.method,
                row.taken_by,
                row.amount,
                row.reversed_on,
            )


@requires("payments.take")
@require_http_methods(["GET", "POST"])
def take(request: StaffRequest) -> HttpResponse:
    """The till: search or scan (`q`), choose (`cuenta`), take the money (POST)."""
    if request.method == "POST":
        return _charge(request)
    text, account_id = request.GET.get("q", "").strip(), whole(request, "cuenta")
    if account_id is not None:
        account = get_object_or_404(Account.objects.select_related("holder"), pk=account_id)
        return _till(request, account, text=text)
    found = present.accounts_for(text) if text else []
    if len(found) == 1:
        return _till(request, found[0], text=text)
    return _till(request, None, text=text, matches=found)


@requires("payments.view")
def detail(request: StaffRequest, payment_id: int) -> HttpResponse:
    """A payment's own page; what a bill is below zero has that bill's."""
    if given := InvoiceCredit.objects.filter(payment=payment_id).first():
        return redirect("office:invoice", given.invoice_id)
    return _page(request, payment_id, ReversalForm())


@requires("payments.view")
def pdf(request: StaffRequest, payment_id: int) -> HttpResponse:
    """The receipt: the first print is the original, the others say that they are copies. `papel=80mm`: the roll."""
    payment = get_object_or_404(Payment.objects.select_related("series"), pk=payment_id, credited=None)
    before = receivables.note_printed(payment_id=payment.pk, by=request.user.actor)
    at = timezone.localtime(clock.now())
    copy = Copy(on=at.date(), at=f"{at:%H:%M}", by=request.user.actor.label) if before else None
    paper: Paper = "80mm" if request.GET.get("papel") == "80mm" else "sheet"
    made = receipt_pdf(payment_id, paper=paper, copy=copy)
    name = f"comprobante-{payment.series.printed(payment.number)}"
    if paper == "sheet":  # the roll goes straight to the till's printer, where somebody waits
        made = signed_for_one(made, reason=name)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response


@requires("payments.reverse")
@require_POST
def reverse_one(request: StaffRequest, payment_id: int) -> HttpResponse:
    get_object_or_404(Payment, pk=payment_id, credited=None)
    form = ReversalForm(request.POST)
    if form.is_valid():
        payload = {"reason": form.cleaned_data["reason"]}
        proposal = Proposal(kind="reverse", object_id=payment_id, payload=payload)
        outcome = attempt(form, lambda: asked_or_done(request, proposal))
        if outcome is not None:
            tell(request, outcome, done=DONE["reverse"])
            return redirect("office:payment", payment_id)
    return _page(request, payment_id, form)


def _charge(request: StaffRequest) -> HttpResponse:
    account = get_object_or_404(Account.objects.select_related("holder"), pk=_posted_account(request))
    form = TillForm(request.POST)
    if not form.is_valid():
        reasons = " ".join(str(error) for errors in form.errors.values() for error in errors)
        return _till(request, account, form=form, refusal=reasons)
    try:
        payment = take_payment(request=_request(form, account), by=request.user.actor)
    except DomainError as refusal:
        return _till(request, account, form=form, refusal=refusal.message)
    return redirect(f"{reverse('office:payment_new')}?ultimo={payment.pk}")


def _request(form: TillForm, account: Account) -> PaymentRequest:
    """What the items need is charged; who tenders less pays a part, who tenders more gets change."""
    given, today = form.cleaned_data, clock.today()
    return PaymentRequest(
        account_id=account.pk,
        tendered=given["tendered"],
        method=given["method"],
        value_on=today,
        posted_on=today,
        idempotency_key=f"till:{given['key']}",
        charge_ids=tuple(given["item"]),
        payer=given["payer"],
    )


def _till(
    request: StaffRequest,
    account: Account | None,
    *,
    text: str = "",
    matches: Collection[Account] = (),
    form: TillForm | None = None,
    refusal: str = "",
) -> HttpResponse:
    """The till with what an account owes: all of it chosen, or as a refused form left it."""
    town = current_town()
    chosen = None if form is None else _posted_items(request)
    context: dict[str, Any] = {
        "q": text,
        "matches": [present.match_of(found) for found in matches],
        "customer": None,
        "refusal": refusal,
        "methods": METHODS,
        "last": _last(request),
        **_typed(form),
    }
    if account is not None:
        owed = statement(account_id=account.pk, on=clock.today())
        picked = [item for item in owed.items if chosen is None or item.charge_id in chosen]
        total = sum((item.payable for item in picked), ZERO)
        context |= {
            "customer": {
                "id": account.pk,
                "name": account.holder.name,
                "note": " · ".join(filter(None, (f"Cuenta {account.number}", account.holder.identification))),
            },
            "groups": present.groups_of(owed.items, chosen=chosen, town=town),
            "total": total,
            "rest": owed.total - total,
            "credit": owed.credit,
            "notes": present.notes_for(total, town.currency),
        }
    return render(request, "office/till.html", context, status=422 if refusal else 200)


def _typed(form: TillForm | None) -> dict[str, Any]:
    """What stands in the boxes: what was typed before a refusal, so that Enter takes what the cashier meant.

    The key stays too: whatever is sent again asks for the same payment.
    """
    first = {"method": METHODS[0][0], "tendered": "", "payer": "", "form_key": uuid4(), "wrong": ()}
    if form is None:
        return first
    typed = {"tendered": form["tendered"].value(), "payer": form["payer"].value(), "wrong": form.errors}
    sound = {"method": form.cleaned_data.get("method"), "form_key": form.cleaned_data.get("key")}
    return first | typed | {name: value for name, value in sound.items() if value}


def _page(request: StaffRequest, payment_id: int, form: ReversalForm) -> HttpResponse:
    payment = get_object_or_404(Payment.objects.select_related("account"), pk=payment_id)
    second = second_person(request.user, "reverse", payment_id)
    page = present.payment_page(payment)
    effect = None if payment.reversed_on or page["passed"] else reversal_effect(payment_id=payment_id)
    context = {**page, "reversal": effect, "reversal_form": form, "second": second}
    return render(request, "office/payment.html", context, status=422 if form.errors else 200)


def _last(request: StaffRequest) -> dict[str, Any] | None:
    """The receipt just given, with the change that may still lie on the counter."""
    payment_id = whole(request, "ultimo")
    if payment_id is None:
        return None
    payment = Payment.objects.filter(pk=payment_id).select_related("series").first()
    if payment is None:
        return None
    change = Decimal(payment.frozen.get("change") or 0)
    number = payment.series.printed(payment.number)
    return {"id": payment.pk, "number": number, "amount": payment.amount, "change": change}


def _posted_account(request: StaffRequest) -> int:
    typed = request.POST.get("customer", "")
    if not _is_id(typed):
        raise Http404
    return int(typed)


def _posted_items(request: StaffRequest) -> list[int]:
    return [int(pk) for pk in request.POST.getlist("item") if _is_id(pk)]


def _is_id(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 19


def _sum(found: Any) -> Decimal:
    return found.filter(reversed_on=None).aggregate(sum=Sum("amount"))["sum"] or ZERO
