"""One form makes a customer whole, or nothing of him; what changes later is written down."""

from datetime import date
from decimal import Decimal

import pytest

from caudal.billing.models import Account, Subscription
from caudal.common.actor import Actor
from caudal.common.models import AuditRecord
from caudal.common.versions import ChangedMeanwhile
from caudal.metering.models import Connection, Meter, Reading
from caudal.metering.operations.connections import ConnectionData, DuplicateConnection
from caudal.metering.operations.meters import MeterData, MeterElsewhere, Register
from caudal.registry.models import Party
from caudal.registry.operations import DuplicateIdentification, PartyData
from caudal.tariffs.models import Tariff
from caudal.workflows.customers import (
    ChosenTariff,
    DuplicateAccount,
    MeterNeeded,
    NewService,
    Opened,
    TariffTwice,
    add_service,
    change_meter,
    end_service,
    open_service,
    update_connection,
    update_customer,
)
from tests import factories

pytestmark = pytest.mark.django_db
CLERK = Actor(id=3, label="Sofía Chaves")
TODAY = date(2026, 11, 20)
MARIA = PartyData(
    given_names="María de los Ángeles",
    surnames="Fernández-Guardia Echandi",
    identification_type="cedula",
    identification="1-0843-0217",
    email="maria@ejemplo.cr",
)


@pytest.fixture(autouse=True)
def town() -> None:
    factories.organisation()


@pytest.fixture
def water() -> Tariff:
    return factories.tariff(factories.service("water", kind="metered", unit="m³")).tariff


@pytest.fixture
def refuse() -> Tariff:
    return factories.tariff(factories.service("refuse")).tariff


def form(*tariffs: Tariff, **changes: object) -> NewService:
    columns: dict[str, object] = {
        "starts_on": TODAY,
        "connection": ConnectionData(address="75 m al sur de la escuela"),
        "tariffs": tuple(ChosenTariff(tariff_id=t.pk) for t in tariffs),
        "party": MARIA,
        "meter": MeterData(serial="A-0098721"),
        "first_register": Decimal(1192),
    }
    return NewService(**(columns | changes))


def opened(*tariffs: Tariff, **changes: object) -> Opened:
    return open_service(form=form(*tariffs, **changes), by=CLERK)


def test_one_form_makes_everything(water: Tariff, refuse: Tariff) -> None:
    made = opened(refuse, water)
    assert made.party.name == "María de los Ángeles Fernández-Guardia Echandi"
    assert (made.account.number, made.connection.number) == ("000001", "000001")
    assert [s.service.code for s in made.subscriptions] == ["refuse", "water"]
    assert made.installation is not None
    reading = made.installation.readings.get()
    assert (reading.role, reading.state, reading.register) == ("first", "accepted", Decimal(1192))
    record = AuditRecord.objects.get(kind="customers.open_service")
    assert (record.actor_id, record.after["meter"]) == (3, "A-0098721")


def test_numbers_follow_each_other_and_are_never_given_twice(refuse: Tariff) -> None:
    opened(refuse, connection_number="000041", account_number="77")
    other = opened(refuse, party=PartyData(given_names="Luis"), meter=None, first_register=None)
    assert (other.connection.number, other.account.number) == ("000042", "000078")
    with pytest.raises(DuplicateConnection):
        opened(refuse, party=PartyData(given_names="Eva"), connection_number="000041")
    with pytest.raises(DuplicateAccount):
        opened(
            refuse, party=PartyData(given_names="Eva"), account_number="77", meter=None, first_register=None
        )


def test_a_form_that_is_wrong_at_its_end_leaves_nothing_of_its_beginning(water: Tariff) -> None:
    opened(water)
    with pytest.raises(MeterElsewhere):
        opened(water, party=PartyData(given_names="Luis"), meter=MeterData(serial="a 0098721"))
    assert (Party.objects.count(), Account.objects.count(), Connection.objects.count()) == (1, 1, 1)
    assert (Meter.objects.count(), Reading.objects.count(), Subscription.objects.count()) == (1, 1, 1)


def test_a_person_is_one_however_often_he_comes(water: Tariff, refuse: Tariff) -> None:
    made = opened(water)
    with pytest.raises(DuplicateIdentification):
        opened(refuse)
    second = opened(refuse, party=None, account_id=made.account.pk, meter=None, first_register=None)
    assert second.account == made.account
    assert second.connection.number == "000002"


def test_a_metered_service_needs_its_meter(water: Tariff) -> None:
    with pytest.raises(MeterNeeded):
        opened(water, meter=None, first_register=None)


def test_a_service_has_one_tariff(water: Tariff) -> None:
    other = factories.tariff(water.service).tariff
    with pytest.raises(TariffTwice):
        opened(water, other)


def test_an_edit_writes_down_what_was_and_what_is(water: Tariff) -> None:
    party = opened(water).party
    changed = PartyData(
        given_names="María",
        surnames="Fernández-Guardia Echandi",
        identification_type="cedula",
        identification="1-0843-0217",
        email="maria@ejemplo.cr",
        phone="8812-4477",
    )
    update_customer(party_id=party.pk, version=1, data=changed, by=CLERK)
    record = AuditRecord.objects.get(kind="customers.update")
    assert record.before == {"given_names": "María de los Ángeles", "phone": ""}
    assert record.after == {"given_names": "María", "phone": "8812-4477"}
    with pytest.raises(ChangedMeanwhile):
        update_customer(party_id=party.pk, version=1, data=changed, by=CLERK)


def test_the_way_of_the_invoices_changes_with_the_customer(water: Tariff) -> None:
    made = opened(water)
    update_customer(party_id=made.party.pk, version=1, data=MARIA, delivery="print", by=CLERK)
    made.account.refresh_from_db()
    assert made.account.delivery == "print"
    record = AuditRecord.objects.get(kind="customers.delivery")
    assert (record.before, record.after) == ({"delivery": "mail"}, {"delivery": "print"})


def test_a_new_limit_is_remembered(water: Tariff) -> None:
    made = opened(water)
    data = ConnectionData(address=made.connection.address, limit_m3=Decimal(6000))
    update_connection(connection_id=made.connection.pk, version=1, data=data, by=CLERK)
    record = AuditRecord.objects.get(kind="customers.update_connection")
    assert (record.before, record.after) == ({"limit_m3": None}, {"limit_m3": "6000"})


def test_services_come_and_go(water: Tariff, refuse: Tariff) -> None:
    made = opened(water)
    taken = add_service(
        account_id=made.account.pk,
        connection_id=made.connection.pk,
        chosen=ChosenTariff(tariff_id=refuse.pk, amount=Decimal("7.50")),
        starts_on=date(2026, 12, 1),
        by=CLERK,
    )
    end_service(subscription_id=taken.pk, ends_on=date(2027, 3, 1), by=CLERK)
    taken.refresh_from_db()
    assert (taken.amount_override, taken.valid_to) == (Decimal("7.50"), date(2027, 3, 1))


def test_a_changed_meter_is_told_with_both_registers(water: Tariff) -> None:
    made = opened(water)
    assert made.installation is not None
    change_meter(
        installation_id=made.installation.pk,
        final=Register(date(2026, 11, 25), Decimal(1200)),
        meter=MeterData(serial="B-1"),
        first=Decimal(2),
        by=CLERK,
    )
    record = AuditRecord.objects.get(kind="customers.change_meter")
    assert record.before == {"serial": "A-0098721", "register": "1200"}
    assert record.after == {"serial": "B-1", "on": "2026-11-25", "register": "2"}
