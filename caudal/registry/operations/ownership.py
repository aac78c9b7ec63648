"""Who owns a property, in which share, from a day until another; and who else was granted sight of it."""

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.common import audit
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts
from caudal.registry.models import Ownership, Property, PropertyAccess
from caudal.registry.queries import free_share

WHOLE = Decimal(1)
PERCENT = Decimal(100)


class SharesAboveWhole(DomainError):
    """More than the whole property would be owned on some day. Facts: `left` (percent), `valid_from`."""

    code = "shares_above_whole"
    template = _(
        "Only %(left)s %% of the property is free from %(valid_from)s on: shares add up to at most 100 %%."
    )


class OwnsAlready(DomainError):
    """The party owns a share on some of those days. Fact: `name`."""

    code = "owns_already"
    template = _("%(name)s already owns a share of this property on those days.")


class OwnershipEnded(DomainError):
    """The ownership has ended already, or would end before it began. Fact: `valid_from`."""

    code = "ownership_ended"
    template = _("The ownership began on %(valid_from)s: it must end after that day, and only once.")


class AccessGranted(DomainError):
    """The user was granted this property on some of those days. Fact: `name`."""

    code = "access_granted"
    template = _("%(name)s may see this property already.")


class AccessEnded(DomainError):
    """The access has ended already, or would end before it began. Fact: `valid_from`."""

    code = "access_ended"
    template = _("The access began on %(valid_from)s: it ends on that day or later, and only once.")


@transaction.atomic
def add_owner(
    *,
    property_id: int,
    party_id: int,
    share: Decimal = WHOLE,
    valid_from: date,
    valid_to: date | None = None,
    by: Actor,
) -> Ownership:
    """Say that a party owns a share (1 is all) of a property from a day on, until before another.

    Raises SharesAboveWhole, OwnsAlready, OwnershipEnded.
    """
    lock_property(property_id)
    owned = Ownership(
        property_id=property_id, party_id=party_id, share=share, valid_from=valid_from, valid_to=valid_to
    )
    left = free_share(property_id=property_id, valid_from=valid_from, valid_to=valid_to)
    refusals = {
        "ownership_at_most_whole": SharesAboveWhole(left=left * PERCENT, valid_from=valid_from),
        "ownership_no_overlap": OwnsAlready(name=owned.party.name),
        "ownership_span": OwnershipEnded(valid_from=valid_from),
    }
    with verdicts(**refusals), transaction.atomic():
        owned.save()
    after = {"party": party_id, "share": str(share), "from": valid_from.isoformat()}
    if valid_to is not None:
        after["to"] = valid_to.isoformat()
    audit.record(by=by, kind="registry.add_owner", object_type="property", object_id=property_id, after=after)
    return owned


@transaction.atomic
def end_ownership(*, ownership_id: int, valid_to: date, by: Actor) -> Ownership:
    """Say that a party owns its share no longer from a day on. Raises OwnershipEnded."""
    owned = Ownership.objects.select_for_update().get(pk=ownership_id)
    if owned.valid_to is not None or valid_to <= owned.valid_from:
        raise OwnershipEnded(valid_from=owned.valid_from)
    owned.valid_to = valid_to
    owned.save(update_fields=["valid_to"])
    after = {"party": owned.party_id, "share": str(owned.share), "to": valid_to.isoformat()}
    audit.record(
        by=by, kind="registry.end_owner", object_type="property", object_id=owned.property_id, after=after
    )
    return owned


@transaction.atomic
def grant_access(
    *, property_id: int, user_id: int, valid_from: date, valid_to: date | None = None, by: Actor
) -> PropertyAccess:
    """Let a user see a property and its bills in the portal from a day on, until before another.

    Raises AccessGranted, AccessEnded.
    """
    granted = PropertyAccess(
        property_id=property_id, user_id=user_id, valid_from=valid_from, valid_to=valid_to
    )
    refusals = {
        "property_access_no_overlap": AccessGranted(name=str(granted.user)),
        "property_access_span": AccessEnded(valid_from=valid_from),
    }
    with verdicts(**refusals), transaction.atomic():
        granted.save()
    after = {"user": user_id, "name": str(granted.user), "from": valid_from.isoformat()}
    if valid_to is not None:
        after["to"] = valid_to.isoformat()
    audit.record(
        by=by, kind="registry.grant_access", object_type="property", object_id=property_id, after=after
    )
    return granted


@transaction.atomic
def end_access(*, access_id: int, valid_to: date, by: Actor) -> PropertyAccess:
    """Say that what `grant_access` gave is so no longer from a day on, also before a day that was foreseen.

    Raises AccessEnded.
    """
    granted = PropertyAccess.objects.select_for_update(of=("self",)).select_related("user").get(pk=access_id)
    over = granted.valid_to is not None and granted.valid_to <= valid_to
    if over or valid_to < granted.valid_from:
        raise AccessEnded(valid_from=granted.valid_from)
    granted.valid_to = valid_to
    granted.save(update_fields=["valid_to"])
    after = {"user": granted.user_id, "name": str(granted.user), "to": valid_to.isoformat()}
    audit.record(
        by=by,
        kind="registry.revoke_access",
        object_type="property",
        object_id=granted.property_id,
        after=after,
    )
    return granted


def lock_property(property_id: int) -> Property:
    """The property, so that nobody else changes its owners until this transaction ends."""
    return Property.objects.select_for_update(no_key=True).get(pk=property_id)
