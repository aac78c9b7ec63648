"""Tariffs of several services side by side: their percentages must not go round, and order the pricing."""

from collections.abc import Mapping

from caudal.kernel.pricing.problems import InvalidTariff, Problem
from caudal.kernel.pricing.relative import Percent
from caudal.kernel.pricing.tariff import Tariff


def check_percentages(tariffs: Mapping[str, Tariff]) -> tuple[Problem, ...]:
    """Percentages of services without a tariff, and circles of percentages, among tariffs by service."""
    problems = [
        Problem(f"{service}.components[{n}].service", "unknown_service", {"service": component.service})
        for service, tariff in tariffs.items()
        for n, component in enumerate(tariff.components)
        if isinstance(component, Percent) and component.service and component.service not in tariffs
    ]
    seen: set[frozenset[str]] = set()
    for service in tariffs:
        circle = _circle(service, tariffs)
        if circle and frozenset(circle) not in seen:
            seen.add(frozenset(circle))
            problems.append(Problem(service, "percentage_cycle", {"path": " → ".join(circle)}))
    return tuple(problems)


def pricing_order(tariffs: Mapping[str, Tariff]) -> tuple[str, ...]:
    """The services, each after those it is a percentage of. Raises InvalidTariff for a circle."""
    circles = tuple(each for each in check_percentages(tariffs) if each.code == "percentage_cycle")
    if circles:
        raise InvalidTariff(circles)
    order: dict[str, None] = {}

    def place(service: str) -> None:
        if service in order or service not in tariffs:
            return
        for base in sorted(tariffs[service].services):
            place(base)
        order[service] = None

    for service in tariffs:
        place(service)
    return tuple(order)


def _circle(start: str, tariffs: Mapping[str, Tariff]) -> tuple[str, ...]:
    """The shortest way from a service back to itself, or nothing."""
    paths: list[tuple[str, ...]] = [(start,)]
    visited: set[str] = set()
    while paths:
        path = paths.pop(0)
        for base in sorted(tariffs[path[-1]].services if path[-1] in tariffs else ()):
            if base == start:
                return (*path, start)
            if base not in visited:
                visited.add(base)
                paths.append((*path, base))
    return ()
