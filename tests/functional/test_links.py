"""Nobody is led to a door that is shut for him: what a page links to, its reader may open."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from caudal.access.models import User
from caudal.office.present.customer_page import TABS
from tests import factories
from tests.support.addresses import addresses
from tests.support.whole_town import WholeTown, whole_town

pytestmark = pytest.mark.django_db
LINK = re.compile(r'<a\b[^>]*?\bhref="(/oficina/[^"?#]*)')
ROLES = ("billing", "supervisor", "reader", "cashier", "service", "crew")


@pytest.fixture
def town(db: None, settings: Any, tmp_path: Path) -> WholeTown:
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    return whole_town(tmp_path)


def links(town: WholeTown, client: Client) -> Iterator[tuple[str, str]]:
    """Each page of the office that opens, with each of its links."""
    customer = f"/oficina/clientes/{town.house.party.pk}/"
    paths = [town.path(address) for address in addresses() if address.space == "office"]
    for path in [*paths, *(f"{customer}?ver={tab}" for tab in TABS)]:
        answer = client.get(path)
        if answer.status_code == 200 and str(answer["Content-Type"]).startswith("text/html"):
            yield from ((path, href) for href in LINK.findall(answer.content.decode()))


def shut(user: User, href: str) -> bool:
    try:
        needed = getattr(resolve(href).func, "permission", None)
    except Resolver404:
        return True
    return needed is not None and not user.can(needed)


@pytest.mark.parametrize("role", ROLES)
def test_no_page_of_the_office_links_to_what_its_reader_may_not_open(town: WholeTown, role: str) -> None:
    user, client = factories.user(f"una-{role}", role), Client()
    client.force_login(user)
    assert {(path, href) for path, href in links(town, client) if shut(user, href)} == set()
