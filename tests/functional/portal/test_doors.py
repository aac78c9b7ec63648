"""What somebody tries who wants in as another: a host of his own, a session he knows, a page that was left open."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client

from caudal.access.models import User
from caudal.common import clock
from caudal.notices.links import portal_token
from caudal.registry.models import Organisation
from tests import factories
from tests.functional.portal.conftest import Citizen
from tests.support.mail import MailSink

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "una-clave-larga-1"
LOGIN, RESET = "/cuenta/login/", "/cuenta/password/reset/"
KEY = r"(https?://[^/]+)(/cuenta/password/reset/key/\S+)"


def mailed_link(sink: MailSink) -> tuple[str, str]:
    """Where the last mail leads, and by which path."""
    body = sink.messages[-1].get_body(("plain",))
    assert body is not None
    found = re.search(KEY, str(body.get_content()))
    assert found
    return found[1], found[2]


def test_the_mailed_link_leads_to_the_town_whatever_host_was_named(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    Organisation.objects.update(base_url="https://portal.ejemplo.cr/")
    Client(headers={"host": "ladron.ejemplo.com"}).post(RESET, {"email": citizen.user.email})
    assert mailed_link(smtp_sink)[0] == "https://portal.ejemplo.cr"


def test_a_link_that_was_altered_or_is_anothers_sets_no_password(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    other = factories.user("pedro", email="pedro@ejemplo.cr")
    Client().post(RESET, {"email": citizen.user.email})
    link = mailed_link(smtp_sink)[1]
    Client().post(RESET, {"email": other.email})
    anothers = mailed_link(smtp_sink)[1]
    whose, _, key = link.rpartition("/key/")[2].partition("-")
    mixed = link.replace(f"{whose}-{key}", f"{anothers.rpartition('/key/')[2].partition('-')[0]}-{key}")
    for wrong in (mixed, link[:-3] + "xx/", link.replace(f"/{whose}-", "/zz-")):
        client = Client()
        page = client.get(wrong, follow=True)
        assert "ya no sirve" in page.content.decode()
        client.post(wrong, {"password1": "otra frase larga 1", "password2": "otra frase larga 1"})
    assert all(
        user.check_password(PASSWORD) for user in User.objects.filter(pk__in=(citizen.user.pk, other.pk))
    )


@pytest.mark.parametrize(
    "target",
    ["https://ladron.ejemplo.com/", "//ladron.ejemplo.com", "/\\ladron.ejemplo.com", "javascript:alert(1)"],
)
def test_signing_in_leads_to_no_other_site(citizen: Citizen, target: str) -> None:
    sent = {"login": citizen.user.username, "password": PASSWORD, "next": target}
    answer = Client().post(f"{LOGIN}?next={target}", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/")


def visited(client: Client) -> str:
    """The session that somebody has before he signs in."""
    client.post("/consulta/", {"number": "1", "ending": "0000"})
    session = client.session
    session["kept"] = True
    session.save()
    return str(session.session_key)


def test_a_session_known_before_is_another_once_signed_in(citizen: Citizen) -> None:
    client = Client()
    before = visited(client)
    client.post(LOGIN, {"login": citizen.user.username, "password": PASSWORD})
    assert client.session.session_key != before
    assert client.session["_auth_user_id"] == str(citizen.user.pk)


def test_a_session_known_before_is_another_once_a_link_made_the_user(citizen: Citizen) -> None:
    client = Client()
    before = visited(client)
    newcomer = factories.party("Nueva", "Vecina")
    link = f"/registro/{portal_token(party=newcomer, address=newcomer.email, at=clock.now())}/"
    assert client.post(link, {"password": "una frase que nadie dice"}).status_code == 302
    assert client.session.session_key != before


def test_a_link_opened_in_anothers_session_ends_it(citizen: Citizen) -> None:
    client = Client()
    client.force_login(citizen.user)
    newcomer = factories.party("Nueva", "Vecina")
    link = f"/registro/{portal_token(party=newcomer, address=newcomer.email, at=clock.now())}/"
    client.post(link, {"password": "una frase que nadie dice"})
    assert client.session["_auth_user_id"] == str(User.objects.get(party=newcomer).pk)


@pytest.mark.parametrize("action", ["action_add", "action_primary", "action_remove"])
def test_who_finds_a_page_left_open_gives_it_no_address_of_his_own(citizen: Citizen, action: str) -> None:
    client = Client()
    client.post(LOGIN, {"login": citizen.user.username, "password": PASSWORD})
    client.get("/cuenta/email/")
    known = set(EmailAddress.objects.values_list("email", "primary"))
    with time_machine.travel(clock.now() + timedelta(minutes=30)):
        email = "ladron@ejemplo.com" if action == "action_add" else citizen.user.email
        answer: Any = client.post("/cuenta/email/", {"email": email, action: ""})
        assert answer.status_code == 302 and answer["Location"].startswith("/cuenta/reauthenticate/")
    assert set(EmailAddress.objects.values_list("email", "primary")) == known
