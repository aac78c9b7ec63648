"""One PDF for a whole run, in the order in which it is delivered, with constant memory.

Bills are set a few at a time in one compilation, which shares fonts and whatever they have in common, and
joined as they come.
"""

import pathlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from caudal.documents.printing.joining import Joined
from caudal.documents.printing.press import Press
from caudal.documents.spanish.data import Printable

TOGETHER = 12  # more gains little speed and costs memory: typst keeps what the last ten compilations laid out

Progress = Callable[[int], None]


def write_file(
    documents: Iterable[Printable],
    path: pathlib.Path,
    *,
    press: Press,
    title: str,
    progress: Progress | None = None,
) -> int:
    """Print documents of one kind into one PDF at `path`; answers the number of pages.

    The file appears whole or not at all. `progress` hears how many documents are done. Raises ValueError when
    there are none.
    """
    unfinished = path.with_suffix(".part")
    try:
        with unfinished.open("wb") as out:
            joined = Joined(out)
            done = 0
            for some in _together(documents):
                joined.add(press.pdf_of_many(some, title=title))
                done += len(some)
                if progress:
                    progress(done)
            if not done:
                raise ValueError("a file of no documents")
            pages = joined.close()
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return pages


def _together(documents: Iterable[Printable]) -> Iterator[list[Printable]]:
    waiting = iter(documents)
    while some := list(islice(waiting, TOGETHER)):
        yield some
