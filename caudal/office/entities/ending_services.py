"""What the services of a licence, a property or a connection come to when it ends on a day, in words."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.urls import reverse

from caudal.billing.models import Subscription
from caudal.billing.queries.ends import EndOf, ends_of
from caudal.kernel.periods import Span
from caudal.office.crud import Effect

MOST: Final = 4


def effects_of(services: Iterable[Subscription], on: date) -> list[Effect]:
    """One service after another: what is still billed, and what was billed beyond the day."""
    return [_effect(end) for end in ends_of(services, on=on)]


def _effect(end: EndOf) -> Effect:
    taken = end.subscription
    lines = []
    if end.still:
        lines.append(f"Todavía se factura {_spans(end.still)}: ya había empezado ese día.")
    if end.final_reading:
        lines.append("Lo que marque la última lectura aceptada hasta ese día sale en la próxima facturación.")
    if end.beyond:
        lines.append(f"Ya se facturó {_spans(end.beyond)}: si no corresponde, anule o ajuste esa factura.")
    return Effect(
        title=f"{taken.service.name}, cuenta {taken.account.number} de {taken.account.holder.name}",
        lines=tuple(lines) or ("No queda nada por facturar.",),
        href=reverse("office:subscription", args=[taken.pk]),
    )


def _spans(spans: tuple[Span, ...]) -> str:
    said = [f"del {s.start:%d/%m/%Y} al {s.last_day:%d/%m/%Y}" for s in spans[:MOST]]
    more = f" y {len(spans) - MOST} periodos más" if len(spans) > MOST else ""
    return f"{', '.join(said)}{more}"
