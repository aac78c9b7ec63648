"""A town in which every address of the site has something to show, with names as long as people have them."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from caudal.access.models import Role, User
from caudal.approvals.kinds import Proposal
from caudal.approvals.operations import perform
from caudal.billing.models import Cycle, CycleRoute, Invoice, InvoiceDraft, Period
from caudal.board.models import Expense, Quota
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.common.sealing import seal_history
from caudal.documents.queries import bill_url
from caudal.intake.operations import imports
from caudal.kernel.periods import month_of
from caudal.metering.models import Alert, Reading
from caudal.metering.operations.readings import Batch, NewReading
from caudal.notices.links import portal_token
from caudal.notices.models import Message
from caudal.notices.operations import enqueue_invoice_messages
from caudal.receivables.models import PaymentIntent
from caudal.tariffs.models import Service, TariffVersion
from caudal.workflows import billing_run
from caudal.workflows.invoices import OneOffForm, save_draft
from caudal.workflows.readings import record_readings
from tests import factories
from tests.support.addresses import Address
from tests.support.neighbours import House, house
from tests.unit.intake.books import ana, line, luis, meter, reading, town_book, write_town

A_MONTH = timedelta(days=30)
LONG = {"given_names": "María de los Ángeles", "surnames": "Fernández-Guardia Echandi"}


@dataclass(frozen=True)
class WholeTown:
    """Who looks: an administrator, a citizen. `ids` by the part of an address that names them."""

    house: House
    administrator: User
    ids: dict[str, object]

    def path(self, address: Address) -> str:
        """The address of something that is there."""
        entity = address.name.split("_", maxsplit=1)[0]
        ids = self.ids | {"pk": self.ids.get(entity, self.ids.get(f"{entity}_id", 0))}
        if address.space == "portal" and address.name == "signed_bill":
            return str(ids["bill"])
        if address.name == "self_reading_photo":
            ids = ids | {"reading_id": ids["sent"]}
        return re.sub(r"<[a-z]+:([a-z_]+)>", lambda part: str(ids[part[1]]), address.pattern)


def whole_town(folder: Path) -> WholeTown:
    """Everything once: a year of readings, bills of three kinds, a run, an import, an assembly, mails and payments."""
    factories.organisation(
        kind="community_board", phone="2222-1010", second_person=["invoices.void"], self_readings=True
    )
    home = house("Norte")
    type(home.party).objects.filter(pk=home.party.pk).update(**LONG)
    administrator = factories.user("eva", "administrator", name="Eva Mora Solís de la Trinidad")
    _a_year(home)
    today = clock.today()
    sent = _sent(home, today)
    _overdue(home, today)
    period = Period.objects.get_or_create(month=month_of(today))[0]
    Period.objects.filter(pk=period.pk).update(assembly_on=today)
    cycle = Cycle.objects.create(code="norte", name="Ciclo del norte y de los alrededores")
    CycleRoute.objects.create(cycle=cycle, route=home.route)
    quota = Quota.objects.create(
        concept="Bomba nueva del pozo", minutes_number="14", minutes_on=today, amount=Decimal("10.00"),
        instalments=3, first_month=month_of(today), created_by="Eva",
    )  # fmt: skip
    expense = Expense.objects.create(
        spent_on=today, concept="Cloro", amount=Decimal("8.00"), entered_by="Eva"
    )
    run = _run(today)
    draft = _draft(home, today)
    version = TariffVersion.objects.latest("id")
    seal_history()
    newcomer = factories.party("Nueva", "Vecina")
    ids: dict[str, object] = {
        "approval_id": _asked(home, today),
        "cycle_id": cycle.pk,
        "draft_id": draft.pk,
        "expense_id": expense.pk,
        "import_id": _import(folder, today),
        "message_id": Message.objects.filter(channel="mail").latest("id").pk,
        "name": "x",
        "period_id": period.pk,
        "position": 0,
        "quota_id": quota.pk,
        "record_id": AuditRecord.objects.latest("id").pk,
        "role_id": Role.objects.order_by("id")[0].pk,
        "run_id": run,
        "sent": sent,
        "service_id": Service.objects.get(code="water").pk,
        "tariff_id": version.tariff_id,
        "token": portal_token(party=newcomer, address=newcomer.email, at=clock.now()),
        "user_id": home.user.pk,
        "version_id": version.pk,
        "year": today.year,
        "code": "sandbox",
        "bill": _guest_bill(home),
    }
    return WholeTown(home, administrator, home.ids() | ids)


def _a_year(home: House) -> None:
    """Readings of each month; one waits for somebody to look at it."""
    Reading.objects.filter(pk=home.reading.pk).update(state="rejected")
    Alert.objects.filter(pk=home.alert.pk).update(reading=None)
    begin = home.reading.read_on
    news = [NewReading(home.stay.pk, begin + n * A_MONTH, Decimal(100 + 30 * n)) for n in range(1, 5)]
    batch = Batch(source="manual", on=clock.today(), accept_unusual=True)
    record_readings(readings=news, batch=batch, by=SYSTEM)
    waiting = NewReading(home.stay.pk, begin + 5 * A_MONTH, Decimal(900))
    record_readings(readings=[waiting], batch=Batch(source="manual", on=clock.today()), by=SYSTEM)


def _sent(home: House, today: date) -> int:
    """What the citizen read himself, with its photo; it waits for the office."""
    batch = Batch(source="customer", on=today, all_wait=True)
    sent = [NewReading(home.stay.pk, today, Decimal(905))]
    (recorded,) = record_readings(readings=sent, batch=batch, by=home.user.actor)
    factories.photo(Reading.objects.get(pk=recorded.id))
    return int(recorded.id)


def _overdue(home: House, today: date) -> None:
    """Of several places and ages, in one account."""
    for days, amount in ((90, "1000.00"), (40, "250.00"), (3, "75.50")):
        on = today - timedelta(days=days)
        bill = factories.invoice(
            home.account,
            factories.Line(amount, subscription=home.subscription),
            dated_on=on,
            due_date=on + timedelta(days=15),
            connection=home.connection,
        )
        enqueue_invoice_messages(invoice_ids=[bill.pk])


def _run(today: date) -> int:
    Service.objects.filter(code="water").update(billing_day=today.day, in_arrears=False)
    return int(billing_run.rehearse(dated_on=today, services=(), by=SYSTEM).pk)


def _draft(home: House, today: date) -> InvoiceDraft:
    service = Service.objects.get(code="fee")
    lines = ((service.pk, "Cambio de llave", Decimal("7.00")),)
    return save_draft(form=OneOffForm(account_id=home.account.pk, lines=lines), by=SYSTEM)


def _asked(home: House, today: date) -> int:
    """A void that waits for another person."""
    asker = factories.user("beto", "billing", name="Alberto Quesada")
    invoice = Invoice.objects.filter(account=home.account).latest("id")
    proposal = Proposal(kind="void", object_id=invoice.pk, payload={"reason": "Dirección equivocada"})
    asked = perform(proposal=proposal, on=today, at=clock.now(), by=asker.actor)
    assert asked is not None
    return int(asked.pk)


def _import(folder: Path, today: date) -> int:
    book = town_book([ana(), luis(DUI="04931345-9")], [meter()], [reading("2016-07-01", 0, 50)], [line()])
    path = write_town(folder / "acueducto.xlsx", book)
    found = imports.take_in(chunks=[path.read_bytes()], file_name=path.name, by=SYSTEM)
    imports.analyse_import(import_id=found.pk, today=today)
    return int(found.pk)


def _guest_bill(home: House) -> str:
    bill: Any = Invoice.objects.filter(account=home.account).latest("id")
    return urlsplit(bill_url(invoice_id=bill.pk, issued_on=bill.issued_on, base_url="")).path


def payments_on_their_way(home: House) -> list[str]:
    """The pages of an online payment that was refused, of one that is looked into, and of one of two accounts."""
    second = factories.account(home.party)
    paths = []
    for state in ("failed", "parked", "paid"):
        intent = PaymentIntent.objects.create(
            provider="sandbox", amount=Decimal("3.00"), value_on=clock.today(), state=state, started_by="Ana"
        )
        for account, amount in ((home.account, "1.00"), (second, "2.00")):
            paid = factories.pay(account, amount, clock.today(), method="online") if state == "paid" else None
            intent.parts.create(account=account, charge_ids=[], amount=Decimal(amount), payment=paid)
        paths.append(f"/pagar/{intent.pk}/")
    return paths
