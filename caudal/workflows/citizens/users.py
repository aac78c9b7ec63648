"""How a customer comes by his user: by a link mailed to the address the office knows, never by what he types alone."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.access import operations as access
from caudal.access.models import User
from caudal.billing.queries.holders import accounts_by_number
from caudal.common import audit
from caudal.common.actor import LABEL_LENGTH, Actor
from caudal.common.errors import DomainError
from caudal.common.text import identification_key
from caudal.notices import operations as notices
from caudal.registry.models import Party
from caudal.registry.operations import link_user

ROLE = "customer"


class NotInvitable(DomainError):
    """Nobody to write to, or nobody to write for. Fact: `name`."""

    code = "not_invitable"
    template = _(
        "%(name)s has a user already, or no mail address, or an identification that is not verified."
    )


class LinkUsed(DomainError):
    """The link made a user before."""

    code = "link_used"
    template = _("This link was used already. Sign in, or ask for a new password.")


@transaction.atomic
def invite(*, party_id: int, by: Actor) -> Party:
    """Mail a party the link to its user. Raises NotInvitable."""
    party = Party.objects.get(pk=party_id)
    if party.user_id is not None or not _reachable(party):
        raise NotInvitable(name=party.name)
    notices.enqueue_portal_link(party=party)
    audit.record(by=by, kind="access.invite", object_type="party", object_id=party_id)
    return party


@transaction.atomic
def ask_for_user(*, number: str, identification: str, language: str, by: Actor) -> None:
    """Somebody wants the user of whoever holds an account; what comes of it is told to the known address only.

    Written when the number (of the account, or of a connection it takes a service at) and the whole verified
    identification of its holder fit: the link, or for who has a user the way to sign in. Nothing otherwise.
    `language` is that of the page.
    """
    typed = identification_key(identification)
    holders = {account.holder for account in accounts_by_number(number)}
    for party in holders:
        if typed and party.identification_key == typed and _reachable(party):
            notices.enqueue_portal_link(party=party, language=language)
            audit.record(by=by, kind="access.ask_for_user", object_type="party", object_id=party.pk)


@transaction.atomic
def make_user(*, party_id: int, password: str, by: Actor) -> User:
    """The user of a party that brought its link, with the password it chose. Raises LinkUsed, WeakPassword.

    Its name to sign in is the number of its first account; its mail address too, unless another user has it.
    """
    party = Party.objects.select_for_update().get(pk=party_id)
    if party.user_id is not None:
        raise LinkUsed()
    account = party.accounts.order_by("number").first()
    username = account.number if account is not None else f"p{party.pk}"
    if User.objects.filter(username=username).exists():
        username = f"{username}-{party.pk}"
    taken = User.objects.filter(email__iexact=party.email).exists()
    email, name = "" if taken else party.email, party.name[:LABEL_LENGTH]
    user = access.create_user(username=username, email=email, name=name, roles=[ROLE], by=by)
    user = access.set_password(user_id=user.pk, password=password, by=by)
    link_user(party_id=party.pk, user_id=user.pk, by=by)
    return user


def correct_sign_in(*, party: Party, by: Actor) -> None:
    """Have a party's user sign in and recover his password by the party's address of now; both addresses are told.

    Who works in the office is left alone: his address opens more than bills, and changes under «Usuarios». Raises
    DuplicateUser.
    """
    user = party.user
    if user is None or user.permission_codes or not party.email:
        return
    before = user.email
    if before.lower() != party.email.lower():
        access.correct_email(user_id=user.pk, email=party.email, by=by)
        notices.enqueue_sign_in_changed(party=party, addresses=[a for a in (before, party.email) if a])


def _reachable(party: Party) -> bool:
    """Whether a mail proves anything: there is an address, and whose it is was verified."""
    return bool(party.email and party.identification_key and party.identification_verified)
