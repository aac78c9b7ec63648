"""What belongs to whom, what it is worth and from when, and who may see it."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from caudal.common.actor import SYSTEM
from caudal.receivables.queries import parties_of
from caudal.registry.models import DeclaredValue, Property
from caudal.registry.operations import (
    NegativeValue,
    NotRepresentable,
    PropertyData,
    ResolutionNeeded,
    UserLinked,
    add_owner,
    add_representative,
    create_property,
    declare_value,
    link_user,
)
from caudal.registry.queries import properties_of
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 10)


@pytest.fixture
def house() -> Property:
    factories.organisation()
    return create_property(data=PropertyData(cadastral_code="6-118204-000", address="Barrio Las Mercedes"))


def test_a_declared_value_counts_from_the_next_first_of_january(house: Property) -> None:
    declared = declare_value(
        property_id=house.pk, amount=Decimal(31_000_000), received_on=date(2025, 12, 31), by=SYSTEM
    )
    assert declared.counts_from == date(2026, 1, 1)


def test_the_last_declaration_of_a_year_is_the_one_that_counts(house: Property) -> None:
    for amount, month in ((28_000_000, 2), (31_500_000, 11)):
        declare_value(
            property_id=house.pk, amount=Decimal(amount), received_on=date(2025, month, 3), by=SYSTEM
        )
    (kept,) = house.declared_values.all()
    assert (kept.amount, kept.received_on) == (31_500_000, date(2025, 11, 3))


def test_only_a_resolution_makes_a_value_count_within_the_year(house: Property) -> None:
    july = {"amount": Decimal(40_000_000), "received_on": date(2026, 5, 4), "counts_from": date(2026, 7, 1)}
    with pytest.raises(ResolutionNeeded):
        declare_value(property_id=house.pk, **july, resolution=" ", by=SYSTEM)
    with pytest.raises(IntegrityError), transaction.atomic():
        DeclaredValue.objects.create(property=house, **july)
    declared = declare_value(property_id=house.pk, **july, resolution="R-12-2026", by=SYSTEM)
    assert (declared.counts_from, declared.resolution) == (date(2026, 7, 1), "R-12-2026")


def test_nothing_is_worth_less_than_nothing(house: Property) -> None:
    with pytest.raises(NegativeValue):
        declare_value(property_id=house.pk, amount=Decimal(-1), received_on=TODAY, by=SYSTEM)


def test_an_owner_has_his_property_from_its_day_on(house: Property) -> None:
    owner = factories.party()
    add_owner(property_id=house.pk, party_id=owner.pk, valid_from=date(2026, 3, 1), by=SYSTEM)
    assert list(properties_of(party_ids=[owner.pk], on=date(2026, 2, 28))) == []
    assert list(properties_of(party_ids=[owner.pk], on=date(2026, 3, 1))) == [house]


def test_a_user_sees_what_his_party_represents(house: Property) -> None:
    person = factories.party()
    company = factories.party(kind="juridical", legal_name="Bazar Los Ángeles S. A.", identification="")
    user = factories.user("ana")
    link_user(party_id=person.pk, user_id=user.pk, by=SYSTEM)
    add_representative(represented_id=company.pk, representative_id=person.pk, valid_from=TODAY, by=SYSTEM)
    assert parties_of(user_id=user.pk, on=TODAY) == [person.pk, company.pk]


def test_nobody_represents_a_person(house: Property) -> None:
    with pytest.raises(NotRepresentable):
        add_representative(
            represented_id=factories.party().pk,
            representative_id=factories.party().pk,
            valid_from=TODAY,
            by=SYSTEM,
        )


def test_a_user_is_one_party(house: Property) -> None:
    user = factories.user("ana")
    link_user(party_id=factories.party().pk, user_id=user.pk, by=SYSTEM)
    with pytest.raises(UserLinked):
        link_user(party_id=factories.party().pk, user_id=user.pk, by=SYSTEM)
