"""Amounts that are a percentage: of components before, of the total so far, or of another service; and the
least amount.

The base of another service is its rounded net, given by the context: while that service is held, so is this
one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, NamedTuple

from caudal.kernel.money import PRICE_DECIMALS
from caudal.kernel.pricing import lines as explain
from caudal.kernel.pricing.component import TOTAL, Build, Component, Scope, Step, Work, getter
from caudal.kernel.pricing.lines import Line
from caudal.kernel.pricing.problems import CannotPrice
from caudal.kernel.pricing.reader import Reader
from caudal.kernel.pricing.values import HUNDRED, ZERO, Value
from caudal.kernel.pricing.volumes import find_limit

Base = Callable[[Work], Decimal]


class Bound(NamedTuple):
    """The base of a percentage as a function, and how the bill calls it."""

    name: str
    amount: Base


def read_of(reader: Reader, key: str = "of") -> tuple[str, ...]:
    """`"total"`, or a list of component and block codes; empty when the key is not there."""
    found = reader.take(key)
    if found is None:
        return ()
    return (TOTAL,) if found == TOTAL else reader.texts(key)


def check_of(of: tuple[str, ...], reader: Reader, scope: Scope) -> None:
    """Note references that are unknown, or look ahead."""
    for n, code in enumerate(of):
        if of == (TOTAL,):
            if not scope.before:
                reader.wrong("nothing_before", "of")
        elif code not in scope.names:
            reader.wrong("unknown_component", f"of[{n}]", component=code)
        elif code not in scope.before:
            reader.wrong("component_later", f"of[{n}]", component=code)


def of_codes(of: tuple[str, ...], names: dict[str, str]) -> Bound:
    """The sum of what the codes were charged; the total counts components, not their blocks again."""
    if of == (TOTAL,):
        return Bound(TOTAL, lambda work: work.total)
    return Bound(
        ", ".join(names[code] for code in of), lambda work: sum((work.amounts.get(c, ZERO) for c in of), ZERO)
    )


def of_first(steps: tuple[Step, ...], first: Value) -> Base:
    """What the components cost for the first so many units."""
    find = find_limit(first)

    def amount(work: Work) -> Decimal:
        limit = find(work)
        quantity = work.billed if limit is None else min(work.billed, limit)
        return sum((work.tried(step, quantity) for step in steps), ZERO)

    return amount


def of_service(service: str) -> Bound:
    """The rounded net of another service."""

    def amount(work: Work) -> Decimal:
        if service not in work.context.bases:
            raise CannotPrice("missing_base", service=service)
        found = work.context.bases[service]
        return found if work.bills is None else work.bills.of(found, PRICE_DECIMALS)

    return Bound(service, amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Percent(Component):
    """`percent` of `of` (codes or `"total"`), or of the net of `service`.

    `first`: only on what the first so many units cost. `exempt_upto`: nothing when no more was used.
    `of_name` is how the bill calls the base.
    """

    kind: ClassVar[str] = "percent"

    percent: Value
    of: tuple[str, ...] = ()
    service: str = ""
    of_name: str = ""
    first: Value | None = None
    exempt_upto: Value | None = None

    @classmethod
    def read(cls, reader: Reader) -> "Percent":
        """`{"kind": "percent", "percent": "30", "service": "water"}` or `"of": ["fee"]`, `"of": "total"`."""
        return cls(
            **cls.common(reader),
            percent=reader.value("percent"),
            of=read_of(reader),
            service=reader.text("service"),
            of_name=reader.text("of_name"),
            first=reader.optional_value("first", least=ZERO),
            exempt_upto=reader.optional_value("exempt_upto", least=ZERO),
        )

    def check(self, reader: Reader, scope: Scope) -> None:
        """Its base must exist, once; what a threshold cuts must depend on usage."""
        if bool(self.of) == bool(self.service):
            reader.wrong("base_twice" if self.of else "base_missing")
        check_of(self.of, reader, scope)
        if self.first is not None:
            for code in self.of or (self.service,):
                if code not in scope.metered:
                    reader.wrong("base_not_metered", "first", component=code)

    def bound(self, build: Build) -> Bound:
        """The base as a function."""
        found = of_service(self.service) if self.service else of_codes(self.of, build.names)
        if self.first is not None:
            found = found._replace(amount=of_first(tuple(build.steps[code] for code in self.of), self.first))
        return found._replace(name=self.of_name or found.name)

    def explained(self, percent: Decimal, of: str, base: Decimal, amount: Decimal) -> Line:
        """The line that tells it."""
        return explain.Percent(percent, of, base, amount)

    def step(self, build: Build) -> Step:
        """The function that prices it."""
        bound, find = self.bound(build), getter(self.percent)
        exempt = None if self.exempt_upto is None else find_limit(self.exempt_upto)
        label = self.label

        def percent(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
            limit = exempt(work) if exempt else None
            if limit is not None and (work.usage or ZERO) <= limit:
                lines.append(explain.Exempt(label, limit, work.unit))
                return ZERO
            rate = find(work)
            if not rate:
                return ZERO
            base = bound.amount(work)
            amount = base * rate / HUNDRED
            lines.append(self.explained(rate, bound.name, base, amount))
            return amount

        return percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsidy(Percent):
    """A percentage by category: negative is a subsidy, positive a contribution, zero says nothing."""

    kind: ClassVar[str] = "subsidy"

    def explained(self, percent: Decimal, of: str, base: Decimal, amount: Decimal) -> Line:
        """The line that tells it."""
        return explain.Subsidy(percent, of, base, amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast(Component):
    """What `of` (all before, when not given) lacks to `amount`: the least charge of a period."""

    kind: ClassVar[str] = "at_least"

    amount: Value
    of: tuple[str, ...] = (TOTAL,)

    @classmethod
    def read(cls, reader: Reader) -> "AtLeast":
        """`{"kind": "at_least", "amount": "2173.80"}`."""
        return cls(
            **cls.common(reader), amount=reader.value("amount", least=ZERO), of=read_of(reader) or (TOTAL,)
        )

    def check(self, reader: Reader, scope: Scope) -> None:
        """Its base must exist."""
        check_of(self.of, reader, scope)

    def step(self, build: Build) -> Step:
        """The function that prices it."""
        bound, find, label = of_codes(self.of, build.names), getter(self.amount), self.label

        def at_least(work: Work, quantity: Decimal, lines: list[Line]) -> Decimal:
            least, base = work.scaled_amount(find(work)), bound.amount(work)
            if base >= least:
                return ZERO
            lines.append(explain.AtLeast(label, least, base, least - base))
            return least - base

        return at_least
