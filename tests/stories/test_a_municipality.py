"""A municipality bills water, refuse, a property tax quarter and a licence in one installation, to the cent."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from caudal.billing.assembly.rating import recompute
from caudal.billing.models import Charge, Invoice, OneOff, Subscription
from caudal.billing.operations.accounts import pass_on
from caudal.billing.operations.one_offs import NoLongerWaiting
from caudal.billing.operations.periods import PeriodClosed
from caudal.billing.operations.runs import RunNotRehearsed, SecondPersonNeeded, ServicesBeingBilled
from caudal.common.actor import Actor
from caudal.documents.printing.prints import bill_pdf
from caudal.jobs.tasks.billing import rehearse_run, resume_runs
from caudal.kernel.pricing import parse_tariff
from caudal.receivables.queries import pending_items, statement
from caudal.registry.models import Organisation
from caudal.registry.operations import LicenceData, add_owner, create_licence, declare_value
from caudal.tariffs.models import Service, TariffVersion
from caudal.workflows import billing_run
from caudal.workflows.invoices import void_invoice
from caudal.workflows.invoices.co_owners import NotAPeriodsStart, period_starts, split_among_owners
from caudal.workflows.invoices.months import close_month, open_month
from caudal.workflows.invoices.one_offs import NewOneOff, NotAOneOff, charge_once, withdraw_one_off
from tests import factories as make
from tests.stories.municipality import CLERK, Municipality, at, bill, broken, receipts
from tests.support.pdf import text_of

pytestmark = pytest.mark.django_db(transaction=True)

MARCH, JUNE, SEPTEMBER, DECEMBER = (date(2027, month, 5) for month in (3, 6, 9, 12))
NEW_YEAR = date(2027, 1, 1)


@pytest.fixture
def town() -> Municipality:
    return Municipality()


def test_water_refuse_tax_and_licence_are_billed_side_by_side(town: Municipality) -> None:
    ana = make.account()
    land = town.land("47385617", received_on=date(2026, 8, 20))
    town.house(ana, date(2027, 2, 1), land, (date(2027, 3, 1), "124"))
    town.take(ana, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    shop = create_licence(
        data=LicenceData(party_id=ana.holder_id, number="P-0017", activity="Pulpería", opened_on=NEW_YEAR),
        by=CLERK,
    )
    town.take(ana, "patentes", NEW_YEAR, "85250.30", licence_id=shop.pk)
    bill(MARCH)
    # 24 m³ at 412.50; 4 850.00 and 13 %; a quarter of 0.5 % of 47 385 617; a quarter of 85 250.30, in advance.
    assert receipts(ana, MARCH) == [
        ("Agua", Decimal("9900.00"), date(2027, 3, 20)),
        ("Recolección de basura", Decimal("5480.50"), date(2027, 3, 20)),
        (
            "Impuesto sobre bienes inmuebles, Del parque 50 m al norte",
            Decimal("59232.02"),
            date(2027, 3, 31),
        ),
        ("Patente P-0017, Pulpería", Decimal("21312.58"), date(2027, 3, 31)),
    ]
    quarter = Charge.objects.get(service__code="patentes")
    assert (quarter.covers_from, quarter.covers_to, quarter.period.month) == (
        date(2027, 1, 1),
        date(2027, 4, 1),
        date(2027, 3, 1),
    )
    assert broken() == []


def test_four_quarters_of_the_tax_add_up_to_the_year_and_a_new_declaration_waits_for_january(
    town: Municipality,
) -> None:
    ana = make.account()
    land = town.land("47385617", received_on=date(2026, 8, 20))
    town.take(ana, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    bill(MARCH, "bienes-inmuebles")
    declare_value(property_id=land.pk, amount=Decimal("60000000"), received_on=date(2027, 5, 3), by=CLERK)
    for day in (JUNE, SEPTEMBER, DECEMBER, date(2028, 3, 5)):
        bill(day, "bienes-inmuebles")
    nets = [c.net for c in Charge.objects.order_by("period__month")]
    assert nets[:4] == [Decimal("59232.02"), Decimal("59232.03"), Decimal("59232.02"), Decimal("59232.02")]
    assert sum(nets[:4]) == Decimal("236928.09")  # 0.5 % of what was declared in 2026
    assert nets[4] == Decimal("75000.00")  # what was declared in 2027 counts from 2028
    assert broken() == []


def test_by_resolution_a_value_counts_from_the_middle_of_the_year(town: Municipality) -> None:
    ana = make.account()
    land = town.land("47385617", received_on=date(2026, 8, 20))
    town.take(ana, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    for day in (MARCH, JUNE):
        bill(day, "bienes-inmuebles")
    declare_value(
        property_id=land.pk,
        amount=Decimal("60000000"),
        received_on=date(2027, 6, 10),
        resolution="R-12-2027",
        counts_from=date(2027, 7, 1),
        by=CLERK,
    )
    for day in (SEPTEMBER, DECEMBER):
        bill(day, "bienes-inmuebles")
    nets = [c.net for c in Charge.objects.order_by("period__month")]
    assert nets == [Decimal("59232.02"), Decimal("59232.03"), Decimal("75000.00"), Decimal("75000.00")]
    assert broken() == []


def test_a_licence_without_an_amount_of_its_own_costs_what_the_tariff_says(town: Municipality) -> None:
    ana = make.account()
    town.take(ana, "patentes", NEW_YEAR)
    for day in (MARCH, JUNE, SEPTEMBER, DECEMBER):
        bill(day, "patentes")
    assert [c.net for c in Charge.objects.order_by("pk")] == [Decimal("25000.00")] * 4


def test_a_co_owner_owes_his_share_and_the_shares_make_the_whole(town: Municipality) -> None:
    land = town.land("47385617", received_on=date(2026, 8, 20))
    third = Decimal("0.3333333333")
    for start, end in ((Decimal(0), third), (third, 2 * third), (2 * third, Decimal(1))):
        taken = town.take(make.account(), "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
        Subscription.objects.filter(pk=taken.pk).update(share_from=start, share_upto=end)
    bill(MARCH, "bienes-inmuebles")
    nets = [c.net for c in Charge.objects.order_by("subscription")]
    assert nets == [Decimal("19744.01"), Decimal("19744.00"), Decimal("19744.01")]
    assert sum(nets) == Decimal("59232.02")
    assert broken() == []


def test_who_pays_once_is_billed_at_once_or_with_the_next_invoice_taxed_with_it(town: Municipality) -> None:
    ana = make.account()
    land = town.land("47385617", received_on=date(2026, 8, 20))
    town.house(ana, date(2027, 2, 1), land, (date(2027, 3, 1), "124"))
    Service.objects.filter(code="reconexion").update(tax_name="IVA", tax_percent=13)
    reconnection = Service.objects.get(code="reconexion")
    at_once = charge_once(
        data=NewOneOff(
            account_id=ana.pk,
            service_id=reconnection.pk,
            amount=Decimal("5000.50"),
            dated_on=date(2027, 2, 10),
        ),
        on=date(2027, 2, 10),
        by=CLERK,
    )
    assert at_once.invoice is not None
    # 13 % of 5 000.50 is 650.065, half up.
    assert (at_once.invoice.total, at_once.invoice.due_date) == (Decimal("5650.57"), date(2027, 2, 25))
    waits = charge_once(
        data=NewOneOff(
            account_id=ana.pk,
            service_id=reconnection.pk,
            amount=Decimal("1234.55"),
            dated_on=date(2027, 2, 20),
            text="Cambio de llave",
            property_id=land.pk,
            waits=True,
        ),
        on=date(2027, 2, 20),
        by=CLERK,
    )
    assert waits.invoice is None and statement(account_id=ana.pk, on=date(2027, 2, 21)).balance == Decimal(
        "5650.57"
    )
    bill(MARCH, "agua", "basura")
    # It is on the account's first receipt of the run: 9 900.00, and 1 234.55 with 160.49 of tax.
    assert receipts(ana, MARCH)[0][:2] == ("Agua, Cambio de llave", Decimal("11295.04"))
    key = next(i for i in pending_items(account_id=ana.pk, on=MARCH) if i.label == "Cambio de llave")
    assert key.property_id == land.pk
    with pytest.raises(NoLongerWaiting):
        withdraw_one_off(one_off_id=waits.one_off.pk, on=MARCH, by=CLERK)
    assert broken() == []


def test_what_was_withdrawn_is_not_billed_and_what_was_voided_waits_again(town: Municipality) -> None:
    ana = make.account()
    town.take(ana, "basura", date(2027, 1, 1))
    service = Service.objects.get(code="reconexion").pk
    kept, gone = (
        charge_once(
            data=NewOneOff(
                account_id=ana.pk, service_id=service, amount=Decimal(amount), dated_on=NEW_YEAR, waits=True
            ),
            on=NEW_YEAR,
            by=CLERK,
        ).one_off
        for amount in ("100", "200")
    )
    withdraw_one_off(one_off_id=gone.pk, on=NEW_YEAR, by=CLERK)
    bill(MARCH, "basura")
    charged = Charge.objects.get(origin_kind="one_off", live=True)
    assert (charged.origin_id, charged.net) == (kept.pk, Decimal(100))
    void_invoice(invoice_id=charged.invoice_id, on=MARCH, reason="Error", by=CLERK)
    bill(date(2027, 4, 5), "basura")
    assert Charge.objects.get(origin_kind="one_off", live=True).invoice.dated_on == date(2027, 4, 5)
    assert OneOff.objects.count() == 2
    assert broken() == []


def test_a_service_of_the_calendar_is_not_charged_once(town: Municipality) -> None:
    refuse = Service.objects.get(code="basura")
    with pytest.raises(NotAOneOff):
        charge_once(
            data=NewOneOff(
                account_id=make.account().pk, service_id=refuse.pk, amount=Decimal(1), dated_on=NEW_YEAR
            ),
            on=NEW_YEAR,
            by=CLERK,
        )


def test_where_two_people_are_wanted_who_rehearsed_does_not_approve(town: Municipality) -> None:
    rosa, luis = Actor(11, "Rosa Vega"), Actor(12, "Luis Solano")
    town.take(make.account(), "basura", NEW_YEAR)
    Organisation.objects.update(second_approval=True)
    run = billing_run.rehearse(dated_on=MARCH, services=("basura",), by=rosa)
    with pytest.raises(SecondPersonNeeded):
        billing_run.approve(run_id=run.pk, issued_on=MARCH, at=run.rehearsed_at, by=rosa)
    billing_run.approve(run_id=run.pk, issued_on=MARCH, at=run.rehearsed_at, by=luis)
    Organisation.objects.update(second_approval=False)
    april = billing_run.rehearse(dated_on=date(2027, 4, 5), services=("basura",), by=rosa)
    billing_run.approve(run_id=april.pk, issued_on=MARCH, at=run.rehearsed_at, by=rosa)


def test_nothing_is_dated_into_a_closed_month_until_it_is_opened_again(town: Municipality) -> None:
    ana = make.account()
    town.take(ana, "basura", NEW_YEAR)
    february = bill(MARCH, "basura")
    period = Charge.objects.get().period
    assert period is not None and (february.state, period.month) == ("issued", date(2027, 2, 1))
    void_invoice(invoice_id=Charge.objects.get().invoice_id, on=MARCH, reason="Error", by=CLERK)
    close_month(period_id=period.pk, on=date(2027, 3, 31), by=CLERK)
    service = Service.objects.get(code="reconexion").pk
    data = NewOneOff(account_id=ana.pk, service_id=service, amount=Decimal(1), dated_on=date(2027, 2, 20))
    with pytest.raises(PeriodClosed):
        charge_once(data=data, on=date(2027, 4, 1), by=CLERK)
    with pytest.raises(PeriodClosed):
        billing_run.rehearse(dated_on=MARCH, services=("agua", "basura"), by=CLERK)
    open_month(period_id=period.pk, by=CLERK)
    assert charge_once(data=data, on=date(2027, 4, 1), by=CLERK).invoice is not None
    assert broken() == []


def test_a_tax_is_split_among_the_owners_from_a_quarter_that_is_not_billed_yet(town: Municipality) -> None:
    ana, eva = make.account(), make.party("Eva", "Ríos")
    land = town.land("47385617", received_on=date(2026, 8, 20))
    tax = town.take(ana, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    for party, share in ((ana.holder, "0.25"), (eva, "0.75")):
        add_owner(property_id=land.pk, party_id=party.pk, share=Decimal(share), valid_from=NEW_YEAR, by=CLERK)
    bill(MARCH, "bienes-inmuebles")
    assert period_starts(subscription=tax, after=MARCH)[0] == date(2027, 4, 1)
    for day in (date(2027, 3, 1), date(2027, 5, 1)):
        with pytest.raises(NotAPeriodsStart):
            split_among_owners(subscription_id=tax.pk, starts_on=day, by=CLERK)
    with pytest.raises(ServicesBeingBilled), transaction.atomic():
        run = billing_run.rehearse(dated_on=JUNE, services=("bienes-inmuebles",), by=CLERK)
        billing_run.approve(run_id=run.pk, issued_on=JUNE, at=at(JUNE), by=CLERK)
        split_among_owners(subscription_id=tax.pk, starts_on=date(2027, 4, 1), by=CLERK)
    evas, anas = split_among_owners(subscription_id=tax.pk, starts_on=date(2027, 4, 1), by=CLERK)
    assert (evas.account.holder, anas.account) == (eva, ana)
    bill(JUNE, "bienes-inmuebles")
    found = {c.subscription_id: c for c in Charge.objects.filter(invoice__dated_on=JUNE)}
    # Of 59 232.03: three quarters and one quarter.
    assert (found[evas.pk].net, found[anas.pk].net) == (Decimal("44424.02"), Decimal("14808.01"))
    printed = " ".join(text_of(bill_pdf(found[anas.pk].invoice_id)).split())
    assert "A usted le corresponde el 25 % de ₡59.232,03: ₡14.808,01." in printed
    explained = found[anas.pk].explanation
    assert explained["lines"][-1]["percent"] == "25.0000"
    inputs = explained["inputs"]
    assert recompute(inputs, lambda pk: parse_tariff(TariffVersion.objects.get(pk=pk).definition)) == Decimal(
        "14808.01"
    )
    assert broken() == []


def test_a_rehearsal_in_the_background_tells_how_far_it_is_and_is_taken_up_when_its_job_was_lost(
    town: Municipality,
) -> None:
    town.take(make.account(), "basura", NEW_YEAR)
    run = billing_run.ask_rehearsal(dated_on=MARCH, services=("basura",), by=CLERK)
    assert (run.state, run.totals) == ("rehearsing", {})
    with pytest.raises(RunNotRehearsed):
        billing_run.approve(run_id=run.pk, issued_on=MARCH, at=at(MARCH), by=CLERK)
    jobs = ProcrastinateJob.objects.filter(task_name="rehearse_run")
    jobs.update(status="failed")
    resume_runs(timestamp=0)
    assert list(jobs.values_list("status", flat=True).order_by("id")) == ["failed", "todo"]
    rehearse_run(run_id=run.pk)
    run.refresh_from_db()
    assert (run.state, run.totals["total"]) == ("rehearsed", "5480.50")
    assert (run.rehearsal.done, run.rehearsal.slices) == (1, 1)
    before = run.rehearsed_at
    rehearse_run(run_id=run.pk)  # a second time changes nothing
    run.refresh_from_db()
    assert run.rehearsed_at == before


def test_a_house_sold_in_the_middle_of_a_quarter_owes_that_quarter_once(town: Municipality) -> None:
    ana, eva = make.account(), make.account(make.party("Eva", "Ríos"))
    land = town.land("47385617", received_on=date(2026, 8, 20))
    tax = town.take(ana, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    evas = pass_on(subscription=tax, to=eva, on=date(2027, 5, 10))
    assert evas.valid_from == date(2027, 7, 1)
    for day in (JUNE, SEPTEMBER):
        bill(day, "bienes-inmuebles")
    payers = Charge.objects.order_by("period__month").values_list("invoice__account", flat=True)
    assert list(payers) == [ana.pk, eva.pk]


def test_a_tax_bill_names_its_property_and_a_licences_bill_its_business(town: Municipality) -> None:
    Organisation.objects.update(vocabulary={"account": "Contribuyente", "document": "recibo"})
    owner = make.account()
    land = town.land("47385617", received_on=date(2026, 8, 20))
    shop = create_licence(
        data=LicenceData(party_id=owner.holder_id, number="P-0017", activity="Pulpería", opened_on=NEW_YEAR),
        by=CLERK,
    )
    town.take(owner, "bienes-inmuebles", NEW_YEAR, property_id=land.pk)
    town.take(owner, "patentes", NEW_YEAR, "85250.30", licence_id=shop.pk)
    bill(MARCH)
    tax, licence = (text_of(bill_pdf(invoice.pk)) for invoice in Invoice.objects.order_by("total").reverse())
    tax = " ".join(tax.split())
    assert "Impuesto sobre bienes inmuebles de enero a marzo de 2027" in tax
    for said in ("Del parque 50 m al norte", "₡47.385.617,00", "0,5 %", "N.º de contribuyente"):
        assert said in tax
    assert "P-0017" in licence
    assert "Pulpería" in licence
    assert "actura" not in tax.replace("Facturación", "")
