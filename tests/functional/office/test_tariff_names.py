"""A tariff is called otherwise: its prices stay, and the history tells who did it."""

import pytest
from django.test import Client

from caudal.common.models import AuditRecord
from caudal.tariffs.models import TariffVersion
from tests import factories

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> Client:
    factories.organisation()
    client.force_login(factories.user("ana", "billing", name="Ana Brenes"), backend=BACKEND)
    return client


@pytest.fixture
def version() -> TariffVersion:
    made = factories.tariff(factories.service("water"))
    made.tariff.name = "Domiciliar"
    made.tariff.save()
    return TariffVersion.objects.select_related("tariff").get(pk=made.pk)


def test_only_the_name_changes(office: Client, version: TariffVersion) -> None:
    address = f"/oficina/tarifas/{version.tariff_id}/"
    assert f"{address}nombre/" in office.get(address).content.decode()
    said = office.post(f"{address}nombre/", {"name": " Residencial ", "was": "Domiciliar"}, follow=True)
    assert "La tarifa se llama ahora Residencial." in said.content.decode()
    kept = TariffVersion.objects.get(pk=version.pk)
    assert (kept.definition, kept.published_at) == (version.definition, version.published_at)
    record = AuditRecord.objects.get(kind="tariffs.rename_tariff")
    assert (record.actor_label, record.before, record.after) == (
        "Ana Brenes",
        {"name": "Domiciliar"},
        {"name": "Residencial"},
    )


def test_who_comes_second_is_told_and_overwrites_nothing(office: Client, version: TariffVersion) -> None:
    address = f"/oficina/tarifas/{version.tariff_id}/nombre/"
    office.post(address, {"name": "Residencial", "was": "Domiciliar"})
    late = office.post(address, {"name": "Hogares", "was": "Domiciliar"})
    assert "mientras usted" in late.content.decode()
    version.tariff.refresh_from_db()
    assert version.tariff.name == "Residencial"


def test_the_same_name_again_leaves_no_record(office: Client, version: TariffVersion) -> None:
    office.post(f"/oficina/tarifas/{version.tariff_id}/nombre/", {"name": "Domiciliar", "was": "Domiciliar"})
    assert not AuditRecord.objects.filter(kind="tariffs.rename_tariff").exists()


def test_who_only_looks_at_tariffs_is_offered_no_other_name(office: Client, version: TariffVersion) -> None:
    office.force_login(factories.user("sara", "service"), backend=BACKEND)
    address = f"/oficina/tarifas/{version.tariff_id}/"
    assert "nombre/" not in office.get(address).content.decode()
    assert office.post(f"{address}nombre/", {"name": "X", "was": "Domiciliar"}).status_code == 403
