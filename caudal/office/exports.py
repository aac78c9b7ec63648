"""Any list as Excel, CSV or PDF; sheets are streamed, with nothing in them that a spreadsheet would run."""

import csv
import io
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

import xlsxwriter
from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from caudal.access.limits import Limit, TooManyAttempts, count_attempt
from caudal.common import clock
from caudal.common.text import safe_text
from caudal.common.ui import formats
from caudal.documents.printing.prints import Sheet, listing_pdf
from caudal.registry.context import Town, current_town

FORMAT: Final = "formato"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# With the head, and one line that says that there is more: a sheet holds 1,048,576.
MOST_ROWS: Final = 1_000_000
CUT: Final = "Hay más filas: no caben en una hoja. Filtre la lista, o pídala como CSV, que las trae todas."
# Nobody reads more on paper; the sheet says that there is more.
MOST_PRINTED: Final = 2_000
CHUNK: Final = 1_000
# A whole office prints less; whoever carries the town away in slices is slowed down.
EXPORTS: Final = Limit("export", 120, timedelta(hours=1))

Row = Sequence[Any]


def export_asked(request: HttpRequest) -> bool:
    """Whether the address asks for a file instead of a page."""
    return request.GET.get(FORMAT) in ("xlsx", "csv", "pdf")


def exported(
    request: HttpRequest,
    *,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    title: str = "",
    filters: str = "",
) -> HttpResponseBase:
    """The rows as the file that the address asks for; a printed one says its title and what it was filtered by.

    Who asks for file after file is sent back to the list and told to wait.
    """
    try:
        count_attempt(limit=EXPORTS, key=str(request.user.pk), at=clock.now())
    except TooManyAttempts as refusal:
        messages.error(request, f"Pidió muchos archivos seguidos. Espere {refusal.facts['minutes']} minutos.")
        return redirect(_as_page(request))
    if request.GET.get(FORMAT) == "pdf":
        made = HttpResponse(
            _printed(request, columns, rows, title or name.capitalize(), filters),
            content_type="application/pdf",
        )
        made["Content-Disposition"] = f'inline; filename="{name}.pdf"'
        return made
    if request.GET.get(FORMAT) == "csv":
        response: HttpResponseBase = StreamingHttpResponse(
            _csv_lines(columns, rows), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
        return response
    return FileResponse(
        _workbook(columns, rows), as_attachment=True, filename=f"{name}.xlsx", content_type=XLSX
    )


def sought(text: str, *filters: str) -> str:
    """What a list was searched for and filtered by, as `exported` prints it; empty filters are left out."""
    return "; ".join([f"«{text}»"] * bool(text) + [word for word in filters if word])


def in_chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The rows of a query in lists of CHUNK, read by a cursor of the server: memory stays flat."""
    cursor = rows.iterator(CHUNK)
    while chunk := list(islice(cursor, CHUNK)):
        yield chunk


def _as_page(request: HttpRequest) -> str:
    """The address of the list that a file was asked of."""
    query = request.GET.copy()
    del query[FORMAT]
    return f"{request.path}?{query.urlencode()}"


def _printed(
    request: HttpRequest, columns: Sequence[str], rows: Iterable[Row], title: str, filters: str
) -> bytes:
    taken = list(islice(rows, MOST_PRINTED + 1))
    town = current_town()
    figures = [any(isinstance(row[n], Decimal | int) for row in taken) for n in range(len(columns))]
    sheet = Sheet(title, filters, str(request.user), clock.today(), tuple(zip(columns, figures, strict=True)))
    said = [[_said(value, town) for value in row] for row in taken[:MOST_PRINTED]]
    return listing_pdf(sheet, said, cut=len(taken) > MOST_PRINTED)


def _said(value: Any, town: Town) -> str:
    """A value as it stands on paper."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return formats.moment(value, town)
    if isinstance(value, date):
        return formats.short_date(value, town)
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return formats.number(value, town)
    return str(value)


def _csv_lines(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield "\ufeff"
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_plain(value) for value in row])
        if buffer.tell() > io.DEFAULT_BUFFER_SIZE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | int):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else safe_text(value)


def _workbook(columns: Sequence[str], rows: Iterable[Row]) -> Any:
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "dd/mm/yyyy",
        "remove_timezone": True,
    }
    with tempfile.TemporaryFile() as file:
        with xlsxwriter.Workbook(file, options) as book:
            _fill(book, columns, rows)
        file.seek(0)
        # The copy of the descriptor keeps the nameless file until the response has sent it.
        return os.fdopen(os.dup(file.fileno()), "rb")


def _fill(book: Any, columns: Sequence[str], rows: Iterable[Row]) -> None:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    bold = book.add_format({"bold": True})
    for column, title in enumerate(columns):
        sheet.write_string(0, column, title, bold)
    for number, row in enumerate(rows, start=1):
        if number >= MOST_ROWS:
            sheet.write_string(number, 0, CUT, bold)
            break
        for column, value in enumerate(row):
            _write(sheet, number, column, value)


def _write(sheet: Any, row: int, column: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, timezone.localtime(value))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value)
    elif isinstance(value, Decimal | int) and not isinstance(value, bool):
        sheet.write_number(row, column, float(value))
    else:
        sheet.write_string(row, column, safe_text(value))
