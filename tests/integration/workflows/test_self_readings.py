"""A citizen sends the reading of his meter: when he may, what becomes of it, and what is never billed of it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError

from caudal.access.models import User
from caudal.billing.models import Account, Charge, Cycle, CycleRoute, Invoice, Subscription
from caudal.billing.operations.periods import PeriodDates, new_period
from caudal.billing.queries.self_readings import Standing, self_readings_of
from caudal.common.actor import SYSTEM, Actor
from caudal.common.models import AuditRecord
from caudal.jobs.invariants import INVARIANTS, violations
from caudal.metering.models import Connection, Evidence, Installation, Reading
from caudal.metering.operations.readings import NewReading
from caudal.metering.photos import picture_of
from caudal.receivables.queries.visible import readable_installations
from caudal.registry.models import Organisation, Ownership, PropertyAccess, Representation
from caudal.registry.operations import PropertyData, RouteData, create_property, save_route, save_sector
from caudal.workflows import billing_run
from caudal.workflows.citizens.self_readings import (
    NoDatesYet,
    PhotoNeeded,
    ReadByUs,
    SelfReadingClosed,
    SelfReadingsOff,
    SentAndAccepted,
    SentReading,
    send_reading,
)
from caudal.workflows.readings import (
    ReadingBilled,
    accept_reading,
    correct_reading,
    record_reading,
    reject_reading,
)
from tests import factories
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db
SUPERVISOR = Actor(id=7, label="Luis Diego Arce")
MARIA = Actor(id=31, label="María Fernández")
# Water is billed on the 15th; readings may be sent from the 5th on.
IN_TIME, THE_DAY = date(2026, 11, 7), date(2026, 11, 15)


@dataclass(frozen=True)
class Home:
    """A meter that showed 100 on the last day of August and 130 thirty days later."""

    stay: Installation
    water: Subscription
    user: User


@pytest.fixture
def home() -> Home:
    factories.organisation(self_readings=True, self_reading_photo=False)
    service = factories.service("water", kind="metered", unit="m³", billing_day=15)
    holder = factories.party("María", "Fernández")
    holder.user = factories.user("maria", "customer")
    holder.save()
    at = factories.connection()
    stay = factories.installation(at, first="100", on=date(2026, 8, 31))
    water = factories.subscription(factories.account(holder), service, at)
    read(stay, date(2026, 9, 30), 130)
    return Home(stay, water, holder.user)


def read(stay: Installation, day: date, register: int) -> Reading:
    reading = NewReading(stay.pk, day, Decimal(register))
    return Reading.objects.get(pk=record_reading(reading=reading, on=day, by=SUPERVISOR).id)


def send(home: Home, register: int, *, on: date = IN_TIME, colour: str = "", by: Actor = MARIA) -> Reading:
    picture = picture_of(factories.jpeg(colour)) if colour else None
    sent = SentReading(installation=home.stay, register=Decimal(register), picture=picture)
    return send_reading(sent=sent, on=on, by=by)


def standing(home: Home, on: date = IN_TIME) -> Standing:
    (now,) = self_readings_of([home.stay], on=on)
    return now.standing


def bill(dated_on: date) -> None:
    run = billing_run.rehearse(dated_on=dated_on, by=SUPERVISOR)
    at = AuditRecord.objects.latest("id").at
    billing_run.approve(run_id=run.pk, issued_on=dated_on, at=at, by=SUPERVISOR)
    billing_run.issue_run(run_id=run.pk, clock=lambda: at)


def test_what_a_citizen_sends_waits_for_the_office_although_no_check_doubts_it(home: Home) -> None:
    reading = send(home, 160, colour="#667788")
    assert (reading.source, reading.state, reading.findings, reading.volume) == (
        "customer",
        "pending",
        [],
        None,
    )
    assert (reading.reader_id, reading.reader_label, reading.read_on) == (31, "María Fernández", IN_TIME)
    assert Evidence.objects.get(reading=reading).added_by == "María Fernández"
    record = AuditRecord.objects.get(kind="readings.send")
    assert (record.object_id, record.after["register"]) == (str(reading.pk), "160")
    assert standing(home) is Standing.WAITING


def test_the_office_may_have_what_no_check_doubts_accepted_at_once(home: Home) -> None:
    Organisation.objects.update(self_reading_accepts=True)
    reading = send(home, 160)
    assert (reading.state, reading.volume) == ("accepted", Decimal(30))
    assert standing(home) is Standing.ACCEPTED
    with pytest.raises(SentAndAccepted):
        send(home, 161)


def test_what_a_check_doubts_waits_all_the_same_with_its_alert(home: Home) -> None:
    Organisation.objects.update(self_reading_accepts=True)
    reading = send(home, 120)
    assert (reading.state, reading.findings) == ("pending", ["below_previous"])
    assert reading.alerts.get().kind == "inconsistent"


def test_it_is_sent_within_its_days_only(home: Home) -> None:
    for day, opens in ((date(2026, 11, 4), date(2026, 11, 5)), (date(2026, 11, 16), date(2026, 12, 5))):
        with pytest.raises(SelfReadingClosed) as refused:
            send(home, 160, on=day)
        assert refused.value.facts["opens_on"] == opens
    assert send(home, 160, on=date(2026, 11, 5)).state == "pending"
    assert send(home, 161, on=THE_DAY).state == "pending"


def test_the_months_own_reading_window_ends_it_earlier(home: Home) -> None:
    dates = PeriodDates(reading_from=date(2026, 11, 2), reading_to=date(2026, 11, 8))
    new_period(month=date(2026, 10, 1), dates=dates)
    assert standing(home, date(2026, 10, 29)) is Standing.OPEN
    assert standing(home, date(2026, 11, 8)) is Standing.OPEN
    assert standing(home, date(2026, 11, 9)) is Standing.CLOSED


def test_however_long_it_is_it_begins_after_the_one_before(home: Home) -> None:
    """So what our people read for the month before is not the reading of this one."""
    Organisation.objects.update(self_reading_days=60)
    read(home.stay, date(2026, 10, 12), 142)
    assert standing(home, date(2026, 10, 15)) is Standing.READ
    assert standing(home, date(2026, 10, 16)) is Standing.OPEN


def test_a_cycle_has_days_of_its_own_and_without_any_nothing_is_sent(home: Home) -> None:
    sector = save_sector(code="C", name="El Carmen", by=SYSTEM)
    route = save_route(data=RouteData(code="R1", name="Ruta 1", sector_id=sector.pk), by=SYSTEM)
    Connection.objects.update(route=route)
    cycle = Cycle.objects.create(code="c1", name="Ciclo 1")
    CycleRoute.objects.create(cycle=cycle, route=route)
    home.stay.connection.refresh_from_db()
    with pytest.raises(NoDatesYet):
        send(home, 160)
    cycle.days.create(
        month=date(2026, 11, 1),
        dated_on=date(2026, 11, 28),
        reading_from=date(2026, 11, 20),
        reading_to=date(2026, 11, 22),
    )
    assert standing(home, IN_TIME) is Standing.CLOSED
    assert standing(home, date(2026, 11, 12)) is Standing.OPEN
    assert standing(home, date(2026, 11, 22)) is Standing.OPEN
    with pytest.raises(NoDatesYet):
        send(home, 160, on=date(2026, 11, 23))


def test_sent_twice_it_is_one_reading(home: Home) -> None:
    first, second = (send(home, 160, colour="#667788") for _ in range(2))
    assert first.pk == second.pk
    assert (Reading.objects.filter(source="customer").count(), Evidence.objects.count()) == (1, 1)
    assert AuditRecord.objects.filter(kind="readings.send").count() == 1


@pytest.mark.django_db(transaction=True)
def test_eight_equal_ones_at_once_are_one_reading(home: Home) -> None:
    found = at_once(8, lambda _n: send(home, 160, colour="#667788").pk)
    assert len(set(found)) == 1
    assert Reading.objects.filter(source="customer").count() == 1


def test_another_figure_replaces_the_one_that_waits_and_both_are_kept(home: Home) -> None:
    first = send(home, 106)
    second = send(home, 160)
    first.refresh_from_db()
    assert (first.state, first.review_note) == ("rejected", "Quien la envió mandó otra.")
    assert (second.state, standing(home)) == ("pending", Standing.WAITING)
    assert first.alerts.filter(resolved_at=None).count() == 0


def test_one_that_nobody_decided_about_last_month_does_not_stand_in_the_way(home: Home) -> None:
    old = send(home, 160)
    new = send(home, 190, on=date(2026, 12, 7))
    old.refresh_from_db()
    assert (old.state, new.state) == ("rejected", "pending")


def test_the_database_itself_lets_only_one_wait(home: Home) -> None:
    waiting = send(home, 160)
    with pytest.raises(IntegrityError, match="reading_sent_waits_once"):
        Reading.objects.create(
            installation=home.stay, read_on=THE_DAY, register=170, source="customer", state=waiting.state
        )


def test_a_photo_is_asked_for_where_the_organisation_wants_one(home: Home) -> None:
    Organisation.objects.update(self_reading_photo=True)
    with pytest.raises(PhotoNeeded):
        send(home, 160)
    assert Evidence.objects.filter(reading=send(home, 160, colour="#667788")).exists()


def test_the_office_may_refuse_it_for_all_and_for_one_connection(home: Home) -> None:
    Connection.objects.update(self_reading=False)
    home.stay.connection.refresh_from_db()
    with pytest.raises(SelfReadingsOff):
        send(home, 160)
    Connection.objects.update(self_reading=True)
    Organisation.objects.update(self_readings=False)
    home.stay.connection.refresh_from_db()
    with pytest.raises(SelfReadingsOff):
        send(home, 160)


def test_what_our_people_read_wins_over_what_waits(home: Home) -> None:
    sent = send(home, 160)
    read(home.stay, date(2026, 11, 9), 158)
    sent.refresh_from_db()
    assert (sent.state, sent.review_note) == ("rejected", "Nuestro personal leyó el medidor el 09/11/2026.")
    assert standing(home, THE_DAY) is Standing.READ
    with pytest.raises(ReadByUs) as refused:
        send(home, 160, on=THE_DAY)
    assert refused.value.facts["read_on"] == date(2026, 11, 9)


def test_so_does_a_doubtful_one_of_theirs_once_it_is_accepted(home: Home) -> None:
    sent, doubtful = send(home, 160), read(home.stay, date(2026, 11, 9), 108)
    assert (doubtful.state, Reading.objects.get(pk=sent.pk).state) == ("pending", "pending")
    correct_reading(reading_id=doubtful.pk, register=Decimal(158), note="Era 158", by=SUPERVISOR)
    assert Reading.objects.get(pk=sent.pk).state == "rejected"


def test_what_they_read_long_before_does_not(home: Home) -> None:
    sent = send(home, 160)
    read(home.stay, date(2026, 10, 20), 140)
    assert Reading.objects.get(pk=sent.pk).state == "pending"


def test_a_rejected_one_may_be_sent_again(home: Home) -> None:
    reject_reading(reading_id=send(home, 160).pk, note="No se ven los números", by=SUPERVISOR)
    assert standing(home) is Standing.REJECTED
    assert send(home, 160).state == "pending"


@pytest.mark.django_db(transaction=True)
def test_only_an_accepted_one_is_billed_and_the_bill_says_whose_it_is(home: Home) -> None:
    """130 to 160 at 0.50 a m³ is 15.00; before it is accepted the bill waits for a reading."""
    bill(date(2026, 10, 15))
    sent = send(home, 160)
    bill(THE_DAY)
    assert not Charge.objects.filter(to_reading=sent).exists()
    with pytest.raises(SelfReadingClosed):
        send(home, 161, on=date(2026, 11, 16))
    accept_reading(reading_id=sent.pk, by=SUPERVISOR)
    bill(date(2026, 12, 15))
    charge = Charge.objects.get(to_reading=sent)
    assert (charge.quantity, charge.net) == (Decimal(30), Decimal("15.00"))
    (meter,) = Invoice.objects.get(charges=charge).frozen["meters"]
    assert (meter["kind"], meter["previous"], meter["current"]) == ("customer", "130.000", "160.000")
    assert not [v for invariant in INVARIANTS for v in violations(invariant)]


@pytest.mark.django_db(transaction=True)
def test_a_later_reading_of_our_people_goes_on_from_it_as_from_any_other(home: Home) -> None:
    """What was sent too high is settled by what is read next: 130 → 190 billed, then 195 adds 5."""
    bill(date(2026, 10, 15))
    sent = send(home, 190)
    accept_reading(reading_id=sent.pk, by=SUPERVISOR)
    bill(THE_DAY)
    with pytest.raises(ReadingBilled):
        correct_reading(reading_id=sent.pk, register=Decimal(165), note="", by=SUPERVISOR)
    later = read(home.stay, date(2026, 12, 10), 195)
    assert (later.state, later.volume, later.previous_id) == ("accepted", Decimal(5), sent.pk)


def readable(user: User, on: date = IN_TIME) -> set[int]:
    return set(readable_installations(user_id=user.pk, on=on).values_list("pk", flat=True))


def test_who_represents_owns_or_was_granted_may_send_and_nobody_else(home: Home) -> None:
    names = ("apoderado", "duena", "inquilina", "vecino")
    attorney, owner, tenant, neighbour = (factories.user(name, "customer") for name in names)
    parties = {u: factories.party(u.username.title()) for u in (attorney, owner, neighbour)}
    for user, party in parties.items():
        party.user = user
        party.save()
    company = factories.party("", "", kind="juridical", legal_name="Soda La Fuente S. A.")
    Account.objects.update(holder=company)
    Representation.objects.create(
        represented=company, representative=parties[attorney], valid_from=factories.LONG_AGO
    )
    place = create_property(data=PropertyData(cadastral_code="P-1"), by=SYSTEM)
    Connection.objects.update(property=place)
    Ownership.objects.create(property=place, party=parties[owner], valid_from=factories.LONG_AGO)
    granted = PropertyAccess.objects.create(property=place, user=tenant, valid_from=date(2026, 11, 1))
    assert [readable(u) for u in (attorney, owner, tenant)] == [{home.stay.pk}] * 3
    assert [readable(u) for u in (home.user, neighbour)] == [set(), set()]
    granted.valid_to = IN_TIME
    granted.save()
    assert readable(tenant) == set()


def test_who_pays_sends_it_and_who_moved_out_does_not_any_more(home: Home) -> None:
    Subscription.objects.update(valid_to=IN_TIME)
    assert readable(home.user) == set()
    assert readable(home.user, on=date(2026, 11, 6)) == {home.stay.pk}
