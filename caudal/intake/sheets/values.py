"""What one cell means: identifiers, dates, numbers, names. Real dates and numbers are taken as they are.

Text dates and decimal signs are read by what was decided for the whole file (see evidence). A cell that cannot
be read gives a `Problem` instead of a value.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from math import isfinite
from typing import Final

from caudal.common.text import identification_key, search_text
from caudal.intake.sheets.workbook import Cell

DMY: Final = "dmy"
MDY: Final = "mdy"
COMMA: Final = ","
POINT: Final = "."
# Beyond these years a date is a slip of the finger, not a meter's life.
OLDEST_YEAR: Final = 1900
NEWEST_YEAR: Final = 2100
# Two digits of a year: up to here they belong to this century.
CENTURY_PIVOT: Final = 68
EXCEL_EPOCH: Final = date(1899, 12, 30)
EXCEL_DAYS: Final = range(10_000, 73_051)  # 1927 to 2099
THOUSAND: Final = 3

_TIME = r"(?:[ T]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s*[ap]\.?\s?m\.?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
_SLASHED = re.compile(rf"(\d{{1,2}})\s*([/.\-])\s*(\d{{1,2}})\s*\2\s*(\d{{4}}|\d{{2}}){_TIME}", re.IGNORECASE)
_ISO = re.compile(rf"(\d{{4}})([/.\-])(\d{{1,2}})\2(\d{{1,2}}){_TIME}", re.IGNORECASE)
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:[.,]0+)?")
_MONTHS: Final = {
    **{"ene": 1, "feb": 2, "mar": 3, "abr": 4, "may": 5, "jun": 6},
    **{"jul": 7, "ago": 8, "sep": 9, "oct": 10, "nov": 11, "dic": 12},
    **{"jan": 1, "apr": 4, "aug": 8, "set": 9, "dec": 12},
}
_MONTH_WORD = re.compile(
    r"(ene(ro)?|jan(uary)?|feb(rero|ruary)?|mar(zo|ch)?|abr(il)?|apr(il)?|may(o)?|jun(io|e)?|jul(io|y)?|"
    r"ago(sto)?|aug(ust)?|sep(tiembre|tember|t)?|set(iembre)?|oct(ubre|ober)?|nov(iembre|ember)?|"
    r"dic(iembre)?|dec(ember)?)"
)
_MONEY = r"(?:US\$|RD\$|C\$|S/\.?|B/\.?|Bs\.?|[$₡€QL]|USD|CRC|COP|GTQ|HNL|NIO|PAB|DOP|MXN|PEN|EUR)"
_NUMBER = re.compile(
    rf"(?P<open>\()?\s*(?P<minus>[-−–+])?\s*{_MONEY}?\s*(?P<inner>[-−–+])?"
    rf"(?P<body>(?:\d[\d.,'’ \u00a0\u2009\u202f]*|[.,]\d+))\s*(?:{_MONEY}|m3|m³|mts?3|mts)?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_SPACING = str.maketrans("", "", "'’ \u00a0\u2009\u202f")
_GROUPED: Final = {sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+|\d*") for sign in ".,"}

_PARTICLES: Final = frozenset(
    {"de", "del", "la", "las", "los", "y", "e", "i", "da", "das", "do", "dos", "van", "von"}
)
_INITIALS: Final = re.compile(r"(?:[A-ZÑ]\.)+[A-ZÑ]?\.?|[BCDFGHJKLMNPQRSTVWXYZ]{2,4}\.?|[IVX]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell has no value: the code of a finding."""

    code: str


def read_column(
    cells: Sequence[Cell], read: Callable[[Cell], object]
) -> tuple[list[object], list[tuple[int, Problem]]]:
    """Read each distinct cell once. Values (None where empty or wrong), and the positions that went wrong."""
    meanings = {cell: read(cell) for cell in set(cells)}
    if not any(isinstance(value, Problem) for value in meanings.values()):
        return list(map(meanings.__getitem__, cells)), []
    wrong = [(i, value) for i, cell in enumerate(cells) if isinstance(value := meanings[cell], Problem)]
    sound = {cell: None if isinstance(value, Problem) else value for cell, value in meanings.items()}
    return list(map(sound.__getitem__, cells)), wrong


def reader(form: str, *, date_order: str | None, decimal_sign: str | None) -> Callable[[Cell], object]:
    """The function that reads cells of a field's form: id, date, number, text or name."""
    if form == "date":
        return partial(read_date, order=date_order)
    if form == "number":
        return partial(read_number, sign=decimal_sign)
    return {"id": read_id, "text": read_text, "name": read_name}[form]


def read_text(cell: Cell) -> str | None:
    """Text without stray spaces; None when empty. A whole number has no decimals, a date is written ISO."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split()) or None


def read_id(cell: Cell) -> str | None:
    """An identifier is text: 4501.0 is "4501", leading zeros stay, typographic dashes are dashes.

    None also where no letter or digit tells it from another: «-» is how offices write that there is none.
    """
    text = read_text(cell)
    if not text or not identification_key(text):
        return None
    return text.replace("–", "-").replace("—", "-").replace("\N{MINUS SIGN}", "-")


def read_name(cell: Cell) -> str | None:
    """A name as people write it: shouting is lowered word by word, particles stay small. «-» is nobody's."""
    text = read_text(cell)
    return proper_name(text) if text and any(c.isalnum() for c in text) else None


def proper_name(text: str) -> str:
    """«MARÍA DE LOS ÁNGELES» is «María de los Ángeles»; what is already mixed stays as it is written."""
    quiet = text == text.lower()
    words = [_proper_word(word, quiet=quiet) for word in text.split(" ")]
    return " ".join(words)


def _proper_word(word: str, *, quiet: bool) -> str:
    if not (quiet or word == word.upper()) or not any(c.isalpha() for c in word):
        return word
    if word.lower() in _PARTICLES:
        return word.lower()
    if _INITIALS.fullmatch(word):
        return word
    return re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), word.lower())


def read_date(cell: Cell, *, order: str | None) -> date | Problem | None:
    """A day. Codes: `impossible_date`, `not_a_date`, `undecided_date_order`."""
    if isinstance(cell, datetime):
        return _plausible(cell.date())
    if isinstance(cell, date):
        return _plausible(cell)
    if isinstance(cell, (int, float)):
        return _of_serial(int(cell))
    if not isinstance(cell, str):
        return Problem("not_a_date")
    return _of_text(cell.strip(), order) if cell.strip() else None


def _of_text(text: str, order: str | None) -> date | Problem:
    if found := _SLASHED.fullmatch(text):
        return _of_slashed(int(found[1]), int(found[3]), _year(found[4]), order)
    if found := _ISO.fullmatch(text):
        return _day(int(found[1]), int(found[3]), int(found[4]))
    if found := _COMPACT.fullmatch(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _SERIAL.fullmatch(text):
        return _of_serial(int(found[1]))
    return _of_words(search_text(text).split())


def _of_slashed(first: int, second: int, year: int, order: str | None) -> date | Problem:
    if first == second:
        return _day(year, first, second)
    as_dmy, as_mdy = _day(year, second, first), _day(year, first, second)
    if order is None:
        hopeless = isinstance(as_dmy, Problem) and isinstance(as_mdy, Problem)
        return as_dmy if hopeless else Problem("undecided_date_order")
    return as_dmy if order == DMY else as_mdy


def _of_words(words: list[str]) -> date | Problem:
    """«1 de marzo de 2016», «mar 1, 2016», «martes 01-mar-16»: a month by name, a day, a year."""
    months = [word for word in words if _MONTH_WORD.fullmatch(word)]
    numbers = [re.sub(r"(?<=\d)(?:o|ro|st|nd|rd|th)$", "", word) for word in words]
    numbers = [word for word in numbers if word.isdecimal()]
    if len(months) != 1 or len(numbers) < len(("day", "year")):
        return Problem("not_a_date")
    day, year = numbers[:2]
    if len(day) == len("2016"):
        day, year = year, day
    return _day(_year(year), _MONTHS[months[0][:3]], int(day))


def _of_serial(days: int) -> date | Problem:
    """Excel's count of days, as a cell without a date format shows it."""
    return EXCEL_EPOCH + timedelta(days) if days in EXCEL_DAYS else Problem("not_a_date")


def _year(digits: str) -> int:
    number = int(digits)
    if len(digits) > len("16"):
        return number
    return number + (2000 if number <= CENTURY_PIVOT else 1900)


def _day(year: int, month: int, day: int) -> date | Problem:
    try:
        return _plausible(date(year, month, day))
    except ValueError:
        return Problem("impossible_date")


def _plausible(day: date) -> date | Problem:
    return day if OLDEST_YEAR <= day.year < NEWEST_YEAR else Problem("impossible_date")


def date_order_shown(cell: Cell) -> str | None:
    """The order that a text date can only have: one of its first two numbers is above twelve."""
    found = _SLASHED.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), _year(found[4])
    as_dmy = isinstance(_day(year, second, first), date)
    as_mdy = isinstance(_day(year, first, second), date)
    if as_dmy == as_mdy:
        return None
    return DMY if as_dmy else MDY


def read_number(cell: Cell, *, sign: str | None) -> Decimal | Problem | None:
    """An exact number. Codes: `not_a_number`, `undecided_decimal_sign`. Noise of binary fractions is cut off."""
    if isinstance(cell, float):
        return Decimal(repr(round(cell, 6))) if isfinite(cell) else Problem("not_a_number")
    if isinstance(cell, int):
        return Decimal(cell)
    if not isinstance(cell, str):
        return Problem("not_a_number")
    text = cell.strip()
    if not text:
        return None
    found = _NUMBER.fullmatch(text)
    if not found or bool(found["open"]) != bool(found["close"]):
        return Problem("not_a_number")
    value = _of_body(found["body"].translate(_SPACING), sign)
    negative = bool(found["open"]) or (found["minus"] or found["inner"] or "+") != "+"
    return -value if negative and isinstance(value, Decimal) else value


def _of_body(body: str, sign: str | None) -> Decimal | Problem:
    """Digits with separators: the decimal sign once at most, the other one between groups of three."""
    if body.isdecimal():
        return Decimal(body)
    if sign is None:
        return Problem("undecided_decimal_sign")
    whole, _, fraction = body.partition(sign)
    group = POINT if sign == COMMA else COMMA
    if not _GROUPED[group].fullmatch(whole) or (fraction and not fraction.isdecimal()):
        return Problem("not_a_number")
    return Decimal(f"{whole.replace(group, '') or 0}.{fraction or 0}")


def decimal_sign_shown(cell: Cell) -> str | None:
    """The decimal sign that a text number can only have; None where it could be read both ways, or neither."""
    found = _NUMBER.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if not found:
        return None
    body = found["body"].translate(_SPACING)
    as_comma, as_point = (isinstance(_of_body(body, sign), Decimal) for sign in (COMMA, POINT))
    if as_comma == as_point:
        return _by_leading_zero(body) if as_comma else None
    return COMMA if as_comma else POINT


def _by_leading_zero(body: str) -> str | None:
    """«0,450» reads both ways by its shape, but nobody writes a group after a lone zero."""
    whole, sign, fraction = body[:1], body[1:2], body[2:]
    return sign if whole == "0" and sign in (COMMA, POINT) and len(fraction) == THOUSAND else None
