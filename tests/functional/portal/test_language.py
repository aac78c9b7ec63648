"""Español or English: Spanish until somebody chooses, then as he chose; office and papers are Spanish for all."""

import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from caudal.access.models import User
from caudal.common.models import AuditRecord
from caudal.portal.urls import urlpatterns
from tests import factories
from tests.functional.portal.conftest import Citizen
from tests.support.addresses import of

pytestmark = pytest.mark.django_db(transaction=True)
LOGIN = "/cuenta/login/"
PASSWORD = "una-clave-larga-1"


def choose(client: Client, language: str, back: str = LOGIN) -> Any:
    return client.post("/idioma/", {"language": language, "next": back})


def spoken(answer: Any) -> tuple[str, str]:
    """What the page says of itself, to browsers and to caches."""
    lang = re.search(r'<html lang="([\w-]+)"', answer.content.decode())
    assert lang is not None
    return lang[1], answer["Content-Language"]


def signed_in(citizen: Citizen) -> Client:
    client = Client()
    client.force_login(citizen.user)
    return client


@pytest.fixture
def town(transactional_db: None) -> None:
    factories.organisation()


def test_a_page_is_spanish_whatever_a_browser_asks_for_by_itself(town: None) -> None:
    answer = Client(headers={"accept-language": "en-GB,en"}).get(LOGIN)
    assert spoken(answer) == ("es-CR", "es")
    assert (
        '<button class="btn quiet" name="language" value="en" lang="en">English</button>'
        in answer.content.decode()
    )


def test_a_guest_chooses_english_and_comes_back_to_the_page(town: None) -> None:
    client = Client()
    answer = choose(client, "en", back="/registro/?de=correo")
    assert (answer.status_code, answer["Location"]) == (302, "/registro/?de=correo")
    kept = answer.cookies["language"]
    assert (kept["samesite"], bool(kept["httponly"])) == ("Lax", True)
    page = client.get("/registro/")
    assert spoken(page) == ("en-CR", "en")
    assert "Cookie" in page["Vary"]
    choose(client, "es")
    assert spoken(client.get("/registro/")) == ("es-CR", "es")


def test_who_signed_in_is_spoken_to_as_he_chose_in_every_browser(citizen: Citizen) -> None:
    choose(signed_in(citizen), "en", back="/datos/")
    citizen.user.refresh_from_db()
    assert citizen.user.language == "en"
    record = AuditRecord.objects.get(kind="access.choose_language")
    assert (record.actor_label, record.before, record.after) == (
        "María Fernández",
        {"language": ""},
        {"language": "en"},
    )
    elsewhere = signed_in(citizen)
    assert spoken(elsewhere.get("/datos/")) == ("en-CR", "en")
    elsewhere.cookies["language"] = "es"
    assert spoken(elsewhere.get("/datos/")) == ("en-CR", "en")


def test_the_same_choice_twice_is_recorded_once(citizen: Citizen) -> None:
    client = signed_in(citizen)
    choose(client, "en")
    choose(client, "en")
    assert AuditRecord.objects.filter(kind="access.choose_language").count() == 1


def test_a_choice_on_the_page_to_sign_in_is_kept_as_the_first_of_its_user_and_no_other(town: None) -> None:
    new, decided = factories.user("nueva", "customer"), factories.user("decidida", "customer")
    User.objects.filter(pk=decided.pk).update(language="es")
    for user in (new, decided):
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        client = Client()
        choose(client, "en")
        assert client.post(LOGIN, {"login": user.username, "password": PASSWORD}).status_code == 302
    assert dict(User.objects.values_list("username", "language")) == {"nueva": "en", "decidida": "es"}


@pytest.mark.parametrize(
    "back", ["https://malo.example/", "//malo.example", "javascript:alert(1)", "", "/idioma/"]
)
def test_the_way_back_leads_to_a_page_of_ours(town: None, back: str) -> None:
    assert choose(Client(), "en", back=back)["Location"] == "/"


def test_a_language_that_nobody_speaks_here_is_spanish(citizen: Citizen) -> None:
    client = signed_in(citizen)
    choose(client, "xx")
    client.cookies["language"] = "../../etc"
    assert spoken(client.get("/datos/"))[1] == "es"
    with pytest.raises(IntegrityError, match="user_language_known"), transaction.atomic():
        User.objects.filter(pk=citizen.user.pk).update(language="xx")


def test_a_page_of_another_site_does_not_choose(town: None) -> None:
    client = Client(enforce_csrf_checks=True)
    assert choose(client, "en").status_code == 403
    assert "language" not in client.cookies
    assert client.get("/idioma/").status_code == 405
    assert any(pattern.name == "language" for pattern in urlpatterns)


def test_an_error_is_told_in_the_language_chosen_and_can_be_turned(town: None) -> None:
    client = Client()
    choose(client, "en")
    page = client.get("/no-existe/")
    assert page.status_code == 404
    assert spoken(page) == ("en-CR", "en")
    assert 'value="/no-existe/"' in page.content.decode()


def test_the_office_is_spanish_for_who_chose_english(town: None) -> None:
    user = factories.user("ana", "administrator")
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    client.force_login(user, backend="caudal.office.signed_in.Backend")
    client.cookies["language"] = "en"
    for address in of("office"):
        answer = client.get(address.path)
        assert answer["Content-Language"] == "es", address.name
        if answer.status_code == 200 and not answer.streaming and b"<html" in answer.content:
            assert spoken(answer) == ("es-CR", "es"), address.name
            assert b'name="language"' not in answer.content, "no choice that would choose nothing"


def test_a_paper_is_the_same_spanish_one_whoever_asks(citizen: Citizen) -> None:
    client, path = signed_in(citizen), f"/facturas/{citizen.current.pk}/pdf/"
    spanish = client.get(path)
    choose(client, "en")
    english = client.get(path)
    assert english.content == spanish.content
    assert english["Content-Language"] == "es"
    assert english.content.startswith(b"%PDF")


def test_no_request_leaves_its_language_behind(citizen: Citizen) -> None:
    client = signed_in(citizen)
    choose(client, "en")
    assert spoken(client.get("/"))[1] == "en"
    assert translation.get_language() == "es"
    assert spoken(signed_in_as_new().get("/datos/"))[1] == "es"


def signed_in_as_new() -> Client:
    client = Client()
    client.force_login(factories.user("otra", "customer"))
    return client


def test_states_and_dates_are_said_in_the_language_of_each_request_in_turn(citizen: Citizen) -> None:
    """What is kept between requests (a state's markup) is kept for each language."""
    client = signed_in(citizen)
    for language, word in (("es", "Vencida"), ("en", "Overdue"), ("es", "Vencida")):
        choose(client, language)
        assert word in client.get("/facturas/").content.decode()


def test_it_works_on_the_page_of_ones_own_data_without_javascript(citizen: Citizen, enter: Any) -> None:
    page = enter(citizen.user, "/datos/", java_script_enabled=False)
    page.locator("main").get_by_role("button", name="English").click()
    assert page.locator("html").get_attribute("lang") == "en-CR"
    assert page.url.endswith("/datos/")
    page.get_by_role("banner").get_by_role("button", name="Español").click()
    assert page.locator("html").get_attribute("lang") == "es-CR"
