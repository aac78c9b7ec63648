"""How a town writes its money, its figures and its dates: text only, also for mails, PDFs and exports.

The format is data of the organisation: ₡12 480 (narrow no-break space) in one town, $1,234.50 in the next. Dates
speak the language of the page: `locale` is the town's («es-CR»), or «en-CR» on a page that is read in English.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Final, Protocol

from django.utils import timezone

from caudal.kernel.money import round_half_up

MINUS: Final = "\N{MINUS SIGN}"
NARROW_SPACE: Final = "\N{NARROW NO-BREAK SPACE}"
NOTHING: Final = "\N{EM DASH}"
MAX_DECIMALS: Final = 6

Number = Decimal | int
MONTHS: Final = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
WEEKDAYS: Final = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
ENGLISH_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
ENGLISH_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SETIEMBRE: Final = frozenset({"es-CR", "es-PE", "es-UY"})


class TownFormat(Protocol):
    """What of a town decides its formats: the currency's symbol and decimals, point, thousands, locale."""

    @property
    def symbol(self) -> str: ...
    @property
    def minor_units(self) -> int: ...
    @property
    def point(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def locale(self) -> str: ...


def group_mark(town: TownFormat) -> str:
    """What stands between thousands; a plain space would let a number break over two lines."""
    return NARROW_SPACE if town.group == " " else town.group


def number(value: Number | None, town: TownFormat, places: int | None = None) -> str:
    """A figure with `places` decimals, or with as many (up to six) as it has; a dash for None."""
    if value is None:
        return NOTHING
    exact = round_half_up(Decimal(value), MAX_DECIMALS if places is None else places)
    whole, _, decimals = f"{abs(exact):,f}".partition(".")
    if places is None:
        decimals = decimals.rstrip("0")
    sign = MINUS if exact < 0 else ""
    return f"{sign}{whole.replace(',', group_mark(town))}{town.point + decimals if decimals else ''}"


def money(amount: Number | None, town: TownFormat) -> str:
    """An amount as text: sign, symbol, figure with the currency's decimals; a dash for None."""
    if amount is None:
        return NOTHING
    figure = number(amount, town, town.minor_units)
    sign, digits = (MINUS, figure[1:]) if figure.startswith(MINUS) else ("", figure)
    return f"{sign}{town.symbol}{digits}"


def unit_price(price: Number | None, town: TownFormat) -> str:
    """A price per unit: the currency's decimals, and up to six where it has them."""
    if price is None:
        return NOTHING
    decimals = max(town.minor_units, -int(Decimal(price).normalize().as_tuple().exponent))
    figure = number(price, town, min(decimals, MAX_DECIMALS))
    return f"{MINUS}{town.symbol}{figure[1:]}" if figure.startswith(MINUS) else f"{town.symbol}{figure}"


def percent(rate: Decimal | None, town: TownFormat) -> str:
    """A rate (0.13) as a percentage («13 %»), the space never broken."""
    return NOTHING if rate is None else f"{number(rate * 100, town)}\N{NO-BREAK SPACE}%"


def change(rate: Decimal | None, town: TownFormat) -> str:
    """A signed percentage with one decimal («+3,6 %»): this period beside another."""
    if rate is None:
        return NOTHING
    percentage = round_half_up(rate * 100, 1)
    return f"{'+' if percentage > 0 else ''}{number(percentage, town, 1)}\N{NO-BREAK SPACE}%"


def in_english(locale: str) -> bool:
    """Whether words of this locale are English ones."""
    return locale.startswith("en")


def month_word(month: int, locale: str) -> str:
    """The month's name as the country says it («setiembre» in Costa Rica, Peru and Uruguay)."""
    if in_english(locale):
        return ENGLISH_MONTHS[month - 1]
    return "setiembre" if month == 9 and locale in SETIEMBRE else MONTHS[month - 1]


def month_name(day: date | None, town: TownFormat) -> str:
    """«octubre 2026»."""
    return NOTHING if day is None else f"{month_word(day.month, town.locale)} {day.year}"


def months_name(months: tuple[date, date] | None, town: TownFormat) -> str:
    """«octubre 2026»; «octubre a diciembre 2026» of the first and the last month of a bill that covers several."""
    if months is None:
        return NOTHING
    first, last = months
    until = month_name(last, town)
    if first == last:
        return until
    since = month_word(first.month, town.locale) if first.year == last.year else month_name(first, town)
    return f"{since} {'to' if in_english(town.locale) else 'a'} {until}"


def long_date(day: date | None, town: TownFormat) -> str:
    """«20 de noviembre de 2026», «November 20, 2026»; an instant is told in local time."""
    if day is None:
        return NOTHING
    day = _local(day)
    month = month_word(day.month, town.locale)
    return (
        f"{month} {day.day}, {day.year}" if in_english(town.locale) else f"{day.day} de {month} de {day.year}"
    )


def short_date(day: date | None, town: TownFormat) -> str:
    """«20 nov 2026», «Nov 20, 2026», for tables."""
    if day is None:
        return NOTHING
    day = _local(day)
    comma = "," if in_english(town.locale) else ""
    return f"{day_month(day, town)}{comma}\N{NO-BREAK SPACE}{day.year}"


def day_month(day: date | None, town: TownFormat) -> str:
    """«20 nov», «Nov 20»: where the year is plain from its surroundings."""
    if day is None:
        return NOTHING
    day = _local(day)
    month = month_word(day.month, town.locale)[:3]
    first, second = (month, day.day) if in_english(town.locale) else (day.day, month)
    return f"{first}\N{NO-BREAK SPACE}{second}"


def weekday_date(day: date | None, town: TownFormat) -> str:
    """«viernes 20 de noviembre», «Friday, November 20»: the day somebody has to do something."""
    if day is None:
        return NOTHING
    day = _local(day)
    month = month_word(day.month, town.locale)
    if in_english(town.locale):
        return f"{ENGLISH_WEEKDAYS[day.weekday()]}, {month} {day.day}"
    return f"{WEEKDAYS[day.weekday()]} {day.day} de {month}"


def moment(instant: datetime | None, town: TownFormat) -> str:
    """«29 oct 2026, 10:42», local time."""
    if instant is None:
        return NOTHING
    local = timezone.localtime(instant)
    return f"{short_date(local, town)}, {local.hour}:{local.minute:02d}"


def _local(day: date) -> date:
    return timezone.localtime(day) if isinstance(day, datetime) and timezone.is_aware(day) else day
