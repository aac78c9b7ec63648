"""Bills as PDF: one by one as mails need them, in one file as a printer does, beside WeasyPrint on the same bill.

Every bill differs in all that differs between neighbours (names, registers, amounts, chart, codes), so that only
what a town's bills share is remembered. Words, checks, barcode and QR are part of the measure; loading from the
database is not. Figures are pages for each second of one core's time.
"""

import importlib.util
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.pdf_bills import bill_of
from benchmarks.pdf_weasyprint import weasyprint_page
from caudal.documents.printing.files import write_file
from caudal.documents.printing.press import Press
from caudal.documents.spanish.data import BillData

BESIDE: Final = 12
MB: Final = 1024
Say = Callable[[str], None]


def run(*, pages: int, say: Say) -> dict[str, Any]:
    """Measure `pages` bills one by one, in one file, in two processes, and a few by WeasyPrint if it is there."""
    cores = sorted(os.sched_getaffinity(0))
    say(f"{pages} bills one by one, and in one file, on one core")
    one, file = (_apart(work, [(range(pages), cores[:1])])[0] for work in (_one_by_one, _one_file))
    result: dict[str, Any] = {
        "pages": pages,
        "pages_per_core_s": round(file["pages_per_s"], 1),
        "single_per_core_s": round(one["pages_per_s"], 1),
        "peak_mb": round(max(one["peak_mb"], file["peak_mb"])),
        "grown_mb": round(max(one["grown_mb"], file["grown_mb"]), 1),
        "file_kb_per_page": round(file["bytes"] / pages / MB, 1),
        "single_kb": round(one["bytes"] / pages / MB, 1),
    }
    if len(cores) > 1:
        say("the same file by two processes, each half of it")
        start = time.perf_counter()
        halves = [(range(pages // 2), cores[:1]), (range(pages // 2, pages), cores[1:2])]
        _apart(_one_file, halves)
        result["pages_per_s_two_processes"] = round(pages / (time.perf_counter() - start), 1)
    if importlib.util.find_spec("weasyprint"):
        say(f"{BESIDE} bills by WeasyPrint")
        beside = _apart(_by_weasyprint, [(range(BESIDE), cores[:1])])[0]["pages_per_s"]
        result["weasyprint_per_core_s"] = round(beside, 1)
        result["times_weasyprint"] = round(file["pages_per_s"] / beside, 1)
    return result


def _apart(
    work: Callable[..., dict[str, float]], parts: Sequence[tuple[range, list[int]]]
) -> list[dict[str, float]]:
    """Each part in a process of its own, on cores of its own, all at once: memory and threads are clean."""
    with multiprocessing.get_context("fork").Pool(len(parts)) as pool:
        return pool.starmap(work, parts)


def _measured(
    print_all: Callable[[Sequence[BillData], Press], int], numbers: range, cores: list[int]
) -> dict[str, float]:
    os.sched_setaffinity(0, cores)
    bills = [bill_of(number) for number in numbers]
    press = Press()
    press.pdf(bill_of(-1))
    quarter = len(bills) // 4
    start = time.process_time()
    size = print_all(bills[:quarter], press)
    warm = _rss_mb()
    size += print_all(bills[quarter:], press)
    spent = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MB
    return {"pages_per_s": len(bills) / spent, "peak_mb": peak, "grown_mb": _rss_mb() - warm, "bytes": size}


def _one_by_one(numbers: range, cores: list[int]) -> dict[str, float]:
    return _measured(lambda bills, press: sum(len(press.pdf(bill)) for bill in bills), numbers, cores)


def _one_file(numbers: range, cores: list[int]) -> dict[str, float]:
    def print_all(bills: Sequence[BillData], press: Press) -> int:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "run.pdf")
            write_file(bills, path, press=press, title="Facturación de octubre")
            return path.stat().st_size

    return _measured(print_all, numbers, cores)


def _by_weasyprint(numbers: range, cores: list[int]) -> dict[str, float]:
    os.sched_setaffinity(0, cores)
    weasyprint_page(bill_of(-1))
    bills = [bill_of(number) for number in numbers]
    start = time.process_time()
    for bill in bills:
        weasyprint_page(bill)
    return {"pages_per_s": len(bills) / (time.process_time() - start)}


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB / MB
