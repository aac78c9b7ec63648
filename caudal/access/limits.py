"""How often somebody may try what could be guessed: counted in the database, so that no two tries share a count."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from caudal.access.models import Attempt
from caudal.common.errors import DomainError

HOURS: Final = timedelta(hours=2)


class TooManyAttempts(DomainError):
    """Tried too often. Fact: `minutes` until the count begins anew."""

    code = "too_many_attempts"
    template = _("There were too many tries. Wait %(minutes)s minutes, or call the office.")


class TooManyToday(TooManyAttempts):
    """The same where hours are left: nobody counts them in minutes."""

    code = "too_many_today"
    template = _("There were too many tries today. Try again tomorrow, or call the office.")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` tries within `span`, counted per `scope` and key."""

    scope: str
    most: int
    span: timedelta


@transaction.atomic
def count_attempt(*, limit: Limit, key: str, at: datetime) -> None:
    """Count one try of a key (an address, a number). Raises TooManyAttempts beyond the limit.

    Keys are kept as keyed hashes: the table tells nobody who looked for what.
    """
    hashed = salted_hmac(f"caudal.access.limits.{limit.scope}", key, algorithm="sha256").hexdigest()
    Attempt.objects.bulk_create(
        [Attempt(scope=limit.scope, key_hash=hashed, since=at, count=0)], ignore_conflicts=True
    )
    attempt = Attempt.objects.select_for_update().get(scope=limit.scope, key_hash=hashed)
    if attempt.since + limit.span <= at:
        attempt.since, attempt.count = at, 0
    if attempt.count >= limit.most:
        left = attempt.since + limit.span - at
        refusal = TooManyToday if left > HOURS else TooManyAttempts
        raise refusal(minutes=int(left.total_seconds() // 60) + 1)
    attempt.count += 1
    attempt.save(update_fields=["since", "count"])


def forget_attempts(*, before: datetime) -> int:
    """Drop the counts that began before an instant; how many."""
    return Attempt.objects.filter(since__lt=before).delete()[0]
