"""A mail speaks as the user that it goes to chose; the papers within are Spanish, and so is all that staff get."""

import re
from email.message import EmailMessage
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from caudal.access.models import User
from caudal.common import clock
from caudal.jobs.tasks.notices import attachment
from caudal.notices.models import Message
from caudal.notices.operations import enqueue_invoice_messages, send_due
from tests import factories
from tests.functional.portal.conftest import Citizen, bill
from tests.support.mail import MailSink

pytestmark = pytest.mark.django_db(transaction=True)
RESET = "/cuenta/password/reset/"


def english_client() -> Client:
    client = Client()
    client.cookies["language"] = "en"
    return client


def body(message: EmailMessage, kind: str = "plain") -> str:
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())


def send() -> None:
    send_due(clock=clock.now, pdf_of=attachment)


def test_a_bill_is_announced_to_each_in_his_language_with_the_same_spanish_paper(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    User.objects.filter(pk=citizen.user.pk).update(language="en")
    holder = citizen.account.holder
    holder.email = "maria@ejemplo.cr"
    holder.save()
    neighbour = factories.account(factories.party("Ana", "Mora", email="ana@ejemplo.cr"))
    water = factories.subscription(neighbour, citizen.water.service, factories.connection())
    hers = bill(neighbour, water, citizen.current.dated_on, citizen.current.due_date, "90.00")
    enqueue_invoice_messages(invoice_ids=[hers.pk, citizen.current.pk, citizen.overdue.pk])
    send()
    told = {str(m["To"]): m for m in smtp_sink.messages}
    english, spanish = told["maria@ejemplo.cr"], told["ana@ejemplo.cr"]
    assert english["Subject"].startswith("Your bill ")
    assert "See it and pay it online:" in body(english)
    assert '<html lang="en-CR">' in body(english, "html")
    assert spanish["Subject"].startswith("Su factura ")
    assert '<html lang="es-CR">' in body(spanish, "html")
    assert translation.get_language() == "es"
    paper = next(part for part in english.iter_attachments())
    message = Message.objects.filter(recipient="maria@ejemplo.cr").order_by("-invoice_id").first()
    assert message is not None
    assert paper.get_content() in {
        attachment(m) for m in Message.objects.filter(recipient="maria@ejemplo.cr")
    }


def test_the_link_of_an_english_mail_opens_an_english_page_unless_this_browser_chose_spanish(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    User.objects.filter(pk=citizen.user.pk).update(language="en")
    enqueue_invoice_messages(invoice_ids=[citizen.current.pk])
    send()
    link = re.search(r"https?://[^/\s]+(/f/\S+)", body(smtp_sink.messages[-1]))
    assert link is not None
    fresh, decided = Client(), Client()
    decided.cookies["language"] = "es"
    assert fresh.get(link[1], follow=True).headers["Content-Language"] == "en"
    assert fresh.get("/consulta/").headers["Content-Language"] == "en"
    assert decided.get(link[1], follow=True).headers["Content-Language"] == "es"
    assert Client().get("/oficina/?idioma=en").headers["Content-Language"] == "es"


@pytest.mark.parametrize(("chosen", "subject"), [("en", "Your username"), ("es", "Su usuario")])
def test_who_asks_for_a_user_is_written_to_in_the_language_of_the_page(
    citizen: Citizen, smtp_sink: MailSink, chosen: str, subject: str
) -> None:
    holder = citizen.account.holder
    holder.user, holder.email = None, "maria@ejemplo.cr"
    holder.save()
    client = Client()
    client.cookies["language"] = chosen
    client.post("/registro/", {"number": citizen.account.number, "identification": holder.identification})
    send()
    assert smtp_sink.messages[-1]["Subject"].startswith(subject)


@pytest.mark.parametrize(
    ("role", "language", "subject"),
    [
        ("customer", "", "To set a new password"),
        ("customer", "en", "To set a new password"),
        ("customer", "es", "Para poner una contraseña nueva"),
        ("cashier", "en", "Para poner una contraseña nueva"),
    ],
)
def test_a_new_password_is_offered_in_the_language_of_its_user_else_of_the_page(
    transactional_db: None, role: str, language: str, subject: str
) -> None:
    factories.organisation()
    user = factories.user("eva", role, email="eva@ejemplo.cr")
    User.objects.filter(pk=user.pk).update(language=language)
    english_client().post(RESET, {"email": "eva@ejemplo.cr"})
    assert [m.subject for m in mail.outbox] == [subject]


def test_whom_nobody_knows_is_answered_in_the_language_of_the_page(transactional_db: None) -> None:
    factories.organisation()
    english_client().post(RESET, {"email": "nadie@ejemplo.cr"})
    assert mail.outbox[0].subject == "No account uses this email"
    assert str(mail.outbox[0].body).startswith("Hello,")


def test_a_changed_password_is_told_in_the_users_language(citizen: Citizen, settings: Any) -> None:
    settings.ACCOUNT_REAUTHENTICATION_REQUIRED = False
    User.objects.filter(pk=citizen.user.pk).update(language="en")
    citizen.user.set_password("una-clave-larga-1")
    citizen.user.save(update_fields=["password"])
    client = Client()
    client.post("/cuenta/login/", {"login": "maria", "password": "una-clave-larga-1"})
    new = {
        "oldpassword": "una-clave-larga-1",
        "password1": "a phrase only I say",
        "password2": "a phrase only I say",
    }
    assert client.post("/cuenta/password/change/", new).status_code == 302
    assert mail.outbox[-1].subject == "Your password was changed"
    assert "If this was not you" in str(mail.outbox[-1].body)
