"""How people get in: nobody opens an account by himself; where one lands depends on what one may do."""

import logging
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation

from caudal.access.operations import change_second_factor, keep_first_language, note_own_password
from caudal.common.spoken import spanish
from caudal.common.ui.languages import language_of_browser
from caudal.registry.context import current_town
from caudal.registry.models import Organisation

logger: Final = logging.getLogger(__name__)
SECOND_FACTOR: Final = "mfa/email/"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        user: Any = request.user
        return reverse("office:home") if user.can("office.enter") else reverse("portal:home")

    def get_reset_password_from_key_url(self, key: str) -> str:
        """To where the town says that its portal is: not to the host that whoever asked has named."""
        address: str = super().get_reset_password_from_key_url(key)
        base = Organisation.objects.values_list("base_url", flat=True).first()
        return base.rstrip("/") + urlsplit(address).path if base else address

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> Any:
        """Who chose a language on the page to sign in meant himself: mails to him speak it too."""
        if (language := language_of_browser(request)) is not None:
            keep_first_language(user=user, language=language)
        return super().post_login(request, user, **kwargs)

    def set_password(self, user: Any, password: str) -> None:
        """Whoever gives himself another password leaves it in the history."""
        with transaction.atomic():
            super().set_password(user, password)
            note_own_password(user=user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A server that is away undoes nothing: what was changed stays, and the person is told.

        The same is told whether somebody has the address or not: to both a mail was on its way.
        """
        try:
            with in_language_of(context.get("user")):
                super().send_mail(template_prefix, email, context)
        except OSError as failure:
            logger.warning("The mail %s was not sent: %s", template_prefix, failure)
            messages.warning(
                self.request, spanish("El correo no pudo salir ahora. Inténtelo otra vez en unos minutos.")
            )

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """Called once for each change of how a user gets in.

        One of the second factor is kept in the history and ends the other sessions, as a new password does.
        """
        if template_prefix.startswith(SECOND_FACTOR):
            change = template_prefix.removeprefix(SECOND_FACTOR)
            changed = change_second_factor(user_id=user.pk, change=change, by=user.actor)
            user.security_stamp = changed.security_stamp
            update_session_auth_hash(self.request, user)
        with in_language_of(user):
            super().send_notification_mail(template_prefix, user, *args, **kwargs)


def in_language_of(user: Any) -> translation.override:
    """The language of mails to a user; of the page where they were asked for while he chose none."""
    return translation.override((user and user.language_of_mails) or translation.get_language())


class SecondFactorAdapter(DefaultMFAAdapter):
    """Codes and passkeys, with the town's name."""

    def get_totp_issuer(self) -> str:
        """The town, as the telephone's application shows it."""
        return current_town().name

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a passkey is called until its owner says better."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return spanish("Llave %(number)s") % {"number": number}

    def encrypt(self, text: str) -> str:
        """Secrets of applications rest under the installation's key, so that a copy of the database opens nothing."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` made of a secret."""
        return _cipher().decrypt(encrypted_text.encode()).decode()


def _cipher() -> Fernet:
    return Fernet(urlsafe_b64encode(sha256(f"caudal.second-factor.{settings.SECRET_KEY}".encode()).digest()))
