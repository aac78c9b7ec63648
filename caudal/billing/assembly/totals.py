"""What a rehearsal keeps: totals by service and sector, counts of what is held, and what moved most."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import heappushpop
from typing import Any

from caudal.billing.assembly.assemble import Assembled
from caudal.billing.assembly.bills import Bill, Item
from caudal.billing.assembly.one_off import ONE_OFF
from caudal.billing.assembly.plan import RunPlan
from caudal.billing.assembly.rating import number
from caudal.kernel.money import ZERO

DEVIATIONS = 20


@dataclass(slots=True)
class Sum:
    """Charges of one kind added up."""

    charges: int = 0
    volume: Decimal = ZERO
    net: Decimal = ZERO
    tax: Decimal = ZERO

    def add(self, item: Item, tax: Decimal) -> None:
        self.charges += 1
        self.volume += item.rated.volume
        self.net += item.rated.net
        self.tax += tax

    def as_json(self) -> dict[str, Any]:
        return {
            "charges": self.charges,
            "volume": number(self.volume),
            "net": number(self.net),
            "tax": number(self.tax),
            "total": number(self.net + self.tax),
        }


@dataclass(slots=True)
class Totals:
    """Adds up slices. Its size does not grow with the number of accounts."""

    plan: RunPlan
    expected: int = 0
    billed: int = 0
    invoices: int = 0
    total: Decimal = ZERO
    services: dict[str, Sum] = field(default_factory=dict)
    sectors: dict[str, Sum] = field(default_factory=dict)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    moved: list[tuple[Decimal, int, str, str]] = field(default_factory=list)
    estimated: int = 0
    extras: Decimal = ZERO
    one_offs: Decimal = ZERO
    zero: int = 0

    def add(self, found: Assembled) -> None:
        """Add a slice."""
        self.expected += found.expected
        self.billed += found.billed
        self.invoices += len(found.bills)
        self.outcomes.update((each.outcome, each.code) for each in found.unbilled)
        for bill in found.bills:
            self._add_bill(bill)

    def _add_bill(self, bill: Bill) -> None:
        self.total += bill.total
        self.zero += bill.total == 0
        for item, tax in zip(bill.items, bill.taxes, strict=True):
            self.services.setdefault(item.rule.code, Sum()).add(item, tax)
            self.sectors.setdefault(bill.sector, Sum()).add(item, tax)
            self.estimated += item.estimated is not None
            if item.before is not None:
                self._note_move(item, item.before)
        for extra in bill.extras:
            if extra.origin_kind == ONE_OFF:
                self.one_offs += extra.total
            else:
                self.extras += extra.total

    def _note_move(self, item: Item, before: Decimal) -> None:
        now = item.rated.volume
        entry = (abs(now - before), item.due.id, number(before), number(now))
        if len(self.moved) < DEVIATIONS:
            self.moved.append(entry)
            self.moved.sort()
        elif entry > self.moved[0]:
            heappushpop(self.moved, entry)

    def as_json(self) -> dict[str, Any]:
        """As `BillRun.totals` keeps it: amounts and volumes as text, outcomes as counts by reason."""
        held = [{"outcome": o, "code": c, "count": n} for (o, c), n in sorted(self.outcomes.items())]
        return {
            "invoices": self.invoices,
            "total": number(self.total),
            "billed": self.billed,
            "retained": sum(n for (o, _), n in self.outcomes.items() if o == "retained"),
            "excused": sum(n for (o, _), n in self.outcomes.items() if o == "excused"),
            "estimated": self.estimated,
            "zero": self.zero,
            "interest": number(self.extras),
            "one_offs": number(self.one_offs),
            "outcomes": held,
            "services": {code: each.as_json() for code, each in self.services.items()},
            "sectors": {name: each.as_json() for name, each in sorted(self.sectors.items())},
            "moved": [
                {"subscription": s, "before": before, "now": now}
                for _, s, before, now in sorted(self.moved)[::-1]
            ],
        }
