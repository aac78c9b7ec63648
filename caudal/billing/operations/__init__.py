"""What billing writes: numbers, invoices, runs. Workflows own the transactions and the lock order."""

from caudal.billing.operations.accounts import (
    cancel_subscription,
    close_account,
    close_subscription,
    end_subscription,
    open_account,
    pass_on,
    reopen_subscription,
    subscribe,
)
from caudal.billing.operations.issue import issue_invoice, issue_invoices, void
from caudal.billing.operations.numbering import NumbersExhausted, ensure_series, hold_numbers, take_numbers
from caudal.billing.operations.periods import period_of

__all__ = [
    "NumbersExhausted",
    "close_account",
    "cancel_subscription",
    "close_subscription",
    "end_subscription",
    "ensure_series",
    "hold_numbers",
    "issue_invoice",
    "issue_invoices",
    "open_account",
    "pass_on",
    "period_of",
    "reopen_subscription",
    "subscribe",
    "take_numbers",
    "void",
]
