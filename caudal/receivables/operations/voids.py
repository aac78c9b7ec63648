"""Invoices that should not have been: out of the ledger, with the interest on them and the credit that they left."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date

from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Charge, Invoice
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.receivables.models import AssumedDebt, InvoiceCredit, ProducedInterest
from caudal.receivables.operations import settlement as settling
from caudal.receivables.operations.given_back import give_back_interest
from caudal.receivables.operations.payments import reverse_payment
from caudal.receivables.operations.posting import lock_account
from caudal.receivables.queries.effects import (
    VoidEffect,
    gone_with,
    origins_of_void,
    passing_credits,
    void_effect,
)


class InterestStandsWithPayment(DomainError):
    """An interest invoice goes with the payment at which it fell due. Facts: `number`."""

    code = "interest_stands_with_payment"
    template = _("Invoice %(number)s is interest that a payment produced: reverse that payment instead.")


class SurchargeStandsWithInvoice(DomainError):
    """A surcharge goes with the invoice that was paid late: alone, it would be posted again. Facts: `number`, `of`."""

    code = "surcharge_stands_with_invoice"
    template = _("Invoice %(number)s is the surcharge of invoice %(of)s: void that one instead.")


class AssumedStandsWithCredit(DomainError):
    """A debt taken over goes with the credit that it gave the other account. Facts: `number`, `credit`."""

    code = "assumed_stands_with_credit"
    template = _("Invoice %(number)s is a debt taken over from another account: reverse %(credit)s instead.")


class PassedToAnother(DomainError):
    """Another account owes the invoice, or interest on it, by agreement. Facts: `number`, `credits` to reverse."""

    code = "passed_to_another"
    template = _("Another account took over the debt of invoice %(number)s: reverse %(credits)s first.")


class GivesBackInterest(DomainError):
    """Interest that a bill charged on a void invoice stays given back. Facts: `number`, `of`."""

    code = "gives_back_interest"
    template = _("Invoice %(number)s gives back interest on invoice %(of)s, which was voided. It stays.")


def void_invoice(*, invoice_id: int, on: date, reason: str, by: Actor) -> VoidEffect:
    """Void an issued invoice and the interest invoices on its charges; what was paid on them becomes credit.

    What it was below zero is taken back wherever it was used; interest that other bills charged on it is given back.
    The credit settles what else the account owes, the rest waits for the next invoice. The answer says the effect
    in numbers as it was just before. Raises InterestStandsWithPayment, SurchargeStandsWithInvoice,
    GivesBackInterest, AssumedStandsWithCredit, PassedToAnother, and billing's AlreadyVoid.
    """
    invoice = Invoice.objects.select_related("series").get(pk=invoice_id)
    printed = invoice.series.printed(invoice.number)
    if invoice.origin == "interest":
        raise _refusal(invoice, printed)
    if assumed := AssumedDebt.objects.filter(invoice=invoice).select_related("payment__series").first():
        credit = assumed.payment.series.printed(assumed.payment.number)
        raise AssumedStandsWithCredit(number=printed, credit=credit)
    lock_account(invoice.account_id)
    return void_with_interest(invoice=invoice, on=on, reason=reason, by=by)


def void_with_interest(*, invoice: Invoice, on: date, reason: str, by: Actor) -> VoidEffect:
    """The void itself, whatever the invoice stands with; the account is locked by the caller.

    Raises PassedToAnother, and billing's AlreadyVoid.
    """
    invoice_id, printed = invoice.pk, invoice.series.printed(invoice.number)
    if passed := passing_credits(invoice_id=invoice_id):
        raise PassedToAnother(number=printed, credits=", ".join(p.series.printed(p.number) for p in passed))
    effect = void_effect(invoice_id=invoice_id, on=on)
    origins = origins_of_void(invoice_id=invoice_id)
    _take_back_credit(
        [invoice_id, *gone_with(invoice_id=invoice_id).values_list("id", flat=True)], on, reason, by
    )
    also = list(gone_with(invoice_id=invoice_id).values_list("id", flat=True))
    settling.void_posted(invoice_id=invoice_id, on=on, reason=reason, by=by)
    for interest_id in also:
        settling.void_posted(invoice_id=interest_id, on=on, reason=f"Anulada con la factura {printed}", by=by)
    give_back_interest(origin_ids=origins, on=on)
    settling.settle_credit(account_id=invoice.account_id, on=on)
    told = asdict(effect).items()
    facts = {name: list(v) if isinstance(v, tuple) else str(v) for name, v in told} | {"reason": reason}
    audit.record(by=by, kind="billing.void", object_type="invoice", object_id=invoice_id, after=facts)
    return effect


def _take_back_credit(invoice_ids: Collection[int], on: date, reason: str, by: Actor) -> None:
    """What these invoices are below zero settles nothing any more; interest that it stopped runs on."""
    given = InvoiceCredit.objects.filter(invoice__in=invoice_ids, payment__reversed_on=None)
    for payment_id in given.order_by("payment").values_list("payment", flat=True):
        reverse_payment(payment_id=payment_id, on=on, reason=reason, by=by)


def _refusal(interest: Invoice, printed: str) -> DomainError:
    if ProducedInterest.objects.filter(invoice=interest).exists():
        return InterestStandsWithPayment(number=printed)
    origins = interest.charges.values("origin_id")
    late = Invoice.objects.filter(charges__in=origins).select_related("series").distinct().get()
    of = late.series.printed(late.number)
    gives_back = interest.voided_on is None and Charge.objects.filter(id__in=origins, live=False).exists()
    refusal = GivesBackInterest if gives_back else SurchargeStandsWithInvoice
    return refusal(number=printed, of=of)
