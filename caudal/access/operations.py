"""Writes of access: users, the roles they hold, and the end of their sessions."""

import uuid
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.access.models import Role, User
from caudal.access.queries import active_administrators
from caudal.access.roles import ADMINISTRATOR
from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.common.versions import save_version


class DuplicateUser(DomainError):
    """The user name or the mail belongs to another user. Fact: `value`."""

    code = "duplicate_user"
    template = _("There is already a user with %(value)s.")


class LastAdministrator(DomainError):
    """Nobody would be left who may manage users. Fact: `name`."""

    code = "last_administrator"
    template = _("%(name)s is the last administrator: name another one first.")


class UnknownRole(DomainError):
    """A role that does not exist, or is out of use. Fact: `role`."""

    code = "unknown_role"
    template = _("There is no role “%(role)s”.")


class UnknownLanguage(DomainError):
    """Nobody speaks it here. Fact: `language`."""

    code = "unknown_language"
    template = _("There is no language “%(language)s” here.")


class WeakPassword(DomainError):
    """A password that is too easy. Fact: `reasons`, sentences of their own."""

    code = "weak_password"
    template = _("That password will not do. %(reasons)s")


@transaction.atomic
def create_user(*, username: str, email: str, name: str, roles: Collection[str], by: Actor) -> User:
    """A user without a password: it is set through a link. Raises DuplicateUser, UnknownRole."""
    user = User(username=username.strip(), email=email.strip(), name=name.strip())
    user.set_unusable_password()
    _save(user)
    user.roles.set(_roles(roles))
    after = {"username": user.username, "email": user.email, "name": user.name, "roles": sorted(roles)}
    audit.record(by=by, kind="access.create_user", object_type="user", object_id=user.pk, after=after)
    return user


@transaction.atomic
def update_user(*, user_id: int, version: int, username: str, email: str, name: str, by: Actor) -> User:
    """Change how a user is called and reached. Raises DuplicateUser; ChangedMeanwhile too where his rights changed."""
    user = _locked(user_id)
    before = {"username": user.username, "email": user.email, "name": user.name}
    after = {"username": username.strip(), "email": email.strip(), "name": name.strip()}
    with _named_once(after["username"], after["email"]), transaction.atomic():
        save_version(user, version=version, changes=after)
    if after != before:
        _forget_address(user, before["email"])
        _record(by, "access.update_user", user, before=before, after=after)
    return user


@transaction.atomic
def correct_email(*, user_id: int, email: str, by: Actor) -> User:
    """Have a user sign in and recover his password by another address, and no more by the one before.

    Raises DuplicateUser.
    """
    user = _locked(user_id)
    return update_user(
        user_id=user_id, version=user.version, username=user.username, email=email, name=user.name, by=by
    )


@transaction.atomic
def choose_language(*, user_id: int, language: str, by: Actor) -> None:
    """Speak to a user in a language («es», «en») from now on, in the portal and in mails. Raises UnknownLanguage."""
    user = User.objects.select_for_update().get(pk=user_id)
    before = user.language
    if before == language:
        return
    with verdicts(user_language_known=UnknownLanguage(language=language)), transaction.atomic():
        User.objects.filter(pk=user_id).update(language=language)
    _record(by, "access.choose_language", user, before={"language": before}, after={"language": language})


def keep_first_language(*, user: User, language: str) -> None:
    """Whoever never chose keeps the language that he chose on the way in; other choices of his stand."""
    if not user.language:
        choose_language(user_id=user.pk, language=language, by=user.actor)
        user.language = language


@transaction.atomic
def set_roles(*, user_id: int, roles: Collection[str], by: Actor) -> User:
    """Give a user exactly these roles and end his sessions. Raises LastAdministrator, UnknownRole."""
    user = _locked(user_id)
    before = sorted(user.roles.values_list("code", flat=True))
    if before == sorted(roles):
        return user
    if ADMINISTRATOR not in roles:
        _keep_an_administrator(user)
    user.roles.set(_roles(roles))
    _count_up(user)
    _end_sessions(user)
    _record(by, "access.set_roles", user, before={"roles": before}, after={"roles": sorted(roles)})
    return user


@transaction.atomic
def set_sectors(*, user_id: int, sector_ids: Collection[int], by: Actor) -> User:
    """Limit a user's work in the office to these sectors, from his next request; none: the whole town.

    Raises LastAdministrator.
    """
    user = _locked(user_id)
    before, after = sorted(user.sector_ids), sorted(set(sector_ids))
    if before == after:
        return user
    if after:
        _keep_an_administrator(user)
    user.sector_ids = after
    user.save(update_fields=["sector_ids"])
    _count_up(user)
    _record(by, "access.set_sectors", user, before={"sectors": before}, after={"sectors": after})
    return user


@transaction.atomic
def deactivate_user(*, user_id: int, by: Actor) -> User:
    """Nobody signs in as this user any more, and whoever is in is out. Raises LastAdministrator."""
    user = _locked(user_id)
    _keep_an_administrator(user)
    user.is_active = False
    user.save(update_fields=["is_active"])
    _end_sessions(user)
    _record(by, "access.deactivate_user", user, before={"is_active": True}, after={"is_active": False})
    return user


@transaction.atomic
def activate_user(*, user_id: int, by: Actor) -> User:
    """Let a user in again."""
    user = _locked(user_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    _record(by, "access.activate_user", user, before={"is_active": False}, after={"is_active": True})
    return user


@transaction.atomic
def set_password(*, user_id: int, password: str, by: Actor) -> User:
    """Give a user this password and end his sessions. Raises WeakPassword."""
    user = User.objects.select_for_update().get(pk=user_id)
    try:
        validate_password(password, user)
    except ValidationError as refusal:
        raise WeakPassword(reasons=" ".join(refusal.messages)) from refusal
    user.set_password(password)
    user.save(update_fields=["password"])
    _end_sessions(user)
    _record(by, "access.set_password", user)
    return user


@transaction.atomic
def change_second_factor(*, user_id: int, change: str, by: Actor) -> User:
    """Keep that a user's second factor changed (`change`: what, as a code), and end his sessions."""
    user = User.objects.select_for_update().get(pk=user_id)
    _end_sessions(user)
    _record(by, "access.second_factor", user, after={"change": change})
    return user


def note_own_password(*, user: User) -> None:
    """Leave in the history that a user gave himself another password."""
    _record(user.actor, "access.set_password", user)


@transaction.atomic
def remove_second_factor(*, user_id: int, by: Actor) -> User:
    """Take away all of a user's codes and passkeys: he lost them, and somebody made sure that it is he."""
    Authenticator.objects.filter(user_id=user_id).delete()
    return change_second_factor(user_id=user_id, change="removed", by=by)


def note_password_link(*, user_id: int, by: Actor) -> None:
    """Leave in the history that somebody was given a link with which to set this user's password."""
    _record(by, "access.password_link", User.objects.get(pk=user_id))


def hold_administrators() -> None:
    """Take the lock that orders all changes of who administers."""
    Role.objects.select_for_update().get(code=ADMINISTRATOR)


def _locked(user_id: int) -> User:
    hold_administrators()
    return User.objects.get(pk=user_id)


def _keep_an_administrator(user: User) -> None:
    administrators = set(active_administrators().values_list("pk", flat=True))
    if administrators == {user.pk}:
        raise LastAdministrator(name=str(user))


def _forget_address(user: User, address: str) -> None:
    """Whoever reads there no longer recovers the password: it was another's, or was given up."""
    if address.lower() != user.email.lower():
        EmailAddress.objects.filter(user=user, email__iexact=address).delete()


def _count_up(user: User) -> None:
    """A form that showed the rights before is not to give them back."""
    save_version(user, version=user.version, changes={})


def _end_sessions(user: User) -> None:
    user.security_stamp = uuid.uuid4()
    user.save(update_fields=["security_stamp"])


def _roles(codes: Collection[str]) -> list[Role]:
    found = {role.code: role for role in Role.objects.filter(code__in=codes, retired=False)}
    for code in codes:
        if code not in found:
            raise UnknownRole(role=code)
    return list(found.values())


def _save(user: User) -> None:
    with _named_once(user.username, user.email), transaction.atomic():
        user.save()


def _named_once(username: str, email: str) -> AbstractContextManager[None]:
    return verdicts(
        access_user_username_key=DuplicateUser(value=username), user_email_once=DuplicateUser(value=email)
    )


def _record(
    by: Actor,
    kind: str,
    user: User,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.record(by=by, kind=kind, object_type="user", object_id=user.pk, before=before, after=after)
