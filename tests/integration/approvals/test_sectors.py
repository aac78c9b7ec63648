"""Who is limited to sectors decides what has no effect beyond them, and nothing else."""

from datetime import date

import pytest

from caudal.access.models import User
from caudal.approvals.operations import MayNotDecide
from caudal.approvals.queries import deciders_about, to_decide
from caudal.billing.models import Account
from caudal.registry.models import Sector
from tests import factories
from tests.integration.approvals.asking import approved, ask

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def north() -> Sector:
    return Sector.objects.create(code="n", name="Norte")


@pytest.fixture
def nora(ana: User, north: Sector) -> User:
    return factories.user("nora", "billing", name="Nora", sector_ids=[north.pk])


def account_at(*places: Sector | None) -> Account:
    account = factories.account()
    for place in places:
        at = factories.connection(sector_id=place.pk if place else None)
        factories.subscription(account, factories.service(), at)
    return account


def bill_of(account: Account) -> int:
    due = {"dated_on": date(2026, 11, 1), "due_date": date(2026, 11, 30)}
    return factories.invoice(account, "25.00", **due).pk


def test_what_lies_wholly_in_his_sectors_he_decides(ana: User, nora: User, north: Sector) -> None:
    invoice = bill_of(account_at(north, north))
    request = ask("void", invoice, ana, reason="Otra casa")
    assert list(to_decide(user=nora)) == [request]
    assert nora in deciders_about(kind="void", object_id=invoice)
    assert approved(request, nora).decided_by == "Nora"


@pytest.mark.parametrize("elsewhere", ["another sector", "no sector", "no place at all"])
def test_an_account_that_is_elsewhere_too_he_leaves_to_others(
    ana: User, nora: User, north: Sector, elsewhere: str
) -> None:
    south = Sector.objects.create(code="s", name="Sur")
    places = {"another sector": (north, south), "no sector": (north, None), "no place at all": ()}[elsewhere]
    request = ask("void", bill_of(account_at(*places)), ana, reason="Otra casa")
    assert not to_decide(user=nora).exists()
    assert nora not in deciders_about(kind="void", object_id=request.object_id)
    with pytest.raises(MayNotDecide):
        approved(request, nora)


def test_rights_are_of_no_sector(ana: User, north: Sector) -> None:
    limited = factories.user("lia", "administrator", sector_ids=[north.pk])
    eva = factories.user("eva", "cashier")
    request = ask("grant", eva.pk, ana, roles=["billing"], sectors=[])
    assert not to_decide(user=limited).exists()
    with pytest.raises(MayNotDecide):
        approved(request, limited)


def test_he_does_not_decide_what_he_asked_for_himself(nora: User, north: Sector) -> None:
    ask("void", bill_of(account_at(north)), nora, reason="Otra casa")
    assert not to_decide(user=nora).exists()
