"""The only clock. Edges read it and pass dates down; stages never import it."""

from datetime import date, datetime

from django.utils import timezone


def today() -> date:
    """The date where the utility is (settings.TIME_ZONE), not where the server is."""
    return timezone.localdate()


def now() -> datetime:
    """This instant, aware."""
    return timezone.now()
