"""Each invariant finds its planted violation, and nothing in a town that was billed, paid and corrected.

What the schema holds by itself is planted with its guards taken away, inside a transaction that is rolled back: so the
statement is proven to see what a damaged or tampered database would hold.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from caudal.approvals.kinds import Proposal
from caudal.approvals.operations import approve, effect_now, perform
from caudal.common import clock
from caudal.common.actor import SYSTEM
from caudal.common.sealing import seal_history
from caudal.jobs.invariants import INVARIANTS, check, violations
from caudal.metering.models import Reading
from caudal.receivables.models import IntentPart, Payment, PaymentIntent
from caudal.workflows.invoices import OneOffForm, issue_draft, save_draft
from caudal.workflows.payments import reverse_payment
from tests import factories as make
from tests.integration.workflows.test_billing_run import NOVEMBER, Street, issue, rehearse

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def billed_town() -> None:
    make.organisation(currency="USD", symbol="$")
    street = Street(late_policies=make.A_TENTH_A_DAY)
    houses = [street.house("136"), street.house("110", "120"), street.house()]
    make.pay(houses[0], "30.00", date(2026, 11, 2))
    make.photo(Reading.objects.get(register=136))
    issue(rehearse())
    make.pay(houses[1], "5.00", date(2026, 12, 20))
    wrong = make.pay(houses[2], "2.10", date(2026, 11, 20))
    reverse_payment(payment_id=wrong.pk, on=date(2026, 11, 21), reason="Otra cuenta", by=SYSTEM)
    repair = make.service("repair", kind="one_off")
    form = OneOffForm(account_id=houses[0].pk, lines=((repair.pk, "Cambio de llave", Decimal("7.00")),))
    spoilt = issue_draft(draft_id=save_draft(form=form, by=SYSTEM).pk, on=NOVEMBER, by=SYSTEM)
    void_with_two(spoilt.pk, on=date(2026, 11, 22))
    back = OneOffForm(account_id=houses[0].pk, lines=((repair.pk, "Devolución", Decimal("-1.50")),))
    issue_draft(draft_id=save_draft(form=back, by=SYSTEM).pk, on=NOVEMBER, by=SYSTEM)
    started = PaymentIntent.objects.create(provider="sandbox", amount=1, value_on=NOVEMBER)
    IntentPart.objects.create(intent=started, account_id=houses[0].pk, charge_ids=[], amount=1)
    seal_history()


def void_with_two(invoice_id: int, on: date) -> None:
    """Void an invoice as a town does that wants a second person for it."""
    make.organisation(second_person=["invoices.void"])
    ana, beto = make.user("ana", "billing").actor, make.user("beto", "billing").actor
    proposal = Proposal(kind="void", object_id=invoice_id, payload={"reason": "Repetida"})
    asked = perform(proposal=proposal, on=on, at=clock.now(), by=ana)
    assert asked is not None
    _effect, seen = effect_now(request=asked, on=on, by=beto)
    approve(request_id=asked.pk, seen=seen, on=on, at=clock.now(), by=beto)


@dataclass(frozen=True)
class Planted:
    """A violation: the statement that plants it, and which invariant's statement must see it."""

    file: str
    statement: str


A_PLACE = (
    "WITH place AS (INSERT INTO registry_property (cadastral_code, address, search_text, version) "
    "VALUES ('6-1', '', '', 1) RETURNING id) "
)
CHARGED_AGAIN_TO_WHO_CAME_AFTER = """
WITH charged AS (
    SELECT * FROM billing_charge WHERE to_reading_id IS NOT NULL LIMIT 1
), came AS (
    INSERT INTO billing_subscription SELECT (s).* FROM (
        SELECT jsonb_populate_record(s, '{"id": 999}') AS s FROM billing_subscription s, charged
        WHERE s.id = charged.subscription_id) AS copied
)
INSERT INTO billing_charge SELECT (c).* FROM (
    SELECT jsonb_populate_record(c, '{"id": 999, "position": 9, "subscription_id": 999, "period_id": null}') AS c
    FROM billing_charge c, charged WHERE c.id = charged.id) AS copied
"""
TOOK_OVER_WHAT_WAS_NOT_SETTLED = """
WITH passed AS (
    SELECT p.id AS payment, i.id AS invoice, i.total
    FROM receivables_payment p JOIN billing_invoice i ON i.account_id <> p.account_id
    WHERE p.reversed_on IS NULL AND i.voided_on IS NULL
      AND i.total <> (SELECT sum(amount) FROM receivables_allocation WHERE payment_id = p.id)
    LIMIT 1
), kept AS (
    INSERT INTO receivables_assumeddebt (payment_id, invoice_id, agreement) SELECT payment, invoice, '' FROM passed
)
UPDATE receivables_payment SET method = 'assumed', amount = total FROM passed WHERE id = payment
"""
PLANTED = [
    Planted("assumed", "UPDATE receivables_payment SET method = 'assumed' WHERE number = 1"),
    Planted("assumed", TOOK_OVER_WHAT_WAS_NOT_SETTLED),
    Planted("below_zero", "UPDATE receivables_payment SET method = 'credit' WHERE number = 1"),
    Planted("below_zero", "DELETE FROM receivables_invoicecredit"),
    Planted("below_zero", "UPDATE billing_invoice SET total = total - 1 WHERE total < 0"),
    Planted("series_contiguous", "UPDATE billing_series SET last_number = last_number + 1"),
    Planted("series_contiguous", "DELETE FROM receivables_payment WHERE number = 2"),
    Planted(
        "number_order",
        "UPDATE billing_invoice SET issued_at = issued_at - interval '1 day' WHERE number = "
        "(SELECT max(number) FROM billing_invoice)",
    ),
    Planted(
        "charge_once",
        'INSERT INTO billing_charge SELECT (c).* FROM (SELECT jsonb_populate_record(c, \'{"id": 999, "position": 9}\')'
        " AS c FROM billing_charge c WHERE to_reading_id IS NOT NULL LIMIT 1) AS copied",
    ),
    Planted(
        "charge_once",
        "UPDATE billing_charge SET covers_from = '2026-01-01', period_id = NULL, "
        "subscription_id = (SELECT min(subscription_id) FROM billing_charge)",
    ),
    Planted("charge_once", CHARGED_AGAIN_TO_WHO_CAME_AFTER),
    Planted("dates", "UPDATE billing_invoice SET due_date = issued_on - 1"),
    Planted("amounts", "UPDATE billing_invoice SET total = total + 1, net = net + 1"),
    Planted("amounts", "UPDATE billing_charge SET net = net + 0.01"),
    Planted(
        "charge_debits", "UPDATE receivables_ledgerentry SET amount = amount + 1 WHERE charge_id IS NOT NULL"
    ),
    Planted("charge_debits", "DELETE FROM receivables_ledgerentry WHERE reverses_id IS NOT NULL"),
    Planted("charge_debits", "UPDATE billing_charge SET live = true"),
    Planted("payment_credits", "DELETE FROM receivables_ledgerentry WHERE payment_id IS NOT NULL"),
    Planted("entry_sources", "UPDATE receivables_ledgerentry SET charge_id = NULL, payment_id = NULL"),
    Planted(
        "allocations", "UPDATE receivables_allocation SET amount = amount + 100 WHERE reverses_id IS NULL"
    ),
    Planted("allocations", "UPDATE receivables_payment SET reversed_on = '2026-12-01'"),
    Planted("balances", "UPDATE receivables_ledgerentry SET amount = 0"),
    Planted("open_items", "DELETE FROM receivables_openinvoice"),
    Planted("open_items", "DELETE FROM receivables_opencredit"),
    Planted("payments_once", "UPDATE receivables_payment SET idempotency_key = 'same'"),
    Planted(
        "payments_once",
        "UPDATE receivables_payment SET provider_reference = 'R-1', provider_part = id % 10000",
    ),
    Planted("payments_once", "UPDATE receivables_paymentintent SET state = 'paid'"),
    Planted("payments_once", "UPDATE receivables_paymentintent SET amount = amount + 1"),
    Planted("payments_once", "DELETE FROM receivables_intentpart"),
    Planted(
        "payments_once",
        "WITH paid AS (UPDATE receivables_paymentintent SET state = 'paid') "
        "UPDATE receivables_intentpart SET payment_id = (SELECT min(id) FROM receivables_payment)",
    ),
    Planted("run_outcomes", "DELETE FROM billing_runexception"),
    Planted("run_outcomes", "UPDATE billing_runbatch SET total = total + 1"),
    Planted("deliveries", "DELETE FROM notices_message"),
    Planted("deliveries", "UPDATE notices_message SET account_id = account_id + 1"),
    Planted("registers_rise", "UPDATE metering_reading SET register = 1 WHERE register = 136"),
    Planted("registers_rise", "UPDATE metering_reading SET volume = volume + 1"),
    Planted("evidence", "UPDATE metering_photo SET content = content || '\\x00'"),
    Planted("evidence", "DELETE FROM metering_evidence"),
    Planted("evidence", "DELETE FROM metering_photo"),
    Planted("imports", "UPDATE registry_party SET import_id = 12345"),
    Planted("audited", "DELETE FROM common_auditrecord WHERE kind = 'billing.issue'"),
    Planted("audited", "DELETE FROM common_auditrecord WHERE kind LIKE '%reverse%'"),
    Planted("audited", "UPDATE common_auditrecord SET actor_label = ''"),
    Planted("seals", "DELETE FROM common_auditrecord WHERE kind = 'billing.void'"),
    Planted("seals", "UPDATE common_rowchange SET role = 'nobody'"),
    Planted("seals", "UPDATE common_auditseal SET digest = previous"),
    Planted(
        "interest", "UPDATE billing_charge SET total = total + 0.01, net = net + 0.01 WHERE origin_kind <> ''"
    ),
    Planted(
        "interest",
        "UPDATE billing_charge SET live = false WHERE id IN (SELECT origin_id FROM billing_charge "
        "WHERE origin_kind = 'interest')",
    ),
    Planted("exact", "UPDATE registry_organisation SET minor_units = 0"),
    Planted("exact", "UPDATE receivables_payment SET amount = 'NaN'"),
    Planted(
        "shares",
        A_PLACE
        + "INSERT INTO billing_subscription (account_id, service_id, tariff_id, property_id, category, "
        "valid_from, share_from, share_upto) SELECT s.account_id, s.service_id, s.tariff_id, place.id, '', "
        "'2026-01-01', half, half + 0.6 FROM place, unnest('{0,0.4}'::numeric[]) half, "
        "(SELECT * FROM billing_subscription LIMIT 1) s",
    ),
    Planted("closed_periods", "UPDATE billing_period SET closed_on = '2026-11-01'"),
    Planted(
        "owners",
        A_PLACE + "INSERT INTO registry_ownership (property_id, party_id, share, valid_from) "
        "SELECT place.id, p.id, 0.6, '2026-01-01' FROM place, registry_party p",
    ),
    Planted(
        "owners",
        A_PLACE + "INSERT INTO registry_ownership (property_id, party_id, share, valid_from) "
        "SELECT place.id, (SELECT min(id) FROM registry_party), 0.1, '2026-01-01' FROM place, generate_series(1, 2)",
    ),
    Planted(
        "owners",
        "INSERT INTO registry_representation (represented_id, representative_id, valid_from) "
        "SELECT min(id), max(id), '2026-01-01' FROM registry_party",
    ),
    Planted("approvals", "UPDATE approvals_approval SET decided_by_id = asked_by_id"),
    Planted("approvals", "DELETE FROM common_auditrecord WHERE kind = 'approvals.approve'"),
    Planted("approvals", "UPDATE common_auditrecord SET transaction = '' WHERE kind = 'billing.void'"),
    Planted("approvals", "UPDATE billing_invoice SET voided_on = NULL"),
    Planted("conditions", "UPDATE billing_conditions SET said = said - 'name' || '{\"name\": \"\"}'"),
    Planted("conditions", "UPDATE billing_conditions SET held = '[{}]' WHERE service_id IS NOT NULL"),
    Planted("conditions", "DELETE FROM billing_conditions WHERE service_id IS NOT NULL"),
    Planted(
        "cancelled", "UPDATE billing_subscription SET cancelled_on = '2026-11-01', valid_to = valid_from"
    ),
    Planted("cancelled", "UPDATE billing_subscription SET cancelled_on = '2026-11-01'"),
    Planted("conditions", "UPDATE billing_invoice SET conditions = 2147483647"),
    Planted("conditions", "UPDATE receivables_payment SET conditions = 2147483647"),
    Planted("approvals", "UPDATE approvals_approval SET state = 'waiting'"),
]


def test_a_town_that_was_billed_paid_and_corrected_has_no_violation(billed_town: None) -> None:
    assert list(check()) == []


def test_every_invariant_has_a_planted_violation() -> None:
    assert {i.file for i in INVARIANTS} == {planted.file for planted in PLANTED}


@pytest.fixture
def unguarded() -> Iterator[None]:
    """A transaction without checks, unique indexes, foreign keys and triggers on our tables; rolled back at the end."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
                FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'f', 'x')
                  AND conrelid::regclass::text ~ '^(billing|receivables|metering|notices|registry|common|approvals)_'
                UNION ALL
                SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index
                WHERE indisunique AND NOT indisprimary
                  AND indrelid::regclass::text ~ '^(billing|receivables|metering|notices)_'
                  AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
                UNION ALL
                SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
                FROM pg_constraint WHERE contype = 'u'
                  AND conrelid::regclass::text ~ '^(billing|receivables|metering|notices)_'
                UNION ALL
                SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', oid::regclass) FROM pg_class
                WHERE relkind = 'r' AND relname ~ '^(billing|receivables|metering|notices|registry|common|approvals)_'
                """
            )
            for (statement,) in cursor.fetchall():
                cursor.execute(statement)
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: f"{p.file}: {p.statement[:50]}")
def test_a_planted_violation_is_found(billed_town: None, unguarded: None, planted: Planted) -> None:
    (invariant,) = [i for i in INVARIANTS if i.file == planted.file]
    assert list(violations(invariant)) == []
    with connection.cursor() as cursor:
        cursor.execute(planted.statement)
        assert cursor.rowcount > 0, "nothing was planted"
    assert list(violations(invariant)) != []


HELD = [
    "UPDATE metering_photo SET thumbnail = content",
    "DELETE FROM metering_evidence",
    "UPDATE billing_invoice SET total = total + 1, net = net + 1",
    "DELETE FROM billing_invoice",
    "UPDATE billing_charge SET net = net + 0.01, total = total + 0.01",
    "UPDATE receivables_ledgerentry SET amount = 0",
    "DELETE FROM receivables_ledgerentry",
    "UPDATE receivables_allocation SET amount = 1",
    "UPDATE receivables_payment SET amount = 1",
    "DELETE FROM common_auditrecord",
    "UPDATE billing_series SET last_number = 0",
    "INSERT INTO receivables_allocation (payment_id, charge_id, amount, value_on) "
    "SELECT min(p.id), min(c.id), 1000, '2026-12-01' FROM receivables_payment p, billing_charge c",
]


@pytest.mark.parametrize("statement", HELD)
def test_the_schema_refuses_what_it_can_hold_by_itself(billed_town: None, statement: str) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Payment.objects.exists()
    assert list(check()) == []
