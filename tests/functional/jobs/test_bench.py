"""The measurements load a town by SQL of their own: they must keep up with the schema. Figures are not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import COMMAND

BILLING = {"accounts", "run_s", "rehearsal_s", "floor_s", "ratio", "invoices_per_s", "peak_mb"}
WEB = {
    *("accounts", "statement_rps", "statement_p99_ms", "constant_rps"),
    *("search_p99_ms", "list_p99_ms", "ficha_p99_ms"),
}
IMPORT = {"rows", "parse_s", "check_s", "apply_s", "whole_s", "rows_per_s", "peak_mb"}


@pytest.mark.parametrize(
    ("words", "figures"),
    [
        (("billing", "--accounts", "60", "--rounds", "1"), BILLING),
        (("import", "--rows", "120"), IMPORT),
        (("web", "--accounts", "60", "--seconds", "0.5"), WEB),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_measurement_ends_with_one_line_of_figures(
    home: Path, environ: dict[str, str], words: tuple[str, ...], figures: set[str]
) -> None:
    done = subprocess.run(
        [sys.executable, COMMAND, "bench", *words, "--json"],
        env={**environ, "CAUDAL_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert figures <= set(json.loads(done.stdout.splitlines()[-1]))
