"""What must hold before a version of a tariff may price bills: a list of small checks of one shape."""

from collections.abc import Callable, Iterator
from typing import Final

from django.db.models import Q

from caudal.kernel.pricing import (
    InvalidTariff,
    Problem,
    Tariff,
    check_percentages,
    parse_tariff,
    tariff_problems,
)
from caudal.registry.models import Organisation
from caudal.tariffs.models import TariffVersion

Check = Callable[[TariffVersion, Tariff], Iterator[Problem]]

PUBLICATION_TEXTS: Final = {
    "other_service": "The definition is of the service “{found}”, but this tariff is of “{expected}”.",
    "other_unit": "The definition prices {found}, but the service is measured in {expected}.",
    "other_minor_units": "The definition rounds to {found} decimals, but money here has {expected}.",
}


def publication_problems(version: TariffVersion) -> tuple[Problem, ...]:
    """Everything that keeps a version from being published; nothing when it may be."""
    problems = tariff_problems(version.definition)
    if problems:
        return problems
    tariff = parse_tariff(version.definition)
    return tuple(problem for check in CHECKS for problem in check(version, tariff))


def _is_of_its_service(version: TariffVersion, tariff: Tariff) -> Iterator[Problem]:
    expected = version.tariff.service.code
    if tariff.service and tariff.service != expected:
        yield Problem("service", "other_service", {"found": tariff.service, "expected": expected})


def _prices_the_unit_measured(version: TariffVersion, tariff: Tariff) -> Iterator[Problem]:
    expected = version.tariff.service.unit
    if tariff.unit and expected and _unit(tariff.unit) != _unit(expected):
        yield Problem("unit", "other_unit", {"found": tariff.unit, "expected": expected})


def _unit(written: str) -> str:
    """A unit however its exponent was typed."""
    return written.replace("³", "3")


def _rounds_as_the_town_does(version: TariffVersion, tariff: Tariff) -> Iterator[Problem]:
    expected = Organisation.objects.values_list("minor_units", flat=True).first()
    if expected is not None and tariff.minor_units != expected:
        params = {"found": str(tariff.minor_units), "expected": str(expected)}
        yield Problem("minor_units", "other_minor_units", params)


def _percentages_lead_somewhere(version: TariffVersion, tariff: Tariff) -> Iterator[Problem]:
    beside: dict[str, Tariff] = {}
    on = version.valid_from
    in_force = TariffVersion.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=on), valid_from__lte=on, published_at__isnull=False
    ).exclude(tariff__service=version.tariff.service)
    for other in in_force.select_related("tariff__service"):
        try:
            beside.setdefault(other.tariff.service.code, parse_tariff(other.definition))
        except InvalidTariff:  # published by an older program; its own bills are held and say so
            continue
    own = version.tariff.service.code
    for problem in check_percentages({**beside, own: tariff}):
        if problem.path.startswith(own) or problem.code == "percentage_cycle":
            yield Problem(problem.path.removeprefix(f"{own}."), problem.code, problem.params)


CHECKS: Final[tuple[Check, ...]] = (
    _is_of_its_service,
    _prices_the_unit_measured,
    _rounds_as_the_town_does,
    _percentages_lead_somewhere,
)
