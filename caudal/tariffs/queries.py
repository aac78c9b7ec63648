"""Questions about services and prices."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from caudal.kernel.pricing import (
    CannotPrice,
    Context,
    InvalidTariff,
    Priced,
    context_from_json,
    parse_tariff,
    price,
)
from caudal.tariffs.models import Service, TariffVersion
from caudal.tariffs.naming import with_names
from caudal.tariffs.sentences import problem_sentence, sentence


@dataclass(frozen=True, slots=True)
class Simulation:
    """One case priced: the charge, or the sentences that say why it cannot be priced."""

    priced: Priced | None
    refusals: tuple[str, ...] = ()


def services(*, active: bool | None = None) -> QuerySet[Service]:
    """Services in the order in which bills list them."""
    found = Service.objects.order_by("position", "code")
    return found if active is None else found.filter(active=active)


def version_on(*, tariff_id: int, day: date) -> TariffVersion | None:
    """The published version in force on a day."""
    return (
        TariffVersion.objects.filter(
            Q(valid_to=None) | Q(valid_to__gt=day),
            tariff_id=tariff_id,
            valid_from__lte=day,
            published_at__isnull=False,
        )
        .order_by("-valid_from")
        .first()
    )


def versions_on(*, tariff_ids: Collection[int], day: date) -> dict[int, TariffVersion]:
    """The published versions in force on a day, by tariff; a tariff without one is not there."""
    found = TariffVersion.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day),
        tariff_id__in=tariff_ids,
        valid_from__lte=day,
        published_at__isnull=False,
    )
    return {version.tariff_id: version for version in found.order_by("valid_from")}


def versions_of(*, tariff_id: int) -> QuerySet[TariffVersion]:
    """A tariff's versions, drafts among them, the latest first."""
    return TariffVersion.objects.filter(tariff_id=tariff_id).order_by("-valid_from", "-pk")


def exported(version: TariffVersion) -> dict[str, Any]:
    """A version as a tariff file: its definition with the service and the day it begins."""
    return {
        **version.definition,
        "service": version.tariff.service.code,
        "valid_from": version.valid_from.isoformat(),
    }


def simulate(
    *, definition: Mapping[str, Any], usage: Decimal | None, case: Mapping[str, Any] | None = None
) -> Simulation:
    """Price one case by a definition, published or not. `case` is the JSON of a context (docs/tariffs.md)."""
    try:
        tariff = with_names(parse_tariff(definition))
        context = context_from_json(case) if case else Context()
        return Simulation(price(tariff, usage, context))
    except InvalidTariff as wrong:
        return Simulation(None, tuple(problem_sentence(problem) for problem in wrong.problems))
    except CannotPrice as refusal:
        return Simulation(None, (sentence(refusal.code, refusal.params),))
