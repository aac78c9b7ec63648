"""A citizen comes by his user with his bill in hand; who only guesses learns nothing, and the holder is told."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.jobs.tasks.notices import attachment
from caudal.notices.links import party_of, portal_token
from caudal.notices.models import Message
from caudal.notices.operations import resend, send_due
from caudal.notices.operations.outbox import CannotResend
from caudal.portal.guessing import SIGN_UP_PER_ADDRESS, SIGN_UP_PER_NUMBER
from caudal.registry.models import Organisation, Party
from tests import factories
from tests.functional.portal.conftest import Citizen
from tests.support.mail import MailSink

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
SIGN_UP = "/registro/"
PASSWORD = "una frase que solo yo diría"


@pytest.fixture
def holder(citizen: Citizen) -> Party:
    """María before she has a user."""
    holder = citizen.account.holder
    holder.user = None
    holder.save()
    citizen.user.delete()
    return holder


def ask(number: str, identification: str, **extra: Any) -> Any:
    return Client().post(SIGN_UP, {"number": number, "identification": identification}, **extra)


def mailed(sink: MailSink) -> str:
    """The text of the last mail that was sent."""
    send_due(clock=clock.now, pdf_of=attachment)
    body = sink.messages[-1].get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def link_in(text: str) -> str:
    found = re.search(r"https?://[^/\s]+(/registro/\S+)", text)
    assert found, text
    return found[1]


def answer_of(response: Any) -> tuple[int, str]:
    """What a stranger sees, without the token of the form."""
    return response.status_code, re.sub(r'value="\w{64}"', "", response.content.decode())


def test_with_the_bill_in_hand_the_mail_leads_in(
    citizen: Citizen, holder: Party, smtp_sink: MailSink, enter: Enter
) -> None:
    page = enter(None, "/cuenta/login/", java_script_enabled=False)
    page.get_by_role("link", name="No tengo usuario").click()
    page.get_by_label("Número de abonado o de cuenta").fill(citizen.connection.number)
    page.get_by_label("Identificación").fill(holder.identification)
    page.get_by_role("button", name="Enviarme el enlace").click()
    expect(page.get_by_role("heading", name="Revise su correo")).to_be_visible()
    text = mailed(smtp_sink)
    assert smtp_sink.recipients == [holder.email]
    assert smtp_sink.messages[-1]["Subject"] == "Su usuario en el portal de Acueducto de San Isidro"
    page.goto(page.url.partition("/registro")[0] + link_in(text))
    page.get_by_label("Contraseña").fill(PASSWORD)
    page.get_by_role("button", name="Guardar y entrar").click()
    expect(page.get_by_role("heading", name="Usted debe hoy")).to_be_visible()
    user = User.objects.get(party=holder)
    assert (user.username, user.email) == (citizen.account.number, holder.email)
    assert user.check_password(PASSWORD)
    assert list(user.roles.values_list("code", flat=True)) == ["customer"]


def test_every_answer_is_the_same(citizen: Citizen, holder: Party, smtp_sink: MailSink) -> None:
    stranger = factories.party("Pedro", "Solano")
    unverified = factories.party("Luis", "Vega", identification_type="", identification_verified=False)
    waiting = factories.account(unverified)
    mute = factories.account(factories.party("Eva", "Mora", email=""))
    answers = {
        answer_of(ask(citizen.connection.number, holder.identification)),
        answer_of(ask(citizen.connection.number, stranger.identification)),
        answer_of(ask("no-hay", holder.identification)),
        answer_of(ask(waiting.number, unverified.identification)),
        answer_of(ask(mute.number, mute.holder.identification)),
    }
    assert len(answers) == 1
    assert [m.party for m in Message.objects.filter(kind="portal_link")] == [holder]


def test_who_has_a_user_is_told_in_his_mail_and_nobody_else(citizen: Citizen, smtp_sink: MailSink) -> None:
    answer = ask(citizen.connection.number, citizen.account.holder.identification)
    assert "Revise su correo" in answer.content.decode()
    text = mailed(smtp_sink)
    assert smtp_sink.recipients == [citizen.account.holder.email]
    assert "Ya tiene uno: maria" in text
    assert "/cuenta/password/reset/" in text
    assert User.objects.filter(party=citizen.account.holder).get() == citizen.user


def test_a_link_makes_one_user_and_no_second(citizen: Citizen, holder: Party, smtp_sink: MailSink) -> None:
    ask(citizen.account.number, holder.identification)
    link = link_in(mailed(smtp_sink))
    assert Client().post(link, {"password": "corta"}).status_code == 422
    assert Client().post(link, {"password": PASSWORD}).status_code == 302
    again = Client().post(link, {"password": "otra frase larga de otro"})
    assert again.status_code == 404
    assert "Este enlace ya no sirve" in again.content.decode()
    assert User.objects.get(party=holder).check_password(PASSWORD)


def test_who_has_the_longest_of_names_comes_by_his_user_too(
    citizen: Citizen, holder: Party, smtp_sink: MailSink
) -> None:
    Party.objects.filter(pk=holder.pk).update(given_names="María " * 20, surnames="Echandi " * 15)
    ask(citizen.account.number, holder.identification)
    assert Client().post(link_in(mailed(smtp_sink)), {"password": PASSWORD}).status_code == 302
    user = User.objects.get(party=holder)
    assert user.name == Party.objects.get(pk=holder.pk).name[:200]
    assert AuditRecord.objects.get(kind="access.create_user").actor_label == user.name


def test_a_link_that_is_old_altered_or_of_another_address_does_not_hold(
    citizen: Citizen, holder: Party, smtp_sink: MailSink
) -> None:
    ask(citizen.account.number, holder.identification)
    link = link_in(mailed(smtp_sink))
    assert Client().get(link).status_code == 200
    assert Client().get(link.replace("/registro/", "/registro/1")).status_code == 404
    with time_machine.travel(clock.now() + timedelta(days=3, minutes=1)):
        assert Client().get(link).status_code == 404
    Party.objects.filter(pk=holder.pk).update(email="otra@ejemplo.cr")
    assert Client().get(link).status_code == 404
    assert not User.objects.filter(party=holder).exists()


def test_nobody_floods_a_holder_nor_tries_the_town_through(citizen: Citizen, holder: Party) -> None:
    for n in range(SIGN_UP_PER_NUMBER.most):
        assert ask(citizen.connection.number, "0-0000-0000", REMOTE_ADDR=f"10.0.0.{n}").status_code == 200
    refused = ask(citizen.connection.number, holder.identification, REMOTE_ADDR="10.0.1.1")
    assert refused.status_code == 429
    for n in range(SIGN_UP_PER_ADDRESS.most):
        ask(f"no-{n}", "0-0000-0000")
    assert ask(citizen.account.number, holder.identification).status_code == 429
    assert not Message.objects.filter(kind="portal_link").exists()


def test_two_requests_are_one_mail(citizen: Citizen, holder: Party) -> None:
    for _ in range(2):
        ask(citizen.account.number, holder.identification)
    assert Message.objects.filter(kind="portal_link").count() == 1


def test_a_link_is_not_mailed_to_an_address_that_the_office_corrected_meanwhile(
    citizen: Citizen, holder: Party, smtp_sink: MailSink
) -> None:
    ask(citizen.account.number, holder.identification)
    Party.objects.filter(pk=holder.pk).update(email="la.buena@ejemplo.cr")
    send_due(clock=clock.now, pdf_of=attachment)
    assert smtp_sink.messages == []
    dropped = Message.objects.get(kind="portal_link")
    assert (dropped.state, dropped.last_error) == ("failed", "La dirección cambió antes de enviarse.")


def test_who_asks_again_is_written_to_at_the_corrected_address(
    citizen: Citizen, holder: Party, smtp_sink: MailSink
) -> None:
    ask(citizen.account.number, holder.identification)
    Party.objects.filter(pk=holder.pk).update(email="la.buena@ejemplo.cr")
    ask(citizen.account.number, holder.identification)
    link = link_in(mailed(smtp_sink))
    assert smtp_sink.recipients == ["la.buena@ejemplo.cr"]
    assert Client().get(link).status_code == 200


def test_a_link_on_its_way_to_the_old_address_opens_nothing_at_the_new_one(holder: Party) -> None:
    """Its mail was being written when the office corrected the address."""
    token = portal_token(party=holder, address=holder.email, at=clock.now())
    assert party_of(token, at=clock.now()) == holder
    Party.objects.filter(pk=holder.pk).update(email="la.buena@ejemplo.cr")
    assert party_of(token, at=clock.now()) is None


def test_a_link_asked_for_again_while_the_first_is_put_off_goes_out_once(
    citizen: Citizen, holder: Party, smtp_sink: MailSink
) -> None:
    """The server wants the first to come later, and before it has said so the holder asks once more."""
    smtp_sink.answer = "450 Try later"
    ask(citizen.account.number, holder.identification)

    def asks_again(message: Message) -> bytes:
        Message.objects.filter(pk=message.pk).update(state="uncertain")
        ask(citizen.account.number, holder.identification)
        return b""

    assert send_due(clock=clock.now, pdf_of=asks_again, limit=1).counts == {"later": 1}
    assert list(Message.objects.order_by("id").values_list("state", flat=True)) == ["failed", "queued"]


def test_a_failed_mail_is_not_sent_again_beside_one_that_waits(citizen: Citizen, holder: Party) -> None:
    ask(citizen.account.number, holder.identification)
    failed = Message.objects.get(kind="portal_link")
    Message.objects.filter(pk=failed.pk).update(state="failed")
    ask(citizen.account.number, holder.identification)
    with pytest.raises(CannotResend):
        resend(message_id=failed.pk, at=clock.now(), by=SYSTEM)
    assert set(Message.objects.values_list("state", flat=True)) == {"failed", "queued"}


def test_the_office_invites_from_the_customers_page(
    citizen: Citizen, holder: Party, smtp_sink: MailSink
) -> None:
    Organisation.objects.update(base_url="https://portal.ejemplo.cr")
    clerk = factories.user("eva", "service", name="Eva Mora")
    client = Client()
    client.force_login(clerk)
    page = f"/oficina/clientes/{holder.pk}/"
    assert "Invitar al portal" in client.get(page).content.decode()
    told = client.post(f"{page}invitar/", follow=True).content.decode()
    assert f"Se invita a {holder.name} por correo a {holder.email}" in told
    text = mailed(smtp_sink)
    assert "https://portal.ejemplo.cr/registro/" in text
    record = AuditRecord.objects.get(kind="access.invite")
    assert (record.actor_label, record.object_id) == ("Eva Mora", str(holder.pk))
    assert Client().post(link_in(text), {"password": PASSWORD}).status_code == 302
    assert "Invitar al portal" not in client.get(page).content.decode()
    assert "ya tiene usuario" in client.post(f"{page}invitar/", follow=True).content.decode()


def test_a_representative_without_an_account_is_invited_too(citizen: Citizen, smtp_sink: MailSink) -> None:
    lawyer = factories.party("Luis", "Vega")
    client = Client()
    client.force_login(factories.user("eva", "service"))
    client.post(f"/oficina/clientes/{lawyer.pk}/invitar/")
    Client().post(link_in(mailed(smtp_sink)), {"password": PASSWORD})
    assert User.objects.get(party=lawyer).username == f"p{lawyer.pk}"


def test_a_link_that_still_opens_is_in_no_log(
    citizen: Citizen, holder: Party, smtp_sink: MailSink, caplog: Any
) -> None:
    """A password that is too easy is refused, and the refusal written down; the link waits for a better one."""
    ask(citizen.account.number, holder.identification)
    link = link_in(mailed(smtp_sink))
    assert Client().post(link, {"password": "corta"}).status_code == 422
    assert "/registro/…" in caplog.text
    assert link.split("/")[2] not in caplog.text
    assert Client().post(link, {"password": PASSWORD}).status_code == 302


def test_the_link_in_the_outbox_is_shown_only_to_who_manages_users(
    citizen: Citizen, holder: Party, settings: Any
) -> None:
    ask(citizen.account.number, holder.identification)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    send_due(clock=clock.now, pdf_of=attachment)
    message = Message.objects.get(kind="portal_link")
    for role, seen in (("billing", False), ("administrator", True)):
        client = Client()
        client.force_login(factories.user(role, role))
        assert client.get("/oficina/correos/").status_code == 200
        shown = client.get(f"/oficina/correos/{message.pk}/").content.decode()
        assert ("/registro/" in shown) is seen
        assert client.get(f"/oficina/correos/{message.pk}/html/").status_code == (200 if seen else 404)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_can_be_used_by_everyone(
    citizen: Citizen, holder: Party, smtp_sink: MailSink, enter: Enter, scheme: Any
) -> None:
    ask(citizen.account.number, holder.identification)
    page = enter(None, SIGN_UP, color_scheme=scheme)
    home = page.url.partition("/registro")[0]
    found = []
    for path in (SIGN_UP, "/registro/x/", link_in(mailed(smtp_sink)), "/cuenta/login/", "/cuenta/signup/"):
        page.goto(home + path)
        found += [(path, rule["id"]) for rule in Axe().run(page).response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    assert found == []
