"""A list asks the database as often for many rows as for a few."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from caudal.billing.models import BillRun, InvoiceDraft, Subscription
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.metering.models import Reading
from caudal.workflows.invoices import OneOffForm, save_draft
from tests import factories

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> Client:
    factories.organisation()
    client.force_login(factories.user("ana", "administrator", name="Ana Brenes"), backend=BACKEND)
    return client


def asked(office: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert office.get(address).status_code == 200
    return len(found)


def some_doubts(number: int) -> None:
    """Houses with one tariff, each with a reading that waits."""
    water = factories.service("water", kind="metered", name="Agua")
    prices = Subscription.objects.values_list("tariff", flat=True).first()
    for _ in range(number):
        stay = factories.installation()
        taken = factories.subscription(factories.account(), water, stay.connection)
        prices = prices or taken.tariff_id
        Subscription.objects.filter(pk=taken.pk).update(tariff=prices)
        Reading.objects.create(
            installation=stay,
            read_on=clock.today(),
            register=Decimal(900),
            state="pending",
            findings=["far_above"],
        )


def some_runs(number: int) -> None:
    factories.service("water", kind="metered", name="Agua")
    first = date(2025, 1, 5) + timedelta(days=BillRun.objects.count())
    for n in range(number):
        BillRun.objects.create(dated_on=first + timedelta(days=n), service_codes="water", state="rehearsed")


@pytest.mark.parametrize(
    ("more", "address"),
    [(some_doubts, "/oficina/lecturas/critica/"), (some_runs, "/oficina/facturacion/")],
    ids=["the queue of readings", "the bill runs"],
)
def test_more_rows_are_not_more_statements(office: Client, more: Callable[[int], None], address: str) -> None:
    more(2)
    office.get(address)
    few = asked(office, address)
    more(6)
    assert asked(office, address) == few


def test_only_the_drafts_of_a_page_are_computed(office: Client) -> None:
    fee = factories.service("fee", name="Cargo")
    account = factories.account()
    lines = ((fee.pk, "Cambio de llave", Decimal("7.00")),)
    first = save_draft(form=OneOffForm(account_id=account.pk, lines=lines), by=SYSTEM)
    copies = [
        InvoiceDraft(account=account, form=first.form, created_by_id=0, created_by="Eva") for _ in range(54)
    ]
    InvoiceDraft.objects.bulk_create(copies)
    pages = [office.get("/oficina/borradores/", {"p": n}).context["page"].object_list for n in (1, 2)]
    assert [len(rows) for rows in pages] == [50, 5]
    assert {row["total"] for rows in pages for row in rows} == {Decimal("7.00")}
