"""Whose account a printed number is: asked by people who have nothing but a bill in hand."""

from django.db.models import Q

from caudal.billing.models import Account
from caudal.common.text import identification_key

LEAST_ENDING = 4


def accounts_by_number(number: str) -> tuple[Account, ...]:
    """The accounts with this number, and those that take a service at the connection with it now."""
    typed = number.strip()
    taken = Q(subscriptions__connection__number=typed, subscriptions__valid_to=None)
    found = Account.objects.filter(Q(number=typed) | taken).select_related("holder")
    return tuple(found.order_by("pk").distinct())


def account_by_number(*, number: str, ending: str) -> Account | None:
    """The account of a printed number whose holder's identification ends so; None for anything else.

    `ending` are at least four letters or digits; two accounts that fit are as good as none.
    """
    end = identification_key(ending)
    if len(end) < LEAST_ENDING:
        return None
    fitting = [a for a in accounts_by_number(number) if a.holder.identification_key.endswith(end)]
    return fitting[0] if len(fitting) == 1 else None
