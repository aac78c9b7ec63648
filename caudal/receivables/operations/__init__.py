"""What receivables writes. Workflows own the transactions; the lock order is accounts, payments, series."""

from caudal.receivables.operations.payments import (
    AlreadyReversed,
    AmountAboveSelection,
    KeyUsedDifferently,
    NotAnAmount,
    PaymentRequest,
    ReferenceUsed,
    ValueDateAhead,
    post_payment,
    reverse_payment,
)
from caudal.receivables.operations.posting import apply_credit, lock_account, lock_accounts, post_charges
from caudal.receivables.operations.settlement import interest_charge, interest_service_id, settle_credit
from caudal.receivables.operations.voids import InterestStandsWithPayment, void_invoice

__all__ = [
    "AlreadyReversed",
    "AmountAboveSelection",
    "InterestStandsWithPayment",
    "KeyUsedDifferently",
    "NotAnAmount",
    "PaymentRequest",
    "ReferenceUsed",
    "ValueDateAhead",
    "apply_credit",
    "interest_charge",
    "interest_service_id",
    "lock_account",
    "lock_accounts",
    "post_charges",
    "post_payment",
    "reverse_payment",
    "settle_credit",
    "void_invoice",
]
