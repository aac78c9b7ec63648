"""Users, their roles, and what each role may do."""

import uuid
from typing import ClassVar, Final

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property

from caudal.access.permissions import WHOLE_TOWN
from caudal.common import sql
from caudal.common.actor import Actor

# What the roles of a user allow, those out of use aside; a permission of two roles stands there twice.
ALLOWED: Final = """ARRAY(
    SELECT p.permission FROM access_rolepermission p
    JOIN access_role r ON r.id = p.role_id AND NOT r.retired
    JOIN access_user_roles h ON h.role_id = r.id
    WHERE h.user_id = access_user.id)"""


class Role(models.Model):
    """A named set of permissions; the defaults come from `permissions.ROLES`. Retired, it gives nobody anything."""

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    retired = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="role_name_once")]

    def __str__(self) -> str:
        return self.name


class RolePermission(models.Model):
    """One permission of one role, by its code in `permissions.PERMISSIONS`."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="permissions")
    permission = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "permission"], name="role_permission_once")]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username=username)


class User(AbstractBaseUser):
    """Someone who signs in. A citizen is a user whose party points here.

    `sector_ids`: the sectors to which his work in the office is limited; none: the whole town. `language`: in which he
    wants the portal and the mails to him; empty: he never chose. `version` counts what the office's form writes.
    """

    LANGUAGES = [("", "Sin elegir"), ("es", "Español"), ("en", "English")]

    username = models.CharField(max_length=150, unique=True)
    email = models.EmailField(blank=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(db_default=Now())
    roles = models.ManyToManyField(Role, related_name="users", blank=True)
    sector_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    security_stamp = models.UUIDField(default=uuid.uuid4, editable=False)
    language = models.CharField(max_length=2, choices=LANGUAGES, blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), condition=~Q(email=""), name="user_email_once"),
            models.CheckConstraint(condition=Q(language__in=["", "es", "en"]), name="user_language_known"),
        ]
        # The orders of the list; its words are found by the index user_words.
        indexes = [
            models.Index(fields=["name", "username"], name="user_by_name"),
            models.Index(fields=["last_login", "id"], name="user_by_last_login"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def actor(self) -> Actor:
        return Actor(id=self.pk, label=str(self))

    @cached_property
    def permission_codes(self) -> frozenset[str]:
        """What the user's roles allow, read once per request."""
        ((codes,),) = sql.tuples(
            (ALLOWED,), "access_user WHERE id = %(user_id)s::bigint", {"user_id": self.pk}
        )
        return frozenset(codes)

    @property
    def role_names(self) -> str:
        """The user's roles as people say them; those out of use are none."""
        return ", ".join(role.name for role in self.roles.all() if not role.retired)

    def can(self, permission: str) -> bool:
        """Whether the user may do this now; who is limited to sectors does nothing that concerns the whole town."""
        if self.sector_ids and permission in WHOLE_TOWN:
            return False
        return self.is_active and permission in self.permission_codes

    @property
    def language_of_mails(self) -> str:
        """What mails to the user speak: what he chose, empty if he never did; Spanish for staff, whose work is."""
        return "es" if self.can("office.enter") else self.language

    def get_session_auth_hash(self) -> str:
        """A new stamp (role change, disabling) ends every session, as a new password does."""
        key = f"caudal.access.session.{self.security_stamp}"
        return salted_hmac(key, self.password, algorithm="sha256").hexdigest()


class Attempt(models.Model):
    """How often something that could be guessed was tried lately. `key_hash`: of an address or a number."""

    scope = models.CharField(max_length=30)
    key_hash = models.CharField(max_length=64)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "key_hash"], name="attempt_counted_once")]
        indexes = [models.Index(fields=["since"], name="attempt_since")]
