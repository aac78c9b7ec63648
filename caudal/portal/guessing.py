"""What can be asked without an account is limited: per address, so that nobody tries the town's numbers through,
and per number, so that nobody tries its identification through from many addresses.
"""

from datetime import timedelta
from typing import Final

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from caudal.access.limits import Limit, count_attempt
from caudal.common import clock
from caudal.common.text import identification_key

LOOK_PER_ADDRESS: Final = Limit("look.address", 30, timedelta(hours=1))
LOOK_PER_NUMBER: Final = Limit("look.number", 6, timedelta(hours=1))
SIGN_UP_PER_ADDRESS: Final = Limit("sign_up.address", 10, timedelta(hours=1))
SIGN_UP_PER_NUMBER: Final = Limit("sign_up.number", 3, timedelta(hours=24))


def count_look(request: HttpRequest, number: str) -> None:
    """Count a look at an account without signing in. Raises TooManyAttempts."""
    _count(request, number, LOOK_PER_ADDRESS, LOOK_PER_NUMBER)


def count_sign_up(request: HttpRequest, number: str) -> None:
    """Count somebody who wants a user for a connection. Raises TooManyAttempts."""
    _count(request, number, SIGN_UP_PER_ADDRESS, SIGN_UP_PER_NUMBER)


def _count(request: HttpRequest, number: str, per_address: Limit, per_number: Limit) -> None:
    at = clock.now()
    count_attempt(limit=per_address, key=get_adapter(request).get_client_ip(request), at=at)
    count_attempt(limit=per_number, key=identification_key(number), at=at)
