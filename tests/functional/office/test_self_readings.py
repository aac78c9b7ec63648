"""The office says whether customers may send readings, and decides about what they sent."""

from decimal import Decimal

import pytest
from django.test import Client
from playwright.sync_api import expect

from caudal.access.models import User
from caudal.common import clock
from caudal.common.actor import Actor
from caudal.common.models import AuditRecord
from caudal.jobs.tasks.notices import attachment
from caudal.metering.models import Connection, Installation, Reading
from caudal.notices.models import Message, Preference
from caudal.notices.operations import send_due
from caudal.registry.models import Organisation, Party
from caudal.workflows.citizens.self_readings import SentReading, send_reading
from tests import factories
from tests.functional.office.conftest import Town
from tests.functional.office.test_settings import Enter, administrator
from tests.functional.portal.test_language_of_mails import body
from tests.support.mail import MailSink

MARIA = Actor(id=31, label="María Fernández")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="caudal.office.signed_in.Backend")
    return client


@pytest.fixture
def supervisor(town: Town) -> Client:
    return signed_in(factories.user("silvia", "supervisor"))


@pytest.fixture
def sent(town: Town) -> Reading:
    """A usual month, sent on the last day of a window that is always open."""
    Organisation.objects.update(self_readings=True, self_reading_days=60, self_reading_photo=False)
    stay = Installation.objects.select_related("connection").get(pk=town.house.pk)
    register = Decimal(town.last_register + 30)
    return send_reading(sent=SentReading(installation=stay, register=register), on=clock.today(), by=MARIA)


def test_the_administrator_opens_it_and_the_history_says_so(town: Town, enter: Enter) -> None:
    page = enter(administrator(), "/oficina/configuracion/")
    expect(page.get_by_label("Recibir lecturas enviadas por los usuarios")).not_to_be_checked()
    page.get_by_label("Recibir lecturas enviadas por los usuarios").check()
    page.get_by_label("Días para enviarla").fill("12")
    page.get_by_label("Aceptar sola la que pasa todas las revisiones").check()
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Se guardaron los datos")).to_be_visible()
    now = Organisation.objects.get()
    assert (now.self_readings, now.self_reading_days, now.self_reading_photo) == (True, 12, True)
    assert now.self_reading_accepts
    told = AuditRecord.objects.get(kind="registry.organisation").after
    assert told == {"self_readings": True, "self_reading_days": 12, "self_reading_accepts": True}


def test_a_connection_is_excepted_by_its_form(town: Town, enter: Enter) -> None:
    page = enter(administrator(), f"/oficina/conexiones/{town.house.connection_id}/editar/")
    expect(page.get_by_label("El usuario puede enviar la lectura")).to_be_checked()
    page.get_by_label("El usuario puede enviar la lectura").uncheck()
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert not Connection.objects.get().self_reading


def test_the_queue_tells_who_sent_it_in_the_towns_word_and_that_nothing_is_doubted(
    town: Town, sent: Reading, supervisor: Client
) -> None:
    Organisation.objects.update(vocabulary={"account": "Asociado"})
    page = supervisor.get("/oficina/lecturas/critica/?causa=customer").content.decode()
    for said in ("Enviada por el asociado, María Fernández", "Sin dudas", "lee este motivo en el portal"):
        assert said in page, said
    assert "Fuera de lo normal" not in page
    listed = supervisor.get("/oficina/lecturas/todas/?estado=pending").content.decode()
    assert "Enviada por el asociado, María Fernández" in listed
    history = supervisor.get(f"/oficina/lecturas/{sent.pk}/").content.decode()
    assert "Lectura enviada por el usuario" in history


def test_it_is_accepted_like_any_other(town: Town, sent: Reading, supervisor: Client) -> None:
    supervisor.post(f"/oficina/lecturas/{sent.pk}/decidir/", {"do": "accept"})
    sent.refresh_from_db()
    assert (sent.state, sent.volume, sent.reviewed_by_id is not None) == ("accepted", Decimal(30), True)


def test_staff_of_another_sector_do_not_find_it(town: Town, sent: Reading) -> None:
    from_elsewhere = signed_in(factories.user("luis", "supervisor", sector_ids=[987]))
    assert from_elsewhere.post(f"/oficina/lecturas/{sent.pk}/decidir/", {"do": "accept"}).status_code == 404
    assert Reading.objects.get(pk=sent.pk).state == "pending"


@pytest.fixture
def maria(town: Town) -> User:
    """María signs in, and is the holder of the house's account."""
    user = factories.user("maria", "customer", name="María Fernández")
    Party.objects.filter(pk=town.holder.pk).update(user=user)
    return user


@pytest.mark.parametrize("case", [("reject", 1), ("average", 1), ("correct", 0), ("accept", 0)])
def test_who_sent_it_is_mailed_why_it_was_not_accepted(
    maria: User, town: Town, sent: Reading, supervisor: Client, smtp_sink: MailSink, case: tuple[str, int]
) -> None:
    do, mails = case
    Reading.objects.filter(pk=sent.pk).update(reader_id=maria.pk)
    told = {"do": do, "reason": "En la foto no se lee.", "register": str(town.last_register + 29)}
    supervisor.post(f"/oficina/lecturas/{sent.pk}/decidir/", told)
    send_due(clock=clock.now, pdf_of=attachment)
    assert [m["To"] for m in smtp_sink.messages] == ["maria@ejemplo.cr"] * mails
    for message in smtp_sink.messages:
        for kind in ("plain", "html"):
            assert "En la foto no se lee." in body(message, kind)
            assert f"/lecturas/{sent.installation_id}/" in body(message, kind)


def test_who_wants_no_mails_beside_bills_gets_none(
    town: Town, maria: User, sent: Reading, supervisor: Client
) -> None:
    Reading.objects.filter(pk=sent.pk).update(reader_id=maria.pk)
    Preference.objects.create(party=town.holder, receipts=False, reminders=False)
    told = {"do": "reject", "reason": "En la foto no se lee."}
    supervisor.post(f"/oficina/lecturas/{sent.pk}/decidir/", told)
    assert not Message.objects.exists()
