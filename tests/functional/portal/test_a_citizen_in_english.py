"""A citizen who reads English comes by her user, keeps a second step, forgets her password, and turns back to Spanish.

Nothing that she reads on the way, in pages and mails, is Spanish.
"""

import re
from collections.abc import Callable
from functools import reduce
from time import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from caudal.access.models import User
from caudal.common import clock
from caudal.jobs.tasks.notices import attachment
from caudal.notices.operations import send_due
from tests.functional.portal.conftest import Citizen
from tests.support.mail import MailSink
from tests.support.pages import read, spanish_words

Enter = Callable[..., Page]
pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD, ANOTHER = "a phrase only I would say", "something else I would say"
STEP = 30
NAMES = ("María de los Ángeles", "Fernández-Guardia Echandi", "Acueducto de San Isidro", "Agua", "Casa")


def said(page: Page) -> None:
    """What stands on the page is English, but for names."""
    text = " ".join(read(page.content())).lower()
    bare = reduce(lambda left, name: left.replace(name.lower(), " "), NAMES, text)
    assert spanish_words() & set(re.findall(r"[^\W\d_]+", bare)) == set(), page.url


def last_mail(sink: MailSink) -> tuple[str, str]:
    """Subject and text of what came last."""
    send_due(clock=clock.now, pdf_of=attachment)
    body = sink.messages[-1].get_body(("plain",))
    assert body is not None
    return str(sink.messages[-1]["Subject"]), str(body.get_content())


def follow(page: Page, text: str) -> None:
    """Open the link of a mail on this site."""
    link = re.search(r"https?://[^/\s]+(/\S+)", text)
    assert link is not None, text
    page.goto(re.sub(r"(https?://[^/]+).*", r"\1", page.url) + link[1])


def code(secret: str, *, ahead: int = 0) -> str:
    """What the telephone's application shows now, or some steps ahead."""
    return str(format_hotp_value(hotp_value(secret, int(time()) // STEP + ahead)))


def test_from_the_first_mail_to_a_forgotten_password_in_english_and_back_to_spanish(
    citizen: Citizen, smtp_sink: MailSink, enter: Enter
) -> None:
    holder = citizen.account.holder
    holder.user, holder.email = None, "maria@ejemplo.cr"
    holder.save()
    citizen.user.delete()

    page = enter(None, "/cuenta/login/")
    by_her_bill(page, citizen, smtp_sink)
    user = User.objects.get(party=holder)
    assert user.language == "en"
    secret = with_a_code_app(page)
    assert last_mail(smtp_sink)[0] == "Your code app is on"
    out_and_to_the_second_step(page, user)
    with_a_new_password(page, smtp_sink)
    sign_in(page, user.username, ANOTHER)
    page.get_by_label("Code").fill(code(secret, ahead=1))  # the one of before was used
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="You owe today")).to_be_visible()
    page.get_by_role("button", name="Español").click()
    expect(page.get_by_role("heading", name="Usted debe hoy")).to_be_visible()
    user.refresh_from_db()
    assert user.language == "es"


def by_her_bill(page: Page, citizen: Citizen, sink: MailSink) -> None:
    """Ask for a user, and come in by the mail."""
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in to your account")).to_be_visible()
    said(page)
    page.get_by_role("link", name="I have no username").click()
    said(page)
    page.get_by_label("Customer or account number").fill(citizen.connection.number)
    page.get_by_label("ID number").fill(citizen.account.holder.identification)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    said(page)
    subject, text = last_mail(sink)
    assert subject == "Your username for the portal of Acueducto de San Isidro"
    follow(page, text)
    said(page)
    page.get_by_label("Password").fill("password")
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_text("This password is too short").last).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()
    expect(page.get_by_role("heading", name="You owe today")).to_be_visible()
    said(page)


def out_and_to_the_second_step(page: Page, user: User) -> None:
    """Sign out and in again, as far as the code; then somebody else's turn."""
    page.goto(page.url.partition("/cuenta")[0] + "/datos/")
    page.get_by_role("button", name="Sign out").click()
    said(page)
    page.goto(page.url.partition("/cuenta")[0] + "/cuenta/login/")
    sign_in(page, user.username, PASSWORD)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    said(page)
    page.get_by_role("button", name="Sign in as someone else").click()


def with_a_new_password(page: Page, sink: MailSink) -> None:
    """Forget the password, and set another by the mail."""
    page.get_by_role("link", name="I forgot my password").click()
    page.get_by_label("Email").fill("maria@ejemplo.cr")
    page.get_by_role("button", name="Send the link").click()
    said(page)
    subject, text = last_mail(sink)
    assert subject == "To set a new password"
    follow(page, text)
    said(page)
    for label in ("New Password", "New Password (again)"):
        page.get_by_label(label, exact=True).fill(ANOTHER)
    page.get_by_role("button", name="Save the password").click()
    expect(page.get_by_role("heading", name="Your password was changed")).to_be_visible()
    assert last_mail(sink)[0] == "Your password was changed"
    page.get_by_role("link", name="Sign in").click()


def with_a_code_app(page: Page) -> str:
    """Turn the second step on; its secret."""
    page.goto(page.url.rstrip("/") + "/cuenta/segundo-paso/")
    said(page)
    page.get_by_role("link", name="Turn on the app").click()
    again = page.get_by_role("heading", name="Confirm that it is you")
    expect(again.or_(page.locator("code").first)).to_be_visible()
    if again.is_visible():
        said(page)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
    secret = page.locator("code").first.inner_text()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Turn on").click()
    said(page)
    page.get_by_label("Code").fill(code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_text("Each one works once")).to_be_visible()
    said(page)
    return secret


def sign_in(page: Page, username: str, password: str) -> None:
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in", exact=True).click()
