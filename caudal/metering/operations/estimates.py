"""Readings that nobody took: stored by the bill run when it issues what it estimated."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from caudal.common.sql import copy_rows

COLUMNS = (
    "id", "installation_id", "previous_id", "read_on", "register", "volume", "source", "role", "state", "rollover",
    "findings", "note", "reader_label", "review_note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class EstimatedReading:
    """A register as it would stand on a day if the meter had been used as usual since `previous_id`."""

    installation_id: int
    previous_id: int
    read_on: date
    register: Decimal
    volume: Decimal


def store_estimates(*, readings: Mapping[int, EstimatedReading], label: str) -> None:
    """Insert accepted estimated readings under the keys reserved for them. `label` says who estimated."""
    if not readings:
        return
    copy_rows(
        "metering_reading",
        COLUMNS,
        (
            (key, r.installation_id, r.previous_id, r.read_on, r.register, r.volume, "estimated", "regular",
             "accepted", False, [], "", label, "")
            for key, r in readings.items()
        ),
    )  # fmt: skip
