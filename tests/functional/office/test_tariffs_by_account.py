"""What the office reads of a run whose tariff prices an account's connections as one."""

import pytest
from django.test import Client

from tests import factories
from tests.integration.workflows.test_billing_run import rehearse
from tests.integration.workflows.test_tariffs_by_account import Shops

pytestmark = pytest.mark.django_db(transaction=True)


def test_who_waits_for_another_connections_reading_is_told_for_which() -> None:
    factories.organisation(currency="USD", symbol="$")
    shops = Shops("112", None, "120")
    client = Client()
    client.force_login(factories.user("beto", "billing"), backend="caudal.office.signed_in.Backend")
    page = client.get(f"/oficina/facturacion/{rehearse().pk}/").content.decode()
    missing = shops.stays[1].connection.number
    assert page.count(f"Falta la lectura de: {missing}") == 2
    assert page.count("Sin lectura") >= 1
