"""A customer is invited to the portal: he gets a link to his user by mail."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from caudal.office.access import StaffRequest, requires
from caudal.office.attempts import tried
from caudal.registry.models import Party
from caudal.workflows.citizens.users import invite as invite_party


@requires("customers.edit")
@require_POST
def invite(request: StaffRequest, party_id: int) -> HttpResponse:
    """Mail the link to the address of the customer's page."""
    party = get_object_or_404(Party, pk=party_id)
    tried(
        request,
        lambda: invite_party(party_id=party_id, by=request.user.actor),
        done=f"Se invita a {party.name} por correo a {party.email}. El enlace vale tres días.",
    )
    return redirect("office:customer", party_id)
