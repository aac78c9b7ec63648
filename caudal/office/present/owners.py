"""A change of owner in words: what the accounts owe before it, and what was done."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from caudal.billing.models import Subscription
from caudal.billing.queries.one_off import waiting_one_offs
from caudal.common.ui import formats
from caudal.receivables.queries import account_balances, owed_at_property
from caudal.registry.context import current_town
from caudal.workflows.properties import Transferred


def accounts_at(taken: Sequence[Subscription], *, property_id: int, on: date) -> list[dict[str, Any]]:
    """The accounts that pay here: what each owes in all, and `here`, with interest to the day: what would pass."""
    accounts = list({one.account_id: one.account for one in taken}.values())
    owed = account_balances(account_ids=[account.pk for account in accounts])
    return [
        {
            "account": account,
            "owes": owed.get(account.pk),
            "here": sum(
                owed_at_property(account_id=account.pk, property_id=property_id, on=on).values(), Decimal(0)
            ),
        }
        for account in accounts
    ]


def transferred_words(done: Transferred, *, on: date) -> str:
    """What a change of owner did, for the line at the top of the page."""
    town = current_town()
    said = [f"Desde el {on:%d/%m/%Y} es de {done.ownership.party.name}."]
    if done.account:
        count = len(done.passed)
        services = "1 servicio pasó" if count == 1 else f"{count} servicios pasaron"
        said.append(f"{services} a la cuenta {done.account.number}.")
    for one in done.assumed:
        amount = formats.money(one.invoice.total, town)
        said.append(f"Asumió {amount} que debía la cuenta {one.payment.frozen['account']}.")
    said += [
        f"La cuenta {account.number} tiene cobros que esperan una factura: véalos en «Cobros por una vez»."
        for account in done.left
        if waiting_one_offs(first=account.pk, last=account.pk, on=date.max)
    ]
    if done.blind:
        names = ", ".join(dict.fromkeys(str(one.user) for one in done.blind))
        said.append(f"Ya no la ven en el portal: {names}.")
    return " ".join(said)
