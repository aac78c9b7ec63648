"""What citizens may read in English is whole: every Spanish sentence shown to them has its English.

`make catalogues` brings new sentences into locale/en; the office has no English.
"""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils import translation

from caudal.common.spoken import spanish
from caudal.common.ui.languages import in_spanish
from tests.support.messages import CODE, used_for_citizens
from tests.support.templates import citizens_templates, untranslated
from tests.unit.test_catalogue import forms, placeholders

PATH = CODE.parent / "locale/en/LC_MESSAGES/django.po"
# What agrees with the gender of a Spanish word («pagad%(end)s»), which English has no use for.
GENDERED = frozenset({"end", "it", "article"})
# Names and signs that both languages share.
SHARED = frozenset({"Caudal", "m³", "PDF", "QR", "m"})
# Templates that speak Spanish to everybody as yet.
NOT_YET = frozenset(
    {
        "400.html",
        "403.html",
        "403_csrf.html",
        "404.html",
        "429.html",
        "500.html",
        "account/account_inactive.html",
        "account/email.html",
        "account/email/base_message.txt",
        "account/email/base_notification.txt",
        "account/email/email_changed_message.txt",
        "account/email/email_changed_subject.txt",
        "account/email/email_confirmation_message.txt",
        "account/email/email_confirmation_signup_message.txt",
        "account/email/email_confirmation_signup_subject.txt",
        "account/email/email_confirmation_subject.txt",
        "account/email/password_changed_message.txt",
        "account/email/password_changed_subject.txt",
        "account/email/password_link_message.txt",
        "account/email/password_link_subject.txt",
        "account/email/password_reset_key_message.txt",
        "account/email/password_reset_key_subject.txt",
        "account/email/password_reset_message.txt",
        "account/email/password_reset_subject.txt",
        "account/email/password_set_message.txt",
        "account/email/password_set_subject.txt",
        "account/email/unknown_account_message.txt",
        "account/email/unknown_account_subject.txt",
        "account/email_confirm.html",
        "account/login.html",
        "account/logout.html",
        "account/messages/email_confirmation_sent.txt",
        "account/messages/email_confirmed.txt",
        "account/messages/email_deleted.txt",
        "account/messages/logged_out.txt",
        "account/messages/password_changed.txt",
        "account/messages/password_set.txt",
        "account/messages/primary_email_set.txt",
        "account/other_ways.html",
        "account/password_change.html",
        "account/password_reset.html",
        "account/password_reset_done.html",
        "account/password_reset_from_key.html",
        "account/password_reset_from_key_done.html",
        "account/password_set.html",
        "account/reauthenticate.html",
        "account/signup_closed.html",
        "account/verification_sent.html",
        "caudal/parts/chart.html",
        "caudal/parts/field.html",
        "caudal/parts/form_errors.html",
        "caudal/parts/page_head.html",
        "caudal/parts/pager.html",
        "caudal/parts/preferences.html",
        "caudal/plain.html",
        "caudal/portal.html",
        "mfa/authenticate.html",
        "mfa/email/recovery_codes_generated_message.txt",
        "mfa/email/recovery_codes_generated_subject.txt",
        "mfa/email/totp_activated_message.txt",
        "mfa/email/totp_activated_subject.txt",
        "mfa/email/totp_deactivated_message.txt",
        "mfa/email/totp_deactivated_subject.txt",
        "mfa/email/webauthn_added_message.txt",
        "mfa/email/webauthn_added_subject.txt",
        "mfa/email/webauthn_removed_message.txt",
        "mfa/email/webauthn_removed_subject.txt",
        "mfa/index.html",
        "mfa/messages/recovery_codes_generated.txt",
        "mfa/messages/totp_activated.txt",
        "mfa/messages/totp_deactivated.txt",
        "mfa/messages/webauthn_added.txt",
        "mfa/messages/webauthn_removed.txt",
        "mfa/reauthenticate.html",
        "mfa/recovery_codes/generate.html",
        "mfa/recovery_codes/index.html",
        "mfa/totp/activate_form.html",
        "mfa/totp/deactivate_form.html",
        "mfa/webauthn/add_form.html",
        "mfa/webauthn/authenticator_confirm_delete.html",
        "mfa/webauthn/authenticator_list.html",
        "mfa/webauthn/edit_form.html",
        "mfa/webauthn/reauthenticate.html",
        "notices/invoice_due.html",
        "notices/invoice_due.subject.txt",
        "notices/invoice_due.txt",
        "notices/invoice_issued.html",
        "notices/invoice_issued.subject.txt",
        "notices/invoice_issued.txt",
        "notices/invoice_overdue.html",
        "notices/invoice_overdue.subject.txt",
        "notices/invoice_overdue.txt",
        "notices/mail.html",
        "notices/payment_received.html",
        "notices/payment_received.subject.txt",
        "notices/payment_received.txt",
        "notices/portal_link.html",
        "notices/portal_link.subject.txt",
        "notices/portal_link.txt",
        "portal/_bills.html",
        "portal/guest.html",
        "portal/home.html",
        "portal/invoice.html",
        "portal/invoices.html",
        "portal/link_gone.html",
        "portal/pay.html",
        "portal/place.html",
        "portal/profile.html",
        "portal/provider.html",
        "portal/receipt.html",
        "portal/receipts.html",
        "portal/set_up.html",
        "portal/sign_up.html",
        "portal/statement.html",
        "portal/waiting.html",
    }
)


@pytest.fixture(scope="module")
def english() -> Catalog:
    with PATH.open("rb") as file:
        return read_po(file)


def test_every_sentence_for_citizens_has_its_english(english: Catalog) -> None:
    known = {message.id for message in english if message.id and all(forms(message.string))}
    assert {msgid: places for msgid, places in used_for_citizens().items() if msgid not in known} == {}


def test_no_english_outlives_its_sentence(english: Catalog) -> None:
    sentences = used_for_citizens()
    assert [message.id for message in english if message.id and message.id not in sentences] == []
    assert not english.obsolete
    assert [message.id for message in english if message.id and message.fuzzy] == []


def test_the_english_shows_the_facts_of_its_sentence(english: Catalog) -> None:
    wrong = {
        message.id
        for message in english
        if message.id
        for text in forms(message.string)
        if (placeholders(text) | GENDERED) != set().union(*map(placeholders, forms(message.id))) | GENDERED
    }
    assert wrong == set()


def test_the_english_is_english(english: Catalog) -> None:
    """No sentence was copied over: what has an accent or a Spanish mark is still Spanish."""
    marks = re.compile(r"[áéíóúñ¿¡«»]", re.IGNORECASE)
    assert [
        text for message in english if message.id for text in forms(message.string) if marks.search(text)
    ] == []


def test_what_a_citizen_sees_stands_within_a_tag_that_translates() -> None:
    said = {
        name: [text for text in untranslated(path) if not set(re.findall(r"[^\W\d_]+", text)) <= SHARED]
        for name, path in citizens_templates().items()
    }
    bare = {name: texts for name, texts in said.items() if texts}
    assert {name: texts for name, texts in bare.items() if name not in NOT_YET} == {}
    assert set(bare) >= NOT_YET, "done: take these off the list"


def test_a_sentence_is_said_in_the_language_of_who_reads() -> None:
    assert spanish("Pagada") == "Pagada"
    with translation.override("en"):
        assert spanish("Pagada") == "Paid"
    assert spanish("Pagada") == "Pagada"


def test_what_is_spanish_for_everybody_stays_so_within_an_english_request() -> None:
    @in_spanish
    def paper() -> str:
        return spanish("Pagada")

    with translation.override("en"):
        assert paper() == "Pagada"
        assert spanish("Pagada") == "Paid"
