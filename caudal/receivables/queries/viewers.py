"""Who sees a property's bills in the portal, and why; and the properties that a user sees."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db.models import Q, QuerySet

from caudal.access.models import User
from caudal.billing.models import Subscription
from caudal.receivables.queries.visible import parties_of
from caudal.registry.models import Ownership, Party, Property, PropertyAccess, Representation

Why = Literal["payer", "owner", "representative", "granted"]


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user who sees a property: as its payer or owner, for whom he represents (`party`), or by a grant."""

    user: User
    why: Why
    party: Party | None = None
    access_id: int | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A property that a user sees, and why."""

    place: Property
    why: Why
    party: Party | None = None
    access_id: int | None = None


def viewers_of(*, property_id: int, on: date) -> list[Viewer]:
    """The users who see a property on a day, each with every reason that he has."""
    payers = [taken.account.holder for taken in _taken(on).filter(_at([property_id]))]
    owners = [owned.party for owned in _owned(on).filter(property=property_id)]
    found = [*_users(payers, "payer"), *_users(owners, "owner")]
    for acts_for in _acting(on).filter(represented__in={p.pk for p in (*payers, *owners)}):
        user = acts_for.representative.user
        if user is not None:
            found.append(Viewer(user, "representative", acts_for.represented))
    granted = PropertyAccess.objects.filter(_valid(on), property=property_id).select_related("user")
    found += [Viewer(one.user, "granted", None, one.pk) for one in granted]
    return sorted(found, key=lambda viewer: (str(viewer.user), viewer.why))


def places_seen(*, user_id: int, on: date) -> list[Seen]:
    """The properties that a user sees on a day, each with every reason, by code."""
    parties = parties_of(user_id=user_id, on=on)
    own = set(parties[:1])
    found = [
        Seen(owned.property, "owner" if owned.party_id in own else "representative", owned.party)
        for owned in _owned(on).filter(party__in=parties).select_related("property")
    ]
    for taken in _taken(on).filter(account__holder__in=parties):
        place = taken.property or (taken.connection.property if taken.connection else None)
        if place is not None:
            holder = taken.account.holder
            found.append(Seen(place, "payer" if holder.pk in own else "representative", holder))
    granted = PropertyAccess.objects.filter(_valid(on), user=user_id).select_related("property")
    found += [Seen(one.property, "granted", None, one.pk) for one in granted]
    return sorted(set(found), key=lambda seen: (str(seen.place), seen.place.pk, seen.why))


def _users(parties: Iterable[Party], why: Why) -> list[Viewer]:
    return [Viewer(party.user, why, party) for party in dict.fromkeys(parties) if party.user is not None]


def _at(property_ids: list[int]) -> Q:
    return Q(property__in=property_ids) | Q(connection__property__in=property_ids)


def _valid(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_to=None) | Q(valid_to__gt=on))


def _taken(on: date) -> QuerySet[Subscription]:
    return Subscription.objects.filter(_valid(on)).select_related(
        "account__holder__user", "property", "connection__property"
    )


def _owned(on: date) -> QuerySet[Ownership]:
    return Ownership.objects.filter(_valid(on)).select_related("party__user")


def _acting(on: date) -> QuerySet[Representation]:
    return Representation.objects.filter(_valid(on)).select_related("representative__user", "represented")
