"""Getting in: a forgotten password, a second step, a passkey; a change of any of them ends the other sessions."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.common.models import AuditRecord
from tests import factories
from tests.functional.portal.conftest import Citizen
from tests.support.mail import MailSink

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "una-clave-larga-1"
NEW = "otra frase que nadie más diría"
SECOND = "/cuenta/segundo-paso/"


def text_of(sink: MailSink) -> str:
    body = sink.messages[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def signed_in(password: str = PASSWORD) -> Client:
    client = Client()
    answer = client.post("/cuenta/login/", {"login": "maria", "password": password})
    assert answer.status_code == 302
    return client


def is_in(client: Client) -> bool:
    return bool(client.get("/datos/").status_code == 200)


def code_for(secret: str) -> str:
    """What the telephone shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def with_totp(client: Client) -> str:
    """Activate the application; its secret."""
    confirmed = client.post(
        "/cuenta/reauthenticate/", {"password": PASSWORD, "next": f"{SECOND}totp/activate/"}
    )
    assert confirmed["Location"] == f"{SECOND}totp/activate/"
    page = client.get(f"{SECOND}totp/activate/").content.decode()
    found = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert found, page
    answer = client.post(f"{SECOND}totp/activate/", {"code": code_for(found[1])})
    assert answer["Location"] == f"{SECOND}recovery-codes/"
    return found[1]


def codes_of(client: Client) -> list[str]:
    return re.findall(r"<code>(\w+)</code>", client.get(f"{SECOND}recovery-codes/").content.decode())


def test_a_forgotten_password_is_set_anew_by_mail_and_ends_every_session(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    old, stranger = signed_in(), Client()
    asked = stranger.post("/cuenta/password/reset/", {"email": "maria@ejemplo.cr"}, follow=True)
    assert "Revise su correo" in asked.content.decode()
    assert smtp_sink.recipients == ["maria@ejemplo.cr"]
    assert smtp_sink.messages[-1]["Subject"] == "Para poner una contraseña nueva"
    found = re.search(r"https?://[^/]+(/cuenta/password/reset/key/\S+)", text_of(smtp_sink))
    assert found
    link = stranger.get(found[1])["Location"]
    weak = stranger.post(link, {"password1": "corta", "password2": "corta"}).content.decode()
    assert "demasiado corta" in weak
    assert stranger.post(link, {"password1": NEW, "password2": NEW}).status_code == 302
    assert not is_in(old)
    assert is_in(signed_in(NEW))
    assert "ya no sirve" in Client().get(found[1], follow=True).content.decode()
    assert smtp_sink.messages[-1]["Subject"] == "Su contraseña cambió"


def test_who_asks_for_an_address_that_nobody_has_is_answered_the_same(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    answers = set()
    for email in ("maria@ejemplo.cr", "nadie@ejemplo.cr"):
        answer = Client().post("/cuenta/password/reset/", {"email": email}, follow=True)
        answers.add((answer.status_code, re.sub(r'value="\w{64}"', "", answer.content.decode())))
    assert len(answers) == 1
    assert "ninguna cuenta usa ese correo" in text_of(smtp_sink)


def test_a_mail_server_that_is_away_is_told_and_undoes_nothing(citizen: Citizen, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    asked = Client().post("/cuenta/password/reset/", {"email": "maria@ejemplo.cr"}, follow=True)
    assert "no pudo salir ahora" in asked.content.decode()
    client = signed_in()
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert client.post("/cuenta/password/change/", sent).status_code == 302
    assert User.objects.get(username="maria").check_password(NEW)


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    here, elsewhere = signed_in(), signed_in()
    sent = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert here.post("/cuenta/password/change/", sent).status_code == 302
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert "La contraseña de su cuenta cambió." in text_of(smtp_sink)


def test_the_application_of_codes_becomes_the_second_step(citizen: Citizen, smtp_sink: MailSink) -> None:
    here, elsewhere = signed_in(), signed_in()
    secret = with_totp(here)
    assert (is_in(here), is_in(elsewhere)) == (True, False)
    assert [message["Subject"] for message in smtp_sink.messages] == ["Activó la aplicación de códigos"]
    kept = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in kept
    assert AuditRecord.objects.get(kind="access.second_factor").after == {"change": "totp_activated"}
    again = Client()
    asked = again.post("/cuenta/login/", {"login": "maria", "password": PASSWORD}, follow=True)
    assert "Falta un paso" in asked.content.decode()
    assert not is_in(again)
    assert "incorrecto" in again.post(f"{SECOND}authenticate/", {"code": "000000"}).content.decode()
    assert not is_in(again)
    backup = codes_of(here)[0]
    assert again.post(f"{SECOND}authenticate/", {"code": backup}).status_code == 302
    assert is_in(again)
    assert backup not in codes_of(here)


def test_a_code_for_recovery_serves_once(citizen: Citizen, smtp_sink: MailSink) -> None:
    here = signed_in()
    with_totp(here)
    backup = codes_of(here)[3]
    got_in = []
    for _ in range(2):
        client = Client()
        client.post("/cuenta/login/", {"login": "maria", "password": PASSWORD})
        client.post(f"{SECOND}authenticate/", {"code": backup})
        got_in.append(is_in(client))
    assert got_in == [True, False]


def test_the_second_step_is_taken_away_only_by_who_is_sure_to_be_himself(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    here = signed_in()
    with_totp(here)
    assert here.post(f"{SECOND}totp/deactivate/").status_code == 302
    assert not Authenticator.objects.filter(type="totp").exists()
    assert smtp_sink.messages[-1]["Subject"] == "Se quitó la aplicación de códigos"
    unsure = Client()
    unsure.force_login(User.objects.get(pk=citizen.user.pk))
    assert "reauthenticate" in unsure.get(f"{SECOND}totp/activate/")["Location"]


def test_who_lost_telephone_and_codes_is_helped_by_the_office(citizen: Citizen, smtp_sink: MailSink) -> None:
    lost = signed_in()
    with_totp(lost)
    office = Client()
    admin = factories.user("ana", "administrator")
    office.force_login(admin)
    page = f"/oficina/usuarios/{citizen.user.pk}/"
    assert "Quitar el segundo paso" in office.get(page).content.decode()
    told = office.post(f"{page}segundo-paso/", follow=True).content.decode()
    assert "entra ahora solo con su contraseña" in told
    assert "Quitar el segundo paso" not in told
    assert not is_in(lost)
    assert is_in(signed_in())
    removed = AuditRecord.objects.filter(kind="access.second_factor").latest("pk")
    assert (removed.actor_id, removed.after) == (admin.pk, {"change": "removed"})
    office.post(f"/oficina/usuarios/{admin.pk}/segundo-paso/")
    assert AuditRecord.objects.filter(kind="access.second_factor").count() == 2


def test_a_passkey_lets_in_without_the_password(
    citizen: Citizen, enter: Enter, smtp_sink: MailSink, settings: Any
) -> None:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    page = enter(None, "/cuenta/login/")
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.get_by_label("Usuario o correo").fill("maria")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.get_by_role("link", name="Su cuenta").click()
    page.get_by_role("link", name="Segundo paso al entrar").click()
    page.get_by_role("link", name="Agregar una llave").click()
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Seguir").click()
    page.get_by_label("Nombre de la llave").fill("Teléfono de la casa")
    page.locator("input[name=passwordless]").check()
    page.get_by_role("button", name="Agregar la llave").click()
    expect(page.get_by_role("heading", name="Códigos de respaldo")).to_be_visible()
    page.context.clear_cookies()
    page.goto(page.url.partition("/cuenta")[0] + "/cuenta/login/")
    page.get_by_role("button", name="Entrar con una llave").click()
    expect(page.get_by_role("heading", name="Usted debe hoy")).to_be_visible()
    page.goto(page.url.rstrip("/") + f"{SECOND}webauthn/")
    expect(page.get_by_role("heading", name="Teléfono de la casa")).to_be_visible()
    page.context.clear_cookies()
    page.goto(page.url.partition("/cuenta")[0] + "/cuenta/login/")
    page.get_by_label("Usuario o correo").fill("maria")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    page.get_by_role("button", name="Usar mi llave de acceso").click()
    expect(page.get_by_role("heading", name="Usted debe hoy")).to_be_visible()
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everyone(
    citizen: Citizen, enter: Enter, smtp_sink: MailSink, scheme: Any
) -> None:
    page = enter(None, "/cuenta/login/", color_scheme=scheme)
    home = page.url.partition("/cuenta")[0]
    problems: list[object] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)

    def look(path: str) -> None:
        page.goto(home + path)
        problems.extend((path, rule["id"]) for rule in Axe().run(page).response["violations"])
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            problems.append((path, "wider than the window"))

    look("/cuenta/password/reset/")
    page.goto(f"{home}/cuenta/login/")
    page.get_by_label("Usuario o correo").fill("maria")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    look(f"{SECOND}totp/activate/")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Seguir").click()
    for path in ("", "totp/activate/", "webauthn/", "webauthn/add/"):
        look(SECOND + path)
    page.goto(home + f"{SECOND}totp/activate/")
    secret = page.locator("code").inner_text()
    page.get_by_role("textbox").fill(code_for(secret))
    page.get_by_role("button", name="Activar").click()
    expect(page.get_by_role("heading", name="Códigos de respaldo")).to_be_visible()
    for path in ("", "recovery-codes/", "recovery-codes/generate/", "totp/deactivate/", "reauthenticate/"):
        look(SECOND + path)
    for path in ("/cuenta/reauthenticate/", "/cuenta/password/change/"):
        look(path)
    page.context.clear_cookies()
    page.goto(f"{home}/cuenta/login/")
    page.get_by_label("Usuario o correo").fill("maria")
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Entrar", exact=True).click()
    look(f"{SECOND}authenticate/")
    expect(page.get_by_role("heading", name="Falta un paso")).to_be_visible()
    assert problems == []
