"""What the steps of an apply share: the file's facts, what was answered, and the rows made so far."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from caudal.common.actor import Actor
from caudal.intake.operations.progress import Step, unheard
from caudal.intake.queries.analysis import Analysis
from caudal.intake.queries.answers import Answers
from caudal.intake.queries.records import Placed, Records
from caudal.tariffs.models import Tariff


@dataclass(slots=True)
class Undo:
    """What an undo needs besides the rows that carry the import's id: how changed rows were before."""

    parties: list[dict[str, Any]] = field(default_factory=list)
    connections: list[dict[str, Any]] = field(default_factory=list)
    series: dict[str, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """As it is stored with the report."""
        return {"parties": self.parties, "connections": self.connections, "series": self.series}


@dataclass(slots=True)
class Applying:
    """An apply in progress. Maps are filled by one step and read by the next.

    `parties` and `accounts` are ids by identification key, `meters` places by serial key, `billed_until` the
    cut-over day of each connection's metered services, `made` counts what came in, by kind.
    """

    import_id: int
    analysis: Analysis
    answers: Answers
    on: date
    by: Actor
    records: Records
    tell: Step = unheard
    parties: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, int] = field(default_factory=dict)
    meters: dict[str, Placed] = field(default_factory=dict)
    new_meters: set[str] = field(default_factory=set)
    tariffs: tuple[Tariff, ...] = ()
    billed_until: dict[int, date] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    undo: Undo = field(default_factory=Undo)

    def count(self, kind: str, number: int) -> None:
        """So many more came in."""
        if number:
            self.made[kind] = self.made.get(kind, 0) + number


ApplyStep = Callable[[Applying], None]
