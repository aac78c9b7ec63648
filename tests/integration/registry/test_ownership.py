"""Shares of a property, spans of owners and representatives: what the database refuses, and in which words."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.common.versions import ChangedMeanwhile
from caudal.registry.models import Ownership, Party, Property, Representation
from caudal.registry.operations import (
    AccessEnded,
    AccessGranted,
    DuplicateLicence,
    LicenceClosesTooEarly,
    LicenceData,
    NotRepresentable,
    OwnershipEnded,
    OwnsAlready,
    PropertyData,
    RepresentedAlready,
    SharesAboveWhole,
    add_owner,
    add_representative,
    close_licence,
    create_licence,
    create_property,
    end_access,
    end_ownership,
    end_representation,
    grant_access,
    retire,
    save_sector,
    update_licence,
    update_party,
    update_property,
)
from caudal.registry.operations.parties import PartyData
from caudal.registry.queries import free_share
from tests import factories
from tests.support.threads import at_once

BEGIN, LATER = date(2026, 1, 1), date(2026, 7, 1)
HALF = Decimal("0.5")

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> Property:
    factories.organisation()
    return create_property(data=PropertyData(cadastral_code="6-1"))


def own(house: Property, share: str = "1", since: date = BEGIN, who: Party | None = None) -> Ownership:
    party = who or factories.party()
    return add_owner(
        property_id=house.pk, party_id=party.pk, share=Decimal(share), valid_from=since, by=SYSTEM
    )


def company(name: str = "Bazar Los Ángeles S. A.") -> Party:
    return factories.party(kind="juridical", legal_name=name, identification="")


def test_shares_add_up_to_at_most_the_whole_and_the_refusal_says_what_is_left(house: Property) -> None:
    own(house, "0.6")
    own(house, "0.25")
    with pytest.raises(SharesAboveWhole) as refusal:
        own(house, "0.150001")
    assert refusal.value.message == (
        "Solo queda libre el 15 % de la propiedad desde el 01/01/2026: las partes suman a lo más 100 %."
    )
    own(house, "0.15")
    assert free_share(property_id=house.pk, valid_from=BEGIN) == 0


def test_a_share_is_refused_for_a_day_in_the_future_on_which_it_is_too_much(house: Property) -> None:
    own(house, "0.7", since=LATER)
    with pytest.raises(SharesAboveWhole):
        own(house, "0.5", since=BEGIN)
    assert Ownership.objects.count() == 1


def test_who_sold_on_a_day_leaves_the_whole_to_the_next_owner_from_that_day(house: Property) -> None:
    sold = own(house)
    end_ownership(ownership_id=sold.pk, valid_to=LATER, by=SYSTEM)
    own(house, since=LATER)
    with pytest.raises(OwnershipEnded):
        end_ownership(ownership_id=sold.pk, valid_to=date(2026, 8, 1), by=SYSTEM)


def test_nobody_owns_two_shares_at_once(house: Property) -> None:
    ana = factories.party("Ana", "Mora Solís")
    own(house, "0.2", who=ana)
    with pytest.raises(OwnsAlready) as refusal:
        own(house, "0.2", since=LATER, who=ana)
    assert refusal.value.message == "Ana Mora Solís ya tiene una parte de esta propiedad en esas fechas."


@pytest.mark.django_db(transaction=True)
def test_two_clerks_at_the_same_instant_do_not_give_away_more_than_there_is() -> None:
    factories.organisation()
    house = create_property(data=PropertyData(cadastral_code="6-1"))
    people = [factories.party() for _ in range(6)]
    given = at_once(6, lambda n: own(house, "0.3", who=people[n]))
    assert sum(isinstance(one, Ownership) for one in given) == 3
    assert sum(isinstance(one, SharesAboveWhole) for one in given) == 3


def test_the_database_judges_also_what_no_operation_wrote(house: Property) -> None:
    own(house, "0.6")
    with pytest.raises(IntegrityError, match="exceed the whole"), transaction.atomic():
        Ownership.objects.create(property=house, party=factories.party(), share=HALF, valid_from=BEGIN)
    with pytest.raises(IntegrityError, match="represented by a person"), transaction.atomic():
        Representation.objects.create(
            represented=company(), representative=company("Otra S. A."), valid_from=BEGIN
        )


def test_a_company_does_not_represent_and_is_represented_by_one_person_at_a_time(house: Property) -> None:
    bazaar, ana, beto = company(), factories.party("Ana"), factories.party("Beto")

    def represent(who: Party, since: date) -> Representation:
        return add_representative(
            represented_id=bazaar.pk, representative_id=who.pk, valid_from=since, by=SYSTEM
        )

    with pytest.raises(NotRepresentable):
        represent(company("Otra S. A."), BEGIN)
    first = represent(ana, BEGIN)
    with pytest.raises(RepresentedAlready):
        represent(beto, LATER)
    end_representation(representation_id=first.pk, valid_to=LATER, by=SYSTEM)
    represent(beto, LATER)
    assert bazaar.representatives.count() == 2


def test_who_represents_stays_a_person(house: Property) -> None:
    bazaar, ana = company(), factories.party("Ana")
    add_representative(represented_id=bazaar.pk, representative_id=ana.pk, valid_from=BEGIN, by=SYSTEM)
    with pytest.raises(NotRepresentable):
        update_party(
            party_id=ana.pk, version=1, data=PartyData(kind="juridical", legal_name="Ana y Compañía S. A.")
        )


def test_a_grant_is_given_once_and_taken_back(house: Property) -> None:
    user = factories.user("ana")
    granted = grant_access(property_id=house.pk, user_id=user.pk, valid_from=BEGIN, by=SYSTEM)
    with pytest.raises(AccessGranted):
        grant_access(property_id=house.pk, user_id=user.pk, valid_from=LATER, by=SYSTEM)
    with pytest.raises(AccessEnded):
        end_access(access_id=granted.pk, valid_to=BEGIN - timedelta(days=1), by=SYSTEM)
    end_access(access_id=granted.pk, valid_to=LATER, by=SYSTEM)
    with pytest.raises(AccessEnded):
        end_access(access_id=granted.pk, valid_to=LATER, by=SYSTEM)
    again = grant_access(property_id=house.pk, user_id=user.pk, valid_from=LATER, by=SYSTEM)
    assert set(user.property_access.all()) == {granted, again}
    kinds = list(AuditRecord.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["registry.grant_access", "registry.revoke_access", "registry.grant_access"]


def test_what_has_history_is_closed_and_the_rest_is_deleted(house: Property) -> None:
    used, unused = (save_sector(code=c, name=c, by=SYSTEM) for c in ("C", "D"))
    update_property(
        property_id=house.pk,
        version=1,
        data=PropertyData(cadastral_code="6-1", sector_id=used.pk),
        by=SYSTEM,
    )
    assert retire(unused, version=1, on=LATER, by=SYSTEM) is True
    assert retire(used, version=1, on=LATER, by=SYSTEM) is False
    used.refresh_from_db()
    assert used.closed_on == LATER
    with pytest.raises(ChangedMeanwhile):
        retire(used, version=1, on=LATER, by=SYSTEM)


def test_a_licence_has_one_number_for_ever_and_ends_after_it_began(house: Property) -> None:
    data = LicenceData(party_id=factories.party().pk, number="P-0042", activity="Pulpería", opened_on=BEGIN)
    licence = create_licence(data=data, by=SYSTEM)
    with pytest.raises(LicenceClosesTooEarly):
        close_licence(licence_id=licence.pk, version=1, closed_on=BEGIN, by=SYSTEM)
    close_licence(licence_id=licence.pk, version=1, closed_on=LATER, by=SYSTEM)
    with pytest.raises(DuplicateLicence):
        create_licence(data=data, by=SYSTEM)
    with pytest.raises(ChangedMeanwhile):
        update_licence(licence_id=licence.pk, version=1, data=data, by=SYSTEM)
