"""Real tariffs, bills and readings of real utilities, which nobody of this project made up.

A few facts are kept beside the tests. More is read from the folder that CAUDAL_REALDATA names, or from `../shared/data`
beside the checkout: any files of the same names and forms. Where there is none, those tests are skipped and say so.
"""

import pytest

COUNT = "counted"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was counted: how many bills came out to the cent, and what could not be said."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.stats.get(kind, [])]
    counted = [
        (each.nodeid, value) for each in reports for name, value in each.user_properties if name == COUNT
    ]
    if counted:
        terminalreporter.section("real data")
    for nodeid, text in counted:
        terminalreporter.write_line(f"{nodeid.split('/')[-1]}: {text}")
