"""Services taken as a list; many of them ended, one given at many places, and bills delivered otherwise."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from caudal.billing.models import Account, Subscription
from caudal.common import clock
from caudal.common.models import AuditRecord
from caudal.registry.models import Party, Sector
from tests import factories

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> Client:
    factories.organisation()
    client.force_login(factories.user("ana", "administrator", name="Ana Brenes"), backend=BACKEND)
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def titles(answer: Any) -> list[str]:
    return [row["title"] for row in answer.context["table"]["rows"]]


def looked(office: Client, address: str, **chosen: Any) -> tuple[Any, dict[str, Any]]:
    """What a change of many would do, and what is sent to have it done."""
    shown = office.post(address, chosen | {"paso": "ver"})
    return shown, chosen | {"paso": "hacer", "visto": shown.context["seal"]}


def taken(code: str = "water", name: str = "Olga", sector: Sector | None = None) -> Subscription:
    account = factories.account(factories.party(name, "Mora"))
    at = factories.connection(sector_id=sector.pk if sector else None)
    return factories.subscription(account, factories.service(code), at)


def test_services_are_found_by_service_sector_and_state(office: Client) -> None:
    north = Sector.objects.create(code="n", name="Norte")
    water, refuse = taken("water", "Olga", north), taken("refuse", "Beto")
    ended = taken("water", "Carla")
    Subscription.objects.filter(pk=ended.pk).update(valid_to=clock.today())
    address = "/oficina/contratados/"
    assert len(titles(office.get(address))) == 3
    of_water = office.get(address, {"servicio": water.service_id, "estado": "now"})
    assert titles(of_water) == [f"Water, cuenta {water.account.number}"]
    assert titles(office.get(address, {"sector": north.pk})) == titles(of_water)
    assert titles(office.get(address, {"q": "beto"})) == [f"Refuse, cuenta {refuse.account.number}"]
    assert titles(office.get(address, {"q": ended.connection.number, "estado": "ended"})) != []
    assert f"/oficina/contratados/{water.pk}/" in text(of_water)
    service = text(office.get(f"/oficina/servicios/{water.service_id}/"))
    assert f"/oficina/contratados/?estado=now&amp;servicio={water.service_id}" in service
    file = office.get(address, {"servicio": refuse.service_id, "formato": "csv"})
    assert b"".join(file.streaming_content).decode().count("Beto Mora") == 1


def test_staff_of_a_sector_see_and_end_only_its_services(client: Client) -> None:
    factories.organisation()
    north = Sector.objects.create(code="n", name="Norte")
    here, there = taken("water", "Olga", north), taken("water", "Beto")
    client.force_login(factories.user("nora", "service", sector_ids=[north.pk]), backend=BACKEND)
    assert titles(client.get("/oficina/contratados/")) == [f"Water, cuenta {here.account.number}"]
    on = (clock.today() + timedelta(days=1)).isoformat()
    _shown, doing = looked(
        client, "/oficina/contratados/varios/", accion="terminar", fila=[here.pk, there.pk], on=on
    )
    client.post("/oficina/contratados/varios/", doing)
    assert set(Subscription.objects.exclude(valid_to=None)) == {here}


def test_many_services_end_on_a_day_after_looking_at_what_would_change(office: Client) -> None:
    first, second, over = taken(name="Olga"), taken(name="Beto"), taken(name="Carla")
    Subscription.objects.filter(pk=over.pk).update(valid_to=date(2024, 1, 1))
    on = clock.today() + timedelta(days=1)
    chosen = {"accion": "terminar", "fila": [first.pk, second.pk, over.pk], "on": on.isoformat()}
    shown, doing = looked(office, "/oficina/contratados/varios/", **chosen)
    assert "Ya terminó" in text(shown)
    assert not Subscription.objects.filter(valid_to=on).exists()
    done = office.post("/oficina/contratados/varios/", doing, follow=True)
    assert "2 de 3" in text(done)
    assert set(Subscription.objects.filter(valid_to=on)) == {first, second}
    records = AuditRecord.objects.filter(kind="customers.end_service")
    assert {int(r.object_id) for r in records} == {first.account_id, second.account_id}


def test_one_owners_part_is_not_ended_with_many(office: Client) -> None:
    part = taken()
    Subscription.objects.filter(pk=part.pk).update(share_from=0, share_upto="0.5")
    on = (clock.today() + timedelta(days=1)).isoformat()
    shown, _doing = looked(office, "/oficina/contratados/varios/", accion="terminar", fila=[part.pk], on=on)
    assert "Es la parte de un dueño" in text(shown)


def test_a_service_is_given_at_many_places_to_who_has_them(office: Client) -> None:
    with_meter, bare, empty = taken(name="Olga"), taken(name="Beto"), factories.connection()
    refuse = factories.tariff(factories.service("refuse")).tariff
    places = [with_meter.connection_id, bare.connection_id, empty.pk]
    chosen = {"accion": "servicio", "fila": places, "tariff": refuse.pk, "on": clock.today().isoformat()}
    shown, doing = looked(office, "/oficina/conexiones/varios/", **chosen)
    assert "Nadie la tiene" in text(shown)
    assert "2 de 3" in text(office.post("/oficina/conexiones/varios/", doing, follow=True))
    given = Subscription.objects.filter(service=refuse.service)
    assert {(s.account_id, s.connection_id) for s in given} == {
        (with_meter.account_id, with_meter.connection_id),
        (bare.account_id, bare.connection_id),
    }
    again, _doing = looked(office, "/oficina/conexiones/varios/", **chosen)
    assert text(again).count("Ya lo tiene") == 2


def test_a_measured_service_needs_a_meter_there(office: Client) -> None:
    refuse = taken("refuse")
    water = factories.tariff(factories.service("agua", kind="metered", unit="m³")).tariff
    chosen = {"accion": "servicio", "fila": [refuse.connection_id], "tariff": water.pk, "on": "2026-11-01"}
    shown, _doing = looked(office, "/oficina/conexiones/varios/", **chosen)
    assert "Sin medidor instalado" in text(shown)


def customer(name: str, **changes: Any) -> Party:
    party = factories.party(name, "Mora")
    Party.objects.filter(pk=party.pk).update(**changes)
    factories.account(party)
    return party


def test_many_bills_come_otherwise_but_to_nobody_without_an_address(office: Client) -> None:
    reached = customer("Olga", email="olga@example.org")
    silent, wrong = customer("Beto", email=""), customer("Carla", email="carla@")
    stranger = factories.party("Dora", "Solís")
    Account.objects.update(delivery="counter")
    rows = [reached.pk, silent.pk, wrong.pk, stranger.pk]
    shown, doing = looked(office, "/oficina/personas/varios/", accion="entrega", fila=rows, delivery="mail")
    for said in ("Sin correo", "Su correo no es válido", "No tiene ninguna cuenta"):
        assert said in text(shown)
    assert "1 de 4" in text(office.post("/oficina/personas/varios/", doing, follow=True))
    assert [a.holder_id for a in Account.objects.filter(delivery="mail")] == [reached.pk]
    record = AuditRecord.objects.get(kind="customers.delivery")
    assert (record.before, record.after) == ({"delivery": "counter"}, {"delivery": "mail"})
    assert titles(office.get("/oficina/personas/", {"entrega": "mail"})) == ["Olga Mora"]


def test_a_printed_bill_needs_somewhere_to_go(office: Client) -> None:
    lost = customer("Olga", address="")
    at_home, supplied = customer("Beto", address="Calle 3"), taken(name="Carla").account.holder
    Party.objects.filter(pk=supplied.pk).update(address="")
    rows = [lost.pk, at_home.pk, supplied.pk]
    shown, doing = looked(office, "/oficina/personas/varios/", accion="entrega", fila=rows, delivery="print")
    assert text(shown).count("Sin dirección donde entregarla") == 1
    office.post("/oficina/personas/varios/", doing)
    printed = Account.objects.filter(delivery="print").values_list("holder_id", flat=True)
    assert set(printed) == {at_home.pk, supplied.pk}
