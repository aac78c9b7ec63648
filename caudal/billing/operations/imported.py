"""What another system billed: accounts, services since a cut-over day, and invoices with their own numbers."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from psycopg.types.json import Jsonb

from caudal.billing.documents import ChargeDocument, InvoiceDocument
from caudal.billing.models import Invoice, Series
from caudal.billing.operations.accounts import NUMBER_WIDTH, next_account_number
from caudal.billing.operations.numbering import INVOICES
from caudal.common import sql

# Of the digest of a prefix, in the code of its series.
CODE_DIGITS: Final = 16
CHARGE_FIELDS = tuple(name for name in ChargeDocument.__dataclass_fields__ if name != "explanation")


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to be opened for a party."""

    holder_id: int
    opened_on: date
    delivery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSubscription:
    """A service of an account at a connection. `billed_until`: readings up to it were billed elsewhere."""

    account_id: int
    service_id: int
    tariff_id: int
    connection_id: int
    valid_from: date
    valid_to: date | None = None
    billed_until: date | None = None


@dataclass(frozen=True, slots=True)
class Numbered:
    """A document that has a number already, in an imported series."""

    series_id: int
    number: int
    document: InvoiceDocument


def copy_accounts(*, accounts: Sequence[NewAccount], import_id: int) -> list[tuple[int, str]]:
    """Open many accounts, numbered on from the highest; (id, number) in the same order."""
    if not accounts:
        return []
    ids = sql.reserve_ids("billing_account", len(accounts))
    first = int(next_account_number())
    numbers = [f"{first + place:0{NUMBER_WIDTH}d}" for place in range(len(accounts))]
    sql.copy_rows(
        "billing_account",
        ("id", "number", "holder_id", "opened_on", "delivery", "version", "import_id"),
        (
            (key, number, a.holder_id, a.opened_on, a.delivery, 1, import_id)
            for key, number, a in zip(ids, numbers, accounts, strict=True)
        ),
    )
    return list(zip(ids, numbers, strict=True))


def copy_subscriptions(*, subscriptions: Sequence[NewSubscription], import_id: int) -> list[int]:
    """Many new subscriptions; their ids, in the same order."""
    ids = sql.reserve_ids("billing_subscription", len(subscriptions))
    names = tuple(NewSubscription.__dataclass_fields__)
    sql.copy_rows(
        "billing_subscription",
        ("id", *names, "category", "import_id"),
        (
            (key, *(getattr(s, name) for name in names), "", import_id)
            for key, s in zip(ids, subscriptions, strict=True)
        ),
    )
    return ids


def imported_series(*, prefix: str, width: int, import_id: int) -> Series:
    """The series of imported numbers that are printed with this prefix and width, made at first need.

    It is known by what it prints: its code is a name that two prefixes do not share, however long they are.
    """
    printed = {"kind": "imported", "prefix": prefix, "width": width}
    found = Series.objects.filter(**printed).order_by("id").first()
    if found is not None:
        return found
    digest = hashlib.sha256(prefix.encode()).hexdigest()[:CODE_DIGITS]
    return Series.objects.create(code=f"imported-{width}-{digest}", import_id=import_id, **printed)


def issue_imported(*, documents: Sequence[Numbered], import_id: int) -> list[int]:
    """Insert documents with the numbers they have; their ids, in the same order. The caller posts them.

    The counters of their series follow the highest number. What exists already is refused by the database.
    """
    ids = sql.reserve_ids("billing_invoice", len(documents))
    names = (
        "account_id",
        "connection_id",
        "origin",
        "dated_on",
        "issued_on",
        "due_date",
        "covers_from",
        "covers_to",
    )
    sql.copy_rows(
        "billing_invoice",
        (
            *("id", "series_id", "number", "import_id", *names, "net", "tax", "total", "frozen", "remarks"),
            *("voided_by", "void_reason"),
        ),
        (
            (
                *(key, one.series_id, one.number, import_id),
                *(getattr(one.document, name) for name in names),
                *(one.document.net, one.document.tax, one.document.total),
                *(Jsonb(dict(one.document.frozen)), one.document.remarks, "", ""),
            )
            for key, one in zip(ids, documents, strict=True)
        ),
    )
    sql.copy_rows(
        "billing_charge",
        ("invoice_id", "position", *CHARGE_FIELDS, "explanation", "live"),
        (
            (
                *(key, position),
                *(getattr(charge, name) for name in CHARGE_FIELDS),
                *(Jsonb(dict(charge.explanation)), True),
            )
            for key, one in zip(ids, documents, strict=True)
            for position, charge in enumerate(one.document.charges, start=1)
        ),
    )
    sql.execute("billing/raise_imported_series", {"import_id": import_id})
    return ids


def continue_after(*, number: int) -> dict[str, int] | None:
    """Let the ordinary series go on from this number, if it has issued nothing yet; what it was before, or None."""
    series = Series.objects.select_for_update().filter(code=INVOICES).first()
    if series is None:
        Series.objects.create(code=INVOICES, kind="invoice", first_number=number + 1, last_number=number)
        return {"first_number": 1, "last_number": 0}
    if number <= series.last_number or Invoice.objects.filter(series=series).exists():
        return None
    before = {"first_number": series.first_number, "last_number": series.last_number}
    Series.objects.filter(pk=series.pk).update(first_number=number + 1, last_number=number)
    return before


def periods_taken(*, subscription_ids: Collection[int]) -> set[tuple[int, int]]:
    """(subscription, period) pairs that have a live charge."""
    found = sql.rows("billing/periods_taken", {"subscription_ids": list(subscription_ids)})
    return {(row[0], row[1]) for row in found}


def delete_import(*, import_id: int, counters: Mapping[str, int] | None) -> None:
    """Take back what an import brought; `counters` is what `continue_after` answered. Only within its undo."""
    sql.execute("billing/delete_import", {"import_id": import_id})
    if counters is not None:
        unused = Series.objects.filter(code=INVOICES).exclude(pk__in=Invoice.objects.values("series"))
        unused.update(**counters)
