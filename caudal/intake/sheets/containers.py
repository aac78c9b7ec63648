"""What kind of file somebody brought, and whether it is safe to parse.

A spreadsheet is a zip of XML: a few kilobytes can unpack to gigabytes, and one cell far away makes a parser
lay out the whole rectangle up to it. So the parts are unpacked here as a stream, looked at, and thrown away,
before anything builds a table from them.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError

MAX_FILE_BYTES: Final = 40_000_000
MAX_ROWS: Final = 500_000
MAX_CELLS: Final = 8_000_000
MAX_UNPACKED_BYTES: Final = 500_000_000
MAX_RATIO: Final = 120
MAX_PARTS: Final = 5_000
# Small parts compress as they like: a page of zeros harms nobody.
HARMLESS_BYTES: Final = 5_000_000
CHUNK: Final = 1 << 20
OVERLAP: Final = 256

ZIP_MAGIC: Final = b"PK\x03\x04"
OLE_MAGIC: Final = bytes.fromhex("d0cf11e0a1b11ae1")
ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
ODS_TYPE: Final = b"application/vnd.oasis.opendocument.spreadsheet"

# Only what would matter: a column beyond Z, or a row of six digits from 500,000 on. Most files have neither,
# and then the search never leaves the regular expression engine.
_FAR_CELL = re.compile(rb' r="([A-Z]{2,3}(?=[0-9])|[A-Z](?=[5-9][0-9]{5}|[1-9][0-9]{6}))([0-9]+)"')
_FAR_CELL_ODDLY_WRITTEN = re.compile(rb"\sr\s*=\s*[\"']([A-Z]+)([0-9]+)[\"']")
# The lone sign is looked for first: that search is many times faster, and mostly ends the matter.
_ODDLY_WRITTEN = ((b"'", b"r='"), (b"\n", b"\nr="), (b"\t", b"\tr="), (b"\r", b"\rr="), (b"r =", b"r ="))
_DECLARED = re.compile(rb"<(?:\w+:)?dimension[^>]*\bref\s*=\s*[\"'][A-Z]+[0-9]+:([A-Z]+)([0-9]+)[\"']")
_ROOT = re.compile(rb"<[A-Za-z]")
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*?)(/?)>")
_ODS_TABLE = re.compile(rb"<table:table[\s>]")
_ROWS_REPEATED = re.compile(rb"number-rows-repeated\s*=\s*[\"'](\d+)[\"']")
_COLUMNS_REPEATED = re.compile(
    rb"<table:(?:covered-)?table-cell\b[^>]*number-columns-repeated\s*=\s*[\"'](\d+)"
)
_ODS_CONTENT = re.compile(rb"<text:|office:value|office:date-value|office:string-value|office:boolean-value")


class NotAWorkbook(DomainError):
    """Neither a spreadsheet nor a table of text. Fact: `name`."""

    code = "not_a_workbook"
    template = _(
        "%(name)s is not a spreadsheet that can be read. Save it from your program as .xlsx, .xls, .ods or .csv."
    )


class DamagedWorkbook(DomainError):
    """It says that it is a spreadsheet, and cannot be read. Fact: `name`."""

    code = "damaged_workbook"
    template = _("%(name)s is damaged and cannot be read. Open it in your program and save it again.")


class EmptyWorkbook(DomainError):
    """Nothing is written in it. Fact: `name`."""

    code = "empty_workbook"
    template = _("%(name)s is empty: there is nothing to import.")


class EncryptedWorkbook(DomainError):
    """It asks for a password. Fact: `name`."""

    code = "encrypted_workbook"
    template = _("%(name)s is protected by a password. Save a copy without a password and bring that.")


class TooLargeWorkbook(DomainError):
    """More than is read at once. Facts: `name`, `megabytes`, `limit` (megabytes)."""

    code = "too_large_workbook"
    template = _(
        "%(name)s has %(megabytes)s MB; at most %(limit)s MB are read. Split it by year or by sector."
    )


class TooManyRows(DomainError):
    """A sheet has, or says it has, more cells than are read. Facts: `name`, `rows`, `columns`, `limit` (rows)."""

    code = "too_many_rows"
    template = _(
        "%(name)s declares a sheet of %(rows)s rows by %(columns)s columns; at most %(limit)s rows are read. "
        "Delete the empty rows and columns beyond the last one used, or split the file."
    )


class ZipBomb(DomainError):
    """It unpacks to far more than an honest spreadsheet. Fact: `name`."""

    code = "zip_bomb"
    template = _("%(name)s unpacks to far more than a spreadsheet does. It was not opened.")


class ExternalEntities(DomainError):
    """It defines XML entities, which no spreadsheet program writes. Fact: `name`."""

    code = "external_entities"
    template = _("%(name)s contains instructions that no spreadsheet has. It was not opened.")


def recognise(path: Path, name: str) -> str:
    """The kind of file, by its content: "xlsx", "xls", "ods" or "csv". Safe to parse when it returns.

    Raises one of this module's errors otherwise.
    """
    size = path.stat().st_size
    if size == 0:
        raise EmptyWorkbook(name=name)
    if size > MAX_FILE_BYTES:
        raise TooLargeWorkbook(name=name, megabytes=-(-size // 10**6), limit=MAX_FILE_BYTES // 10**6)
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(ZIP_MAGIC):
        return _recognise_zip(path, name)
    if head.startswith(OLE_MAGIC):
        if ENCRYPTED_PACKAGE in path.read_bytes():
            raise EncryptedWorkbook(name=name)
        return "xls"
    if not head.strip():
        raise EmptyWorkbook(name=name)
    if head.lstrip().startswith(b"<") or (b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise NotAWorkbook(name=name)
    return "csv"


def _recognise_zip(path: Path, name: str) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            _check_sizes(archive, name)
            kind = _kind_of(archive, name)
            for part in archive.infolist():
                if part.filename.endswith((".xml", ".rels")):
                    _check_part(archive, part, name)
            return kind
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as refusal:
        raise DamagedWorkbook(name=name) from refusal


def _check_sizes(archive: zipfile.ZipFile, name: str) -> None:
    """By what the directory declares; a part that lies about itself fails its checksum when it is read."""
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise EncryptedWorkbook(name=name)
    unpacked = sum(part.file_size for part in parts)
    swollen = any(
        part.file_size > HARMLESS_BYTES and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if len(parts) > MAX_PARTS or unpacked > MAX_UNPACKED_BYTES or swollen:
        raise ZipBomb(name=name)


def _kind_of(archive: zipfile.ZipFile, name: str) -> str:
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names and "mimetype" in names and archive.read("mimetype").strip() == ODS_TYPE:
        if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
            raise EncryptedWorkbook(name=name)
        return "ods"
    raise NotAWorkbook(name=name)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str) -> None:
    chunks = _chunks(archive, part)
    first = next(chunks, b"")
    prolog = _ROOT.split(first, maxsplit=1)[0]
    if b"<!DOCTYPE" in prolog or b"<!ENTITY" in prolog or len(prolog) == CHUNK:
        raise ExternalEntities(name=name)
    if part.filename == "content.xml":
        _check_ods(archive.read(part), name)
    elif part.filename != "xl/sharedStrings.xml" and part.filename.startswith("xl/"):
        _check_extent(first, chunks, name)


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's bytes, each chunk led by the end of the one before, so that nothing is cut in two."""
    with archive.open(part) as stream:
        tail = b""
        while chunk := stream.read(CHUNK):
            yield tail + chunk
            tail = chunk[-OVERLAP:]


def _check_extent(first: bytes, rest: Iterator[bytes], name: str) -> None:
    """Refuse a sheet whose rectangle, declared or real, is larger than what is read."""
    if declared := _DECLARED.search(first):
        _check_rectangle(int(declared[2][:9]), 1, name)
    rows = columns = 1
    for chunk in chain((first,), rest):
        odd = any(sign in chunk and mark in chunk for sign, mark in _ODDLY_WRITTEN)
        for letters, digits in set((_FAR_CELL_ODDLY_WRITTEN if odd else _FAR_CELL).findall(chunk)):
            rows, columns = max(rows, int(digits[:9])), max(columns, _column(letters))
        _check_rectangle(rows, columns, name)


def _check_rectangle(rows: int, columns: int, name: str) -> None:
    if rows > MAX_ROWS or rows * columns > MAX_CELLS:
        raise TooManyRows(name=name, rows=rows, columns=columns, limit=MAX_ROWS)


def _column(letters: bytes) -> int:
    """Excel's column number: A is 1, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _check_ods(content: bytes, name: str) -> None:
    """OpenDocument says «this row a million times»: harmless while empty and last, as programs write it."""
    for table in _ODS_TABLE.split(content)[1:]:
        rows = used = columns = 1
        starts = list(_ODS_ROW.finditer(table))
        ends = [start.start() for start in starts[1:]] + [len(table)]
        for start, end in zip(starts, ends, strict=False):
            repeated = _ROWS_REPEATED.search(start[1])
            rows += int(repeated[1][:9]) if repeated else 1
            if _ODS_CONTENT.search(table, start.end(), end):
                used = rows
                columns = max(columns, _columns_used(table[start.end() : end]))
        _check_rectangle(used, columns, name)


def _columns_used(row: bytes) -> int:
    """Columns up to the last cell that says something; an empty tail of thousands is how programs end a row."""
    last = max(found.end() for found in _ODS_CONTENT.finditer(row))
    return row.count(b"<table:table-cell", 0, last) + sum(
        int(n[:9]) for n in _COLUMNS_REPEATED.findall(row, 0, last)
    )
