"""A town that prices the sum of an account's connections: rehearsed, issued, retried, voided and billed again."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.billing.assembly.rating import recompute
from caudal.billing.models import Charge, Invoice
from caudal.billing.queries.runs import reasons_of
from caudal.common.actor import SYSTEM
from caudal.kernel.pricing import parse_tariff
from caudal.metering.models import Reading
from caudal.metering.operations.review import correct_reading
from caudal.tariffs.models import TariffVersion
from caudal.workflows import billing_run
from caudal.workflows.invoices import void_invoice
from tests import factories as make
from tests.integration.workflows.test_billing_run import NOVEMBER, NOW, Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)

BLOCKS = {"kind": "blocks", "code": "usage", "blocks": [{"upto": "15", "price": "1"}, {"price": "2"}]}


@pytest.fixture(autouse=True)
def town() -> None:
    make.organisation(currency="USD", symbol="$")


class Shops:
    """An account with a connection for each register, read at 100 in September; 5.01 and blocks, by account."""

    def __init__(self, *registers: str | None, **water: Any) -> None:
        self.water = make.service("water", kind="metered", unit="m³", **water)
        fixed = {"kind": "fixed", "code": "base", "amount": "5.01"}
        prices = {"format": 1, "name": "Comercios", "unit": "m³", "aggregate": "account"}
        version = make.tariff(self.water, definition={**prices, "components": [fixed, BLOCKS]})
        self.account = make.account(make.party())
        self.stays = []
        for register in registers:
            at = make.connection()
            stay = make.installation(at, first="100", on=date(2026, 9, 1))
            make.subscription(self.account, self.water, at, version.tariff)
            self.stays.append(stay)
            if register:
                Street.read(stay, (date(2026, 11, 1), register))

    def nets(self) -> list[str]:
        charges = Charge.objects.filter(live=True).order_by("subscription_id")
        return [str(charge.net) for charge in charges]


def issue_again(run_id: int) -> None:
    billing_run.retry_retained(run_id=run_id, by=SYSTEM)
    billing_run.issue_run(run_id=run_id, clock=lambda: NOW)


def test_a_run_prices_the_sum_once_and_stores_lines_that_compute_again() -> None:
    shops = Shops("112", "108", "120")
    run = rehearse()
    assert (run.totals["total"], run.totals["invoices"]) == ("70.01", 1)  # 40 m³: 5.01 + 15 + 50
    run = issue(run)
    assert shops.nets() == ["21.00", "14.01", "35.00"]
    for charge in Charge.objects.all():
        again = recompute(
            charge.explanation["inputs"],
            lambda pk: parse_tariff(TariffVersion.objects.get(pk=pk).definition),
        )
        assert again == charge.net
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOW)
    assert Invoice.objects.count() == 1
    assert all_is_well()


def test_a_missing_reading_holds_the_account_until_it_is_there() -> None:
    shops = Shops("112", None, "120")
    neighbour = Street()
    run = issue(rehearse())
    assert reasons_of(run) == (("retained", "account_unread", 2), ("retained", "no_reading", 1))
    assert not Invoice.objects.exists() and neighbour.water == shops.water
    Street.read(shops.stays[1], (date(2026, 11, 2), "108"))
    issue_again(run.pk)
    assert shops.nets() == ["21.00", "14.01", "35.00"]
    assert all_is_well()


def test_one_of_three_invoices_is_voided_and_its_connection_billed_again() -> None:
    shops = Shops("112", "108", "120", presentation="connection")
    issue(rehearse())
    wrong = Invoice.objects.get(connection=shops.stays[1].connection)
    void_invoice(invoice_id=wrong.pk, on=NOVEMBER, reason="Lectura equivocada", by=SYSTEM)
    assert shops.nets() == ["21.00", "35.00"]
    reading = Reading.objects.get(register=108)
    correct_reading(reading_id=reading.pk, register=Decimal(110), note="Se leyó mal", by=SYSTEM)
    issue(rehearse(NOVEMBER, "water"))
    # 42 m³ cost 74.01: what the two others were charged stays theirs.
    assert shops.nets() == ["21.00", "18.01", "35.00"]
    assert all_is_well()
