"""Who acts for a company, from a day until another."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.registry.models import Representation


class NotRepresentable(DomainError):
    """Only a company is represented, and only by a person."""

    code = "not_representable"
    template = _("A company is represented by a person: choose one of each.")


class RepresentedAlready(DomainError):
    """Somebody represents the company on some of those days."""

    code = "represented_already"
    template = _("The company already has a representative on those days: end that representation first.")


class RepresentationEnded(DomainError):
    """The representation has ended already, or would end before it began. Fact: `valid_from`."""

    code = "representation_ended"
    template = _("The representation began on %(valid_from)s: it must end after that day, and only once.")


@transaction.atomic
def add_representative(
    *,
    represented_id: int,
    representative_id: int,
    valid_from: date,
    valid_to: date | None = None,
    by: Actor,
) -> Representation:
    """Let a person act for a company from a day on, until before another.

    Raises NotRepresentable for any other pair of parties, RepresentedAlready, RepresentationEnded.
    """
    refusals = {
        "representation_kinds": NotRepresentable(),
        "representation_no_overlap": RepresentedAlready(),
        "representation_span": RepresentationEnded(valid_from=valid_from),
    }
    with verdicts(**refusals), transaction.atomic():
        acts_for = Representation.objects.create(
            represented_id=represented_id,
            representative_id=representative_id,
            valid_from=valid_from,
            valid_to=valid_to,
        )
    after = {"representative": representative_id, "from": valid_from.isoformat()}
    if valid_to is not None:
        after["to"] = valid_to.isoformat()
    audit.record(
        by=by, kind="registry.add_representative", object_type="party", object_id=represented_id, after=after
    )
    return acts_for


@transaction.atomic
def end_representation(*, representation_id: int, valid_to: date, by: Actor) -> Representation:
    """Say that a person acts for a company no longer from a day on. Raises RepresentationEnded."""
    acts_for = Representation.objects.select_for_update().get(pk=representation_id)
    if acts_for.valid_to is not None or valid_to <= acts_for.valid_from:
        raise RepresentationEnded(valid_from=acts_for.valid_from)
    acts_for.valid_to = valid_to
    acts_for.save(update_fields=["valid_to"])
    after = {"representative": acts_for.representative_id, "to": valid_to.isoformat()}
    audit.record(
        by=by,
        kind="registry.end_representative",
        object_type="party",
        object_id=acts_for.represented_id,
        after=after,
    )
    return acts_for
