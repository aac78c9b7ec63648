"""«¿Por qué subió?»: a bill beside the one before and that of the same month of last year, in plain sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from caudal.documents.spanish.figures import Figures

ZERO: Final = Decimal(0)
# Days and daily use that differ by less are the same to whoever reads them.
SAME_DAYS: Final = 1
SAME_USE: Final = Decimal("0.05")
HUNDRED: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class BilledMonth:
    """What was billed for a place in a month. `volume` is in `unit` over `days`, None where nothing is measured.

    `tariffs` are the versions that priced the usage, `tariff_from` the day from which the latest is in force.
    `others` are the concepts beside the measured ones, with their totals.
    """

    month: date
    usage_total: Decimal
    others: tuple[tuple[str, Decimal], ...] = ()
    volume: Decimal | None = None
    unit: str = "m³"
    days: int = 0
    estimated: bool = False
    tariffs: frozenset[int] = frozenset()
    tariff_from: date | None = None

    @property
    def total(self) -> Decimal:
        """All that was billed."""
        return self.usage_total + sum((amount for _label, amount in self.others), ZERO)

    @property
    def daily(self) -> Decimal | None:
        """Usage a day; None where it is not known."""
        return None if self.volume is None or self.days <= 0 else self.volume / self.days


def why(
    last: BilledMonth, before: BilledMonth | None, year_ago: BilledMonth | None, figures: Figures
) -> tuple[str, ...]:
    """Sentences, the answer first. `before` is the bill before, `year_ago` that of the same month of last year."""
    if before is None:
        said = [f"Es lo primero que se cobra: {figures.money(last.total)}, de {_month(last, figures)}."]
    else:
        said = [_headline(last, before, figures), *_days(last, before), *_use(last, before, figures)]
        said += [*_readings(last, before, figures), *_tariff(last, before, figures)]
        said += _others(last, before, figures)
        if len(said) == 1 and last.total != before.total:
            said.append("El consumo, los días y la tarifa casi no cambiaron.")
    if before is None and last.estimated:
        said.append(_estimated(last, figures))
    return (*said, *_last_year(last, year_ago, figures))


def _headline(last: BilledMonth, before: BilledMonth, figures: Figures) -> str:
    change = last.total - before.total
    now, then = _month(last, figures), _month(before, figures)
    if not change:
        return f"En {now} se cobró lo mismo que en {then}: {figures.money(last.total)}."
    word = "más" if change > 0 else "menos"
    return (
        f"En {now} se cobraron {figures.money(abs(change))} {word} que en {then}: "
        f"{figures.money(last.total)} en lugar de {figures.money(before.total)}."
    )


def _days(last: BilledMonth, before: BilledMonth) -> Sequence[str]:
    if not last.days or not before.days or abs(last.days - before.days) <= SAME_DAYS:
        return ()
    return [f"Cubre {_counted(last.days)}; antes, {before.days}."]


def _use(last: BilledMonth, before: BilledMonth, figures: Figures) -> Sequence[str]:
    now, then = last.daily, before.daily
    if now is None or then is None or last.volume is None or before.volume is None:
        return ()
    span = f"{_volume(last, figures)} en {_counted(last.days)}, {_daily(last, figures)} al día"
    if not then:
        return [f"Se gastaron {span}; antes no hubo consumo."] if now else []
    change = (now - then) / then
    if abs(change) < SAME_USE:
        spent = f"Se gastaron {_volume(last, figures)} en {_counted(last.days)}"
        same = f"al día es casi lo mismo, {_daily(last, figures)}; antes {_daily(before, figures)}"
        return [f"{spent}; {same}."]
    word = "más" if change > 0 else "menos"
    percent = figures.number(abs(change) * HUNDRED, 0)
    return [
        f"Se gastaron {span}; antes {_volume(before, figures)} en {_counted(before.days)}, "
        f"{_daily(before, figures)} al día: un {percent} % {word} cada día."
    ]


def _readings(last: BilledMonth, before: BilledMonth, figures: Figures) -> Sequence[str]:
    said = []
    if before.estimated and not last.estimated:
        name = _month(before, figures)
        said.append(f"El consumo de {name} fue un promedio; ahora hay lectura real, que lo corrige.")
    if last.estimated:
        said.append(_estimated(last, figures))
    return said


def _estimated(last: BilledMonth, figures: Figures) -> str:
    return f"El consumo de {_month(last, figures)} es un promedio: la próxima lectura real lo corrige."


def _tariff(last: BilledMonth, before: BilledMonth, figures: Figures) -> Sequence[str]:
    if not last.tariffs or not before.tariffs or last.tariffs == before.tariffs:
        return ()
    since = f" desde el {figures.numeric_day(last.tariff_from.isoformat())}" if last.tariff_from else ""
    return [f"Cambió la tarifa: rige otra{since}."]


def _others(last: BilledMonth, before: BilledMonth, figures: Figures) -> Sequence[str]:
    """Concepts that are new, gone, or of another amount."""
    now, then = _by_label(last), _by_label(before)
    said = []
    for label in dict.fromkeys([*now, *then]):
        if label not in then:
            said.append(f"Trae {label}, que antes no venía: {figures.money(now[label])}.")
        elif label not in now:
            said.append(f"Ya no trae {label}, que eran {figures.money(then[label])}.")
        elif now[label] != then[label]:
            word = "subió" if now[label] > then[label] else "bajó"
            said.append(f"{label} {word} de {figures.money(then[label])} a {figures.money(now[label])}.")
    return said


def _last_year(last: BilledMonth, year_ago: BilledMonth | None, figures: Figures) -> Sequence[str]:
    if year_ago is None:
        return ()
    name = f"En {_month(year_ago, figures)} de {year_ago.month.year}"
    if last.daily is None or year_ago.daily is None:
        return [f"{name} fueron {figures.money(year_ago.total)}."]
    span = f"{_volume(year_ago, figures)} en {_counted(year_ago.days)}, {_daily(year_ago, figures)} al día"
    return [f"{name} fueron {figures.money(year_ago.total)}: {span}."]


def _by_label(bill: BilledMonth) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for label, amount in bill.others:
        sums[label] = sums.get(label, ZERO) + amount
    return sums


def _month(bill: BilledMonth, figures: Figures) -> str:
    return figures.month_name(bill.month.isoformat()[:7])


def _volume(bill: BilledMonth, figures: Figures) -> str:
    assert bill.volume is not None
    return figures.volume(bill.volume, bill.unit)


def _daily(bill: BilledMonth, figures: Figures) -> str:
    assert bill.daily is not None
    return f"{figures.number(bill.daily, 2)} {bill.unit}"


def _counted(days: int) -> str:
    return "1 día" if days == 1 else f"{days} días"
