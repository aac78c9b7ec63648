"""A bill below zero as its customer and the office read it: what is in favour, and never a sum to be paid."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from caudal.access.models import User
from caudal.billing.models import Account, Invoice
from caudal.common import clock
from caudal.documents.printing import bill_pdf
from caudal.notices.mails.compose import amounts_owed, compose, load, sender
from caudal.notices.models import Message
from caudal.notices.operations.enqueue import enqueue_invoice_messages
from caudal.receivables.models import InvoiceCredit
from caudal.receivables.queries import account_credit
from tests import factories
from tests.support.pdf import text_of

pytestmark = pytest.mark.django_db
BACKEND = "caudal.office.signed_in.Backend"


@dataclass(frozen=True)
class Scene:
    """María paid two estimates; January's bill, of today, is of −33.00."""

    user: User
    account: Account
    january: Invoice


@pytest.fixture
def scene() -> Scene:
    factories.organisation(currency="USD", symbol="$", point=".", group=",")
    user = factories.user("maria", email="maria@ejemplo.cr", name="María Fernández")
    holder = factories.party("María", "Fernández", email="maria@ejemplo.cr")
    holder.user = user
    holder.save()
    account = factories.account(holder)
    today = clock.today()
    factories.invoice(
        account, "49.00", dated_on=today - timedelta(days=40), due_date=today - timedelta(days=10)
    )
    factories.pay(account, "49.00", today - timedelta(days=30))
    january = factories.invoice(account, "-33.00", dated_on=today, due_date=today + timedelta(days=15))
    return Scene(user, account, january)


def text(answer: Any) -> str:
    body = b"".join(answer) if answer.streaming else answer.content
    return str(body.decode()).replace("\u00a0", " ")


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(factories.user("ana", "administrator", "cashier", name="Ana Brenes"), backend=BACKEND)
    return client


def test_the_portal_shows_what_is_in_favour_and_offers_nothing_to_pay(scene: Scene, client: Client) -> None:
    client.force_login(scene.user)
    page = text(client.get(f"/facturas/{scene.january.pk}/"))
    assert "A su favor" in page and "No tiene que pagar nada" in page
    assert "Falta pagar" not in page and "Pagada" not in page and "/pagar/?factura=" not in page
    home = text(client.get("/"))
    assert "Usted no debe nada" in home and "a favor: se usa solo en su próxima factura" in home
    assert "comprobante SF-" not in home  # the last payment is one of money
    assert "A su favor" in text(client.get("/facturas/"))


def test_its_mail_asks_for_nothing(scene: Scene) -> None:
    enqueue_invoice_messages(invoice_ids=[scene.january.pk])
    (message,) = load([Message.objects.get(invoice=scene.january).pk])
    owed = amounts_owed([message], on=clock.today())[message.pk]
    mail = compose(message, by=sender(), owed=owed, pdf=b"", at=clock.now())
    assert mail.subject.endswith("$33.00 a su favor")
    assert "quedan $33.00 a su favor" in mail.text.replace("\u00a0", " ")
    assert "Vence" not in mail.text and "págue" not in mail.text and "Vence" not in mail.html


def test_its_paper_says_a_favour(scene: Scene) -> None:
    paper = text_of(bill_pdf(scene.january.pk))
    assert "A su favor" in paper and "Saldo a su favor" in paper and "$33.00" in paper
    assert "Total a pagar" not in paper and "Después de esa fecha" not in paper


def test_the_office_shows_how_much_of_it_is_left_and_takes_it_back_with_the_bill(
    scene: Scene, office: Client
) -> None:
    today = clock.today()
    factories.invoice(scene.account, "20.00", dated_on=today, due_date=today + timedelta(days=15))
    address = f"/oficina/facturas/{scene.january.pk}/"
    page = text(office.get(address))
    assert "A favor del cliente" in page and "Quedan $13.00 por usar" in page
    assert "Deja de estar a favor" in page and "Anular $33.00 a favor" in page
    credit = InvoiceCredit.objects.get().payment
    assert office.get(f"/oficina/cobros/{credit.pk}/").url == address
    customer = text(office.get(f"/oficina/clientes/{scene.account.holder_id}/"))
    assert "$13.00" in customer and f"SF-{credit.number}" not in customer
    office.post(f"{address}anular/", {"reason": "La lectura era de otro"})
    assert account_credit(account_id=scene.account.pk) == 0
    assert "Anulada" in text(office.get(address))


def test_what_it_leaves_is_not_reversed_alone(scene: Scene, office: Client) -> None:
    credit = InvoiceCredit.objects.get().payment
    refused = office.post(f"/oficina/cobros/{credit.pk}/reversar/", {"reason": "Se tomó dos veces"})
    assert refused.status_code == 404
    assert office.get(f"/oficina/cobros/{credit.pk}/comprobante.pdf").status_code == 404
    assert account_credit(account_id=scene.account.pk) == Decimal("33.00")
