"""How one organisation writes money, quantities and dates."""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError
from caudal.common.ui.formats import MINUS, MONTHS, NARROW_SPACE, WEEKDAYS
from caudal.documents.spanish.data import Format
from caudal.kernel.money import ZERO, round_half_up

UNITS = {"m3": "m³"}


class DoesNotAddUp(DomainError):
    """What would be printed misses its own total. Facts: `where`, `gap`."""

    code = "does_not_add_up"
    template = _("The document was not printed: its %(where)s miss their total by %(gap)s.")

    def __init__(self, *, where: str, gap: Decimal) -> None:
        super().__init__(where=where, gap=gap)


class Figures:
    """Decimal strings and ISO dates to text, by the organisation's format.

    `spoken` says a Spanish sentence in the language of whoever reads, `form["months"]` the months, and `written` marks
    what the town named in its own; papers are Spanish.
    """

    def __init__(
        self, form: Format, *, spoken: Callable[[str], str] = str, written: Callable[[str], str] = str
    ) -> None:
        self.spoken = spoken
        self.written = written
        self.symbol = form["symbol"]
        self.decimals = form["decimals"]
        self.point = form["point"]
        self.group = NARROW_SPACE if form["group"] == " " else form["group"]
        self.payable_decimals = form.get("payable_decimals", self.decimals)
        respelled = form.get("months", {})
        self.months = [respelled.get(month, month) for month in MONTHS]

    def number(self, value: str | Decimal, decimals: int | None = None, keep: int = 0) -> str:
        """Grouped, with `decimals` fixed, or as many as the value needs but at least `keep`."""
        number = Decimal(value)
        if decimals is not None:
            number = round_half_up(number, decimals)
        whole, _, part = f"{abs(number):f}".partition(".")
        if decimals is None:
            part = part.rstrip("0").ljust(keep, "0")
        grouped = f"{int(whole):,}".replace(",", self.group)
        return (MINUS if number < 0 else "") + grouped + (self.point + part if part else "")

    def plain(self, value: str | Decimal) -> str:
        """An amount without its symbol, for columns."""
        return self.number(value, self.decimals)

    def money(self, value: str | Decimal) -> str:
        """An amount with its symbol; the sign stands before it."""
        return self._with_symbol(self.plain(value))

    def payable(self, value: str | Decimal) -> str:
        """What is asked for: a currency without small coins drops its decimals here, and only here."""
        return self._with_symbol(self.number(value, self.payable_decimals))

    def price(self, value: str | Decimal) -> str:
        """A unit price, with all the decimals it has."""
        return self._with_symbol(self.number(value, keep=self.decimals))

    def volume(self, value: str | Decimal, unit: str) -> str:
        """A quantity with its unit."""
        return f"{self.number(value)} {unit_name(unit)}".strip()

    def percent(self, value: str | Decimal) -> str:
        """A percentage; the sign never parts from its figure."""
        return f"{self.number(value)}{NARROW_SPACE}%"

    def rounded(self, value: str | Decimal) -> Decimal:
        """The amount as it is printed."""
        return round_half_up(Decimal(value), self.decimals)

    def _with_symbol(self, text: str) -> str:
        return MINUS + self.symbol + text[1:] if text[0] == MINUS else self.symbol + text

    def day(self, iso: str) -> str:
        """«5 nov 2026»."""
        day = date.fromisoformat(iso)
        told = {"day": day.day, "month": self.months[day.month - 1][:3], "year": day.year}
        return self.spoken("%(day)s %(month)s %(year)s") % told

    def numeric_day(self, iso: str) -> str:
        """«05/11/2026»."""
        return f"{date.fromisoformat(iso):%d/%m/%Y}"

    def long_day(self, iso: str) -> str:
        """«jueves 5 de noviembre de 2026»."""
        day = date.fromisoformat(iso)
        return f"{WEEKDAYS[day.weekday()]} {day.day} de {self.months[day.month - 1]} de {day.year}"

    def days_between(self, start: str, end: str) -> str:
        """«3 oct a 3 nov 2026», both days as given; the year is said twice only where it changes."""
        first = self.day(start)
        since = first[:-5].rstrip(",") if start[:4] == end[:4] else first
        return self.spoken("%(first)s a %(last)s") % {"first": since, "last": self.day(end)}

    def month(self, month: str) -> str:
        """«octubre de 2026» of "2026-10"."""
        return f"{self.month_name(month)} de {month[:4]}"

    def month_name(self, month: str) -> str:
        """«octubre» of "2026-10"."""
        return self.months[int(month[5:7]) - 1]


def unit_name(unit: str) -> str:
    """A unit as it is printed: codes are ASCII."""
    return UNITS.get(unit, unit)


def rounding_gap(figures: Figures, lines: Collection[str], total: str, where: str) -> Decimal:
    """Printed total less printed lines: a few last places become a «redondeo» line.

    Raises DoesNotAddUp when the gap is more than rounding can make.
    """
    gap = figures.rounded(total) - sum((figures.rounded(line) for line in lines), ZERO)
    if abs(gap) > Decimal(len(lines) + 1).scaleb(-figures.decimals):
        raise DoesNotAddUp(where=where, gap=gap)
    return gap


def must_be_equal(left: Decimal, right: Decimal, where: str) -> None:
    """Raises DoesNotAddUp when two ways to the same amount differ."""
    if left != right:
        raise DoesNotAddUp(where=where, gap=right - left)
