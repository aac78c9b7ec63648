"""Alerts: raised with a reading's findings or its excess, kept until somebody says what came of them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from caudal.common import sql
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.kernel.readings import Code, Finding
from caudal.metering.models import Alert

KINDS: Final = {
    Code.FAR_ABOVE: "anomaly",
    Code.FAR_BELOW: "anomaly",
    Code.ZERO_AFTER_USE: "zero",
    Code.UNCHANGED: "zero",
}
INCONSISTENT: Final = "inconsistent"
EXCESS: Final = "excess"
COLUMNS: Final = ("connection_id", "reading_id", "kind", "detail", "resolution")


class AlreadyResolved(DomainError):
    """Somebody resolved the alert before. Fact: `resolution`."""

    code = "already_resolved"
    template = _("This alert was resolved already: %(resolution)s")


class Excess(NamedTuple):
    """A volume above the connection's limit, in m³."""

    volume_m3: Decimal
    limit_m3: Decimal

    @property
    def excess_m3(self) -> Decimal:
        """The part above the limit."""
        return self.volume_m3 - self.limit_m3


def excess_of(volume: Decimal | None, limit: Decimal | None) -> Excess | None:
    """The excess of a volume over a limit; None without a limit, or within it."""
    return Excess(volume, limit) if volume is not None and limit is not None and volume > limit else None


def doubts(findings: Sequence[Finding], excess: Excess | None) -> Iterator[tuple[str, dict[str, Any]]]:
    """The alerts of one reading: (kind, detail), one per kind; the figures as text."""
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for finding in findings:
        figures = {name: str(figure) for name, figure in finding.figures.items()}
        by_kind.setdefault(KINDS.get(finding.code, INCONSISTENT), []).append(
            {"code": finding.code.value, **figures}
        )
    for kind, found in by_kind.items():
        yield kind, {"findings": found}
    if excess is not None:
        yield (
            EXCESS,
            {
                "volume_m3": str(excess.volume_m3),
                "limit_m3": str(excess.limit_m3),
                "excess_m3": str(excess.excess_m3),
            },
        )


def copy_alerts(alerts: Iterable[tuple[int, int, str, dict[str, Any]]]) -> None:
    """Store alerts given as (connection, reading, kind, detail)."""
    sql.copy_rows("metering_alert", COLUMNS, ((c, r, k, json.dumps(d), "") for c, r, k, d in alerts))


def set_excess(*, reading_id: int, connection_id: int, excess: Excess | None) -> None:
    """Make a reading's excess alert say what its volume says now: raised, changed, or taken away."""
    if excess is None:
        Alert.objects.filter(reading_id=reading_id, kind=EXCESS).delete()
        return
    ((kind, detail),) = doubts((), excess)
    Alert.objects.update_or_create(
        reading_id=reading_id, kind=kind, defaults={"detail": detail, "connection_id": connection_id}
    )


def resolve_doubts(*, reading_id: int, resolution: str, by: Actor) -> None:
    """Close the open alerts about a reading, but for its excess, with what was decided about it."""
    open_ones = Alert.objects.filter(reading_id=reading_id, resolved_at=None).exclude(kind=EXCESS)
    open_ones.update(resolved_at=Now(), resolved_by_id=by.id, resolution=resolution)


def resolve_alert(*, alert_id: int, resolution: str, by: Actor) -> None:
    """Close an alert with what came of it. Raises AlreadyResolved."""
    closed = Alert.objects.filter(pk=alert_id, resolved_at=None).update(
        resolved_at=Now(), resolved_by_id=by.id, resolution=resolution
    )
    if not closed:
        raise AlreadyResolved(resolution=Alert.objects.get(pk=alert_id).resolution)
