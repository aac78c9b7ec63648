"""Every address of the site as a fact: what it is called, what its view names, and what its parts belong to."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.support.neighbours import House

UUID = "00000000-0000-0000-0000-000000000001"
# What the parts of addresses name that belongs to one house (the other parts concern the whole town, or are no object).
OF_A_HOUSE = {
    "access_id", "account_id", "alert_id", "connection_id", "draft_id", "installation_id", "intent_id", "invoice_id",
    "key", "licence_id", "number", "ownership_id",
    "party_id", "payment_id", "pk", "one_off_id", "property_id", "reading_id",
    "representation_id", "subscription_id",
}  # fmt: skip
OF_THE_TOWN = {
    "approval_id", "code", "cycle_id", "expense_id", "import_id", "message_id", "name", "period_id",
    "position", "quota_id", "record_id", "role_id", "run_id", "service_id", "tariff_id", "token", "user_id",
    "version_id", "year",
}  # fmt: skip
# Declared entities that are of no house: their `pk` is the town's.
TOWN_ENTITIES = {"cycle", "period", "service"}
# Where «another's» is nobody's secret: the sandbox's page stands for a bank's, which knows nothing of our users.
OPEN_TO_ALL = {"provider"}


class Address(NamedTuple):
    """A pattern of the site: its namespace and name, an address that fits it, and what its view names."""

    space: str
    name: str
    path: str
    permission: str | None
    pattern: str

    @property
    def parts(self) -> set[str]:
        """What the address names."""
        named = set(re.findall(r"<[a-z]+:([a-z_]+)>", self.pattern))
        entity = self.name.split("_", maxsplit=1)[0]
        return named - {"pk"} | {f"{entity}_id"} if "pk" in named and entity in TOWN_ENTITIES else named

    def of(self, house: House) -> str:
        """The address of what is a house's."""
        ids = house.ids()
        ids["pk"] = ids.get(self.name.split("_")[0], 0)
        return re.sub(r"<[a-z]+:([a-z_]+)>", lambda part: str(ids[part[1]]), self.pattern)


def addresses() -> list[Address]:
    """All of them, but for the files that are the same for everybody."""
    return list(_walk(get_resolver(), "/", ""))


def _walk(resolver: URLResolver, prefix: str, space: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path, pattern.app_name or space)
        else:
            yield _address(pattern, path, space)


def _address(pattern: URLPattern, path: str, space: str) -> Address:
    fitting = re.sub(r"<uuid:[a-z_]+>", UUID, re.sub(r"<int:[a-z_]+>", "987654", path))
    fitting = re.sub(r"<(?:str|slug):[a-z_]+>", "x", fitting)
    return Address(space, pattern.name or "", fitting, getattr(pattern.callback, "permission", None), path)


def of(space: str) -> list[Address]:
    """The addresses of one edge."""
    return [address for address in addresses() if address.space == space]


def asked(client: Client, address: Address) -> Any:
    """The answer to a look, or to a press where only pressing is possible."""
    response = client.get(address.path)
    return client.post(address.path) if response.status_code == 405 else response
