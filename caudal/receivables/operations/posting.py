"""Debits into the ledger, and the credit that waited for them. A batch of a run costs a few statements."""

from collections.abc import Collection
from datetime import date

from caudal.billing.models import Account
from caudal.common import sql
from caudal.receivables.operations.below_zero import credit_below_zero


def lock_account(account_id: int) -> None:
    """Hold one account until the transaction ends. Comes before payments and series."""
    lock_these_accounts([account_id])


def lock_accounts_of(account_ids: Collection[int]) -> None:
    """Hold some accounts until the transaction ends; in order of id."""
    for account_id in sorted(set(account_ids)):
        lock_account(account_id)


def lock_accounts(*, first: int, last: int) -> None:
    """Hold all accounts between two ids, both included, until the transaction ends; in order of id."""
    found = Account.objects.select_for_update().filter(id__gte=first, id__lte=last).order_by("id")
    list(found.values_list("id"))


def lock_these_accounts(account_ids: Collection[int]) -> None:
    """Hold some accounts until the transaction ends, in order of id."""
    found = Account.objects.select_for_update().filter(id__in=account_ids).order_by("id")
    list(found.values_list("id"))


def post_charges(*, invoice_ids: Collection[int], on: date) -> int:
    """Debit every charge of the invoices, posted on a day; the number of entries.

    The entry's value date is the invoice's nominal date. What an invoice is below zero is credit from then on. A
    second posting is refused by the database. The accounts are locked by the caller.
    """
    params = {"invoice_ids": list(invoice_ids), "on_day": on}
    posted = sql.execute("receivables/post_charges", params)
    sql.execute("receivables/open_invoices", params)
    credit_below_zero(invoice_ids=invoice_ids, on=on)
    return posted


def apply_credit(*, invoice_ids: Collection[int], on: date) -> int:
    """Settle with unapplied money what the invoices' accounts owe, oldest first; the number of allocations.

    The accounts are locked by the caller.
    """
    params = {"invoice_ids": list(invoice_ids)}
    account_ids = [row[0] for row in sql.rows("receivables/accounts_in_credit", params)]
    if not account_ids:
        return 0
    return sql.execute("receivables/apply_credit", {"account_ids": account_ids, "on_day": on})
