"""How an installation begins."""

from caudal.workflows.founding.founding import AdministratorData, NewTown, UnknownTimezone, found, set_up
from caudal.workflows.founding.presets import PRESETS, TITLES, Preset, countries, preset_of

__all__ = [
    "PRESETS",
    "TITLES",
    "AdministratorData",
    "NewTown",
    "Preset",
    "UnknownTimezone",
    "countries",
    "found",
    "preset_of",
    "set_up",
]
