"""The office cancels a service that it added by mistake, from the service's own page."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from caudal.billing.models import Subscription
from tests import factories as make
from tests.functional.office.conftest import BACKEND

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def taken() -> Subscription:
    make.organisation()
    return make.subscription(
        make.account(make.party("Ana")), make.service("basura", name="Basura"), make.connection()
    )


@pytest.fixture
def clerk() -> Client:
    client = Client()
    client.force_login(make.user("carla", "administrator"), backend=BACKEND)
    return client


def page(client: Client, name: str, pk: int) -> str:
    return client.get(reverse(f"office:{name}", args=[pk])).content.decode()


def test_it_is_cancelled_with_its_reason_and_stays_to_be_seen(taken: Subscription, clerk: Client) -> None:
    assert "Anular: fue un error" in page(clerk, "subscription", taken.pk)
    where = reverse("office:service_cancel", args=[taken.pk])
    assert "nunca tomado" in clerk.get(where).content.decode()
    assert 'aria-invalid="true"' in clerk.post(where, {"reason": ""}).content.decode()
    done = clerk.post(where, {"reason": "Era del vecino"}, follow=True).content.decode()
    assert "queda anulado" in done
    assert "Era del vecino" in done
    assert "Nunca se cobró" in done
    assert "Anular: fue un error" not in done
    assert "anulado: nunca se tomó" in page(clerk, "connection", taken.connection_id or 0)
    listed = clerk.get(reverse("office:customer", args=[taken.account.holder_id]) + "?ver=services")
    assert "Anulado" in listed.content.decode()


def test_what_was_billed_says_by_which_invoice_and_is_not_offered(taken: Subscription, clerk: Client) -> None:
    day = date(2026, 10, 15)
    make.invoice(taken.account, make.Line("6.00", subscription=taken), dated_on=day, due_date=day)
    assert "Anular: fue un error" not in page(clerk, "subscription", taken.pk)
    refused = clerk.post(reverse("office:service_cancel", args=[taken.pk]), {"reason": "Error"})
    assert "ya se cobró en la factura" in refused.content.decode()
    taken.refresh_from_db()
    assert taken.cancelled_on is None
