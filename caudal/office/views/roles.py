"""Roles: what each may do as a table, and the page on which an administrator changes one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from caudal.access import roles as operations
from caudal.access.models import Role
from caudal.access.queries import holders, roles
from caudal.approvals.kinds import Proposal
from caudal.office.access import StaffRequest, requires
from caudal.office.asking import asked_or_done, second_person, tell, tried_or_asked
from caudal.office.attempts import attempt, tried
from caudal.office.forms.roles import RoleForm
from caudal.office.present.roles import matrix as matrix_of

ERRORS = {"duplicate_role": "name"}
STAYS = (operations.ADMINISTRATOR, operations.CUSTOMER)


@requires("users.manage")
def matrix(request: StaffRequest) -> HttpResponse:
    in_use = list(roles())
    context = {
        "active": "users",
        "roles": [{"id": r.pk, "name": r.name, "holders": holders(r.pk).count()} for r in in_use],
        "groups": matrix_of(in_use),
        "retired": [{"id": r.pk, "name": r.name} for r in roles(retired=True)],
    }
    return render(request, "office/roles.html", context)


@requires("users.manage")
def create(request: StaffRequest) -> HttpResponse:
    form = RoleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = attempt(
            form,
            lambda: operations.create_role(
                name=form.cleaned_data["name"], permissions=form.permissions(), by=request.user.actor
            ),
            fields=ERRORS,
        )
        if made is not None:
            messages.success(request, f"Se creó el rol {made}. Déselo a alguien en «Usuarios».")
            return redirect("office:roles")
    return _page(request, form, None)


@requires("users.manage")
def edit(request: StaffRequest, role_id: int) -> HttpResponse:
    role = get_object_or_404(Role.objects.prefetch_related("permissions"), pk=role_id)
    fixed = role.code == operations.CUSTOMER
    form = RoleForm(request.POST or None, initial=RoleForm.initial_of(role), fixed=fixed)
    if request.method == "POST" and form.is_valid():
        payload = {
            "version": form.cleaned_data["version"] or 0,
            "name": form.cleaned_data["name"],
            "permissions": form.permissions(),
        }
        proposal = Proposal(kind="role", object_id=role_id, payload=payload)
        outcome = attempt(form, lambda: asked_or_done(request, proposal), fields=ERRORS)
        if outcome is not None:
            tell(request, outcome, done=f"Se guardó el rol {payload['name']}. Vale desde ahora.")
            return redirect("office:roles") if outcome is True else redirect("office:role", role_id)
    return _page(request, form, role)


@requires("users.manage")
@require_POST
def set_retired(request: StaffRequest, role_id: int) -> HttpResponse:
    """Take a role out of use, or bring it back."""
    role = get_object_or_404(Role, pk=role_id)
    if role.retired:
        proposal = Proposal(kind="restore", object_id=role_id, payload={})
        tried_or_asked(request, proposal, done=f"El rol {role} se usa otra vez.")
    else:
        tried(
            request,
            lambda: operations.set_role_retired(role_id=role_id, retired=True, by=request.user.actor),
            done=f"El rol {role} ya no se usa.",
        )
    return redirect("office:role", role_id)


def _page(request: StaffRequest, form: RoleForm, role: Role | None) -> HttpResponse:
    context = {
        "active": "users",
        "role": role,
        "form": form,
        "sections": [{"title": "Rol", "note": "", "fields": [form["name"]]}],
        "holders": list(holders(role.pk)[:20]) if role else [],
        "holding": holders(role.pk).count() if role else 0,
        "second": second_person(request.user, "role", role.pk if role else None),
        "stays": role is not None and role.code in STAYS,
        "administrators": role is not None and role.code == operations.ADMINISTRATOR,
        "citizens": role is not None and role.code == operations.CUSTOMER,
    }
    return render(request, "office/role_form.html", context)
