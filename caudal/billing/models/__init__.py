"""Who owes for what, and the numbered documents that say so. Issued rows never change."""

from caudal.billing.models.accounts import Account, OneOff, Subscription
from caudal.billing.models.conditions import Conditions, ConditionsNow
from caudal.billing.models.invoices import Charge, Invoice, InvoiceDraft, SentForm, Series
from caudal.billing.models.periods import Cycle, CycleDay, CycleRoute, Period
from caudal.billing.models.runs import BillRun, Rehearsal, RunBatch, RunException

__all__ = [
    "Account",
    "BillRun",
    "Charge",
    "Conditions",
    "ConditionsNow",
    "Cycle",
    "CycleDay",
    "CycleRoute",
    "Invoice",
    "InvoiceDraft",
    "OneOff",
    "Period",
    "Rehearsal",
    "RunBatch",
    "RunException",
    "SentForm",
    "Series",
    "Subscription",
]
