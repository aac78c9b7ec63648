"""Tariffs: prices of a service, their drafts, trial and publication."""

import json
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from caudal.approvals.kinds import Proposal
from caudal.common import clock
from caudal.office.access import StaffRequest, requires
from caudal.office.asking import second_person, tried_or_asked
from caudal.office.attempts import attempt, tried
from caudal.office.forms.plain_tariff import NewPlainTariffForm, PlainVersionForm, plain_values
from caudal.office.forms.tariffs import NewTariffForm, RenameForm, TrialForm, VersionForm
from caudal.office.lists import whole
from caudal.office.present.approvals import DONE
from caudal.office.present.tariffs import as_text, priced_page, readable, tariff_page
from caudal.registry.context import current_town
from caudal.tariffs import operations
from caudal.tariffs.models import Tariff, TariffVersion
from caudal.tariffs.queries import exported, simulate, version_on

STARTER: dict[str, Any] = {"format": 1, "name": "", "unit": "m³", "components": []}
# Asked for in the address (`modo`): the definition as the file of docs/tariffs.md.
AS_FILE: Final = "archivo"


@requires("services.view")
def tariff(request: StaffRequest, tariff_id: int) -> HttpResponse:
    found = get_object_or_404(Tariff.objects.select_related("service"), pk=tariff_id)
    today, town = clock.today(), current_town()
    chosen = _chosen(found, whole(request, "version"))
    context = tariff_page(found, chosen, on=today, town=town)
    if chosen is not None:
        context["second"] = second_person(request.user, "publish", chosen.pk)
        trial = TrialForm(request.GET if "usage" in request.GET else None, definition=chosen.definition)
        context |= {"trial": trial, "priced": None}
        if trial.is_bound and trial.is_valid():
            case = {**trial.case(), "last_day": today.isoformat()}
            priced = simulate(definition=chosen.definition, usage=trial.cleaned_data["usage"], case=case)
            for refusal in priced.refusals:
                trial.add_error(None, refusal)
            context["priced"] = priced_page(priced.priced, town) if priced.priced else None
    return render(request, "office/tariff.html", context)


def _chosen(found: Tariff, version_id: int | None) -> TariffVersion | None:
    """The version asked for, else the one in force, else the latest."""
    versions = TariffVersion.objects.filter(tariff=found).select_related("tariff__service")
    if version_id is not None:
        return get_object_or_404(versions, pk=version_id)
    current = version_on(tariff_id=found.pk, day=clock.today())
    return current or versions.order_by("-valid_from", "-pk").first()


@requires("services.view")
def tariff_export(request: StaffRequest, tariff_id: int) -> HttpResponse:
    found = get_object_or_404(Tariff.objects.select_related("service"), pk=tariff_id)
    chosen = _chosen(found, whole(request, "version"))
    if chosen is None:
        return redirect("office:tariff", tariff_id)
    text = json.dumps(exported(chosen), ensure_ascii=False, indent=2)
    response = HttpResponse(f"{text}\n", content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.code}-{chosen.valid_from}.json"'
    return response


@requires("services.edit")
def tariff_new(request: StaffRequest) -> HttpResponse:
    form: NewTariffForm | NewPlainTariffForm
    initial: dict[str, Any] = {"valid_from": clock.today(), "service": whole(request, "service")}
    if request.GET.get("modo") == AS_FILE:
        form = NewTariffForm(request.POST or None, initial=initial | {"definition": as_text(STARTER)})
    else:
        form = NewPlainTariffForm(request.POST or None, initial=initial, base=STARTER)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") == "save":
        made = attempt(form, lambda: _create(request, form), fields={"duplicate_tariff_code": "code"})
        if made is not None:
            return redirect(f"{reverse('office:tariff', args=[made.tariff_id])}?version={made.pk}")
    return _version_page(request, form, None)


@transaction.atomic
def _create(request: StaffRequest, form: NewTariffForm | NewPlainTariffForm) -> TariffVersion:
    given, by = form.cleaned_data, request.user.actor
    made = operations.create_tariff(
        service_id=given["service"].pk, code=given["code"], name=given["name"], by=by
    )
    return operations.save_draft(
        tariff_id=made.pk, valid_from=given["valid_from"], definition=form.content(), by=by
    )


@requires("services.edit")
def tariff_edit(request: StaffRequest, tariff_id: int) -> HttpResponse:
    """Change a draft, or prepare a new version beginning with what the chosen one says."""
    found = get_object_or_404(Tariff.objects.select_related("service"), pk=tariff_id)
    chosen = _chosen(found, whole(request, "version"))
    draft = chosen if chosen and chosen.published_at is None else None
    definition = chosen.definition if chosen else STARTER
    initial: dict[str, Any] = {"valid_from": draft.valid_from if draft else clock.today()}
    form: VersionForm | PlainVersionForm
    if request.GET.get("modo") == AS_FILE or plain_values(definition) is None:
        form = VersionForm(request.POST or None, initial=initial | {"definition": as_text(definition)})
    else:
        form = PlainVersionForm(request.POST or None, initial=initial, base=definition)
    if request.method == "POST" and form.is_valid() and request.POST.get("do") == "save":
        saved = attempt(
            form,
            lambda: operations.save_draft(
                tariff_id=tariff_id,
                valid_from=form.cleaned_data["valid_from"],
                definition=form.content(),
                version_id=draft.pk if draft else None,
                by=request.user.actor,
            ),
        )
        if saved is not None:
            messages.success(request, "Se guardó la versión. Falta publicarla.")
            return redirect(f"{reverse('office:tariff', args=[tariff_id])}?version={saved.pk}")
    return _version_page(request, form, found)


def _version_page(
    request: StaffRequest, form: VersionForm | PlainVersionForm, found: Tariff | None
) -> HttpResponse:
    plain = isinstance(form, PlainVersionForm)
    if form.is_bound and form.tariff is not None:
        definition = form.content()
    else:
        definition = (
            form.base if isinstance(form, PlainVersionForm) else json.loads(form.initial["definition"])
        )
    context = {
        "tariff": {"id": found.pk, "name": found.name} if found else None,
        "form": form,
        "sections": form.sections() if isinstance(form, PlainVersionForm) else None,
        "other_mode": AS_FILE if plain else ("" if plain_values(definition) is not None else None),
        "problems": form.problems,
        "components": readable(definition, current_town()),
    }
    return render(request, "office/tariff_form.html", context)


@requires("services.edit")
def tariff_rename(request: StaffRequest, tariff_id: int) -> HttpResponse:
    """Another name for a tariff; its versions and what was issued stay as they are."""
    found = get_object_or_404(Tariff.objects.select_related("service"), pk=tariff_id)
    back = reverse("office:tariff", args=[tariff_id])
    form = RenameForm(request.POST or None, initial={"name": found.name, "was": found.name})
    if request.method == "POST" and form.is_valid():
        saved = attempt(
            form,
            lambda: operations.rename_tariff(tariff_id=tariff_id, **form.cleaned_data, by=request.user.actor),
        )
        if saved is not None:
            messages.success(request, f"La tarifa se llama ahora {saved.name}.")
            return redirect(back)
    context = {
        "active": "tariffs",
        "title": "Cambiar el nombre de la tarifa",
        "lede": f"{found.service.name}. Cambia solo el nombre: los precios siguen igual, "
        "y lo ya emitido dice lo que decía.",
        "crumbs": [("Tarifas y servicios", reverse("office:tariffs")), (found.name, back)],
        "form": form,
        "sections": [{"title": "Nombre", "fields": form.visible_fields()}],
        "back": back,
    }
    return render(request, "office/form.html", context)


@requires("tariffs.publish")
@require_POST
def tariff_publish(request: StaffRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(TariffVersion, pk=version_id)
    proposal = Proposal(kind="publish", object_id=version_id, payload={})
    tried_or_asked(request, proposal, done=DONE["publish"])
    return redirect(f"{reverse('office:tariff', args=[version.tariff_id])}?version={version_id}")


@requires("services.edit")
@require_POST
def tariff_discard(request: StaffRequest, version_id: int) -> HttpResponse:
    version = get_object_or_404(TariffVersion, pk=version_id)
    tried(
        request,
        lambda: operations.discard_draft(version_id=version_id, by=request.user.actor),
        done="Se descartó la versión.",
    )
    return redirect("office:tariff", version.tariff_id)
