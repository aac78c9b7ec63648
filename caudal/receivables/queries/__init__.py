"""What receivables knows: what is owed, what came in, and the state of every invoice."""

from caudal.receivables.queries.effects import ReversalEffect, VoidEffect, reversal_effect, void_effect
from caudal.receivables.queries.interest import (
    InterestDue,
    interest_due,
    interest_label,
    interest_proposals,
    interest_to_date,
)
from caudal.receivables.queries.invoices import (
    STATES,
    account_balance,
    account_balances,
    in_state,
    with_account_balance,
    with_balance,
    with_state,
)
from caudal.receivables.queries.items import (
    NotPending,
    PendingItem,
    SelectionRefused,
    Statement,
    account_credit,
    check_selection,
    pending_items,
    pending_items_of,
    statement,
)
from caudal.receivables.queries.payments import (
    Movement,
    Receipt,
    ReceiptLine,
    movements,
    payments_by_account,
    receipt,
)

__all__ = [
    "STATES",
    "InterestDue",
    "Movement",
    "NotPending",
    "PendingItem",
    "Receipt",
    "ReceiptLine",
    "ReversalEffect",
    "SelectionRefused",
    "Statement",
    "VoidEffect",
    "account_balance",
    "account_balances",
    "account_credit",
    "check_selection",
    "in_state",
    "interest_due",
    "interest_label",
    "interest_proposals",
    "interest_to_date",
    "movements",
    "payments_by_account",
    "pending_items",
    "pending_items_of",
    "receipt",
    "reversal_effect",
    "statement",
    "void_effect",
    "with_account_balance",
    "with_balance",
    "with_state",
]
