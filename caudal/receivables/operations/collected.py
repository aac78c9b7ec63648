"""Many payments of one day at once, as a bank's file or a counter's day brings them.

Set-based where a payment is plain: its account has no credit waiting, and nothing was settled there at a later date.
That is nearly all of them; the others go the way of single payments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Q
from psycopg.types.json import Jsonb

from caudal.billing import operations as billing
from caudal.billing.models import Account
from caudal.billing.operations.numbering import RECEIPTS
from caudal.common import audit, sql
from caudal.common.actor import Actor
from caudal.receivables.models import Allocation, OpenCredit, Payment, ProducedInterest
from caudal.receivables.operations import settlement as settling
from caudal.receivables.operations.payments import (
    PaymentRequest,
    ValueDateAhead,
    receipt_facts,
    require_payable,
)

ZERO = Decimal(0)
PAYMENT = (
    *("id", "account_id", "series_id", "number", "amount", "method", "value_on", "posted_on", "posted_at"),
    *("taken_by", "payer", "note", "idempotency_key", "provider", "provider_reference", "frozen"),
    *("reversed_by", "reversal_reason", "conditions"),
)
ENTRY = ("account_id", "kind", "amount", "value_on", "posted_on", "payment_id")
ALLOCATION = ("payment_id", "charge_id", "amount", "value_on")


@dataclass(frozen=True, slots=True)
class Collected:
    """What became of a day's payments: the ids of those taken, and the requests to be taken one by one."""

    payment_ids: tuple[int, ...]
    left: tuple[PaymentRequest, ...]


@dataclass(frozen=True, slots=True)
class _Plain:
    """A payment whose settlement needs nothing but itself, and its receipt."""

    request: PaymentRequest
    settlement: settling.Settlement
    frozen: dict[str, object]


def collect_payments(*, requests: Sequence[PaymentRequest], by: Actor) -> Collected:
    """Take the plain ones among payments of different accounts, all of one value date and one posting date.

    There is at least one; each has its amount and no choice. What is left over is untouched: taking it singly
    gives what taking all singly would have given. Raises ValueDateAhead, NotAnAmount, NumbersExhausted.
    """
    value_on, posted_on = requests[0].value_on, requests[0].posted_on
    account_ids = sorted({r.account_id for r in requests})
    assert len(account_ids) == len(requests), "one payment of each account"
    assert all((r.value_on, r.posted_on, r.charge_ids) == (value_on, posted_on, None) for r in requests)
    if value_on > posted_on:
        raise ValueDateAhead(value_on=value_on, posted_on=posted_on)
    require_payable(*(r.given for r in requests))
    locked = Account.objects.select_for_update(of=("self",)).select_related("holder").order_by("id")
    accounts = {account.pk: account for account in locked.filter(id__in=account_ids)}
    special = _special(account_ids, requests, value_on)
    plain = _settle([r for r in requests if r.account_id not in special], accounts)
    return Collected(
        _write(plain, by) if plain else (), tuple(r for r in requests if r.account_id in special)
    )


def _special(account_ids: Sequence[int], requests: Sequence[PaymentRequest], value_on: date) -> set[int]:
    """Accounts with credit, with a key or reference seen before, or with something settled or posted later already."""
    credited = OpenCredit.objects.filter(account_id__in=account_ids).values_list("account_id", flat=True)
    marks = {r.idempotency_key: r.account_id for r in requests}
    marks |= {r.provider_reference: r.account_id for r in requests if r.provider_reference}
    seen = Payment.objects.filter(Q(idempotency_key__in=marks) | Q(provider_reference__in=marks))
    known = {mark for pair in seen.values_list("idempotency_key", "provider_reference") for mark in pair}
    later = Allocation.objects.filter(payment__account_id__in=account_ids, value_on__gt=value_on)
    settled = later.values_list("payment__account_id", flat=True).distinct()
    surcharged = settling.posted_surcharges(account_ids=account_ids, after=value_on)
    posted = surcharged.values_list("account_id", flat=True).distinct()
    return {*credited, *(marks[mark] for mark in known & marks.keys()), *settled, *posted}


def _settle(requests: Sequence[PaymentRequest], accounts: Mapping[int, Account]) -> list[_Plain]:
    if not requests:
        return []
    monies = [settling.Money(r.account_id, r.given, r.value_on) for r in requests]
    settlements = settling.prepare_all(monies=monies, on=requests[0].posted_on)
    return [
        _Plain(request, settlement, receipt_facts(request, accounts[request.account_id], settlement, ZERO))
        for request, settlement in zip(requests, settlements, strict=True)
    ]


def _write(plain: Sequence[_Plain], by: Actor) -> tuple[int, ...]:
    posted_on = plain[0].request.posted_on
    numbers = billing.take_numbers(series_code=RECEIPTS, count=len(plain), on=posted_on)
    ids = sql.reserve_ids("receivables_payment", len(plain))
    numbered = list(zip(ids, range(numbers.first, numbers.first + len(ids)), plain, strict=True))
    sql.copy_rows(
        "receivables_payment",
        PAYMENT,
        (
            (
                *(key, r.account_id, numbers.series_id, number, r.given, r.method),
                *(r.value_on, r.posted_on, numbers.taken_at, by.label, r.payer, r.note, r.idempotency_key),
                *(r.provider, r.provider_reference, Jsonb(each.frozen), "", "", numbers.conditions),
            )
            for key, number, each in numbered
            for r in (each.request,)
        ),
    )
    sql.copy_rows(
        "receivables_ledgerentry",
        ENTRY,
        (
            (r.account_id, "payment", -r.given, r.value_on, r.posted_on, key)
            for key, _number, each in numbered
            for r in (each.request,)
        ),
    )
    ProducedInterest.objects.bulk_create(
        ProducedInterest(invoice_id=invoice_id, payment_id=key)
        for key, _number, each in numbered
        for invoice_id in each.settlement.interest_invoice_ids
    )
    sql.copy_rows(
        "receivables_allocation",
        ALLOCATION,
        (
            (key, share.charge_id, share.amount, share.value_on)
            for key, _number, each in numbered
            for share in each.settlement.settled
        ),
    )
    total = sum((each.request.given for each in plain), ZERO)
    facts = {"payments": len(plain), "first": numbers.first, "amount": str(total)}
    audit.record(by=by, kind="receivables.collect", object_type="payment", after=facts)
    return tuple(ids)
