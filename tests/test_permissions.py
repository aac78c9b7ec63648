"""Every address, who may open it, and proof by asking: a page that is not in this table fails the suite."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from caudal.access.permissions import PERMISSIONS, ROLES
from tests import factories

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LOGIN = "/cuenta/login/"
UUID = "00000000-0000-0000-0000-000000000001"

OFFICE = {
    "access_new": "customers.edit",
    "access_remove": "customers.edit",
    "alert_resolve": "readings.review",
    "alerts": "readings.view",
    "board": "board.manage",
    "board_assembly": "board.manage",
    "board_assembly_new": "board.manage",
    "board_expense_withdraw": "board.manage",
    "board_expenses": "board.manage",
    "board_fines": "board.manage",
    "board_quota": "board.manage",
    "board_quota_new": "board.manage",
    "board_quota_withdraw": "board.manage",
    "board_social": "board.manage",
    "by_number": "customers.view",
    "connection": "meters.view",
    "connection_edit": "meters.edit",
    "connection_new": "customers.edit",
    "connections": "meters.view",
    "customer": "customers.view",
    "customer_edit": "customers.edit",
    "customer_identification": "customers.exempt",
    "customer_invite": "customers.edit",
    "customer_new": "customers.edit",
    "customers": "customers.view",
    "cycle": "services.edit",
    "cycle_calendar": "services.edit",
    "cycle_new": "services.edit",
    "cycles": "services.edit",
    "draft": "invoices.draft",
    "draft_discard": "invoices.draft",
    "draft_new": "invoices.draft",
    "drafts": "invoices.draft",
    "history": "audit.view",
    "history_record": "audit.view",
    "history_seal": "audit.view",
    "history_seals": "audit.view",
    "home": "office.enter",
    "import": "imports.run",
    "import_answer": "imports.run",
    "import_apply": "imports.run",
    "import_discard": "imports.run",
    "import_marked": "imports.run",
    "import_progress": "imports.run",
    "import_template": "imports.run",
    "import_undo": "imports.run",
    "imports": "imports.run",
    "invoice": "invoices.view",
    "invoice_pdf": "invoices.view",
    "invoice_void": "invoices.void",
    "invoices": "invoices.view",
    "licence": "customers.view",
    "licence_close": "customers.edit",
    "licence_edit": "customers.edit",
    "licence_new": "customers.edit",
    "licence_reopen": "customers.edit",
    "licences": "customers.view",
    "message": "outbox.view",
    "message_file": "outbox.view",
    "message_html": "outbox.view",
    "message_retry": "outbox.view",
    "meter": "meters.view",
    "meter_change": "meters.edit",
    "meter_put": "meters.edit",
    "meters": "meters.view",
    "note_new": "customers.edit",
    "one_off_new": "invoices.issue",
    "one_off_withdraw": "invoices.issue",
    "one_offs": "invoices.draft",
    "outbox": "outbox.view",
    "owner_change": "customers.edit",
    "owner_end": "customers.edit",
    "owner_new": "customers.edit",
    "owners_split": "customers.edit",
    "parts": "office.enter",
    "payment": "payments.view",
    "payment_new": "payments.take",
    "payment_pdf": "payments.view",
    "payment_reverse": "payments.reverse",
    "payments": "payments.view",
    "period": "runs.rehearse",
    "period_close": "runs.approve",
    "period_open": "runs.approve",
    "periods": "runs.view",
    "properties": "customers.view",
    "properties_bulk": "customers.edit",
    "property": "customers.view",
    "property_close": "customers.edit",
    "property_edit": "customers.edit",
    "property_new": "customers.edit",
    "property_reopen": "customers.edit",
    "licence_statement": "customers.view",
    "property_statement": "customers.view",
    "reading_decide": "readings.review",
    "reading_new": "readings.capture",
    "reading_panel": "readings.view",
    "readings": "readings.view",
    "representative_end": "customers.edit",
    "representative_new": "customers.edit",
    "review": "readings.review",
    "role": "users.manage",
    "role_new": "users.manage",
    "role_use": "users.manage",
    "roles": "users.manage",
    "route": "customers.view",
    "route_close": "settings.manage",
    "route_edit": "settings.manage",
    "route_new": "settings.manage",
    "route_reopen": "settings.manage",
    "routes": "customers.view",
    "routes_bulk": "settings.manage",
    "run": "runs.view",
    "run_approve": "runs.approve",
    "run_discard": "runs.rehearse",
    "run_file": "runs.view",
    "run_progress": "runs.view",
    "run_rehearse": "runs.rehearse",
    "run_retry": "runs.rehearse",
    "runs": "runs.view",
    "search": "office.enter",
    "sector": "customers.view",
    "sector_close": "settings.manage",
    "sector_edit": "settings.manage",
    "sector_new": "settings.manage",
    "sector_reopen": "settings.manage",
    "sectors": "customers.view",
    "service_add": "customers.edit",
    "service_edit": "services.edit",
    "service_end": "customers.edit",
    "service_new": "services.edit",
    "settings": "settings.manage",
    "statement": "customers.view",
    "subscription": "customers.view",
    "subscription_new": "customers.edit",
    "tariff": "services.view",
    "tariff_discard": "services.edit",
    "tariff_edit": "services.edit",
    "tariff_export": "services.view",
    "tariff_new": "services.edit",
    "tariff_prices": "tariffs.publish",
    "tariff_publish": "tariffs.publish",
    "tariffs": "services.view",
    "user": "users.manage",
    "user_access": "customers.edit",
    "user_active": "users.manage",
    "user_new": "users.manage",
    "user_reset": "users.manage",
    "user_second_factor": "users.manage",
    "users": "users.manage",
    "value_new": "customers.edit",
    "year_ahead": "payments.take",
}
# Citizens see their own; «anyone» is a guest with the signed link of one bill, or a provider with a signature.
PORTAL = {
    "place": "citizen",
    "set_up": "anyone",
    "sign_up": "anyone",
    "guest": "anyone",
    "guest_balance": "anyone",
    "guest_end": "anyone",
    "home": "citizen",
    "invoice": "anyone",
    "invoice_pdf": "anyone",
    "invoices": "citizen",
    "pay": "anyone",
    "profile": "citizen",
    "provider": "anyone",
    "provider_event": "anyone",
    "receipt": "anyone",
    "receipt_pdf": "anyone",
    "signed_bill": "anyone",
    "statement": "citizen",
    "waiting": "anyone",
}


class Address(NamedTuple):
    """A pattern of the site: its namespace and name, an address that fits it, and what its view names."""

    space: str
    name: str
    path: str
    permission: str | None


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
    return Address(space, pattern.name or "", fitting, getattr(pattern.callback, "permission", None))


def of(space: str) -> list[Address]:
    """The addresses of one edge."""
    return [address for address in addresses() if address.space == space]


def asked(client: Client, address: Address) -> Any:
    """The answer to a look, or to a press where only pressing is possible."""
    response = client.get(address.path)
    return client.post(address.path) if response.status_code == 405 else response


def test_every_page_of_the_office_names_the_permission_of_this_table() -> None:
    assert {address.name: address.permission for address in of("office")} == OFFICE


def test_every_page_of_the_portal_says_whom_it_is_for() -> None:
    assert {address.name: address.permission for address in of("portal")} == PORTAL


def test_no_address_is_outside_the_edges() -> None:
    others = {a.path.split("/")[1] for a in addresses() if a.space not in ("office", "portal")}
    # Who signs in, and who sets up an installation with the key that its server printed.
    assert others == {"cuenta", "instalacion"}


def test_every_permission_exists_and_opens_something() -> None:
    assert set(OFFICE.values()) <= set(PERMISSIONS)


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_what_it_may_and_nothing_else(role: str, client: Client) -> None:
    factories.organisation()
    client.force_login(factories.user(role, role), backend=BACKEND)
    held = set(ROLES[role][1])
    wrong = []
    for address in of("office"):
        allowed = {"office.enter", OFFICE[address.name]} <= held
        status = asked(client, address).status_code
        if (status != 403) != allowed or status >= 500:
            wrong.append((address.name, status))
    assert wrong == []


@pytest.mark.django_db
def test_nobody_who_has_not_signed_in_sees_the_office(client: Client) -> None:
    for address in of("office"):
        for response in (client.get(address.path), client.post(address.path)):
            assert (response.status_code, response["Location"][: len(LOGIN)]) == (302, LOGIN), address.name


@pytest.mark.django_db
def test_nobody_who_has_not_signed_in_sees_a_citizens_pages(client: Client) -> None:
    factories.organisation()
    for address in of("portal"):
        response = client.get(address.path)
        if PORTAL[address.name] == "citizen":
            assert (response.status_code, response["Location"][: len(LOGIN)]) == (302, LOGIN), address.name
        else:
            assert response.status_code < 500, address.name


@pytest.mark.django_db
def test_nobody_opens_an_account_by_himself(client: Client) -> None:
    factories.organisation()
    sent = {"username": "eva", "password1": "una-clave-muy-larga-1"}
    page = client.post("/cuenta/signup/", sent)
    assert page.status_code in (200, 403)
    assert "sessionid" not in client.cookies or not client.session.get("_auth_user_id")


def test_the_page_about_permissions_tells_the_roles_as_they_are() -> None:
    page = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
    rows = [line.split("|")[1:-1] for line in page.read_text().splitlines() if line.startswith("| ")]
    roles = [cell.strip() for cell in rows[0][2:]]
    told = {
        (row[0].strip(" `"), role)
        for row in rows[2:]
        for role, mark in zip(roles, row[2:], strict=True)
        if mark.strip()
    }
    held = {(permission, role) for role, (_name, codes) in ROLES.items() for permission in codes}
    assert told == held
