"""From its first day a town of any kind can number an invoice and a receipt, and charge what lateness costs."""

import pytest

from caudal.billing.models import Series
from caudal.common.actor import SYSTEM
from caudal.receivables.operations import interest_service_id
from caudal.registry.operations import OrganisationData
from caudal.tariffs.models import Service
from caudal.workflows.founding import PRESETS, AdministratorData, found

pytestmark = pytest.mark.django_db
TOWN = OrganisationData(
    name="Junta de Agua de El Carmen",
    kind="community_board",
    country="SV",
    currency="USD",
    symbol="$",
    minor_units=2,
    point=".",
    group=",",
    locale="es-SV",
    timezone="America/El_Salvador",
)
WHO = AdministratorData(username="rosa", name="Rosa Menjívar", email="", password="agua-para-todas-las-casas")


@pytest.mark.parametrize("preset", PRESETS)
def test_a_new_town_can_number_documents_and_charge_interest(preset: str) -> None:
    found(services=PRESETS[preset].services, organisation=TOWN, administrator=WHO, by=SYSTEM)
    assert list(Series.objects.order_by("kind").values_list("code", "kind", "last_number")) == [
        ("invoices", "invoice", 0),
        ("receipts", "receipt", 0),
    ]
    assert Service.objects.get(pk=interest_service_id()).name == "Intereses moratorios"
