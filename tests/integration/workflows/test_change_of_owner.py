"""A house is sold: who owns it, who pays what was used until that day, and who from then on."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from caudal.billing.models import Account, Charge, Invoice, Subscription
from caudal.billing.operations.runs import ServicesBeingBilled
from caudal.common.actor import SYSTEM
from caudal.common.models import AuditRecord
from caudal.jobs.invariants import check
from caudal.metering.models import Installation, Reading
from caudal.receivables.operations import AssumedStandsWithCredit, NoAgreement
from caudal.receivables.queries import account_balance, statement, viewers_of, visible_invoices
from caudal.registry.models import Ownership, Party, Property
from caudal.registry.operations import (
    OwnershipEnded,
    PropertyData,
    add_owner,
    create_property,
    grant_access,
    link_user,
)
from caudal.tariffs.models import Service
from caudal.workflows import billing_run
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft, void_invoice
from caudal.workflows.invoices.drafts import preview
from caudal.workflows.payments import reverse_payment
from caudal.workflows.properties import (
    Agreed,
    DebtLeft,
    FinalReadingDoubtful,
    NoAccountOfOwner,
    NobodyEnds,
    Transfer,
    Transferred,
    change_owner,
)
from tests import factories as make
from tests.integration.workflows.test_billing_run import NOW, Street, all_is_well, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)
SOLD = date(2026, 10, 20)
DECEMBER = date(2026, 12, 15)


class House:
    """A house with water and sewerage, read 110 on 1 October, owned and paid by Ana; Beto buys it."""

    def __init__(self) -> None:
        make.organisation(currency="USD", symbol="$")
        self.street = Street(in_arrears=True)
        self.old = self.street.house("110")
        self.seller = self.old.holder
        self.buyer = make.party("Beto", "Salas")
        self.place: Property = create_property(data=PropertyData(cadastral_code="6-1"))
        self.stay = Installation.objects.get()
        self.stay.connection.property = self.place
        self.stay.connection.save()
        self.owned: Ownership = add_owner(
            property_id=self.place.pk, party_id=self.seller.pk, valid_from=make.LONG_AGO, by=SYSTEM
        )

    def sell(self, **how: Any) -> Transferred:
        facts = {
            "property_id": self.place.pk,
            "ownership_ids": (self.owned.pk,),
            "new_owner_id": self.buyer.pk,
            "on": SOLD,
            "final_registers": {self.stay.pk: Decimal(118)},
        }
        return change_owner(transfer=Transfer(**(facts | how)), by=SYSTEM)


@pytest.fixture
def house() -> House:
    return House()


def owners(place: Property) -> list[tuple[Party, date, date | None]]:
    spans = place.ownerships.order_by("valid_from")
    return [(owned.party, owned.valid_from, owned.valid_to) for owned in spans]


def test_the_old_owner_ends_and_the_new_one_begins_on_the_same_day(house: House) -> None:
    done = house.sell(close_old_accounts=True)
    assert owners(house.place) == [(house.seller, make.LONG_AGO, SOLD), (house.buyer, SOLD, None)]
    assert done.account is not None
    assert done.account.holder == house.buyer
    ended = Subscription.objects.filter(account=house.old).values_list("valid_to", flat=True)
    assert set(ended) == {SOLD}
    house.old.refresh_from_db()
    assert house.old.closed_on == SOLD
    record = AuditRecord.objects.get(kind="properties.change_owner")
    assert record.after["owner"] == "Beto Salas"


def test_each_pays_the_water_he_used_and_the_fixed_month_is_paid_once(house: House) -> None:
    """Sept 1: 100 · Oct 1: 110 · sold Oct 20: 118 · Dec 1: 140. At 0.45: 18 m³ are 8.10, 22 m³ are 9.90."""
    done = house.sell()
    house.street.read(house.stay, (date(2026, 12, 1), "140"))
    issue(rehearse(date(2026, 11, 15)), date(2026, 11, 15))
    issue(rehearse(DECEMBER), DECEMBER)
    paid = {
        (charge.invoice.account_id, charge.service.code, str(charge.net))
        for charge in Charge.objects.select_related("invoice", "service")
    }
    assert done.account is not None
    assert (house.old.pk, "water", "8.10") in paid
    assert (done.account.pk, "water", "9.90") in paid
    months = Charge.objects.filter(service__code="sewerage").values_list("period__month", flat=True)
    assert len(set(months)) == len(months)
    assert all_is_well()


def test_who_is_billed_in_advance_still_gets_a_bill_of_the_final_reading(house: House) -> None:
    """October was billed on Oct 15 up to 110; sold Oct 20 at 118: 8 m³ at 0.45 are 3.60, on the next run, once."""
    Service.objects.update(in_arrears=False)
    october = date(2026, 10, 15)
    issue(rehearse(october), october)
    done = house.sell(close_old_accounts=True)
    house.street.read(house.stay, (date(2026, 12, 1), "140"))
    for day in (date(2026, 11, 15), DECEMBER):
        issue(rehearse(day), day)
    assert done.account is not None
    water = Charge.objects.filter(service__code="water").order_by("pk")
    assert [(c.invoice.account_id, str(c.net)) for c in water.select_related("invoice")] == [
        (house.old.pk, "4.50"),
        (house.old.pk, "3.60"),
        (done.account.pk, "9.90"),
    ]
    assert Charge.objects.filter(service__code="sewerage", invoice__account=house.old).count() == 1
    assert all_is_well()


def test_a_one_off_invoice_for_the_seller_bills_his_readings_and_none_of_the_buyers(house: House) -> None:
    """After the sale the office bills him by hand what he used: 100 to 118 at 0.45 are 8.10."""
    done = house.sell()
    house.street.read(house.stay, (date(2026, 11, 1), "125"))
    form = OneOffForm(
        account_id=house.old.pk,
        connection_id=house.stay.connection_id,
        month=date(2026, 10, 1),
        unit_price=Decimal("0.45"),
    )
    final = issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=DECEMBER, by=SYSTEM)
    charge = final.charges.get()
    assert (charge.total, charge.subscription.account) == (Decimal("8.10"), house.old)
    assert done.account is not None
    later = replace(form, account_id=done.account.pk, month=date(2026, 11, 1))
    assert preview(form=later, on=DECEMBER).total == Decimal("3.15")


def test_the_debt_stays_where_it_was_made_and_the_buyer_does_not_see_it(house: House) -> None:
    bill = make.invoice(house.old, "25.00", dated_on=date(2026, 9, 1), due_date=date(2026, 9, 16))
    done = house.sell()
    assert done.account is not None
    assert account_balance(account_id=house.old.pk) == Decimal("25.00")
    assert account_balance(account_id=done.account.pk) == 0
    user = make.user("beto")
    link_user(party_id=house.buyer.pk, user_id=user.pk, by=SYSTEM)
    assert bill not in visible_invoices(user_id=user.pk, on=DECEMBER)


def test_the_sellers_last_bill_and_his_interest_are_not_the_buyers_to_see(house: House) -> None:
    """Both are made after the sale, of what the seller used until then; the buyer sees what is his."""
    Service.objects.filter(code="water").update(late_policies=make.A_TENTH_A_DAY)
    user = make.user("beto")
    link_user(party_id=house.buyer.pk, user_id=user.pk, by=SYSTEM)
    done = house.sell()
    house.street.read(house.stay, (date(2026, 12, 1), "140"))
    for day in (date(2026, 11, 15), DECEMBER):
        issue(rehearse(day), day)
    make.pay(house.old, "20.00", date(2026, 12, 20))
    assert Invoice.objects.filter(account=house.old, origin="interest").exists()
    seen = visible_invoices(user_id=user.pk, on=date(2026, 12, 21))
    assert {invoice.account for invoice in seen} == {done.account}


def test_an_owner_sees_the_bills_that_his_tenant_pays(house: House) -> None:
    user = make.user("beto")
    link_user(party_id=house.buyer.pk, user_id=user.pk, by=SYSTEM)
    house.sell(services="stay", final_registers={})
    issue(rehearse(date(2026, 11, 15)), date(2026, 11, 15))
    assert visible_invoices(user_id=user.pk, on=DECEMBER).get().account == house.old


def test_whom_the_seller_let_see_the_house_sees_none_of_the_buyers_bills(house: House) -> None:
    cousin, tenant = make.user("prima"), make.user("inquilino")
    for user, since in ((cousin, make.LONG_AGO), (tenant, date(2026, 11, 1))):
        grant_access(property_id=house.place.pk, user_id=user.pk, valid_from=since, by=SYSTEM)
    done = house.sell(end_grants=True)
    assert [one.user for one in done.blind] == [cousin, tenant]
    assert not visible_invoices(user_id=cousin.pk, on=DECEMBER).exists()
    assert viewers_of(property_id=house.place.pk, on=DECEMBER) == []


def test_with_debt_the_change_can_be_refused_whole(house: House) -> None:
    make.invoice(house.old, "25.00", dated_on=date(2026, 9, 1), due_date=date(2026, 9, 16))
    with pytest.raises(DebtLeft) as refusal:
        house.sell(debt="settled")
    assert refusal.value.message == f"La cuenta {house.old.number} todavía debe 25."
    assert owners(house.place) == [(house.seller, make.LONG_AGO, None)]
    assert Account.objects.count() == 1


def test_a_debt_that_has_to_be_settled_is_looked_for_where_a_tenant_goes_on_paying_too(house: House) -> None:
    make.invoice(house.old, "25.00", dated_on=date(2026, 9, 1), due_date=date(2026, 9, 16))
    with pytest.raises(DebtLeft):
        house.sell(services="stay", debt="settled", final_registers={})
    assert owners(house.place) == [(house.seller, make.LONG_AGO, None)]
    make.pay(house.old, "25.00", SOLD)
    house.sell(services="stay", debt="settled", final_registers={})
    assert AuditRecord.objects.get(kind="properties.change_owner").after["debt"] == "settled"


def test_a_final_reading_that_cannot_be_right_changes_nothing(house: House) -> None:
    with pytest.raises(FinalReadingDoubtful):
        house.sell(final_registers={house.stay.pk: Decimal(90)})
    assert not Reading.objects.filter(read_on=SOLD).exists()
    assert owners(house.place) == [(house.seller, make.LONG_AGO, None)]


def test_a_tenant_who_pays_goes_on_paying(house: House) -> None:
    done = house.sell(services="stay", final_registers={})
    assert done.account is None
    assert Subscription.objects.filter(account=house.old, valid_to=None).count() == 2


def test_the_services_may_pass_to_an_account_that_the_buyer_has(house: House) -> None:
    with pytest.raises(NoAccountOfOwner):
        house.sell(services="existing")
    his = make.account(house.buyer)
    done = house.sell(services="existing")
    assert done.account == his


def test_a_co_owner_sells_his_part_and_the_other_keeps_hers(house: House) -> None:
    Ownership.objects.all().delete()
    halves = [
        add_owner(
            property_id=house.place.pk,
            party_id=make.party().pk,
            share=Decimal("0.5"),
            valid_from=make.LONG_AGO,
            by=SYSTEM,
        )
        for _ in range(2)
    ]
    done = house.sell(ownership_ids=(halves[0].pk,), services="stay", final_registers={})
    assert done.ownership.share == Decimal("0.5")
    with pytest.raises(OwnershipEnded):
        house.sell(ownership_ids=(halves[0].pk,), services="stay", final_registers={})
    with pytest.raises(NobodyEnds):
        house.sell(ownership_ids=())


def test_the_share_of_a_co_owner_who_stays_does_not_pass_with_the_others(house: House) -> None:
    """Ana and Eva owe half of the tax each; Ana sells to Beto, who takes over her water and her half, not Eva's."""
    eva = make.account(make.party("Eva", "Ríos"))
    Ownership.objects.all().delete()
    halves = [
        add_owner(
            property_id=house.place.pk,
            party_id=holder.pk,
            share=Decimal("0.5"),
            valid_from=make.LONG_AGO,
            by=SYSTEM,
        )
        for holder in (house.seller, eva.holder)
    ]
    tax = make.service("tax", kind="ad_valorem")
    for account, start, upto in ((house.old, "0", "0.5"), (eva, "0.5", "1")):
        taken = make.subscription(account, tax)
        taken.property, taken.share_from, taken.share_upto = house.place, Decimal(start), Decimal(upto)
        taken.save()
    done = house.sell(ownership_ids=(halves[0].pk,))
    assert sorted(one.service.code for one in done.passed) == ["sewerage", "tax", "water"]
    assert [one.share_upto for one in done.passed if one.service == tax] == [Decimal("0.5")]
    assert Subscription.objects.filter(account=eva, valid_to=None).count() == 1


def test_a_sale_that_is_entered_late_charges_no_water_twice(house: House) -> None:
    """Read 115 on Oct 12 and billed on Oct 15; told on Oct 20 that it was sold on the 5th. Read 130 on Nov 12.

    Ana paid 15 m³ up to the 12th, and what they settle of it is theirs; Beto is charged the 15 m³ from then on.
    """
    Service.objects.update(in_arrears=False)
    house.street.read(house.stay, (date(2026, 10, 12), "115"))
    issue(rehearse(date(2026, 10, 15)), date(2026, 10, 15))
    done = house.sell(on=date(2026, 10, 5), final_registers={})
    house.street.read(house.stay, (date(2026, 11, 12), "130"))
    issue(rehearse(date(2026, 11, 15)), date(2026, 11, 15))
    water = Charge.objects.filter(service__code="water").select_related("invoice").order_by("pk")
    assert done.account is not None
    assert [(c.invoice.account_id, c.quantity) for c in water] == [
        (house.old.pk, Decimal(15)),
        (done.account.pk, Decimal(15)),
    ]
    assert all_is_well()


def test_no_house_is_sold_under_a_run_that_is_being_issued(house: House) -> None:
    """What it priced already, it would bill to the seller beyond the sale."""
    run = rehearse(date(2026, 11, 15))
    billing_run.approve(run_id=run.pk, issued_on=date(2026, 11, 15), at=NOW, by=SYSTEM)
    with pytest.raises(ServicesBeingBilled):
        house.sell()
    assert owners(house.place) == [(house.seller, make.LONG_AGO, None)]
    billing_run.issue_run(run_id=run.pk, clock=lambda: NOW)
    assert house.sell().account is not None


AGREED = Agreed(paper="Escritura 118, cláusula 4", on=SOLD, due_date=date(2026, 11, 5))


def owe(house: House, amount: str) -> Any:
    """A bill of water from before the sale, due on 16 September."""
    water = Subscription.objects.get(account=house.old, service__code="water")
    line = make.Line(amount, subscription=water)
    return make.invoice(house.old, line, dated_on=date(2026, 9, 1), due_date=date(2026, 9, 16))


def well_but_for(planted: Any) -> bool:
    """The data are sound, but that the factory told nobody of its bill."""
    found = [f"{v.invariant} {v.subject}: {v.detail}" for v in check()]
    return [each for each in found if f"invoice {planted.pk}:" not in each] == []


def test_a_debt_that_passes_by_agreement_is_asked_of_the_buyer_and_nets_to_zero(house: House) -> None:
    """25.00 due Sept 16 and passed on Oct 20, with no interest: one credit, one invoice, 25.00 each."""
    bill = owe(house, "25.00")
    done = house.sell(debt="passes", agreed=AGREED)
    (assumed,) = done.assumed
    assert done.account is not None
    assert account_balance(account_id=house.old.pk) == 0
    assert account_balance(account_id=done.account.pk) == Decimal("25.00")
    bill.refresh_from_db()
    assert bill.voided_on is None
    assert assumed.invoice.due_date == date(2026, 11, 5)
    assert assumed.invoice.remarks.endswith("Escritura 118, cláusula 4")
    charge = assumed.invoice.charges.get()
    assert charge.subscription in done.passed
    assert house.old.number in charge.label
    assert well_but_for(bill)


def test_what_passes_comes_with_its_interest_to_the_day_and_bears_none_on_it(house: House) -> None:
    """1 000.00 due Sept 16 at 0.1 % a day: 34 days are 34.00. From Nov 5 on 1 000.00 bear, not 1 034.00."""
    Service.objects.filter(code="water").update(late_policies=make.A_TENTH_A_DAY)
    bill = owe(house, "1000.00")
    done = house.sell(debt="passes", agreed=AGREED)
    assert done.account is not None
    assert done.assumed[0].invoice.total == Decimal("1034.00")
    later = statement(account_id=done.account.pk, on=date(2026, 11, 15))
    assert later.interest == Decimal("10.00")
    assert well_but_for(bill)


def test_taking_a_passed_debt_back_undoes_both_sides_at_once(house: House) -> None:
    bill = owe(house, "25.00")
    done = house.sell(debt="passes", agreed=AGREED)
    (assumed,) = done.assumed
    assert done.account is not None
    with pytest.raises(AssumedStandsWithCredit):
        void_invoice(invoice_id=assumed.invoice_id, on=DECEMBER, reason="x", by=SYSTEM)
    reverse_payment(payment_id=assumed.payment_id, on=DECEMBER, reason="El acuerdo no se firmó", by=SYSTEM)
    assert account_balance(account_id=house.old.pk) == Decimal("25.00")
    assert account_balance(account_id=done.account.pk) == 0
    assert well_but_for(bill)


def test_no_debt_passes_without_a_paper_that_says_so(house: House) -> None:
    owe(house, "25.00")
    with pytest.raises(NoAgreement):
        house.sell(debt="passes", agreed=replace(AGREED, paper=" "))
    assert owners(house.place) == [(house.seller, make.LONG_AGO, None)]


def test_what_the_seller_owes_elsewhere_does_not_pass(house: House) -> None:
    make.invoice(house.old, "7.00", dated_on=date(2026, 9, 1), due_date=date(2026, 9, 16))
    owe(house, "25.00")
    done = house.sell(debt="passes", agreed=AGREED)
    assert [one.payment.amount for one in done.assumed] == [Decimal("25.00")]
    assert account_balance(account_id=house.old.pk) == Decimal("7.00")
