"""Lists of any length: what is looked up another way where there are many rows finds the same ones."""

from typing import Any

import pytest
from django.test import Client

from caudal.access.models import User
from caudal.access.queries import users
from caudal.billing.queries import sectors
from caudal.common import clock
from caudal.office import lists
from caudal.registry.models import Party, Sector
from tests import factories

BACKEND = "caudal.office.signed_in.Backend"
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client: Client) -> Client:
    factories.organisation()
    client.force_login(factories.user("ana", "administrator", name="Ana Brenes"), backend=BACKEND)
    return client


def titles(answer: Any) -> list[str]:
    return [row["title"] for row in answer.context["table"]["rows"]]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ines", ["Inés Núñez"]),
        ("NUNEZ inés", ["Inés Núñez"]),
        ("nun", ["Inés Núñez"]),
        ("junta.org", ["Inés Núñez", "Beto"]),
        ("vecino7", ["Beto"]),
        ("nez", []),
        ("---", []),
        ("' | !", []),
    ],
)
def test_a_user_is_found_by_the_beginnings_of_words(typed: str, found: list[str]) -> None:
    factories.user("i.nunez", name="Inés Núñez", email="ines@junta.org")
    factories.user("vecino7", name="Beto", email="beto@junta.org")
    assert sorted(str(user) for user in users(text=typed)) == sorted(found)


def test_meters_are_told_by_where_they_stand(office: Client) -> None:
    north = Sector.objects.create(code="n", name="Norte")
    standing = factories.installation(factories.connection(sector_id=north.pk))
    elsewhere = factories.installation()
    stored = factories.installation()
    stored.removed_on = clock.today()
    stored.save()
    assert titles(office.get(f"/oficina/medidores/?sector={north.pk}")) == [standing.meter.serial]
    assert titles(office.get("/oficina/medidores/?estado=stored")) == [stored.meter.serial]
    without = titles(office.get("/oficina/conexiones/?estado=without_meter"))
    assert without == [stored.connection.number]
    assert elsewhere.connection.number not in without


def test_where_many_are_without_a_meter_the_same_are_found(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = {factories.connection().number for _ in range(3)}
    factories.installation()
    monkeypatch.setattr("caudal.office.entities.supply.connections.CEILING", 1)
    assert set(titles(office.get("/oficina/conexiones/?estado=without_meter"))) == bare


def test_a_long_list_is_not_sorted_by_what_no_index_covers_and_says_so(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = factories.account()
    due = {"dated_on": clock.today(), "due_date": clock.today()}
    for amount in ("30.00", "10.00", "20.00"):
        factories.invoice(account, amount, **due)
    short = office.get("/oficina/facturas/?orden=total")
    assert [row.total for row in short.context["invoices"]] == [10, 20, 30]
    monkeypatch.setattr(lists, "CEILING", 2)
    long = office.get("/oficina/facturas/?orden=total")
    assert "busque o filtre para ordenarlas" in long.content.decode()
    assert [row.total for row in long.context["invoices"]] == [20, 10]
    assert "aria-sort" not in long.content.decode()
    assert 'aria-sort="ascending"' in short.content.decode()
    assert "busque o filtre" not in office.get("/oficina/facturas/?orden=due_date").content.decode()


def test_people_are_listed_by_name_and_the_list_says_so_whatever_order_was_asked_for(office: Client) -> None:
    """What each owes is a sum that no index covers: nobody is offered the list by it."""
    for name in ("Zoila", "Ana"):
        factories.account(factories.party(name, "Mora"))
    for asked in ("", "?orden=balance"):
        page = office.get(f"/oficina/clientes/{asked}")
        assert [row.name for row in page.context["page"]] == ["Ana Mora", "Zoila Mora"]
        head = page.content.decode().partition("<thead>")[2].partition("</thead>")[0]
        assert head.count("aria-sort") == 1
        assert head.index('aria-sort="ascending"') < head.index("Cliente")
        assert "orden=balance" not in head
        assert "orden=-name" in head


@pytest.fixture
def two_sectors() -> tuple[Sector, set[int]]:
    """A sector, and who is seen there: a customer, an owner, and none of another sector."""
    here = Sector.objects.create(code="n", name="Norte")
    there = Sector.objects.create(code="s", name="Sur")
    seen = set()
    for sector in (here, here, there):
        account = factories.account()
        factories.subscription(account, factories.service(), factories.connection(sector_id=sector.pk))
        if sector == here:
            seen.add(account.holder_id)
    factories.account()
    return here, seen


@pytest.mark.parametrize("small", [10_000, 0])
def test_the_people_of_a_sector_are_the_same_however_large_it_is(
    two_sectors: tuple[Sector, set[int]], small: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, seen = two_sectors
    monkeypatch.setattr(sectors, "SMALL", small)
    found = sectors.parties_seen(Party.objects.all(), [here.pk])
    assert set(found.values_list("pk", flat=True)) == seen
    assert set(sectors.parties_in([here.pk]).values_list("pk", flat=True)) == seen
    surely = Party.objects.filter(sectors.parties_surely([here.pk]))
    assert set(surely.values_list("pk", flat=True)) <= seen


def test_staff_of_a_sector_count_its_people_early(
    client: Client, two_sectors: tuple[Sector, set[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, seen = two_sectors
    factories.organisation()
    nora: User = factories.user("nora", "service", sector_ids=[here.pk])
    client.force_login(nora, backend=BACKEND)
    page = client.get("/oficina/clientes/").context["page"]
    assert {row.id for row in page.object_list} == seen
    monkeypatch.setattr(lists, "CEILING", 1)
    assert client.get("/oficina/clientes/").context["page"].paginator.capped
