"""Who asks: session and user of a request, read with prepared statements, because every page begins with both."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session

from caudal.access.models import User
from caudal.access.queries import signed_in
from caudal.common import clock, sql


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
        found = sql.objects(Session, "WHERE session_key = %(key)s AND expire_date > %(now)s", params)
        if not found:
            self._session_key = None
            return {}
        kept: dict[str, Any] = self.decode(found[0].session_data)
        return kept
