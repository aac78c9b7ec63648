"""The outbox: states of what is sent, and in a demo the mails themselves."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.common import clock
from caudal.notices.models import Message
from caudal.notices.operations.outbox import resend
from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import tried
from caudal.office.exports import export_asked, exported, in_chunks, sought
from caudal.office.lists import chips, choice, page_of
from caudal.office.present.invoices import about
from caudal.office.present.outbox import STATES, KeptMail, kept_mail, message_row, message_rows, outbox

# The body of a mail is somebody's HTML: it may show itself and nothing else.
MAIL_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"

RELATED = ("account__holder", "party", "invoice__series", "payment__series")

EXPORT_COLUMNS = (
    "Mensaje",
    "Documento",
    "Cliente",
    "Canal",
    "Para",
    "Estado",
    "Intentos",
    "Creado",
    "Enviado",
)


@requires("outbox.view")
def listing(request: StaffRequest) -> HttpResponseBase:
    text, state = request.GET.get("q", "").strip(), choice(request, "estado", STATES)
    which = about(text, invoice="invoice") if text else None
    found = outbox(which=which, state=state).select_related(*RELATED)
    if export_asked(request):
        filters = sought(text, dict(Message.STATES)[state].lower() if state else "")
        return exported(
            request, name="correos", columns=EXPORT_COLUMNS, rows=_to_export(found), filters=filters
        )
    page = page_of(request, found)
    page.object_list = message_rows(page.object_list)
    counts = chips(outbox(which=which), **{name: outbox(which=which, state=name) for name in STATES})
    return render(request, "office/outbox.html", {"page": page, "counts": counts})


def _to_export(found: QuerySet[Message]) -> Iterator[tuple[Any, ...]]:
    states = dict(Message.STATES)
    for messages in in_chunks(found):
        for row in message_rows(messages):
            yield (
                row["kind"],
                row["subject"],
                row["customer"],
                row["channel"],
                row["recipient"],
                states[row["state"]],
                row["attempts"],
                row["created_at"],
                row["sent_at"],
            )


@requires("outbox.view")
def message(request: StaffRequest, message_id: int) -> HttpResponse:
    found = _message(message_id)
    mail = _mail_of(request, found)
    context = {"message": message_row(found), "mail": _shown(mail, message_id) if mail else None}
    return render(request, "office/message.html", context)


def _message(message_id: int) -> Message:
    return get_object_or_404(Message.objects.select_related(*RELATED), pk=message_id)


def _mail_of(request: StaffRequest, message: Message) -> KeptMail | None:
    """The mail as it was written; one with a way in only for who hands out ways in."""
    if message.kind == "portal_link" and not request.user.can("users.manage"):
        return None
    return kept_mail(message)


def _shown(mail: KeptMail, message_id: int) -> dict[str, Any]:
    files = [
        {
            "name": file.name,
            "size": len(file.content),
            "href": reverse("office:message_file", args=[message_id, position]),
        }
        for position, file in enumerate(mail.attachments)
    ]
    return {
        "subject": mail.subject,
        "from_address": mail.from_address,
        "to": mail.to,
        "on": mail.on,
        "text": mail.text,
        "html_href": reverse("office:message_html", args=[message_id]) if mail.html else "",
        "attachments": files,
    }


@requires("outbox.view")
def message_html(request: StaffRequest, message_id: int) -> HttpResponse:
    """The HTML body as its reader sees it, in a sandbox."""
    mail = _mail_of(request, _message(message_id))
    if mail is None:
        raise Http404
    response = HttpResponse(mail.html)
    response["Content-Security-Policy"] = MAIL_POLICY
    return response


@requires("outbox.view")
def message_file(request: StaffRequest, message_id: int, position: int) -> HttpResponse:
    """An attachment, to be kept and never run."""
    mail = _mail_of(request, _message(message_id))
    if mail is None or position >= len(mail.attachments):
        raise Http404
    file = mail.attachments[position]
    kind = "application/pdf" if file.kind == "application/pdf" else "application/octet-stream"
    response = HttpResponse(file.content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return response


@requires("outbox.view")
@require_POST
def message_retry(request: StaffRequest, message_id: int) -> HttpResponse:
    _message(message_id)
    tried(
        request,
        lambda: resend(message_id=message_id, at=clock.now(), by=request.user.actor),
        done="Se enviará otra vez.",
    )
    return redirect("office:message", message_id)
