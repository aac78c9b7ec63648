"""The bill that a customer holds, composed from what was issued, on a real database."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from caudal.billing import operations as billing
from caudal.billing.models import Invoice, Period
from caudal.common.actor import SYSTEM
from caudal.documents.printing import Copy, bill_pdf, run_pdf
from caudal.documents.printing.press import press
from caudal.documents.printing.prints import delivery_order
from caudal.documents.queries import bill_data, bill_token, bills_data, invoice_of
from caudal.documents.queries.photos import illustrate
from caudal.documents.spanish import bill
from caudal.metering.models import Reading
from caudal.metering.operations.readings import Batch, NewReading, record_readings
from caudal.metering.photos import picture_of
from caudal.workflows import billing_run
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft, void_invoice
from tests import factories as make
from tests.support.pdf import codes_on, page_count, pictures_on, text_of

pytestmark = pytest.mark.django_db(transaction=True)

OCTOBER, NOVEMBER, DUE = date(2026, 10, 1), date(2026, 11, 1), date(2026, 11, 16)


@pytest.fixture(autouse=True)
def town() -> None:
    make.organisation(
        symbol="$",
        currency="USD",
        point=".",
        group=",",
        country="SV",
        locale="es-SV",
        kind="community_board",
        base_url="https://carrizal.example",
        phone="2300-0145",
    )


def board(**service: Any) -> Any:
    """A household of a community board: water by the cubic metre, 5 % once when late, a bill per connection."""
    water = make.service("agua", kind="metered", unit="m3", presentation="connection", **service)
    account, at = make.account(), make.connection()
    return make.subscription(account, water, at)


def water(subscription: Any, amount: str, dated_on: date, due_date: date) -> Invoice:
    line = make.Line(amount, subscription=subscription)
    place = {"connection": subscription.connection}
    return make.invoice(subscription.account, line, dated_on=dated_on, due_date=due_date, **place)


def test_a_board_asks_for_the_bill_what_is_pending_and_its_surcharge() -> None:
    home = board(late_policies=make.FIVE_PERCENT_ONCE)
    water(home, "7.65", OCTOBER, date(2026, 10, 16))
    late = bill_data(water(home, "8.55", NOVEMBER, DUE).pk)
    # 5 % of 7.65 is 0.38, posted the day after due; 5 % of 8.55 is 0.43, if this one is late too.
    assert late["totals"] == {"invoice": "8.55", "until_due": "16.58", "after_due": "17.01"}
    assert [(row["label"], row["amount"]) for row in late["carried"]] == [
        ("Facturas pendientes", "7.65"),
        ("Intereses y recargos al 1 nov 2026", "0.38"),
    ]
    assert late["due"]["overdue"] == "Incluye $8.03 de 1 factura vencida."
    assert late["due"]["after"] == {"label": "Recargo por mora, 5\u202f% de Agua", "amount": "0.43"}


def test_a_board_tells_the_day_of_its_assembly_and_a_reprint_still_does() -> None:
    period = billing.period_of(date(2026, 10, 1))
    Period.objects.filter(pk=period.pk).update(assembly_on=date(2026, 11, 22))
    account = make.account()
    repair = make.service("repair", kind="one_off")
    form = OneOffForm(
        account_id=account.pk,
        month=date(2026, 10, 1),
        lines=((repair.pk, "Cambio de llave", Decimal("7.00")),),
    )
    issued = issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=NOVEMBER, by=SYSTEM)
    Period.objects.filter(pk=period.pk).update(assembly_on=None)
    said = text_of(bill_pdf(issued.pk)).replace("\n", " ")
    assert "Asamblea: domingo 22 de noviembre de 2026." in said


def test_a_reprint_says_what_the_bill_said_whatever_was_paid_since() -> None:
    home = board(late_policies=make.FIVE_PERCENT_ONCE)
    water(home, "7.65", OCTOBER, date(2026, 10, 16))
    issued = water(home, "8.55", NOVEMBER, DUE)
    first = bill_pdf(issued.pk)
    make.pay(home.account, "10.00", NOVEMBER)
    water(home, "9.00", date(2026, 12, 1), date(2026, 12, 16))
    assert bill_pdf(issued.pk) == first


def test_a_copy_says_so_and_has_the_balance_of_its_day_beside() -> None:
    home = board()
    issued = water(home, "8.55", NOVEMBER, DUE)
    make.pay(home.account, "5.00", NOVEMBER)
    said = text_of(bill_pdf(issued.pk, copy=Copy(on=date(2026, 11, 10), at="8:05", by="M. Rojas")))
    assert "REIMPRESIÓN · 10/11/2026 8:05 · M. Rojas" in said
    assert "Saldo de la cuenta al 10/11/2026: $3.55" in said
    assert "$8.55" in said


def test_a_bill_is_born_paid_by_money_in_favour() -> None:
    home = board()
    make.pay(home.account, "25.00", OCTOBER)
    data = bill_data(water(home, "3.60", NOVEMBER, DUE).pk)
    assert data["totals"]["until_due"] == "0.00"
    assert data["carried"][-1]["label"] == "Saldo a favor aplicado"
    assert "gs1" not in data["pay"]
    assert bill(data)["zero"]


def test_a_receipt_of_one_service_carries_only_its_own_arrears() -> None:
    account = make.account()
    refuse = make.subscription(account, make.service("basura", presentation="service"))
    parks = make.subscription(account, make.service("parques", presentation="service"))
    make.invoice(account, make.Line("6.00", subscription=refuse), dated_on=OCTOBER, due_date=OCTOBER)
    make.invoice(account, make.Line("2.00", subscription=parks), dated_on=OCTOBER, due_date=OCTOBER)
    now = make.invoice(account, make.Line("6.00", subscription=refuse), dated_on=NOVEMBER, due_date=DUE)
    assert bill_data(now.pk)["totals"]["until_due"] == "12.00"


def test_a_void_bill_says_so_and_carries_no_codes() -> None:
    home = board()
    issued = water(home, "8.55", NOVEMBER, DUE)
    void_invoice(invoice_id=issued.pk, on=NOVEMBER, reason="Lectura equivocada", by=SYSTEM)
    pdf = bill_pdf(issued.pk)
    assert "ANULADA el 1 nov 2026: Lectura equivocada" in text_of(pdf)
    assert codes_on(pdf) == {}


def test_the_link_on_the_bill_opens_it_for_a_year_and_for_nobody_who_guesses() -> None:
    token = bill_token(invoice_id=7, issued_on=NOVEMBER)
    assert invoice_of(token, on=date(2027, 11, 1)) == 7
    assert invoice_of(token, on=date(2028, 1, 1)) is None
    assert invoice_of(token.replace("7", "8", 1), on=NOVEMBER) is None


def test_the_slip_is_read_back_from_the_page() -> None:
    issued = water(board(), "8.55", NOVEMBER, DUE)
    found = codes_on(bill_pdf(issued.pk))
    assert found["Code128"] == f"(8020){issued.number:012}(3902)0000000855(96)20261116"
    assert found["QRCode"].startswith("https://carrizal.example/f/")


def street(houses: int) -> list[Any]:
    """Houses with water in blocks and two months of readings, on two routes."""
    service = make.service("agua", kind="metered", unit="m3", billing_day=15)
    blocks = [{"upto": "10", "price": "0.45"}, {"price": "0.80"}]
    prices = make.tariff(service, [{"kind": "blocks", "code": "usage", "blocks": blocks}]).tariff
    made = []
    for house in range(houses):
        at = make.connection()
        stay = make.installation(at, first="100", on=date(2026, 9, 1))
        made.append(make.subscription(make.account(), service, at, prices))
        readings = [
            NewReading(stay.pk, date(2026, 10, 1), Decimal(112 + house)),
            NewReading(stay.pk, date(2026, 11, 1), Decimal(130 + 3 * house)),
        ]
        batch = Batch(source="manual", on=date(2026, 12, 31), accept_unusual=True)
        record_readings(readings=readings, batch=batch, by=SYSTEM)
    return made


def issue(dated_on: date) -> int:
    moment = datetime(dated_on.year, dated_on.month, dated_on.day, 12, tzinfo=UTC)
    run = billing_run.rehearse(dated_on=dated_on, services=(), by=SYSTEM)
    billing_run.approve(run_id=run.pk, issued_on=dated_on, at=moment, by=SYSTEM)
    return billing_run.issue_run(run_id=run.pk, clock=lambda: moment).pk


def test_a_metered_bill_explains_itself_from_its_readings() -> None:
    street(1)
    issue(date(2026, 10, 15))
    invoice = Invoice.objects.get(batch__run_id=issue(date(2026, 11, 15)))
    data = bill_data(invoice.pk)
    view = bill(data)
    (row,) = [row for row in view["rows"] if "n" in row]
    assert row["how"] == (
        "Consumió 18 m³ en 31 días (0.58 m³ por día). 10 m³ (del 1 al 10) × $0.45 = $4.50 + "
        "8 m³ (desde el 11) × $0.80 = $6.40; suma $10.90."
    )
    assert [month["value"] for month in data["history"]["months"]] == ["12.000", "18.000"]
    assert data["readings"][0]["previous"] == "112"
    assert view["until"]["amount"] == "$17.00"  # with the 6.10 of October


def test_a_run_is_one_file_in_the_order_of_delivery(tmp_path: Any) -> None:
    street(5)
    run = issue(date(2026, 11, 15))
    heard: list[int] = []
    pages = run_pdf(run, tmp_path / "run.pdf", progress=heard.append)
    pdf = (tmp_path / "run.pdf").read_bytes()
    assert pages == page_count(pdf) == 5
    assert heard == [5]
    numbers = [bill_data(pk)["document"]["number"] for pk in delivery_order(run)]
    assert [f"N.º {number}" in text_of(pdf, page) for page, number in enumerate(numbers)] == [True] * 5


def test_a_hundred_bills_ask_no_more_questions_than_one() -> None:
    street(4)
    ids = delivery_order(issue(date(2026, 11, 15)))
    with CaptureQueriesContext(connection) as one:
        bills_data(ids[:1])
    with CaptureQueriesContext(connection) as four:
        bills_data(ids)
    assert len(four) == len(one)


def test_the_photo_of_the_reading_is_printed_and_a_reprint_is_the_same_after_another_came() -> None:
    street(2)
    with_photo, without = Reading.objects.filter(read_on=date(2026, 11, 1)).order_by("pk")
    make.photo(with_photo)
    issue(date(2026, 11, 15))
    shown = Invoice.objects.get(charges__to_reading=with_photo)
    first = bill_pdf(shown.pk)
    assert pictures_on(first) == 1
    make.photo(with_photo, "#204060")
    make.photo(without)
    assert bill_pdf(shown.pk) == first
    assert pictures_on(bill_pdf(Invoice.objects.get(charges__to_reading=without).pk)) == 0


def test_the_file_of_a_run_has_each_photo_on_its_own_bill(tmp_path: Any) -> None:
    street(15)
    for colour, reading in zip(("#aa0000", "#00aa00", "#0000aa"), _read_last()[::7], strict=True):
        make.photo(reading, colour)
    run = issue(date(2026, 11, 15))
    run_pdf(run, tmp_path / "run.pdf")
    pdf = (tmp_path / "run.pdf").read_bytes()
    seen = [pictures_on(pdf, page) for page in range(15)]
    billed = [Invoice.objects.get(pk=pk).charges.get().to_reading for pk in delivery_order(run)]
    assert seen == [int(reading is not None and reading.evidence.exists()) for reading in billed]
    assert sum(seen) == 3


def test_bills_that_are_printed_one_after_another_each_have_their_own_photo() -> None:
    street(1)
    (reading,) = _read_last()
    make.photo(reading, "#aa0000")
    issue(date(2026, 11, 15))
    shown = Invoice.objects.get()
    red, data = bill_pdf(shown.pk), bill_data(shown.pk)
    illustrate({shown.pk: data}, names=["photo.jpg"])
    blue = press().pdf(data, {"photo.jpg": picture_of(make.jpeg("#0000aa")).thumbnail})
    assert blue != red
    assert bill_pdf(shown.pk) == red


def _read_last() -> list[Reading]:
    return list(Reading.objects.filter(read_on=date(2026, 11, 1)).order_by("pk"))
