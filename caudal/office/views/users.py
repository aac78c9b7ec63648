"""Users: who enters, with which roles, and the link with which each sets his own password."""

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.access import operations
from caudal.access.models import User
from caudal.access.permissions import PERMISSIONS
from caudal.access.queries import roles
from caudal.approvals.kinds import Proposal
from caudal.approvals.models import Approval
from caudal.approvals.queries import needs_second_person
from caudal.office.access import StaffRequest, requires
from caudal.office.asking import asked_or_done, second_person, tried_or_asked
from caudal.office.attempts import attempt, tried
from caudal.office.crud.screens import panel_shown
from caudal.office.entities.people import SEEN_BY_USER
from caudal.office.forms.users import UserForm
from caudal.office.passwords import password_link, send_password_link

ERRORS = {"duplicate_user": "username", "unknown_role": "roles", "last_administrator": "roles"}


@requires("users.manage")
def create(request: StaffRequest) -> HttpResponse:
    form = UserForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(form, lambda: _create(request, form), fields=ERRORS)
        if made is not None:
            _hand_over(request, made)
            return redirect("office:user", made.pk)
    return _page(request, form, None)


@requires("users.manage")
def edit(request: StaffRequest, user_id: int) -> HttpResponse:
    subject = get_object_or_404(User.objects.prefetch_related("roles"), pk=user_id)
    is_self = subject.pk == request.user.pk
    form = UserForm(request.POST or None, initial=UserForm.initial_of(subject), is_self=is_self)
    if request.method == "POST" and form.is_valid():
        saved = attempt(form, lambda: _save(request, subject, form), fields=ERRORS)
        if saved is not None:
            messages.success(request, f"Se guardó {saved}.")
            return redirect("office:user", user_id)
    return _page(request, form, subject)


@transaction.atomic
def _create(request: StaffRequest, form: UserForm) -> User:
    """A new user with his roles, or without them until another person approves."""
    given, by = dict(form.cleaned_data), request.user.actor
    given.pop("version")
    sectors, chosen = [sector.pk for sector in given.pop("sectors")], given["roles"]
    if needs_second_person("users.manage"):
        made = operations.create_user(**given | {"roles": []}, by=by)
        _grant(request, made, chosen, sectors)
        return made
    made = operations.create_user(**given, by=by)
    return operations.set_sectors(user_id=made.pk, sector_ids=sectors, by=by)


@transaction.atomic
def _save(request: StaffRequest, subject: User, form: UserForm) -> User:
    """Save what was shown as it still is; rights are given only where the form changed them."""
    given = dict(form.cleaned_data)
    chosen, sectors = given.pop("roles", None), given.pop("sectors", None)
    version = given.pop("version") or 0
    saved = operations.update_user(user_id=subject.pk, version=version, **given, by=request.user.actor)
    if chosen is not None and sectors is not None and {"roles", "sectors"} & set(form.changed_data):
        _grant(request, subject, chosen, [sector.pk for sector in sectors])
    return saved


def _grant(request: StaffRequest, subject: User, chosen: list[str], sectors: list[int]) -> None:
    payload = {"roles": chosen, "sectors": sectors}
    outcome = asked_or_done(request, Proposal(kind="grant", object_id=subject.pk, payload=payload))
    if isinstance(outcome, Approval):
        messages.success(
            request, f"Los roles de {subject} quedaron pedidos. Se dan cuando otra persona los apruebe."
        )


@requires("users.manage")
@require_POST
def set_active(request: StaffRequest, user_id: int) -> HttpResponse:
    """Shut a user out, or let him in again, which may need a second person; nobody does it to himself."""
    subject = get_object_or_404(User, pk=user_id)
    by = request.user.actor
    if subject.pk == request.user.pk:
        messages.error(request, "Su propia cuenta la cambia otra persona.")
    elif subject.is_active:
        tried(
            request,
            lambda: operations.deactivate_user(user_id=user_id, by=by),
            done=f"{subject} ya no puede entrar.",
        )
    else:
        proposal = Proposal(kind="activate", object_id=user_id, payload={})
        tried_or_asked(request, proposal, done=f"{subject} puede entrar otra vez.")
    return redirect("office:user", user_id)


@requires("users.manage")
@require_POST
def reset(request: StaffRequest, user_id: int) -> HttpResponse:
    """A link with which the user sets a new password: by mail, or shown to be handed over."""
    subject = get_object_or_404(User, pk=user_id)
    operations.note_password_link(user_id=user_id, by=request.user.actor)
    _hand_over(request, subject)
    return redirect("office:user", user_id)


@requires("users.manage")
@require_POST
def second_factor(request: StaffRequest, user_id: int) -> HttpResponse:
    """Take away the second step of somebody who lost telephone and codes; one's own is changed with a code."""
    subject = get_object_or_404(User, pk=user_id)
    if subject.pk == request.user.pk:
        messages.error(request, "Su propio segundo paso se cambia en «Segundo paso al entrar».")
    else:
        operations.remove_second_factor(user_id=user_id, by=request.user.actor)
        messages.success(request, f"{subject} entra ahora solo con su contraseña; sus sesiones se cerraron.")
    return redirect("office:user", user_id)


def _hand_over(request: StaffRequest, subject: User) -> None:
    if not subject.email:
        link = password_link(request, subject)
        messages.success(request, f"Entregue este enlace a {subject}; vale tres días: {link}")
        return
    send_password_link(request, subject)
    messages.success(request, f"Se envió a {subject.email} el enlace para poner su contraseña.")


def _page(request: StaffRequest, form: UserForm, subject: User | None) -> HttpResponse:
    names = [name for name in ("name", "username", "email", "roles", "sectors") if name in form.fields]
    fields = [form[name] for name in names]
    can = [
        {"role": role.name, "permissions": [PERMISSIONS[p.permission] for p in role.permissions.all()]}
        for role in roles()
    ]
    context = {
        "panel": panel_shown(request, SEEN_BY_USER, subject) if subject else None,
        "subject": subject,
        "form": form,
        "sections": [{"title": "Persona", "note": "Quién es, y qué puede hacer.", "fields": fields}],
        "can": can,
        "second": second_person(request.user, "grant", subject.pk if subject else None),
        "is_self": subject is not None and subject.pk == request.user.pk,
        "invite": True,
        "reset": subject is not None and subject.is_active,
        "second_factor": subject is not None and is_mfa_enabled(subject),
    }
    return render(request, "office/user_form.html", context)
