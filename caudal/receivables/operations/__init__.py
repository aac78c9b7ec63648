"""What receivables writes. Workflows own the transactions; the lock order is accounts, payments, series."""

from caudal.receivables.operations.assumed import (
    Assumption,
    NoAgreement,
    assume_debt,
    take_back_assumed,
)
from caudal.receivables.operations.below_zero import CreditStandsWithInvoice, refuse_credit_alone
from caudal.receivables.operations.collected import collect_payments
from caudal.receivables.operations.credit import use_credit
from caudal.receivables.operations.intents import (
    PAID,
    NothingChosen,
    OnlineRequest,
    TotalChanged,
    expire_intent,
    open_intent,
    settle_event,
    stale_intents,
)
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
from caudal.receivables.operations.posting import (
    apply_credit,
    lock_account,
    lock_accounts,
    lock_accounts_of,
    post_charges,
)
from caudal.receivables.operations.prints import note_printed
from caudal.receivables.operations.settlement import interest_charge, interest_service_id, settle_credit
from caudal.receivables.operations.surcharges import post_surcharges
from caudal.receivables.operations.voids import (
    AssumedStandsWithCredit,
    GivesBackInterest,
    InterestStandsWithPayment,
    PassedToAnother,
    SurchargeStandsWithInvoice,
    void_invoice,
)

__all__ = [
    "AlreadyReversed",
    "AmountAboveSelection",
    "AssumedStandsWithCredit",
    "Assumption",
    "CreditStandsWithInvoice",
    "GivesBackInterest",
    "InterestStandsWithPayment",
    "KeyUsedDifferently",
    "NoAgreement",
    "NotAnAmount",
    "NothingChosen",
    "OnlineRequest",
    "PAID",
    "PassedToAnother",
    "PaymentRequest",
    "ReferenceUsed",
    "SurchargeStandsWithInvoice",
    "TotalChanged",
    "ValueDateAhead",
    "apply_credit",
    "assume_debt",
    "collect_payments",
    "expire_intent",
    "interest_charge",
    "interest_service_id",
    "lock_account",
    "lock_accounts",
    "lock_accounts_of",
    "note_printed",
    "open_intent",
    "post_charges",
    "post_payment",
    "post_surcharges",
    "refuse_credit_alone",
    "reverse_payment",
    "settle_credit",
    "settle_event",
    "stale_intents",
    "take_back_assumed",
    "use_credit",
    "void_invoice",
]
