"""The first page of an empty installation, for whoever has the key that its server printed."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.office.attempts import attempt
from caudal.office.forms.founding import FoundingForm
from caudal.registry.queries import organisation
from caudal.workflows.founding import set_up

BACKEND = "caudal.office.signed_in.Backend"
TO_BLAME = {"duplicate_user": "username", "weak_password": "password"}


@never_cache
def set_up_page(request: HttpRequest) -> HttpResponse:
    """Set up the organisation and go on in its office; not there any more once there is one."""
    if organisation() is not None:
        raise Http404
    key = request.POST.get("clave", "") or request.GET.get("clave", "")
    if not (settings.FIRST_RUN_KEY and constant_time_compare(key, settings.FIRST_RUN_KEY)):
        return render(request, "office/founding_key.html", {"wrong": bool(key)}, status=403 if key else 200)
    form = FoundingForm(request.POST if "name" in request.POST else None, initial={"country": "CR"})
    if request.method == "POST" and form.is_valid():
        founded = attempt(
            form,
            lambda: set_up(form.town, administrator=form.administrator, on=clock.today(), by=SYSTEM),
            fields=TO_BLAME,
        )
        if founded is not None:
            login(request, founded[1], backend=BACKEND)
            return redirect("office:home")
    return render(request, "office/founding.html", {"form": form, "sections": form.sections(), "key": key})
