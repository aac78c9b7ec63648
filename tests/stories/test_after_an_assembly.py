"""After an assembly, as the treasurer of a board: the list, the fine, the quota, and what the next bill asks for."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from caudal.billing.models import Account, Invoice, Period
from caudal.board.models import Quota
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.documents.printing import bill_pdf
from caudal.jobs.invariants import check
from caudal.metering.operations.readings import Batch, NewReading, record_readings
from caudal.receivables.queries import account_balance
from caudal.workflows import billing_run
from caudal.workflows.payments import post_surcharges
from tests import factories as make
from tests.support.pdf import text_of

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "caudal.office.signed_in.Backend"


class Village:
    """El Carrizal: water at 0.45 a cubic metre, a bill per meter, 5 % once when late. Days pass as the story says."""

    def __init__(self, today: Callable[[date], None]) -> None:
        make.organisation(
            name="Junta de Agua El Carrizal",
            kind="community_board",
            country="SV",
            locale="es-SV",
            timezone="America/El_Salvador",
            symbol="$",
            currency="USD",
            point=".",
            group=",",
        )
        self._today = today
        self.water = make.service(
            "agua",
            kind="metered",
            name="Servicio de agua",
            unit="m³",
            presentation="connection",
            late_policies=make.FIVE_PERCENT_ONCE,
        )
        flat = [{"kind": "flat", "code": "usage", "price": "0.45"}]
        self.prices = make.tariff(self.water, flat).tariff
        self.treasurer = Client()
        self.treasurer.force_login(make.user("tesorera", "billing"), backend=BACKEND)

    def house(self, given_names: str, surnames: str, *used: int) -> Account:
        """A member, whose meter stood at 100 on 1 September, with what was used each month since."""
        account, at = make.account(make.party(given_names, surnames, email="")), make.connection()
        stay = make.installation(at, first="100", on=date(2026, 9, 1))
        make.subscription(account, self.water, at, self.prices)
        register = Decimal(100)
        for n, volume in enumerate(used):
            register += volume
            reading = NewReading(stay.pk, date(2026, 10 + n, 1), register)
            with transaction.atomic():
                batch = Batch(source="manual", on=date(2027, 12, 31), accept_unusual=True)
                record_readings(readings=[reading], batch=batch, by=SYSTEM)
        return account

    def on(self, day: date) -> None:
        """A day comes, and the worker with it."""
        self._today(day)
        post_surcharges(on=day, by=SYSTEM)

    def bill(self, day: date) -> None:
        self.on(day)
        at = datetime(day.year, day.month, day.day, 18, tzinfo=UTC)
        run = billing_run.rehearse(dated_on=day, by=SYSTEM)
        billing_run.approve(run_id=run.pk, issued_on=day, at=at, by=SYSTEM)
        billing_run.issue_run(run_id=run.pk, clock=lambda: at)

    def post(self, name: str, *args: Any, **data: Any) -> str:
        """Fill a form in; the page that comes back."""
        answer = self.treasurer.post(reverse(f"office:{name}", args=args), data, follow=True)
        assert answer.status_code == 200
        return read(answer.content)

    def look(self, name: str, *args: Any) -> str:
        return read(self.treasurer.get(reverse(f"office:{name}", args=args)).content)


def read(page: bytes) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page.decode())).split())


@pytest.fixture
def village(monkeypatch: pytest.MonkeyPatch) -> Village:
    return Village(lambda day: monkeypatch.setattr(clock, "today", lambda: day))


def all_is_well() -> bool:
    return [f"{v.invariant} {v.subject}: {v.detail}" for v in check()] == []


def bill_of(account: Account) -> str:
    """The text of the last bill of a run, as it is printed."""
    last = Invoice.objects.filter(account=account, origin="run").order_by("-number")[0]
    return text_of(bill_pdf(last.pk))


# What November's bill of Beto says: 19 m³ at 0.45, the fine, a third of the pump, the social quota, what is pending.
NOVEMBER_OF_BETO = (
    "Servicio de agua",
    "8.55",
    "Multa por inasistencia a la asamblea del 25/10/2026",
    "5.00",
    "Bomba nueva, cuota 1 de 3 (acta 14 del",
    "3.33",
    "Cuota social pendiente",
    "3.00",
    "Facturas pendientes",
    "9.45",
    # 8.55 + 5.00 + 3.33 + 3.00 = 19.88, and 9.45 pending
    "29.33",
    # 5 % of the 8.55 of water alone, rounded once: 0.43
    "Recargo por mora, 5 % de Servicio de agua",
    "29.76",
    "Cuentas claras de la junta",
    "Octubre de 2026",
    "Recaudado de 2 asociados",
    "12.15",
    "Cloro y análisis",
    "−3.20",
    "Energía de bombeo",
    "−6.10",
    "Quedó en el mes",
    "2.85",
)


def test_the_treasurer_after_the_assembly(village: Village) -> None:
    ana = village.house("Ana", "Alas", 17, 20)
    beto = village.house("Beto", "Baires", 20, 19)
    carla = village.house("Carla", "Cruz", 10, 11)

    # October's bills are of September: 7.65, 9.00 and 4.50, until the 30th. Beto does not pay.
    village.bill(date(2026, 10, 15))
    make.pay(ana, "7.65", date(2026, 10, 20))
    make.pay(carla, "4.50", date(2026, 10, 24))
    village.post("board_expenses", spent_on="2026-10-21", concept="Cloro y análisis", amount="3.20")

    village.on(date(2026, 10, 25))
    pass_the_list(village, came=ana, missed=beto, excused=carla)
    charge_what_the_minutes_say(village)
    village.post("board_social", account=beto.number, amount="3.00")
    village.post("board_expenses", spent_on="2026-10-28", concept="Energía de bombeo", amount="6.10")

    # The 31st costs Beto 5 % of 9.00; the worker was off that day and comes on the 2nd.
    village.on(date(2026, 11, 2))
    assert account_balance(account_id=beto.pk) == Decimal("9.45")

    village.bill(date(2026, 11, 15))
    printed = bill_of(beto)
    assert [said for said in NOVEMBER_OF_BETO if said not in printed] == []
    assert "Multa" not in bill_of(ana) + bill_of(carla)
    assert account_balance(account_id=ana.pk) == Decimal("12.33")  # 20 × 0.45 and 3.33
    assert "Facturado $9.99 de $30.00" in village.look("board_quota", Quota.objects.get().pk)

    # He pays what the bill said it would be after the due date, and owes nothing.
    village.on(date(2026, 12, 2))
    assert account_balance(account_id=beto.pk) == Decimal("29.76")
    make.pay(beto, "29.76", date(2026, 12, 2))
    assert account_balance(account_id=beto.pk) == 0
    assert all_is_well()


def pass_the_list(village: Village, *, came: Account, missed: Account, excused: Account) -> None:
    """On Sunday they meet. Names are typed at the door; who is excused is ticked; who missed it pays 5.00."""
    page = village.post("board_assembly_new", on="2026-10-25")
    assembly = Period.objects.get(assembly_on=date(2026, 10, 25)).pk
    assert "0 asistieron" in page and "3 faltaron" in page
    shown = [f"{account.holder_id}:" for account in (came, missed, excused)]
    assert "Ana Alas: asistió." in village.post("board_assembly", assembly, q="alas", was=shown)
    village.post("board_assembly", assembly, excused=[excused.holder_id], was=shown[1:])
    page = village.look("board_assembly", assembly)
    assert "1 asistió · 1 con excusa · 1 faltó" in page
    assert "Multar a 1" in page
    village.post("board_fines", assembly, amount="5.00")
    village.post("board_fines", assembly, amount="5.00")  # pressed twice
    assert "1 multado: 1 espera la próxima factura" in village.look("board_assembly", assembly)


def charge_what_the_minutes_say(village: Village) -> None:
    """A new pump: 10.00 from each of the three, in three months."""
    page = village.post(
        "board_quota_new",
        concept="Bomba nueva",
        minutes_number="14",
        minutes_on="2026-10-25",
        amount="10.00",
        instalments="3",
        first_month="2026-11",
    )
    assert "Facturado $0.00 de $30.00" in page
