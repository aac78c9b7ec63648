"""Somebody who owes 10.00 of January and 20.00 of February for one service, on a day in February."""

from datetime import UTC, date, datetime

from caudal.billing.models import Account
from caudal.receivables.queries import pending_items
from tests import factories

TODAY = date(2026, 2, 10)
NOW = datetime(2026, 2, 10, 18, 0, tzinfo=UTC)


def owing() -> Account:
    """The town and the account."""
    factories.organisation()
    found = factories.account()
    for month, amount in ((1, "10.00"), (2, "20.00")):
        factories.invoice(found, amount, dated_on=date(2026, month, 5), due_date=date(2026, month, 20))
    return found


def items(account: Account) -> list[int]:
    """The charges that are open, oldest first."""
    return [item.charge_id for item in pending_items(account_id=account.pk, on=TODAY)]
