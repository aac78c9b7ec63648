"""What lasts from a day until another: its state, and the filter by it."""

from datetime import date
from typing import Any, Final

from django.db.models import Q

from caudal.common import clock
from caudal.office.crud import Choice, Column
from caudal.office.crud.entity import Rows

STATES: Final = (("now", "Vigentes"), ("ended", "Terminados"), ("coming", "Por empezar"))


def _state(row: Any) -> tuple[str, str]:
    today = clock.today()
    if row.valid_to is not None and row.valid_to <= today:
        return ("inactive", "Terminado")
    return ("pending", "Por empezar") if row.valid_from > today else ("active", "Vigente")


def still(on: date) -> Q:
    """What has begun on a day, and not ended."""
    return Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))


def _narrow(rows: Rows, value: str) -> Rows:
    today = clock.today()
    if value == "now":
        return rows.filter(still(today))
    return rows.filter(valid_to__lte=today) if value == "ended" else rows.filter(valid_from__gt=today)


FROM: Final = Column(
    name="from", label="Desde", value=lambda r: r.valid_from, kind="date", sort=("valid_from", "pk")
)
TO: Final = Column(name="to", label="Hasta", value=lambda r: r.valid_to, kind="date", place="opt")
STATE: Final = Column(name="state", label="Estado", value=_state, kind="state", place="side")
BY_STATE: Final = Choice(name="estado", label="Estado", options=lambda: STATES, narrow=_narrow, every="Todos")
