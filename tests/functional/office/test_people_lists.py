"""Lists of people, owners, accesses and users: what they find, and what changes many at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from caudal.access.models import User
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.notices.models import Message
from caudal.registry.models import Organisation, Party, PropertyAccess
from caudal.registry.operations import (
    PropertyData,
    add_owner,
    add_representative,
    create_property,
    grant_access,
)
from tests import factories

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> Client:
    """An administrator has signed in."""
    factories.organisation()
    client.force_login(factories.user("ana", "administrator", name="Ana Brenes"), backend=BACKEND)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def titles(answer: Any) -> list[str]:
    """The rows of a list by what they are called."""
    return [row["title"] for row in answer.context["table"]["rows"]]


def owner_of(code: str, name: str) -> Party:
    place = create_property(data=PropertyData(cadastral_code=code))
    party = factories.party(name, "Mora")
    today = clock.today()
    add_owner(property_id=place.pk, party_id=party.pk, valid_from=today - timedelta(days=9), by=SYSTEM)
    return party


def test_owners_are_read_from_either_side(office: Client) -> None:
    owner_of("6-1", "Ana")
    owner_of("6-2", "Beto")
    for asked in ({"q": "Ana"}, {"q": "6-1"}):
        assert titles(office.get("/oficina/duenos/", asked)) == ["Ana Mora, 6-1"]
    page = office.get("/oficina/duenos/", {"q": "6-2"})
    row = page.context["table"]["rows"][0]
    shown = text(office.get(row["href"]))
    assert "Beto Mora" in shown
    assert "/terminar/" in shown
    assert titles(office.get("/oficina/duenos/", {"estado": "ended"})) == []
    assert "6-2" in office.get("/oficina/duenos/", {"formato": "csv"}).getvalue().decode()


def test_people_are_found_by_what_they_are_and_lack(office: Client) -> None:
    owner = owner_of("6-1", "Ana")
    company = factories.party(kind="juridical", legal_name="Bazar S. A.", identification="3-101")
    factories.party("Beto", "Salas", email="beto@example.org")
    Party.objects.filter(pk=company.pk).update(identification_verified=False)
    add_representative(
        represented_id=company.pk, representative_id=owner.pk, valid_from=clock.today(), by=SYSTEM
    )
    found = {
        ("tipo", "juridical"): ["Bazar S. A."],
        ("papel", "owner"): ["Ana Mora"],
        ("papel", "customer"): [],
        ("papel", "representative"): ["Ana Mora"],
        ("papel", "represented"): ["Bazar S. A."],
        ("papel", "unrepresented"): [],
        ("falta", "unverified"): ["Bazar S. A."],
        ("deuda", "open"): [],
    }
    asked = {key: titles(office.get("/oficina/personas/", dict([key]))) for key in found}
    assert asked == found
    assert "Beto Salas" not in titles(office.get("/oficina/personas/", {"falta": "email"}))


def test_who_owes_is_found(office: Client) -> None:
    account = factories.account(factories.party("Zoila", "Rojas"))
    past = clock.today() - timedelta(days=40)
    factories.invoice(account, "25.00", dated_on=past, due_date=past + timedelta(days=15))
    for value in ("open", "late"):
        assert titles(office.get("/oficina/personas/", {"deuda": value})) == ["Zoila Rojas"]


def test_many_are_invited_who_can_be_and_the_others_are_told_why_not(office: Client) -> None:
    ready = factories.party("Beto", "Salas", email="beto@example.org")
    silent = factories.party("Ana", "Mora", email="")
    chosen = {"accion": "invitar", "fila": [ready.pk, silent.pk], "paso": "ver"}
    shown = office.post("/oficina/personas/varios/", chosen)
    assert "Sin correo" in text(shown)
    assert not Message.objects.exists()
    office.post("/oficina/personas/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]})
    assert Message.objects.get().recipient == "beto@example.org"


def test_many_accesses_end_on_a_day_and_stay_in_the_list(office: Client) -> None:
    today = clock.today()
    user = factories.user("ines", name="Inés Vargas")
    for days, code in ((9, "6-1"), (-5, "6-2")):
        place = create_property(data=PropertyData(cadastral_code=code))
        grant_access(
            property_id=place.pk, user_id=user.pk, valid_from=today - timedelta(days=days), by=SYSTEM
        )
    ids = list(PropertyAccess.objects.order_by("pk").values_list("pk", flat=True))
    chosen = {"accion": "terminar", "fila": ids, "paso": "ver", "on": today.isoformat()}
    shown = office.post("/oficina/accesos/varios/", chosen)
    assert "Empieza después de ese día" in text(shown)
    office.post("/oficina/accesos/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]})
    assert titles(office.get("/oficina/accesos/", {"estado": "ended"})) == ["Inés Vargas, 6-1"]
    assert titles(office.get("/oficina/accesos/", {"q": "6-2"})) == ["Inés Vargas, 6-2"]


def test_many_users_are_shut_out_but_nobody_himself(office: Client) -> None:
    ana, beto = User.objects.get(username="ana"), factories.user("beto", "cashier", name="Beto")
    factories.user("eva", "administrator")
    chosen = {"accion": "desactivar", "fila": [ana.pk, beto.pk], "paso": "ver"}
    shown = office.post("/oficina/usuarios/varios/", chosen)
    assert "Su propia cuenta la cambia otra persona" in text(shown)
    office.post("/oficina/usuarios/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]})
    beto.refresh_from_db()
    assert not beto.is_active
    assert titles(office.get("/oficina/usuarios/", {"tipo": "inactive"})) == ["Beto"]
    assert titles(office.get("/oficina/usuarios/", {"rol": "cashier"})) == ["Beto"]


def test_many_users_are_sent_the_link_to_their_password(office: Client) -> None:
    """It leads to where the town says that its web is, whatever host whoever asked has named."""
    Organisation.objects.update(base_url="https://agua.ejemplo.cr/")
    beto = factories.user("beto", "cashier", email="beto@example.org")
    silent = factories.user("eva", "cashier", email="")
    chosen = {"accion": "enlace", "fila": [beto.pk, silent.pk], "paso": "ver"}
    shown = office.post("/oficina/usuarios/varios/", chosen)
    assert "Sin correo" in text(shown)
    office.post("/oficina/usuarios/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]})
    (message,) = mail.outbox
    assert message.to == ["beto@example.org"]
    assert "https://agua.ejemplo.cr/cuenta/password/reset/key/" in message.body
    shown = office.post(f"/oficina/usuarios/{silent.pk}/clave/", follow=True)
    assert "https://agua.ejemplo.cr/cuenta/password/reset/key/" in text(shown)


def test_many_are_let_in_again_only_by_two_where_the_town_wants_two(office: Client) -> None:
    Organisation.objects.update(second_person=["users.manage"])
    clerk = factories.user("beto", "cashier", name="Beto", is_active=False)
    neighbour = factories.user("vecina", "customer", name="Vecina", is_active=False)
    chosen = {"accion": "reactivar", "fila": [clerk.pk, neighbour.pk], "paso": "ver"}
    shown = office.post("/oficina/usuarios/varios/", chosen)
    assert text(shown).count("cuando otra persona lo apruebe") == 1
    done = office.post(
        "/oficina/usuarios/varios/", chosen | {"paso": "hacer", "visto": shown.context["seal"]}, follow=True
    )
    assert "1 quedó pedida" in text(done)
    assert titles(office.get("/oficina/usuarios/", {"tipo": "inactive"})) == ["Beto"]
    again = office.post("/oficina/usuarios/varios/", chosen)
    assert "Ya espera a otra persona" in text(again)
    one = office.post(f"/oficina/usuarios/{clerk.pk}/activo/", follow=True)
    assert "ya espera" in text(one).lower()
