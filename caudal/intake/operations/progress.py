"""Progress that others see while the transaction is open: told on a connection of its own."""

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

_TELL: Final = """
    UPDATE intake_importprogress SET step = %s, done = %s, total = %s, updated_at = clock_timestamp()
    WHERE subject_id = %s
"""

Step = Callable[[str, int, int], None]


def unheard(_step: str, _done: int, _total: int) -> None:
    """Where nobody watches."""


class Progress:
    """Tells the step of an import and how far it is; `also` hears the same (a command's own line)."""

    def __init__(self, import_id: int, *, also: Step = unheard) -> None:
        self._import_id = import_id
        self._also = also
        self._own: BaseDatabaseWrapper = connection.copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._own.close()

    def tell(self, step: str, done: int, total: int) -> None:
        """`done` of `total` rows of a step are done."""
        self._also(step, done, total)
        with self._own.cursor() as cursor:
            cursor.execute(_TELL, [step, done, total, self._import_id])
