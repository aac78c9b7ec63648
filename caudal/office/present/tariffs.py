"""Services and tariffs as pages show them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q
from django.urls import reverse

from caudal.access.models import User
from caudal.billing.models import Subscription
from caudal.common.ui import formats
from caudal.documents.spanish.sentences import sentences
from caudal.kernel.periods import ONE_DAY
from caudal.kernel.pricing import InvalidTariff, Priced, line_to_json, parse_tariff
from caudal.office.present.figures import figures_of
from caudal.office.present.tariff_words import components_of
from caudal.registry.context import Town
from caudal.tariffs.models import EVERY_MONTH, Service, Tariff, TariffVersion
from caudal.tariffs.publication import publication_problems
from caudal.tariffs.queries import simulate, version_on, versions_of
from caudal.tariffs.sentences import problem_sentence

MONTHS: Final = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "set", "oct", "nov", "dic")
SAMPLE_USAGE: Final = Decimal(20)
LATE_WORDS: Final = {
    "daily": "interés diario",
    "monthly": "recargo mensual",
    "flat": "recargo por mora",
    "fixed": "monto por mora",
}


@dataclass(frozen=True, slots=True)
class TariffState:
    """The prices of a tariff today: since when they hold, or what there is instead, as (code, word)."""

    since: date | None
    status: tuple[str, str]

    def words(self, town: Town) -> str:
        """«Desde el 01/01/2026», «Sin versión publicada»."""
        return f"Desde el {formats.short_date(self.since, town)}" if self.since else "Sin precio vigente"


def tariff_states(tariffs: Sequence[Tariff], *, on: date) -> dict[int, TariffState]:
    """What holds of each tariff on a day."""
    holding = TariffVersion.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on),
        tariff__in=tariffs,
        valid_from__lte=on,
        published_at__isnull=False,
    )
    since = dict(holding.values_list("tariff", "valid_from"))
    coming = TariffVersion.objects.filter(tariff__in=tariffs, valid_from__gt=on, published_at__isnull=False)
    announced = set(coming.values_list("tariff", flat=True))
    return {tariff.pk: _state_of(since.get(tariff.pk), tariff.pk in announced) for tariff in tariffs}


def _state_of(since: date | None, announced: bool) -> TariffState:
    if since:
        return TariffState(since, ("active", "Vigente"))
    return TariffState(None, ("info", "Anunciada") if announced else ("draft", "Sin publicar"))


def tariff_page(tariff: Tariff, chosen: TariffVersion | None, *, on: date, town: Town) -> dict[str, Any]:
    """A tariff and one of its versions in words, with what keeps it from being published."""
    versions = list(versions_of(tariff_id=tariff.pk))
    publishers = User.objects.in_bulk([v.published_by_id for v in versions if v.published_by_id])
    problems = publication_problems(chosen) if chosen and chosen.published_at is None else ()
    return {
        "tariff": {
            "id": tariff.pk,
            "name": tariff.name,
            "code": tariff.code,
            "service": tariff.service.name,
            "unit": tariff.service.unit,
            "customers": _customers(tariff),
        },
        "versions": [
            {
                **_version(version, on),
                "published_by": str(publishers.get(version.published_by_id or 0, "")),
                "published_at": version.published_at,
                "href": f"{reverse('office:tariff', args=[tariff.pk])}?version={version.pk}",
                "chosen": chosen is not None and version.pk == chosen.pk,
            }
            for version in versions
        ],
        "version": _version(chosen, on) if chosen else None,
        "components": readable(chosen.definition, town) if chosen else [],
        "definition": as_text(chosen.definition) if chosen else "",
        "problems": [problem_sentence(problem) for problem in problems],
        "publish": publication(tariff, chosen, on)
        if chosen and chosen.published_at is None and not problems
        else None,
    }


def readable(definition: Any, town: Town) -> list[dict[str, Any]]:
    """A definition in words; nothing when it is no tariff."""
    try:
        return components_of(parse_tariff(definition), town, service_names())
    except InvalidTariff:
        return []


def service_names() -> dict[str, str]:
    """Names of services by code: tariffs that are a part of another service know its code."""
    return dict(Service.objects.values_list("code", "name"))


def as_text(definition: Any) -> str:
    """A definition as the file says it."""
    return json.dumps(definition, ensure_ascii=False, indent=2)


def priced_page(priced: Priced, town: Town) -> dict[str, Any]:
    """A priced case: each line as a sentence, and the sum."""
    figures = figures_of(town)
    names = service_names()
    told = [line_to_json(line) for line in priced.lines]
    lines = [
        {**line, "of": names.get(str(line["of"]), line["of"])} if "of" in line else line for line in told
    ]
    return {
        "lines": [{"label": sentences(lines, str(priced.net), figures), "detail": "", "amount": priced.net}],
        "total": priced.net,
    }


def service_words(service: Service) -> dict[str, str]:
    """How people say when a service is charged, until when it is paid, its tax, and what being late costs."""
    tax = (
        f"{service.tax_name or 'impuesto'} {service.tax_percent.normalize():f} %"
        if service.tax_percent
        else ""
    )
    return {
        "kind": str(service.get_kind_display()),
        "calendar": _calendar(service),
        "due": _due_words(service),
        "tax": tax,
        "late": ", ".join(
            LATE_WORDS.get(policy.get("kind", ""), "recargo") for policy in service.late_policies
        ),
    }


def service_facts(service: Service, town: Town) -> list[tuple[str, str]]:
    """What a service's page tells of it."""
    words = service_words(service)
    usual = formats.money(service.default_amount, town) if service.default_amount else ""
    told = [
        ("Código", service.code),
        ("Tipo", f"{words['kind']}{f', por {service.unit}' if service.unit else ''}"),
        ("Se cobra", words["calendar"]),
        ("Plazo", words["due"]),
        ("Facturas", str(service.get_presentation_display())),
        (
            "Si no hay lectura",
            str(service.get_without_reading_display()) if service.kind == "metered" else "",
        ),
        ("Emisión", "se emite sola" if service.automatic_issue else "espera aprobación"),
        ("Impuesto", words["tax"]),
        ("Mora", words["late"]),
        ("Monto usual", usual),
    ]
    return [(label, value) for label, value in told if value]


def _calendar(service: Service) -> str:
    if not service.billing_months:
        return "cuando se pide"
    when = f"el {service.billing_day} de cada mes"
    if list(service.billing_months) != list(EVERY_MONTH):
        months = ", ".join(MONTHS[month - 1] for month in service.billing_months)
        when = f"el {service.billing_day} de {months}"
    return f"{when}, {'vencido' if service.in_arrears else 'por adelantado'}"


def _version(version: TariffVersion, on: date) -> dict[str, Any]:
    if version.published_at is None:
        state = "tariff.draft"
    elif version.valid_from > on:
        state = "tariff.future"
    elif version.valid_to is not None and version.valid_to <= on:
        state = "tariff.past"
    else:
        state = "tariff.current"
    return {
        "id": version.pk,
        "state": state,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to - ONE_DAY if version.valid_to else None,
    }


def _customers(tariff: Tariff) -> int:
    return Subscription.objects.filter(tariff=tariff, valid_to=None).count()


def publication(tariff: Tariff, version: TariffVersion, on: date) -> dict[str, Any]:
    """What publishing does: for how many, from when, and to a sample bill."""
    now = version_on(tariff_id=tariff.pk, day=version.valid_from)
    return {
        "customers": _customers(tariff),
        "from_date": version.valid_from,
        "before": _sample(now.definition, on) if now else None,
        "after": _sample(version.definition, on),
    }


def _sample(definition: Any, on: date) -> Decimal | None:
    case = {"days": 30, "period_days": 30, "last_day": on.isoformat()}
    priced = simulate(definition=definition, usage=SAMPLE_USAGE, case=case).priced
    return priced.net if priced else None


def _due_words(service: Service) -> str:
    """«15 días para pagar», «vence el 20», «vence al fin del trimestre»."""
    if service.due_rule == "quarter_end":
        return "vence al fin del trimestre"
    if service.due_rule == "fixed_day":
        return f"vence el {service.due_day}"
    return f"{service.days_to_pay} días para pagar"
