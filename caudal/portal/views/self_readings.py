"""A citizen sends the reading of his meter: the numbers, then what they mean and a photo, then that it came in."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from caudal.access.limits import Limit, TooManyAttempts, count_attempt
from caudal.common import clock
from caudal.common.errors import DomainError
from caudal.common.spoken import spanish, spanish_lazy
from caudal.common.ui.pictures import photo_response
from caudal.kernel.readings import Proposed
from caudal.metering.models import Reading
from caudal.metering.photos import MOST_MB, PhotoField
from caudal.metering.queries.evidence import photo_bytes
from caudal.metering.queries.readings import preview
from caudal.portal import access
from caudal.portal.present.self_readings import OwnMeter, doubts_of, own_meters, sent_page
from caudal.registry.context import current_town
from caudal.registry.queries import the_organisation
from caudal.workflows.citizens.self_readings import PhotoNeeded, SentReading, send_reading

PER_USER: Final = Limit("self_reading.user", 20, timedelta(hours=1))
WHOLE_DIGITS, PLACES = 9, 3


class NumbersForm(forms.Form):
    """What the meter shows."""

    marca = forms.CharField(
        label=spanish_lazy("¿Qué números marca?"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num"}),
    )

    def clean_marca(self) -> Decimal:
        """A register as it is typed with one thumb: digits, perhaps with the town's decimal point."""
        town = current_town()
        typed = re.sub(r"\s", "", self.cleaned_data["marca"]).replace(town.group, "").replace(town.point, ".")
        if not re.fullmatch(rf"[0-9]{{1,{WHOLE_DIGITS}}}(?:\.[0-9]{{1,{PLACES}}})?", typed):
            raise ValidationError(spanish("Escriba solo los números que marca el medidor, sin letras."))
        return Decimal(typed)


class SendForm(NumbersForm):
    """What the meter shows, and the photo of it."""

    foto = PhotoField(
        label=spanish_lazy("Foto del medidor"),
        help_text=spanish_lazy("De cerca, de modo que se lean los números y la serie."),
        error_messages={
            "required": spanish_lazy("Agregue una foto del medidor en la que se lean los números.")
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["marca"].widget = forms.HiddenInput()
        self.fields["foto"].required = the_organisation().self_reading_photo


@access.citizen
@require_http_methods(["GET", "POST"])
def self_reading(request: HttpRequest, installation_id: int) -> HttpResponse:
    """The meter among those whose reading the user may send; another's is not there."""
    today = clock.today()
    stay = get_object_or_404(access.meters(request, on=today), pk=installation_id)
    (meter,) = own_meters([stay], on=today)
    if request.method == "POST":
        return _send(request, meter)
    if not meter.now.may_send:
        return _page(request, meter, "told")
    if "marca" in request.GET:
        numbers = NumbersForm(request.GET)
        if numbers.is_valid():
            return _page(request, meter, "check", SendForm(initial={"marca": request.GET["marca"]}), numbers)
        return _page(request, meter, "numbers", numbers)
    if meter.now.wanted or "otra" in request.GET:
        return _page(request, meter, "numbers", NumbersForm(initial={"marca": request.GET.get("otra")}))
    return _page(request, meter, "told")


@access.citizen
def photo(request: HttpRequest, installation_id: int, reading_id: int) -> HttpResponse:
    """The photo that the user sent with a reading of this meter; small with `mini`."""
    stay = get_object_or_404(access.meters(request, on=clock.today()), pk=installation_id)
    own = Reading.objects.filter(installation=stay, source="customer", reader_id=access.user_id(request))
    sent = get_object_or_404(own, pk=reading_id)
    content = photo_bytes(reading_id=sent.pk, small=bool(request.GET.get("mini")))
    if content is None:
        raise Http404
    return photo_response(content, name=f"medidor-{stay.meter.serial}")


def _send(request: HttpRequest, meter: OwnMeter) -> HttpResponse:
    try:  # before anything is opened: a photo costs more than a look
        count_attempt(limit=PER_USER, key=str(access.user_id(request)), at=clock.now())
    except TooManyAttempts as refusal:
        numbers = NumbersForm(request.POST)
        numbers.add_error(None if numbers.is_valid() else "marca", refusal.message)
        return _page(request, meter, "numbers", numbers, status=429)
    form = SendForm(request.POST, request.FILES)
    if form.is_valid() and _sent(request, meter, form):
        messages.success(request, spanish("Recibimos su lectura. Gracias."))
        return redirect("portal:self_reading", meter.stay.pk)
    if "marca" in form.errors:
        return _page(request, meter, "numbers", NumbersForm(request.POST), status=422)
    return _page(request, meter, "check", form, form, status=422)


def _sent(request: HttpRequest, meter: OwnMeter, form: SendForm) -> bool:
    given = form.cleaned_data
    sent = SentReading(installation=meter.stay, register=given["marca"], picture=given["foto"])
    try:
        send_reading(sent=sent, on=clock.today(), by=access.actor_of(request))
    except DomainError as refusal:
        form.add_error("foto" if isinstance(refusal, PhotoNeeded) else None, refusal.message)
        return False
    return True


def _page(
    request: HttpRequest,
    meter: OwnMeter,
    step: str,
    form: forms.Form | None = None,
    numbers: forms.Form | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """`step`: "told" (nothing to do), "numbers", or "check" with what they mean and the photo."""
    town, seen = current_town(), None
    if numbers is not None and (register := numbers.cleaned_data.get("marca")) is not None:
        today = clock.today()
        seen = preview(installation_id=meter.stay.pk, reading=Proposed(today, register, today))
    context = {
        "meter": meter,
        "now": meter.now,
        "step": step,
        "form": form,
        "register": numbers.cleaned_data.get("marca") if seen and numbers else None,
        "typed": numbers.data.get("marca", "") if seen and numbers else "",
        "seen": seen,
        "doubts": doubts_of(seen, town) if seen else [],
        "sent": sent_page(meter, user_id=access.user_id(request)),
        "most_mb": MOST_MB,
        "town": town,
    }
    return render(request, "portal/self_reading.html", context, status=status)
