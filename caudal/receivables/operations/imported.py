"""Money that another system took: what it says is paid is paid here too, so that nobody is asked for it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from psycopg.types.json import Jsonb

from caudal.billing.models import Account, Charge, Series
from caudal.common import sql
from caudal.common.actor import Actor

IMPORTED_RECEIPTS = "imported-receipts"


@dataclass(frozen=True, slots=True)
class ImportedPayment:
    """What was paid on one day of one invoice: its account, and the positions of the charges that it settled."""

    account_id: int
    invoice_id: int
    printed_number: str
    value_on: date
    positions: frozenset[int]


@dataclass(frozen=True, slots=True)
class Part:
    """How much of a payment goes to a charge."""

    charge: Charge
    amount: Decimal


def copy_payments(*, payments: Sequence[ImportedPayment], import_id: int, on: date, by: Actor) -> int:
    """Post payments of another system and settle exactly the charges that they paid; how many.

    They are numbered in a series of imported kind. No interest arises: what it was, was settled there. The
    accounts are locked by the caller, the invoices posted.
    """
    charges = _charges(payments)
    paid = [(p, found) for p in payments if (found := _settled(p, charges))]
    if not paid:
        return 0
    ids = sql.reserve_ids("receivables_payment", len(paid))
    series, number = _series(import_id, len(paid))
    accounts = Account.objects.select_related("holder").in_bulk({p.account_id for p, _found in paid})
    sql.copy_rows(
        "receivables_payment",
        (
            *(
                "id",
                "account_id",
                "series_id",
                "number",
                "amount",
                "method",
                "value_on",
                "posted_on",
                "taken_by",
            ),
            *("payer", "note", "idempotency_key", "provider", "provider_reference", "frozen"),
            *("reversed_by", "reversal_reason", "import_id"),
        ),
        (
            (
                *(
                    key,
                    p.account_id,
                    series.pk,
                    number + place,
                    _sum(found),
                    "imported",
                    p.value_on,
                    on,
                    by.label,
                ),
                *("", "", f"import:{import_id}:{p.invoice_id}:{p.value_on}", "", ""),
                *(Jsonb(_frozen(p, found, accounts[p.account_id])), "", "", import_id),
            )
            for place, (key, (p, found)) in enumerate(zip(ids, paid, strict=True))
        ),
    )
    sql.copy_rows(
        "receivables_ledgerentry",
        ("account_id", "kind", "amount", "value_on", "posted_on", "payment_id"),
        (
            (p.account_id, "payment", -_sum(found), p.value_on, on, key)
            for key, (p, found) in zip(ids, paid, strict=True)
        ),
    )
    sql.copy_rows(
        "receivables_allocation",
        ("payment_id", "charge_id", "amount", "value_on"),
        (
            (key, part.charge.pk, part.amount, p.value_on)
            for key, (p, found) in zip(ids, paid, strict=True)
            for part in found
        ),
    )
    return len(paid)


def _charges(payments: Sequence[ImportedPayment]) -> dict[tuple[int, int], Charge]:
    invoice_ids = [p.invoice_id for p in payments]
    found = Charge.objects.filter(invoice_id__in=invoice_ids).select_related("service", "invoice")
    return {(charge.invoice_id, charge.position): charge for charge in found}


def _settled(payment: ImportedPayment, charges: dict[tuple[int, int], Charge]) -> list[Part]:
    """What each charge takes, in order; a discount among them takes nothing and leaves less for the others."""
    found = [charges[payment.invoice_id, position] for position in sorted(payment.positions)]
    left = sum((charge.total for charge in found), Decimal(0))
    parts = []
    for charge in found:
        amount = min(charge.total, left)
        if amount > 0:
            parts.append(Part(charge, amount))
            left -= amount
    return parts


def _sum(parts: Sequence[Part]) -> Decimal:
    return sum((part.amount for part in parts), Decimal(0))


def _series(import_id: int, count: int) -> tuple[Series, int]:
    """The series of imported receipts with its counter raised, and the first number taken."""
    series, _created = Series.objects.select_for_update().get_or_create(
        code=IMPORTED_RECEIPTS,
        defaults={"kind": "imported", "prefix": "IMP-", "import_id": import_id},
    )
    first = series.last_number + 1
    series.last_number += count
    series.save(update_fields=["last_number"])
    return series, first


def _frozen(payment: ImportedPayment, parts: Sequence[Part], account: Account) -> dict[str, object]:
    """What its receipt says, in the shape of every receipt."""
    holder = account.holder
    return {
        "holder": {
            "name": holder.name,
            "identification_type": holder.identification_type,
            "identification": holder.identification,
        },
        "account": account.number,
        "lines": [
            {
                "charge_id": part.charge.pk,
                "invoice_id": payment.invoice_id,
                "invoice": payment.printed_number,
                "service": part.charge.service.name,
                "label": part.charge.label,
                "dated_on": part.charge.invoice.dated_on.isoformat(),
                "due_date": part.charge.invoice.due_date.isoformat(),
                "amount": str(part.amount),
            }
            for part in parts
        ],
        "balance_after": None,
        "credit_after": "0",
        "asked": None,
        "chosen": None,
    }


def delete_import(*, import_id: int) -> None:
    """Take back the postings of an import; only within its undo."""
    sql.execute("receivables/delete_import", {"import_id": import_id})
