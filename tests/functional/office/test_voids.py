"""A metered bill is voided behind a later one of the same meter: the page says which to void first."""

from datetime import date

import pytest
from django.test import Client

from caudal.billing.models import Invoice
from caudal.metering.models import Installation
from caudal.receivables.queries import void_effect
from tests import factories as make
from tests.functional.office.conftest import BACKEND
from tests.integration.workflows.test_billing_run import Street, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER, DECEMBER = date(2026, 11, 15), date(2026, 12, 15)
LATER = "Su consumo no se podrá volver a facturar así."


@pytest.fixture
def bills() -> list[Invoice]:
    make.organisation(currency="USD", symbol="$")
    street = Street()
    street.house("136")
    issue(rehearse(NOVEMBER), NOVEMBER)
    street.read(Installation.objects.get(), (date(2026, 12, 1), "150"))
    issue(rehearse(DECEMBER), DECEMBER)
    return list(Invoice.objects.order_by("number"))


def test_the_dialog_names_the_later_bills_and_does_not_promise_to_bill_it_again(bills: list[Invoice]) -> None:
    clerk = Client()
    clerk.force_login(make.user("carla", "administrator"), backend=BACKEND)
    first, last = (clerk.get(f"/oficina/facturas/{bill.pk}/").content.decode() for bill in bills)
    later = void_effect(invoice_id=bills[0].pk, on=DECEMBER).later_numbers
    assert LATER in first
    assert f"ya está en la factura {later[0]}." in first
    assert "anule primero esa" in first
    assert "se puede volver a facturar" not in first
    assert LATER not in last
    assert "se puede volver a facturar" in last
