"""The link with which a user sets his own password."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.http import HttpRequest

from caudal.access.models import User


def password_link(request: HttpRequest, subject: User) -> str:
    """The address at which this user, and nobody else, sets his password once: on the town's own web."""
    key = f"{user_pk_to_url_str(subject)}-{default_token_generator.make_token(subject)}"
    address: str = get_adapter(request).get_reset_password_from_key_url(key)
    return address


def send_password_link(request: HttpRequest, subject: User) -> None:
    """Mail the link to the user's address."""
    context = {"user": subject, "password_reset_url": password_link(request, subject), "request": request}
    get_adapter(request).send_mail("account/email/password_link", subject.email, context)
