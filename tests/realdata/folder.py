"""Where the real data are: facts kept in the project, and a folder outside of it."""

import os
from pathlib import Path

import pytest

FACTS = Path(__file__).parent / "facts"
BESIDE = Path(__file__).parents[3] / "shared" / "data"
OUTSIDE = Path(os.environ.get("CAUDAL_REALDATA") or BESIDE)


def paths(*patterns: str) -> list[Path]:
    """The files of these names, in the project and outside."""
    return [
        each for pattern in patterns for where in (FACTS, OUTSIDE) for each in sorted(where.glob(pattern))
    ]


def absent(*patterns: str) -> list[object]:
    """A case that is skipped, saying why, when there is no file of these names outside the project."""
    if any(each.parent != FACTS for each in paths(*patterns)):
        return []
    reason = f"no {' or '.join(patterns)} in {OUTSIDE}: set CAUDAL_REALDATA to a folder that has them"
    return [pytest.param(None, id="outside", marks=pytest.mark.skip(reason=reason))]


def real_files(*patterns: str) -> list[object]:
    """The files as cases of a test."""
    return [pytest.param(each, id=each.name) for each in paths(*patterns)] + absent(*patterns)
