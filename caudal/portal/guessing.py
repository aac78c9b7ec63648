"""What can be asked without an account is limited: per address, so that nobody tries the town's numbers through,
and per number, so that nobody tries its identification through from many addresses.
"""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from allauth.account.adapter import get_adapter
from django.http import HttpRequest

from caudal.access.limits import Limit, count_attempt
from caudal.common import clock
from caudal.common.text import identification_key

LOOK_PER_ADDRESS: Final = Limit("look.address", 30, timedelta(hours=1))
LOOK_PER_NUMBER: Final = Limit("look.number", 6, timedelta(hours=1))
# Four characters are ten thousand, mostly: at six an hour they would be tried through in weeks, from wherever.
LOOK_PER_NUMBER_AND_DAY: Final = Limit("look.number.day", 20, timedelta(hours=24))
SIGN_UP_PER_ADDRESS: Final = Limit("sign_up.address", 10, timedelta(hours=1))
SIGN_UP_PER_NUMBER: Final = Limit("sign_up.number", 3, timedelta(hours=24))


def count_look(request: HttpRequest, number: str) -> None:
    """Count a look at an account without signing in. Raises TooManyAttempts."""
    _count(request, LOOK_PER_ADDRESS, number, LOOK_PER_NUMBER, LOOK_PER_NUMBER_AND_DAY)


def count_sign_up(request: HttpRequest, number: str) -> None:
    """Count somebody who wants a user for a connection. Raises TooManyAttempts."""
    _count(request, SIGN_UP_PER_ADDRESS, number, SIGN_UP_PER_NUMBER)


def _count(request: HttpRequest, per_address: Limit, number: str, *per_number: Limit) -> None:
    at = clock.now()
    count_attempt(limit=per_address, key=_line_of(get_adapter(request).get_client_ip(request)), at=at)
    for limit in per_number:
        count_attempt(limit=limit, key=identification_key(number), at=at)


def _line_of(address: str) -> str:
    """Whose line it is: every house has 2^64 addresses of IPv6, the first half of which names it."""
    found = ip_address(address)
    if not isinstance(found, IPv6Address):
        return address
    return str(found.ipv4_mapped or ip_network((found.packed, 64), strict=False))
