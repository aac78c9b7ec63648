"""Money in, and money that turns out not to have come in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from caudal.billing import operations as billing
from caudal.billing.models import Account
from caudal.billing.operations.numbering import INVOICES, RECEIPTS, Numbers
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.kernel.money import round_half_up
from caudal.kernel.periods import ONE_DAY
from caudal.receivables.models import LedgerEntry, Payment
from caudal.receivables.operations import settlement as settling
from caudal.receivables.operations.posting import lock_account
from caudal.receivables.operations.replay import as_it_came, passed_until, unused
from caudal.receivables.operations.settlement import Unwound
from caudal.receivables.queries.items import (
    PendingItem,
    SelectionRefused,
    account_credit,
    check_selection,
    pending_items,
)
from caudal.registry.models import Organisation

ZERO = Decimal(0)


class NotAnAmount(DomainError):
    """Zero, negative, or with parts of a cent. Facts: `amount`."""

    code = "not_an_amount"
    template = _("%(amount)s is not an amount that can be paid.")


class ValueDateAhead(DomainError):
    """A value date after the day of posting. Facts: `value_on`, `posted_on`."""

    code = "value_date_ahead"
    template = _("The value date cannot lie in the future.")


class KeyUsedDifferently(DomainError):
    """The key belongs to a payment of another amount, account, method or choice. Facts: `number`."""

    code = "key_used_differently"
    template = _("This payment was already taken with other figures: receipt %(number)s.")


class AmountAboveSelection(DomainError):
    """More money than the chosen items need, and nobody said to keep the rest. Facts: `amount`, `needed`."""

    code = "amount_above_selection"
    template = _("The chosen items need %(needed)s, not %(amount)s. Look at the statement again.")


class ReferenceUsed(DomainError):
    """The provider's reference was already posted by another payment. Facts: `reference`."""

    code = "reference_used"
    template = _("The provider's operation %(reference)s was already posted.")


class AlreadyReversed(DomainError):
    """Somebody reversed the payment before. Facts: `number`."""

    code = "already_reversed"
    template = _("Payment %(number)s was already reversed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """A payment to be taken. The same key asks for the same payment, however often it arrives.

    Without an `amount` it is what the choice needs, or less where less was `tendered`; the change goes on the
    receipt. `charge_ids` is the payer's choice, which has to respect oldest first; None settles in order. Money that
    was `received` already (bank, provider) is never refused: a choice that no longer holds is let go and what
    is left over is credit. `keep_rest` keeps what a choice does not need as credit. `provider_part` tells apart the
    payments of several accounts that one reference of a provider paid.
    """

    account_id: int
    method: str
    value_on: date
    posted_on: date
    idempotency_key: str
    amount: Decimal | None = None
    tendered: Decimal | None = None
    charge_ids: tuple[int, ...] | None = None
    payer: str = ""
    note: str = ""
    provider: str = ""
    provider_reference: str = ""
    provider_part: int = 0
    received: bool = False
    keep_rest: bool = False
    series: str = RECEIPTS

    @property
    def chosen(self) -> list[int] | None:
        return None if self.charge_ids is None else sorted(set(self.charge_ids))

    @property
    def given(self) -> Decimal:
        """The amount, once it is known."""
        assert self.amount is not None
        return self.amount


def post_payment(*, request: PaymentRequest, by: Actor) -> Payment:
    """Take a payment once: receipt number, ledger credit, interest due, allocations, and credit for the rest.

    A repeated key with the same content returns the payment there is; with other content it raises
    KeyUsedDifferently. Refused, unless the money was received already: SelectionRefused, NotPending,
    AmountAboveSelection. Also NotAnAmount, ValueDateAhead, ReferenceUsed, and billing's NumbersExhausted.
    """
    if request.value_on > request.posted_on:
        raise ValueDateAhead(value_on=request.value_on, posted_on=request.posted_on)
    lock_account(request.account_id)
    # Under the account's lock this look is safe; the unique index judges keys of two accounts.
    if known := Payment.objects.filter(idempotency_key=request.idempotency_key).first():
        return _the_same(known, request)
    account_id, on, since = request.account_id, request.posted_on, _counts_from(request)
    request, chosen = _choice(request, since)
    require_payable(request.given)
    unwound = settling.unwind(account_id=account_id, after=since, on=on, by=by)
    money = settling.Money(account_id, request.given, since, chosen)
    settlement = settling.prepare(money=money, on=on)
    frozen = _frozen(request, settlement, chosen)
    if unwound:  # what will stay owed shows only once the later payments are settled again
        frozen["balance_after"] = None
    if unwound or settlement.rest or account_credit(account_id=account_id):
        billing.hold_numbers(series_code=INVOICES)  # for interest that what follows may cause
    payment = _insert(request, frozen, by)
    settling.apply(payment=payment, settlement=settlement)
    settling.rewind(unwound=unwound, on=on)
    settling.settle_credit(account_id=account_id, on=on)
    return payment


def reverse_payment(*, payment_id: int, on: date, reason: str, by: Actor) -> Payment:
    """Take a payment out of the ledger with the interest it produced; what it had settled is owed again.

    Its receipt keeps its number. Other payments whose interest depended on it are settled again, and credit
    of the account is used, as of the day it came. Raises AlreadyReversed.
    """
    account_id = Payment.objects.values_list("account_id", flat=True).get(pk=payment_id)
    lock_account(account_id)
    payment = Payment.objects.select_for_update(of=("self",)).select_related("series").get(pk=payment_id)
    number = payment.series.printed(payment.number)
    if payment.reversed_on is not None:
        raise AlreadyReversed(number=number)
    credit = [money for money in unused(account_id=account_id) if money.payment_id != payment_id]
    first = _settled_from(payment, credit)
    unwound = settling.unwind(account_id=account_id, after=first - ONE_DAY, on=on, by=by)
    settling.take_back(allocations=settling.live_allocations().filter(payment=payment))
    settling.reverse_entries(Q(payment=payment), kind="reversal", on=on)
    Payment.objects.filter(pk=payment_id).update(reversed_on=on, reversed_by=by.label, reversal_reason=reason)
    others = [money for money in unwound if money.payment_id != payment_id]
    again = as_it_came(account_id=account_id, credit=credit, unwound=others, since=first)
    settling.rewind(unwound=again, on=on)
    settling.settle_credit(account_id=account_id, on=on)
    facts = {"number": number, "amount": str(payment.amount), "reason": reason}
    audit.record(by=by, kind="receivables.reverse", object_type="payment", object_id=payment_id, after=facts)
    payment.refresh_from_db()
    return payment


def _settled_from(payment: Payment, credit: Sequence[Unwound]) -> date:
    """The first day of what a payment settled. Money that came in after a debt had passed would have found it open."""
    own = settling.live_allocations().filter(payment=payment)
    days = [a.value_on for a in own]
    if payment.method == "assumed":
        days += [money.value_on for money in credit if money.payment_id > payment.pk]
    return min(days, default=payment.value_on)


def require_payable(*amounts: Decimal) -> None:
    """Raise NotAnAmount for what nobody can pay."""
    minor_units = Organisation.objects.values_list("minor_units", flat=True).get()
    for amount in amounts:
        if not amount.is_finite() or amount <= 0 or amount != round_half_up(amount, minor_units):
            raise NotAnAmount(amount=amount)


def _the_same(payment: Payment, request: PaymentRequest) -> Payment:
    same_amount = request.amount is None or request.amount == payment.amount
    asked = (request.account_id, request.method, request.chosen, _text(request.tendered))
    known = (payment.account_id, payment.method, payment.frozen.get("asked"), payment.frozen.get("tendered"))
    if not same_amount or asked != known:
        raise KeyUsedDifferently(number=payment.series.printed(payment.number))
    return payment


def _counts_from(request: PaymentRequest) -> date:
    """Its value date; the day on which debts of the account passed to another where that is later."""
    if request.value_on == request.posted_on:
        return request.value_on
    return max(request.value_on, passed_until(account_id=request.account_id))


def _choice(request: PaymentRequest, on: date) -> tuple[PaymentRequest, frozenset[int] | None]:
    """The request with its amount, and the choice, checked; of money already received what still holds of it."""
    if request.charge_ids is None:
        return request, None
    chosen = frozenset(request.charge_ids)
    items = pending_items(account_id=request.account_id, on=on)
    if request.received:
        return request, _what_still_holds(items, chosen)
    picked = check_selection(items=items, charge_ids=chosen)
    needed = sum((item.payable for item in picked), ZERO)
    if request.amount is None:
        require_payable(request.tendered if request.tendered is not None else needed)
        request = replace(request, amount=min(needed, request.tendered or needed))
    elif request.amount > needed and not request.keep_rest:
        raise AmountAboveSelection(amount=request.amount, needed=needed)
    return request, chosen


def _what_still_holds(items: tuple[PendingItem, ...], chosen: frozenset[int]) -> frozenset[int] | None:
    """The part of a choice that is still pending, or none of it where older items came up meanwhile."""
    still = chosen & {item.charge_id for item in items}
    try:
        check_selection(items=items, charge_ids=still)
    except SelectionRefused:
        return None
    return still


def _insert(request: PaymentRequest, frozen: dict[str, Any], by: Actor) -> Payment:
    numbers: Numbers = billing.take_numbers(series_code=request.series, count=1, on=request.posted_on)
    with verdicts(
        payment_provider_reference_once=ReferenceUsed(reference=request.provider_reference),
        receivables_payment_idempotency_key_key=KeyUsedDifferently(number=request.idempotency_key),
    ):
        payment = Payment.objects.create(
            account_id=request.account_id,
            series_id=numbers.series_id,
            number=numbers.first,
            amount=request.given,
            method=request.method,
            value_on=request.value_on,
            posted_on=request.posted_on,
            posted_at=numbers.taken_at,
            conditions=numbers.conditions,
            taken_by=by.label,
            payer=request.payer,
            note=request.note,
            idempotency_key=request.idempotency_key,
            provider=request.provider,
            provider_reference=request.provider_reference,
            provider_part=request.provider_part,
            frozen=frozen,
        )
    LedgerEntry.objects.create(
        account_id=payment.account_id,
        kind="payment",
        amount=-payment.amount,
        value_on=payment.value_on,
        posted_on=payment.posted_on,
        payment=payment,
    )
    facts = {"amount": str(payment.amount), "account": frozen["account"], "method": payment.method}
    audit.record(by=by, kind="receivables.pay", object_type="payment", object_id=payment.pk, after=facts)
    return payment


def _frozen(
    request: PaymentRequest, settlement: settling.Settlement, chosen: frozenset[int] | None
) -> dict[str, Any]:
    """What the receipt says, for ever. `balance_after` is what stays owed with interest to the value date."""
    account = Account.objects.select_related("holder").get(pk=request.account_id)
    credit = account_credit(account_id=request.account_id)
    return receipt_facts(request, account, settlement, credit) | {
        "chosen": None if chosen is None else sorted(chosen)
    }


def receipt_facts(
    request: PaymentRequest, account: Account, settlement: settling.Settlement, credit: Decimal
) -> dict[str, Any]:
    """The receipt of a payment without a choice; `credit` is what the account had before. No query.

    The account comes with its holder.
    """
    settled = {s.charge_id: s.amount for s in settlement.settled}
    left = sum((_left(item, settled) for item in settlement.pending), ZERO)
    return {
        "holder": {
            "name": account.holder.name,
            "identification_type": account.holder.identification_type,
            "identification": account.holder.identification,
        },
        "account": account.number,
        "lines": [
            {
                "charge_id": s.charge_id,
                "invoice_id": s.invoice_id,
                "invoice": s.invoice_number,
                "service": s.service,
                "label": s.label,
                "dated_on": s.dated_on.isoformat(),
                "due_date": s.due_date.isoformat(),
                "amount": str(s.amount),
            }
            for s in settlement.settled
        ],
        "balance_after": str(left),
        "credit_after": str(credit + settlement.rest),
        "asked": request.chosen,
        "chosen": None,
        "tendered": _text(request.tendered),
        "change": _text(None if request.tendered is None else max(request.tendered - request.given, ZERO)),
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _left(item: PendingItem, settled: Mapping[int, Decimal]) -> Decimal:
    return item.payable - settled.get(item.charge_id, ZERO)
