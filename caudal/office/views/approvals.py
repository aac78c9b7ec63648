"""«Por aprobar»: what waits for a second person, with what it would change; approved, declined or taken back."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.approvals import operations
from caudal.approvals.models import Approval
from caudal.approvals.queries import to_decide
from caudal.common import clock
from caudal.office.access import ENTER, StaffRequest, requires
from caudal.office.attempts import attempt, tried
from caudal.office.forms.approvals import DeclineForm
from caudal.office.lists import choice, counted, page_of
from caudal.office.present.approvals import DONE, approval_page, rows, run_rows, visible

OWN, CLOSED = "pedidas", "decididas"


@requires(ENTER)
def listing(request: StaffRequest) -> HttpResponse:
    which, user = choice(request, "ver", (OWN, CLOSED)), request.user
    mine = to_decide(user=user)
    asked = visible(user).filter(state=Approval.WAITING, asked_by_id=user.pk)
    found = {OWN: asked, CLOSED: visible(user).exclude(state=Approval.WAITING)}.get(which, mine)
    page = page_of(request, found)
    runs = {"": run_rows(user), OWN: run_rows(user, own=True)}
    page.object_list = [*(runs.get(which, []) if page.number == 1 else []), *rows(page.object_list)]
    counts = {"mine": counted(mine) + len(runs[""]), "own": counted(asked) + len(runs[OWN])}
    return render(request, "office/approvals.html", {"page": page, "which": which, "counts": counts})


@requires(ENTER)
def detail(request: StaffRequest, approval_id: int) -> HttpResponse:
    return _page(request, approval_id, DeclineForm())


def _page(request: StaffRequest, approval_id: int, form: DeclineForm) -> HttpResponse:
    found = get_object_or_404(visible(request.user), pk=approval_id)
    context = approval_page(found, user=request.user, on=clock.today())
    status = 422 if form.errors else 200
    return render(request, "office/approval.html", {**context, "decline_form": form}, status=status)


@requires(ENTER)
@require_POST
def approve(request: StaffRequest, approval_id: int) -> HttpResponse:
    found = get_object_or_404(visible(request.user), pk=approval_id)
    call = partial(
        operations.approve,
        request_id=approval_id,
        seen=request.POST.get("seen", ""),
        on=clock.today(),
        at=clock.now(),
        by=request.user.actor,
    )
    tried(request, call, done=DONE[found.kind])
    return redirect("office:approval", approval_id)


@requires(ENTER)
@require_POST
def decline(request: StaffRequest, approval_id: int) -> HttpResponse:
    get_object_or_404(visible(request.user), pk=approval_id)
    form = DeclineForm(request.POST)
    if form.is_valid():
        call = partial(
            operations.decline,
            request_id=approval_id,
            reason=form.cleaned_data["reason"],
            at=clock.now(),
            by=request.user.actor,
        )
        if attempt(form, call) is not None:
            messages.success(request, "El pedido quedó rechazado. Nada cambió.")
            return redirect("office:approval", approval_id)
    return _page(request, approval_id, form)


@requires(ENTER)
@require_POST
def withdraw(request: StaffRequest, approval_id: int) -> HttpResponse:
    get_object_or_404(visible(request.user), pk=approval_id)
    call = partial(operations.withdraw, request_id=approval_id, at=clock.now(), by=request.user.actor)
    tried(request, call, done="El pedido quedó retirado.")
    return redirect("office:approval", approval_id)
