"""Who acts for a company, what a person owns, and identifications that a supervisor lets pass."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.registry.models import Party, Representation
from caudal.registry.operations import PropertyData, add_owner, create_property
from tests import factories

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db
BEGIN = date(2026, 1, 1)


@pytest.fixture
def enter(client: Client) -> Any:
    """Sign in with a role."""
    factories.organisation()

    def as_role(role: str) -> Client:
        client.force_login(factories.user(role, role), backend=BACKEND)
        return client

    return as_role


def text(answer: Any) -> str:
    return str(answer.content.decode())


def company(name: str = "Bazar Los Ángeles S. A.", number: str = "3-101-000784") -> Party:
    return factories.party(kind="juridical", legal_name=name, identification=number)


def test_a_company_names_its_representative_with_dates(enter: Any) -> None:
    office, bazaar = enter("service"), company()
    ana = factories.party("Ana", "Mora Solís")
    address = f"/oficina/clientes/{bazaar.pk}/apoderado/"
    typed = {"person": ana.identification, "valid_from": "2026-01-01"}
    page = office.post(address, typed, follow=True)
    assert "Ana Mora Solís representa a Bazar Los Ángeles S. A." in text(page)
    assert "desde el 01/01/2026" in text(page)
    again = office.post(address, typed | {"person": factories.party("Beto").identification})
    assert "ya tiene apoderado en esas fechas" in text(again)
    assert 'id="id_valid_from_error"' in text(again)
    spoken = Representation.objects.get()
    office.post(f"/oficina/apoderados/{spoken.pk}/terminar/", {"on": "2026-06-01"})
    spoken.refresh_from_db()
    assert spoken.valid_to == date(2026, 6, 1)
    assert "Bazar Los Ángeles" in text(office.get(f"/oficina/clientes/{ana.pk}/", {"ver": "places"}))


def test_a_company_as_representative_is_refused_beside_the_field(enter: Any) -> None:
    office, bazaar = enter("service"), company()
    other = company("Inversiones del Sur S. A.", "3-101-000785")
    typed = {"person": other.identification, "valid_from": "2026-01-01"}
    refused = text(office.post(f"/oficina/clientes/{bazaar.pk}/apoderado/", typed))
    assert "A una persona jurídi" in refused
    assert 'id="id_person_error"' in refused
    assert not Representation.objects.exists()


def test_a_person_shows_what_he_owns(enter: Any) -> None:
    office, ana = enter("service"), factories.party()
    house = create_property(data=PropertyData(cadastral_code="6-118204-000"))
    add_owner(property_id=house.pk, party_id=ana.pk, share=Decimal("0.5"), valid_from=BEGIN, by=SYSTEM)
    page = text(office.get(f"/oficina/clientes/{ana.pk}/", {"ver": "places"}))
    assert f"/oficina/propiedades/{house.pk}/" in page
    assert "50" in page


def test_a_supervisor_keeps_an_identification_that_fails_its_check_as_unverified(enter: Any) -> None:
    office, ana = enter("supervisor"), factories.party()
    address = f"/oficina/clientes/{ana.pk}/identificacion/"
    typed = {"identification_type": "cedula", "identification": "12", "version": 1}
    assert "revise sus" in text(office.post(address, typed))
    page = office.post(address, typed | {"unverified": "on"}, follow=True)
    assert "Por verificar" in text(page)
    ana.refresh_from_db()
    assert (ana.identification, ana.identification_verified) == ("12", False)
    assert AuditRecord.objects.filter(kind="registry.identify").exists()


def test_who_edits_the_rest_leaves_an_unverified_identification_as_it_is(enter: Any) -> None:
    ana = factories.party(identification_type="cedula", identification="12", identification_verified=False)
    office = enter("service")
    typed = {
        "kind": "natural",
        "given_names": "Ana",
        "surnames": "Mora",
        "identification_type": "cedula",
        "identification": "12",
        "phone": "8888-0000",
        "version": 1,
    }
    office.post(f"/oficina/clientes/{ana.pk}/editar/", typed)
    ana.refresh_from_db()
    assert (ana.phone, ana.identification_verified) == ("8888-0000", False)
    refused = office.post(
        f"/oficina/clientes/{ana.pk}/editar/", typed | {"identification": "13", "version": 2}
    )
    assert "revise sus" in text(refused)
    assert office.get(f"/oficina/clientes/{ana.pk}/identificacion/").status_code == 403
