"""From registers to consumption: the checks before acceptance, chains of accepted readings, estimates."""

from caudal.kernel.readings.chain import (
    AcceptedReading,
    BrokenChain,
    Consumption,
    Interval,
    TrueUp,
    consumption,
    intervals,
    periods_in_days,
)
from caudal.kernel.readings.checks import (
    CHECKS,
    Code,
    Finding,
    MeterHistory,
    Proposed,
    Thresholds,
    check_reading,
    expected_range,
    history_of,
)
from caudal.kernel.readings.estimate import Estimate, estimate, usual_volume

__all__ = [
    "CHECKS",
    "AcceptedReading",
    "BrokenChain",
    "Code",
    "Consumption",
    "Estimate",
    "Finding",
    "Interval",
    "MeterHistory",
    "Proposed",
    "Thresholds",
    "TrueUp",
    "check_reading",
    "consumption",
    "estimate",
    "expected_range",
    "history_of",
    "intervals",
    "periods_in_days",
    "usual_volume",
]
