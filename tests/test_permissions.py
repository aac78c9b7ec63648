"""Every address, who may open it, and proof by asking: a page that is not in this table fails the suite."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from caudal.access.permissions import PERMISSIONS, ROLES
from caudal.office.reach import PAGES
from tests import factories
from tests.support.addresses import OF_A_HOUSE, OF_THE_TOWN, OPEN_TO_ALL, addresses, asked, of
from tests.support.neighbours import House, house

BACKEND = "caudal.office.signed_in.Backend"
LOGIN = "/cuenta/login/"

OFFICE = {
    "access": "customers.view",
    "access_new": "customers.edit",
    "access_remove": "customers.edit",
    "accesses": "customers.view",
    "accesses_bulk": "customers.edit",
    "alert_resolve": "readings.review",
    "alerts": "readings.view",
    "approval": "office.enter",
    "approval_approve": "office.enter",
    "approval_decline": "office.enter",
    "approval_withdraw": "office.enter",
    "approvals": "office.enter",
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
    "connection_close": "meters.edit",
    "connection_edit": "meters.edit",
    "connection_new": "customers.edit",
    "connection_reopen": "meters.edit",
    "connections": "meters.view",
    "connections_bulk": "meters.edit",
    "customer": "customers.view",
    "customer_edit": "customers.edit",
    "customer_identification": "customers.exempt",
    "customer_invite": "customers.edit",
    "customer_new": "customers.edit",
    "customers": "customers.view",
    "cycle": "services.edit",
    "cycle_calendar": "services.edit",
    "cycle_close": "services.edit",
    "cycle_edit": "services.edit",
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
    "meter_close": "meters.edit",
    "meter_edit": "meters.edit",
    "meter_new": "meters.edit",
    "meter_put": "meters.edit",
    "meter_reopen": "meters.edit",
    "meter_take": "meters.edit",
    "meters": "meters.view",
    "meters_bulk": "meters.edit",
    "note_new": "customers.edit",
    "one_off_new": "invoices.issue",
    "one_off_withdraw": "invoices.issue",
    "one_offs": "invoices.draft",
    "outbox": "outbox.view",
    "owner_change": "customers.edit",
    "owner_end": "customers.edit",
    "owner_new": "customers.edit",
    "owners_split": "customers.edit",
    "ownership": "customers.view",
    "ownerships": "customers.view",
    "parts": "office.enter",
    "people": "customers.view",
    "people_bulk": "customers.edit",
    "payment": "payments.view",
    "payment_new": "payments.take",
    "payment_pdf": "payments.view",
    "payment_reverse": "payments.reverse",
    "payments": "payments.view",
    "period": "runs.view",
    "period_close": "runs.approve",
    "period_edit": "runs.rehearse",
    "period_new": "runs.rehearse",
    "period_reopen": "runs.approve",
    "periods": "runs.view",
    "periods_bulk": "runs.rehearse",
    "properties": "customers.view",
    "properties_bulk": "customers.edit",
    "property": "customers.view",
    "property_close": "customers.edit",
    "property_edit": "customers.edit",
    "property_new": "customers.edit",
    "property_reopen": "customers.edit",
    "licence_statement": "customers.view",
    "property_statement": "customers.view",
    "reading": "readings.view",
    "reading_decide": "readings.review",
    "reading_new": "readings.capture",
    "reading_panel": "readings.view",
    "reading_photo": "readings.view",
    "reading_photo_new": "readings.capture",
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
    "run_file_order": "runs.view",
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
    "service": "services.view",
    "service_add": "customers.edit",
    "service_close": "services.edit",
    "service_edit": "services.edit",
    "service_cancel": "customers.edit",
    "service_end": "customers.edit",
    "service_new": "services.edit",
    "service_reopen": "services.edit",
    "services": "services.view",
    "settings": "settings.manage",
    "statement": "customers.view",
    "subscription": "customers.view",
    "subscriptions": "customers.view",
    "subscriptions_bulk": "customers.edit",
    "subscription_new": "customers.edit",
    "tariff": "services.view",
    "tariff_discard": "services.edit",
    "tariff_edit": "services.edit",
    "tariff_export": "services.view",
    "tariff_new": "services.edit",
    "tariff_prices": "tariffs.publish",
    "tariff_publish": "tariffs.publish",
    "tariff_rename": "services.edit",
    "tariffs": "services.view",
    "user": "users.manage",
    "user_access": "customers.edit",
    "user_active": "users.manage",
    "user_new": "users.manage",
    "user_reset": "users.manage",
    "user_second_factor": "users.manage",
    "users": "users.manage",
    "users_bulk": "users.manage",
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
    "language": "anyone",
    "pay": "anyone",
    "profile": "citizen",
    "provider": "anyone",
    "provider_event": "anyone",
    "reading_photo": "anyone",
    "self_reading": "citizen",
    "self_reading_photo": "citizen",
    "receipt": "anyone",
    "receipt_pdf": "anyone",
    "signed_bill": "anyone",
    "statement": "citizen",
    "waiting": "anyone",
}


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


def test_every_part_of_an_address_is_known_to_belong_to_a_house_or_to_the_town() -> None:
    parts = set().union(*(address.parts for address in (*of("office"), *of("portal"))))
    assert parts == OF_A_HOUSE | OF_THE_TOWN


@pytest.fixture
def houses() -> tuple[House, House]:
    """Two houses in two sectors of one town, which takes the readings that citizens send."""
    factories.organisation(self_readings=True)
    return house("Norte"), house("Sur")


@pytest.mark.django_db
@pytest.mark.parametrize("role", [role for role in ROLES if role != "customer"])
def test_staff_of_one_sector_find_what_is_there_and_nothing_of_another(
    role: str, houses: tuple[House, House], client: Client
) -> None:
    """Asked of every page that names something of a house, in every role."""
    own, others = houses
    user = factories.user(role, role, sector_ids=[own.sector.pk])
    client.force_login(user, backend=BACKEND)
    wrong = []
    for address in of("office"):
        if not address.parts & OF_A_HOUSE or address.parts & OF_THE_TOWN:
            continue
        hers = address._replace(path=address.of(others))
        status = asked(client, hers).status_code
        posted = client.post(hers.path).status_code
        if not {status, posted} <= ({404} if user.can(OFFICE[address.name]) else {403}):
            wrong.append((address.name, "another's", status, posted))
        found = client.get(address.of(own)).status_code
        if user.can(OFFICE[address.name]) and address.name in PAGES and found not in (200, 302, 405):
            wrong.append((address.name, "own", found))
    assert wrong == []


@pytest.mark.django_db
def test_staff_of_one_sector_do_nothing_that_concerns_the_whole_town(
    houses: tuple[House, House], client: Client
) -> None:
    """Not even who has every permission: what is not made for sectors is not there."""
    limited = factories.user("ana", "administrator", sector_ids=[houses[0].sector.pk])
    client.force_login(limited, backend=BACKEND)
    opened = {a.name for a in of("office") if asked(client, a).status_code not in (403, 404)}
    assert opened <= PAGES


@pytest.mark.django_db
def test_a_citizen_finds_his_own_and_nothing_of_another(
    houses: tuple[House, House], client: Client, settings: Any
) -> None:
    """Asked of every page of the portal that names something of a house."""
    settings.PAYMENT_PROVIDERS = ["sandbox"]
    own, others = houses
    client.force_login(own.user, backend=BACKEND)
    wrong = []
    for address in of("portal"):
        if not address.parts & OF_A_HOUSE or address.name in OPEN_TO_ALL:
            continue
        for whose, expected in ((others, {404}), (own, {200, 302})):
            status = asked(client, address._replace(path=address.of(whose))).status_code
            if status not in expected:
                wrong.append((address.name, whose.sector.name, status))
    assert wrong == []


@pytest.mark.django_db
def test_nobody_who_has_not_signed_in_finds_anything_by_its_number(
    houses: tuple[House, House], client: Client
) -> None:
    for address in of("portal"):
        if address.parts & OF_A_HOUSE and address.name not in OPEN_TO_ALL:
            status = asked(client, address._replace(path=address.of(houses[0]))).status_code
            assert status in (302, 404), (address.name, status)


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
