"""The hand-off value of billing: a document that is complete but for its number and the instant of its issue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeDocument:
    """One payable item. Amounts are in the organisation's currency, rounded; `tax_percent` 18 means 18 %.

    `explanation` is {"lines": [...], "inputs": {...}}: what the bill says and what a recomputation needs.
    """

    service_id: int
    label: str
    net: Decimal
    tax: Decimal
    total: Decimal
    tax_percent: Decimal = Decimal(0)
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    subscription_id: int | None = None
    period_id: int | None = None
    tariff_version_id: int | None = None
    covers_from: date | None = None
    covers_to: date | None = None
    from_reading_id: int | None = None
    to_reading_id: int | None = None
    explanation: Mapping[str, Any] = field(default_factory=dict)
    origin_kind: str = ""
    origin_id: int | None = None
    origin_part: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDocument:
    """An invoice before its number. `covers_from`/`covers_to` are half-open; `frozen` is what it says for ever."""

    account_id: int
    origin: str
    dated_on: date
    issued_on: date
    due_date: date
    covers_from: date
    covers_to: date
    frozen: Mapping[str, Any]
    charges: tuple[ChargeDocument, ...]
    connection_id: int | None = None
    remarks: str = ""

    @property
    def net(self) -> Decimal:
        return sum((c.net for c in self.charges), Decimal(0))

    @property
    def tax(self) -> Decimal:
        return sum((c.tax for c in self.charges), Decimal(0))

    @property
    def total(self) -> Decimal:
        return sum((c.total for c in self.charges), Decimal(0))
