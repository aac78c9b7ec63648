"""Who does it: the identity that travels with every operation."""

from dataclasses import dataclass
from typing import Final

# What the audit holds of a label, and a user's name too.
LABEL_LENGTH: Final = 200


@dataclass(frozen=True, slots=True)
class Actor:
    """A user's id (None for the system itself) and the label that the audit keeps for ever, cut to what it holds."""

    id: int | None
    label: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", self.label[:LABEL_LENGTH])


SYSTEM = Actor(id=None, label="caudal")
