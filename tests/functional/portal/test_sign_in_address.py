"""The mail address by which a citizen signs in and recovers his password: shown, changed, and told of."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from caudal.access.models import User
from caudal.access.operations import update_user
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.jobs.tasks.notices import attachment
from caudal.notices.models import Message
from caudal.notices.operations import send_due
from caudal.registry.models import Party
from tests import factories
from tests.functional.portal.conftest import Citizen
from tests.support.mail import MailSink

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = "maria@ejemplo.cr", "la.de.maria@ejemplo.cr"
RESET = "/cuenta/password/reset/"


@pytest.fixture
def office(citizen: Citizen) -> Client:
    """A clerk, who edits a customer whose user signs in by the very address that the office knows."""
    Party.objects.filter(user=citizen.user).update(email=OLD)
    client = Client()
    client.force_login(factories.user("eva", "service", name="Eva Mora"))
    return client


def corrected(office: Client, party: Party, **changes: Any) -> Any:
    """The customer's form, saved with the new address and what else is said."""
    page = f"/oficina/clientes/{party.pk}/editar/"
    shown = office.get(page).context["form"].initial
    sent = {
        name: value
        for name, value in {**shown, "identification": "", "email": NEW, **changes}.items()
        if value not in (False, None)
    }
    return office.post(page, sent)


def recovering(sink: MailSink) -> list[str]:
    """Who is mailed a link to set a new password, when it is asked for at the old address and at the new one."""
    sink.messages.clear()
    for address in (OLD, NEW):
        Client().post(RESET, {"email": address})
    return [mail["To"] for mail in sink.messages if "/password/reset/key/" in mail.get_body().get_content()]


def test_the_page_of_ones_data_says_how_the_password_is_recovered(citizen: Citizen) -> None:
    client = Client()
    client.force_login(citizen.user)
    shown = client.get("/datos/").content.decode()
    assert "el enlace para poner otra le llega a <b>maria@ejemplo.cr</b>" in shown
    assert 'href="/cuenta/email/"' in shown
    User.objects.filter(pk=citizen.user.pk).update(email="", language="en")
    shown = client.get("/datos/").content.decode()
    assert "You have no e-mail address with which to recover your password" in shown


def test_the_office_corrects_the_address_by_which_a_citizen_signs_in(
    citizen: Citizen, office: Client, smtp_sink: MailSink
) -> None:
    EmailAddress.objects.create(user=citizen.user, email=OLD, primary=True, verified=True)
    assert corrected(office, citizen.account.holder).status_code == 302
    assert User.objects.get(pk=citizen.user.pk).email == NEW
    assert not EmailAddress.objects.filter(email=OLD).exists()
    send_due(clock=clock.now, pdf_of=attachment)
    assert smtp_sink.recipients == [OLD, NEW]
    told = smtp_sink.messages[0].get_body(("plain",))
    assert told is not None
    assert "La oficina cambió el correo con el que usted entra al portal" in told.get_content()
    assert recovering(smtp_sink) == [NEW]


def test_whoever_signs_in_by_another_address_keeps_it_unless_the_office_says_so(
    citizen: Citizen, office: Client
) -> None:
    User.objects.filter(pk=citizen.user.pk).update(email="otra@ejemplo.cr")
    corrected(office, citizen.account.holder)
    assert User.objects.get(pk=citizen.user.pk).email == "otra@ejemplo.cr"
    corrected(office, citizen.account.holder, sign_in_too="on")
    assert User.objects.get(pk=citizen.user.pk).email == NEW


def test_an_address_by_which_another_signs_in_is_refused(citizen: Citizen, office: Client) -> None:
    factories.user("pedro", email=NEW)
    answer = corrected(office, citizen.account.holder)
    assert "Ya existe" in answer.content.decode() or "Ya hay" in answer.content.decode()
    assert Party.objects.get(user=citizen.user).email == OLD


def test_who_shares_the_address_of_another_user_is_edited_as_before(citizen: Citizen, office: Client) -> None:
    """His user was made without an address, for that of his house is his wife's."""
    User.objects.filter(pk=citizen.user.pk).update(email="")
    factories.user("pedro", email=OLD)
    assert corrected(office, citizen.account.holder, email=OLD, phone="2222-3333").status_code == 302
    assert Party.objects.get(user=citizen.user).phone == "2222-3333"
    assert User.objects.get(pk=citizen.user.pk).email == ""


def test_no_clerk_takes_over_the_user_of_who_works_in_the_office(citizen: Citizen, office: Client) -> None:
    boss = factories.user("ana", "administrator", email=OLD.replace("maria", "ana"))
    party = factories.party("Ana", "Brenes")
    Party.objects.filter(pk=party.pk).update(user=boss, email=boss.email)
    corrected(office, party, sign_in_too="on")
    assert Party.objects.get(pk=party.pk).email == NEW
    assert User.objects.get(pk=boss.pk).email == "ana@ejemplo.cr"
    assert not Message.objects.filter(kind="sign_in_changed").exists()


def test_an_address_that_the_office_took_from_a_user_recovers_nothing(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    """The user had looked at «Su correo» once, which keeps the address apart."""
    EmailAddress.objects.create(user=citizen.user, email=OLD, primary=True, verified=True)
    update_user(user_id=citizen.user.pk, version=1, username="maria", email=NEW, name="María", by=SYSTEM)
    assert recovering(smtp_sink) == [NEW]
