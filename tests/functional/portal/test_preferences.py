"""A customer says how his bills come and which mails he wants, and is told no more and no less."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.jobs.tasks.notices import attachment
from caudal.notices.models import Message, Preference
from caudal.notices.operations import enqueue_invoice_messages, enqueue_reminders, send_due
from caudal.portal.views.profile import ADDRESSES_PER_USER
from caudal.registry.operations import update_organisation
from tests import factories
from tests.functional.portal.conftest import Citizen
from tests.support.mail import MailSink

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)


def say(citizen: Citizen, **wishes: Any) -> Any:
    client = Client()
    client.force_login(citizen.user)
    party = citizen.account.holder
    party.refresh_from_db()
    form = {"email": party.email, "phone": "", "delivery": "mail", "version": party.version}
    return client.post("/datos/", form | wishes)


def kinds() -> set[str]:
    return set(Message.objects.values_list("kind", flat=True))


def test_what_is_said_on_the_page_is_kept(citizen: Citizen, enter: Enter) -> None:
    page = enter(citizen.user, "/datos/", java_script_enabled=False)
    expect(page.get_by_label("Por correo electrónico")).to_be_checked()
    expect(page.get_by_label("Recordarme por correo")).to_be_checked()
    page.get_by_label("Impresas, en su casa").check()
    page.get_by_label("Recordarme por correo").uncheck()
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Guardamos sus datos.")).to_be_visible()
    expect(page.get_by_label("Impresas, en su casa")).to_be_checked()
    citizen.account.refresh_from_db()
    assert citizen.account.delivery == "print"
    kept = Preference.objects.get(party=citizen.account.holder)
    assert (kept.receipts, kept.reminders) == (True, False)
    told = AuditRecord.objects.filter(kind__in=("customers.delivery", "notices.preference"))
    assert {record.actor_label for record in told} == {"María Fernández"}
    assert told.count() == 2


def test_who_takes_a_mail_address_away_is_told_of_there(citizen: Citizen, smtp_sink: MailSink) -> None:
    """The one who changed it may be somebody who found the session open."""
    before = citizen.account.holder.email
    say(citizen, email=before.upper())
    assert kinds() == set()
    say(citizen, email="otra@ejemplo.cr")
    send_due(clock=clock.now, pdf_of=attachment)
    (told,) = smtp_sink.messages
    assert told["To"] == before.upper()
    body = told.get_body(("plain",))
    assert body is not None
    assert "Si no lo cambió usted, avise hoy mismo a la oficina" in body.get_content()
    assert "otra@" not in told.as_string()


def test_nobody_has_the_town_write_to_strangers_without_end(citizen: Citizen) -> None:
    """Each address that he puts there, and then another, would be written to."""
    answers = [say(citizen, email=f"ajeno{n}@ejemplo.cr").status_code for n in range(8)]
    assert answers == [302] * ADDRESSES_PER_USER.most + [422] * 3
    assert Message.objects.filter(kind="contact_changed").count() == ADDRESSES_PER_USER.most
    refused = say(citizen, email="otro@ejemplo.cr").content.decode()
    assert "demasiados intentos por hoy. Inténtelo mañana" in refused
    assert say(citizen, phone="2222-3333").status_code == 302


def test_one_address_is_told_once_however_often_it_is_given_up(citizen: Citizen) -> None:
    for address in ("a@ejemplo.cr", "b@ejemplo.cr", "a@ejemplo.cr", "b@ejemplo.cr"):
        say(citizen, email=address)
    told = Message.objects.filter(kind="contact_changed", recipient="a@ejemplo.cr")
    assert told.count() == 1


def test_bills_come_as_they_were_asked_for(citizen: Citizen) -> None:
    say(citizen, delivery="counter")
    enqueue_invoice_messages(invoice_ids=[citizen.current.pk])
    assert Message.objects.get(invoice=citizen.current).channel == "counter"


@pytest.mark.parametrize(("wanted", "told"), [({"receipts": "on"}, {"payment_received"}), ({}, set())])
def test_receipts_are_mailed_to_who_wants_them(
    citizen: Citizen, wanted: dict[str, str], told: set[str]
) -> None:
    say(citizen, delivery="print", **wanted)
    factories.pay(citizen.account, "5.00", clock.today())
    # Interest of the payment is handed over with its receipt; nobody is told of it by itself.
    assert kinds() - {"invoice_issued"} == told


@pytest.mark.parametrize(("wanted", "told"), [({"reminders": "on"}, {"invoice_overdue"}), ({}, set())])
def test_reminders_are_mailed_to_who_wants_them(
    citizen: Citizen, wanted: dict[str, str], told: set[str]
) -> None:
    say(citizen, **wanted)
    enqueue_reminders(on=citizen.overdue.due_date + timedelta(days=1))
    assert kinds() == told


def test_mails_without_an_address_are_refused_and_nothing_changes(citizen: Citizen) -> None:
    answer = say(citizen, email="", delivery="print", reminders="on")
    assert answer.status_code == 422
    assert "escriba su dirección de correo" in answer.content.decode()
    citizen.account.refresh_from_db()
    assert citizen.account.delivery == "mail"
    assert citizen.account.holder.email
    assert not Preference.objects.exists()


def test_each_bill_is_recalled_before_its_day_and_after_it_once(
    citizen: Citizen, smtp_sink: MailSink
) -> None:
    due = citizen.current.due_date
    counts = [enqueue_reminders(on=due + timedelta(days=n)) for n in range(-5, 6)]
    assert counts == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]
    send_due(clock=clock.now, pdf_of=attachment)
    subjects = sorted(mail["Subject"] for mail in smtp_sink.messages)
    number = citizen.current.number
    assert [s.partition(" el ")[0] for s in subjects] == [
        f"Su factura {number} de Acueducto de San Isidro vence",
        f"Su factura {number} de Acueducto de San Isidro venció",
    ]


@pytest.mark.parametrize(
    ("says", "days"),
    [
        ({"reminder_days_before": 7, "reminder_days_after": 5}, [-7, 5]),
        ({"reminder_days_before": 0}, [1]),
        ({"reminder_days_after": 0}, [-3]),
        ({"reminders": False}, []),
    ],
)
def test_the_office_says_whether_and_when_it_reminds(
    citizen: Citizen, says: dict[str, Any], days: list[int]
) -> None:
    update_organisation(changes=says, by=SYSTEM)
    due = citizen.current.due_date
    Message.objects.all().delete()
    told = [n for n in range(-9, 9) if enqueue_reminders(on=due + timedelta(days=n))]
    assert told == days


def test_a_customer_reads_when_he_will_be_reminded(citizen: Citizen) -> None:
    client = Client()
    client.force_login(citizen.user)
    page = client.get("/datos/").content.decode()
    assert "3 días antes de vencer y un día después, si no se pagó." in page
    update_organisation(changes={"reminders": False}, by=SYSTEM)
    assert "la oficina no manda recordatorios" in client.get("/datos/").content.decode()


def test_who_paid_meanwhile_is_not_reminded(citizen: Citizen, smtp_sink: MailSink) -> None:
    enqueue_reminders(on=citizen.overdue.due_date + timedelta(days=2))
    factories.pay(citizen.account, "1260.00", clock.today())
    send_due(clock=clock.now, pdf_of=attachment)
    assert [mail["Subject"].partition(" ")[0] for mail in smtp_sink.messages] == ["Recibimos"]
    dropped = Message.objects.get(kind="invoice_overdue")
    assert (dropped.state, dropped.last_error) == (
        "failed",
        "La factura se pagó antes de enviarse el recordatorio.",
    )


def test_a_bill_of_yesterday_is_not_recalled_yet(citizen: Citizen) -> None:
    today = clock.today()
    factories.invoice(citizen.account, "3.00", dated_on=today, due_date=today + timedelta(days=2))
    assert enqueue_reminders(on=today + timedelta(days=1)) == 0
