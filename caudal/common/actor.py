"""Who does it: the identity that travels with every operation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A user's id (None for the system itself) and the label that the audit keeps for ever."""

    id: int | None
    label: str


SYSTEM = Actor(id=None, label="caudal")
