"""How commands speak: exit codes, JSON for programs, progress for people."""

import argparse
import enum
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError

PROGRESS_EVERY_S: Final = 0.2


class Exit(enum.IntEnum):
    """What the exit code of every command means."""

    OK = 0
    FOUND = 1
    REFUSED = 2
    AWAY = 3
    INTERRUPTED = 130


class Unwritable(DomainError):
    """A file cannot be written there. Facts: `path`, `reason`."""

    code = "unwritable"
    template = _("%(path)s cannot be written: %(reason)s")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What is written to a place that a user named. Raises Unwritable."""
    try:
        yield
    except OSError as failure:
        raise Unwritable(path=path, reason=failure.strerror) from failure


EXIT_CODES: Final = _(
    "Exit codes: 0 done, 1 problems or violations were found, 2 wrong usage or refused input, "
    "3 the database or the mail server is away, 130 interrupted."
)


def iso_day(text: str) -> date:
    """A date argument, YYYY-MM-DD; for argparse, which shows the refusal beside the argument's name."""
    try:
        return date.fromisoformat(text)
    except ValueError as wrong:
        refusal = _("%(text)s is not a date: write year-month-day, as in 2026-10-15")
        raise argparse.ArgumentTypeError(refusal % {"text": text}) from wrong


def print_json(value: object) -> None:
    """One line of JSON on standard output: amounts as strings, dates as ISO, dataclasses as objects."""
    try:
        print(json.dumps(value, default=_plain, ensure_ascii=False), flush=True)
    except (
        BrokenPipeError
    ):  # whoever read our output has seen enough; Python would complain once more at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _plain(value: object) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Path | Promise):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return sorted(value) if isinstance(value, set | frozenset) else list(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def complain(message: object) -> None:
    """A message on standard error."""
    print(message, file=sys.stderr, flush=True)


class Progress:
    """A line on standard error that says how far long work has come; silent where nobody watches."""

    def __init__(self, label: object) -> None:
        self._label = label
        self._shown_at = 0.0
        self._watched = sys.stderr.isatty()

    def step(self, done: int, total: int) -> None:
        """`done` of `total` things are done; the last call closes the line."""
        finished = done >= total
        if not self._watched or (not finished and time.monotonic() - self._shown_at < PROGRESS_EVERY_S):
            return
        self._shown_at = time.monotonic()
        share = 100 * done // total if total else 100
        print(
            f"\r{self._label} {share:3d} %  {done}/{total}",
            end="\n" if finished else "",
            file=sys.stderr,
            flush=True,
        )
