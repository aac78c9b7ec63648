"""The memory of this process at its highest, over a part of its life."""

import resource
from contextlib import suppress
from pathlib import Path
from typing import Final

KB: Final = 1024
RESET_PEAK: Final = "5"


def forget_peak() -> None:
    """Begin anew, where the system can (Linux); elsewhere the peak is that of the whole life."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text(RESET_PEAK)


def peak_mb() -> float:
    """The highest resident memory since `forget_peak`, in MB."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / KB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB
