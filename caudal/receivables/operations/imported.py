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
EMPTY_COLUMNS = ("payer", "note", "provider", "provider_reference", "reversed_by", "reversal_reason")
PAYMENT_COLUMNS = (
    "id",
    "account_id",
    "series_id",
    "number",
    "amount",
    "method",
    "value_on",
    "posted_on",
    "taken_by",
    "idempotency_key",
    "frozen",
    "import_id",
    *EMPTY_COLUMNS,
)


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


@dataclass(frozen=True, slots=True)
class Posted:
    """A payment on its way to the tables: its id and what it settles."""

    id: int
    payment: ImportedPayment
    parts: Sequence[Part]

    @property
    def amount(self) -> Decimal:
        return sum((part.amount for part in self.parts), Decimal(0))


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
    rows = [Posted(key, p, found) for key, (p, found) in zip(ids, paid, strict=True)]
    _copy_payments(rows, import_id, on, by)
    sql.copy_rows(
        "receivables_ledgerentry",
        ("account_id", "kind", "amount", "value_on", "posted_on", "payment_id"),
        ((r.payment.account_id, "payment", -r.amount, r.payment.value_on, on, r.id) for r in rows),
    )
    sql.copy_rows(
        "receivables_allocation",
        ("payment_id", "charge_id", "amount", "value_on"),
        ((r.id, part.charge.pk, part.amount, r.payment.value_on) for r in rows for part in r.parts),
    )
    return len(paid)


def _copy_payments(rows: Sequence[Posted], import_id: int, on: date, by: Actor) -> None:
    series, number = _series(import_id, len(rows))
    accounts = Account.objects.select_related("holder").in_bulk({r.payment.account_id for r in rows})
    sql.copy_rows(
        "receivables_payment",
        PAYMENT_COLUMNS,
        (
            (
                row.id,
                row.payment.account_id,
                series.pk,
                number + place,
                row.amount,
                "imported",
                row.payment.value_on,
                on,
                by.label,
                f"import:{import_id}:{row.payment.invoice_id}:{row.payment.value_on}",
                Jsonb(_frozen(row, accounts[row.payment.account_id])),
                import_id,
                *("" for _ in EMPTY_COLUMNS),
            )
            for place, row in enumerate(rows)
        ),
    )


def _charges(payments: Sequence[ImportedPayment]) -> dict[tuple[int, int], Charge]:
    invoice_ids = [p.invoice_id for p in payments]
    charges = Charge.objects.filter(invoice_id__in=invoice_ids).select_related("service", "invoice")
    found = charges.defer(
        "explanation", "invoice__frozen"
    )  # most of their bytes, and nothing of it is needed
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


def _frozen(row: Posted, account: Account) -> dict[str, object]:
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
                "invoice_id": row.payment.invoice_id,
                "invoice": row.payment.printed_number,
                "service": part.charge.service.name,
                "label": part.charge.label,
                "dated_on": part.charge.invoice.dated_on.isoformat(),
                "due_date": part.charge.invoice.due_date.isoformat(),
                "amount": str(part.amount),
            }
            for part in row.parts
        ],
        "balance_after": None,
        "credit_after": "0",
        "asked": None,
        "chosen": sorted(part.charge.pk for part in row.parts),
    }


def delete_import(*, import_id: int) -> None:
    """Take back the postings of an import; only within its undo."""
    sql.execute("receivables/delete_import", {"import_id": import_id})
