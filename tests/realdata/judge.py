"""Prices the cases of a neutral tariff with Caudal, and says which bills come out to the cent."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from caudal.kernel.pricing import CannotPrice, Context, Facts, Tariff, attribute_text, parse_tariff, price
from tests.realdata.neutral import resolved, tariff_file

CENT = Decimal("0.01")


class Bill(NamedTuple):
    """One bill of the file and what Caudal makes of it; `found` is an amount, or why there is none."""

    tariff: str
    case: dict[str, Any]
    expected: Decimal
    found: Decimal | str

    @property
    def right(self) -> bool:
        """To the cent."""
        return self.found == self.expected


@dataclass(frozen=True)
class Judge:
    """A neutral tariff as Caudal's: by its rule, and by its limits where the peer rounds budgets otherwise."""

    neutral: dict[str, Any]
    tariff: Tariff

    @classmethod
    def of(cls, neutral: dict[str, Any]) -> "Judge":
        """Raises NotExpressible or InvalidTariff."""
        return cls(neutral, parse_tariff(tariff_file(neutral)))

    def bills(self) -> Iterator[Bill]:
        """Every case that counts, with its total rounded once."""
        for case in self.neutral["cases"]:
            if not case.get("peer_wrong"):
                yield self._bill(case, Decimal(case["bill"]), self._tariff_for(case))

    def by_line(self) -> Iterator[Bill]:
        """The cases where rounding lines gives another cent; a factor makes a line of lines, so is left out."""
        if "total_factor" in self.neutral or any("factor" in charge for charge in self.neutral["charges"]):
            return
        tariff = parse_tariff(tariff_file(self.neutral, "line"))
        for case in self.neutral["cases"]:
            if "line_rounded_total" in case and self._follows_rule(case):
                yield self._bill(case, Decimal(case["line_rounded_total"]), tariff)

    def by_the_tariff(self) -> Iterator[Bill]:
        """Cases that the peer got wrong, with what its own prices give."""
        for case in self.neutral.get("peer_wrong", ()):
            yield self._bill(case, Decimal(case["by_the_tariff"]), self.tariff)

    def _bill(self, case: dict[str, Any], expected: Decimal, tariff: Tariff) -> Bill:
        try:
            found: Decimal | str = price(tariff, *inputs(case)).net
        except CannotPrice as error:
            found = str(error)
        return Bill(f"{self.neutral['id']} {self.neutral['utility']}", case, expected, found)

    def _tariff_for(self, case: dict[str, Any]) -> Tariff:
        if self._follows_rule(case):
            return self.tariff
        return parse_tariff(tariff_file(resolved(self.neutral, case["resolved_upto"])))

    def _follows_rule(self, case: dict[str, Any]) -> bool:
        """Whether the limits that the case gives in units are those that Caudal finds from the budget."""
        if "resolved_upto" not in case:
            return True
        try:
            lines = price(self.tariff, Decimal(10) ** 9, inputs(case)[1]).lines
        except CannotPrice:
            return False
        blocks = [line for line in lines if type(line).__name__ == "Block"]
        limits = {None if line.to is None else line.to.normalize() for line in blocks}
        given = {None if upto is None else Decimal(upto).normalize() for upto in case["resolved_upto"]}
        return limits <= given | {None} and given - limits <= {Decimal(0)}


def inputs(case: dict[str, Any]) -> tuple[Decimal, Context]:
    """Usage and context of a neutral case."""
    given = dict(case["inp"])
    usage, days = Decimal(str(given.pop("usage"))), given.pop("days", None)
    return usage, Context(
        attributes=Facts({name: attribute_text(value) for name, value in given.items()}),
        days=None if days is None else int(days),
        allowances=Facts({name: Decimal(value) for name, value in case.get("allocation", {}).items()}),
    )


def half_up(amount: Decimal) -> Decimal:
    """To cents, for figures that the files give unrounded."""
    return amount.quantize(CENT, ROUND_HALF_UP)
