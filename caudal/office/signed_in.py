"""Who asks: session and user of a request, read with prepared statements, because every page begins with both."""

from typing import Any, Final

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth import get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from caudal.access.models import User
from caudal.access.queries import signed_in
from caudal.common import clock, sql
from caudal.registry.models import Organisation
from caudal.registry.queries import remember_organisation

# With the organisation, which every page asks for next.
_SESSION: Final = """django_session LEFT JOIN registry_organisation ON true
WHERE session_key = %(key)s AND expire_date > %(now)s ORDER BY registry_organisation.id LIMIT 1"""


class Backend(AuthenticationBackend):
    """Signs in by user name or mail."""

    def get_user(self, user_id: Any) -> User | None:
        """Whoever may still come in, or None."""
        user = signed_in(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


class SessionStore(db.SessionStore):
    """Sessions in the database."""

    def load(self) -> dict[str, Any]:
        """What the session keeps; nothing, and a new key, where it is not there or has ended."""
        params = {"key": self.session_key, "now": clock.now()}
        found = sql.tuples((Session, Organisation), _SESSION, params)
        if not found:
            self._session_key = None
            return {}
        session, organisation = found[0]
        remember_organisation(organisation if organisation.pk else None)
        kept: dict[str, Any] = self.decode(session.session_data)
        return kept


class SignedInMiddleware(AuthenticationMiddleware):
    """Who asks, read at once: every page begins with it, and a proxy that reads it later makes each look at it dear."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = get_user(request)
