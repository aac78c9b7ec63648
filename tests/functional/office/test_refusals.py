"""What people and places cannot be, typed into the forms: refused at its field with its reason, nothing written."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from caudal.billing.models import Subscription
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.registry.models import Ownership, Party, PropertyAccess, Representation
from caudal.registry.operations import (
    PropertyData,
    add_owner,
    add_representative,
    create_property,
    grant_access,
)
from tests import factories
from tests.functional.office.conftest import Town

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = date(2026, 1, 1)
WRITTEN = (Ownership, PropertyAccess, Representation, Subscription, AuditRecord)


@pytest.fixture
def office(client: Client, town: Town) -> Client:
    """Customer service has signed in."""
    client.force_login(factories.user("sofia", "service"), backend=BACKEND)
    return client


def refused(office: Client, path: str, typed: Mapping[str, Any], field: str, reason: str) -> None:
    """Post a form that must come back with the reason at the field, and leave every table as it was."""
    before = [model.objects.count() for model in WRITTEN]
    answer = office.post(f"/oficina/{path}", typed)
    assert answer.status_code in (200, 422), path
    page = str(answer.content.decode())
    assert f'id="id_{field}_error"' in page
    assert reason in page
    assert [model.objects.count() for model in WRITTEN] == before


def company(name: str) -> Party:
    return factories.party(kind="juridical", legal_name=name)


def test_owners(office: Client) -> None:
    place = create_property(data=PropertyData(cadastral_code="6-1"))
    ana, beto = factories.party("Ana", "Mora"), factories.party("Beto", "Salas")
    add_owner(property_id=place.pk, party_id=ana.pk, valid_from=BEGIN, by=SYSTEM)
    address = f"propiedades/{place.pk}/duenos/nuevo/"
    typed = {"party": beto.identification, "share": "0.01", "valid_from": "2026-02-01"}
    refused(office, address, typed, "share", "Solo queda libre el 0 %")
    again = typed | {"party": ana.identification, "valid_from": "2025-06-01"}
    refused(office, address, again, "party", "ya tiene una parte de esta propiedad en esas fechas")
    backwards = typed | {"valid_from": "2025-02-01", "valid_to": "2025-01-01"}
    refused(office, address, backwards, "valid_to", "deja de serlo después de ese día")


def test_representatives(office: Client) -> None:
    bazaar, other = company("Bazar S. A."), company("Otra S. A.")
    ana, beto = factories.party("Ana", "Mora"), factories.party("Beto", "Salas")
    add_representative(
        represented_id=bazaar.pk,
        representative_id=ana.pk,
        valid_from=BEGIN,
        valid_to=date(2026, 6, 1),
        by=SYSTEM,
    )
    address = f"clientes/{bazaar.pk}/apoderado/"
    typed = {"person": beto.identification, "valid_from": "2026-05-31"}
    refused(office, address, typed, "valid_from", "ya tiene apoderado en esas fechas")
    until = typed | {"valid_from": "2025-12-01", "valid_to": "2026-01-02"}
    refused(office, address, until, "valid_from", "ya tiene apoderado en esas fechas")
    legal = typed | {"person": other.identification, "valid_from": "2026-07-01"}
    refused(office, address, legal, "person", "A una persona jurídi")
    natural = typed | {"person": ana.identification}
    refused(office, f"clientes/{beto.pk}/apoderado/", natural, "person", "A una persona jurídi")
    nobody = typed | {"person": "Zoila Nadie"}
    refused(office, address, nobody, "person", "Nadie tiene ese nombre")
    backwards = typed | {"valid_from": "2026-07-02", "valid_to": "2026-07-01"}
    refused(office, address, backwards, "valid_to", "empezó el")


def test_holders(office: Client, town: Town) -> None:
    typed = {"tariff": town.water.pk, "starts_on": clock.today().isoformat()}
    address = f"conexiones/{town.house.connection_id}/servicio/"
    refused(office, address, typed, "tariff", "ya se presta ahí")


def test_accesses(office: Client) -> None:
    place, user = create_property(data=PropertyData(cadastral_code="6-1")), factories.user("ines")
    grant_access(property_id=place.pk, user_id=user.pk, valid_from=BEGIN, by=SYSTEM)
    address = f"propiedades/{place.pk}/acceso/"
    typed = {"user": "ines", "valid_from": "2026-02-01"}
    refused(office, address, typed, "valid_from", "ya puede ver esta propiedad")
    overlapping = typed | {"valid_from": "2025-12-01", "valid_to": "2026-01-02"}
    refused(office, address, overlapping, "valid_from", "ya puede ver esta propiedad")
    backwards = typed | {"valid_from": "2025-02-01", "valid_to": "2025-01-01"}
    refused(office, address, backwards, "valid_to", "El acceso empezó el")


@pytest.mark.parametrize(
    "path",
    [
        "propiedades/{}/duenos/nuevo/",
        "propiedades/{}/acceso/",
        "propiedades/{}/cambio/",
        "duenos/{}/",
        "duenos/{}/terminar/",
        "accesos/{}/",
        "accesos/{}/quitar/",
        "clientes/{}/apoderado/",
        "apoderados/{}/terminar/",
        "conexiones/{}/servicio/",
    ],
)
def test_what_is_not_there_is_not_found(office: Client, path: str) -> None:
    for answer in (
        office.get(f"/oficina/{path.format(987654)}"),
        office.post(f"/oficina/{path.format(987654)}"),
    ):
        assert answer.status_code in (404, 405)


def test_a_change_of_owner_to_who_owns_already(office: Client) -> None:
    place = create_property(data=PropertyData(cadastral_code="6-1"))
    ana, beto = factories.party("Ana", "Mora"), factories.party("Beto", "Salas")
    half = {"property_id": place.pk, "valid_from": BEGIN, "by": SYSTEM}
    first = add_owner(party_id=ana.pk, share=Decimal("0.5"), **half)
    add_owner(party_id=beto.pk, share=Decimal("0.5"), **half)
    typed = {
        "leaving": [first.pk],
        "new_owner": beto.identification,
        "on": (clock.today() + timedelta(days=1)).isoformat(),
        "services": "stay",
        "debt": "stays",
    }
    reason = "ya tiene una parte de esta propiedad"
    refused(office, f"propiedades/{place.pk}/cambio/", typed, "new_owner", reason)
