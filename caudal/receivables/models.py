"""The append-only ledger, the money that comes in, and what it settles."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from caudal.billing.models import ConditionsNow
from caudal.common.fields import MoneyField
from caudal.common.spoken import spanish_noop


class Payment(models.Model):
    """Money received. Interest stops at `value_on`; the books show it on `posted_on`. Never deleted."""

    METHODS = [
        ("cash", spanish_noop("Efectivo")),
        ("card", spanish_noop("Tarjeta")),
        ("transfer", spanish_noop("Transferencia")),
        ("cheque", spanish_noop("Cheque")),
        ("online", spanish_noop("En línea")),
        ("imported", spanish_noop("Importado")),
        ("assumed", spanish_noop("Deuda asumida")),
        ("credit", spanish_noop("Saldo a favor")),
    ]
    NOT_MONEY = ("assumed", "credit")  # settles, but nothing came in: sums of what was collected leave it out

    account = models.ForeignKey("billing.Account", on_delete=models.PROTECT, related_name="payments")
    series = models.ForeignKey("billing.Series", on_delete=models.PROTECT, related_name="+")
    number = models.BigIntegerField()
    amount = MoneyField()
    method = models.CharField(max_length=10, choices=METHODS)
    value_on = models.DateField()
    posted_on = models.DateField()
    posted_at = models.DateTimeField(db_default=Now())
    taken_by = models.CharField(max_length=200)
    payer = models.CharField(max_length=200, blank=True)
    note = models.CharField(max_length=300, blank=True)
    idempotency_key = models.CharField(max_length=100, unique=True)
    provider = models.CharField(max_length=30, blank=True)
    provider_reference = models.CharField(max_length=100, blank=True)
    # Which of the payments that the provider's one reference paid: each is of another account.
    provider_part = models.PositiveSmallIntegerField(db_default=0)
    frozen = models.JSONField(default=dict)
    reversed_on = models.DateField(null=True)
    reversed_by = models.CharField(max_length=200, blank=True)
    reversal_reason = models.CharField(max_length=300, blank=True)
    import_id = models.BigIntegerField(null=True)
    # What its receipt says of who issued it (billing.Conditions).
    conditions = models.IntegerField(db_default=ConditionsNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="payment_number_once"),
            models.UniqueConstraint(
                fields=["provider", "provider_reference", "provider_part"],
                condition=~Q(provider_reference=""),
                name="payment_provider_reference_once",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
        ]
        indexes = [
            models.Index(fields=["account", "-value_on"], name="payment_by_account"),
            models.Index(fields=["posted_on"], name="payment_by_day"),
            # Few are: the list of payments counts and shows them without reading the others.
            models.Index(fields=["id"], condition=Q(reversed_on__isnull=False), name="payment_reversed"),
        ]


class LedgerEntry(models.Model):
    """A line of an account: debits positive, credits negative. Never updated, never deleted.

    Exactly one source: a charge or a payment. A void or a reversal is a second line that points at the first.
    """

    KINDS = [
        ("charge", "Cargo"),
        ("void", "Anulación"),
        ("payment", "Pago"),
        ("reversal", "Reversión"),
    ]

    account = models.ForeignKey(
        "billing.Account", on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    kind = models.CharField(max_length=10, choices=KINDS)
    amount = MoneyField()
    value_on = models.DateField()
    posted_on = models.DateField()
    posted_at = models.DateTimeField(db_default=Now())
    charge = models.ForeignKey(
        "billing.Charge", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(charge__isnull=False, payment__isnull=True)
                | Q(charge__isnull=True, payment__isnull=False),
                name="entry_has_one_source",
            ),
            models.UniqueConstraint(
                fields=["charge"],
                condition=Q(charge__isnull=False, reverses=None),
                name="entry_once_per_charge",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(payment__isnull=False, reverses=None),
                name="entry_once_per_payment",
            ),
            models.UniqueConstraint(
                fields=["reverses"], condition=Q(reverses__isnull=False), name="entry_reversed_once"
            ),
        ]
        indexes = [models.Index(fields=["account", "id"], name="entry_by_account")]


class Allocation(models.Model):
    """How much of a payment settles how much of a charge. Taken back by a negative row that points at it.

    The sums stay within the payment and within the charge: held by a trigger, under the account's lock.
    """

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="allocations")
    charge = models.ForeignKey("billing.Charge", on_delete=models.PROTECT, related_name="allocations")
    amount = MoneyField()
    value_on = models.DateField()
    made_at = models.DateTimeField(db_default=Now())
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, reverses=None) | Q(amount__lt=0, reverses__isnull=False),
                name="allocation_sign",
            ),
        ]


class PaymentIntent(models.Model):
    """A payment that somebody started with a provider, of one account or of several. Unknown until told."""

    STATES = [
        ("open", "Iniciado"),
        ("paid", "Pagado"),
        ("failed", "Rechazado"),
        ("expired", "Vencido"),
        ("parked", "Por identificar"),
    ]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    provider = models.CharField(max_length=30)
    amount = MoneyField()
    value_on = models.DateField()
    state = models.CharField(max_length=10, choices=STATES, default="open")
    started_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())


class IntentPart(models.Model):
    """What an online payment pays of one account: what was chosen, for how much, and the payment it became."""

    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, related_name="parts", db_index=False)
    account = models.ForeignKey("billing.Account", on_delete=models.PROTECT, related_name="intent_parts")
    charge_ids = models.JSONField()
    amount = MoneyField()
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True, related_name="part")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intent", "account"], name="intent_part_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="intent_part_positive"),
        ]


class ProviderEvent(models.Model):
    """What a provider told us, once per event, whatever became of it."""

    provider = models.CharField(max_length=30)
    event_id = models.CharField(max_length=100)
    intent = models.ForeignKey(PaymentIntent, on_delete=models.PROTECT, null=True, related_name="events")
    body = models.JSONField()
    outcome = models.CharField(max_length=20)
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "event_id"], name="provider_event_once")]


class OpenInvoice(models.Model):
    """The invoices with something left to pay: an index over a sum, which the database cannot keep by itself.

    It holds no amount. Posting adds to it, a trigger on allocations follows it, a void takes the invoice out.
    Rows are bulk and derived, so there are no foreign keys; `caudal check` compares them with the ledger.
    """

    invoice = models.OneToOneField(
        "billing.Invoice",
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="open",
    )
    account = models.ForeignKey(
        "billing.Account", on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )


class OpenCredit(models.Model):
    """The payments with money left to apply, in the same way: kept by triggers, without an amount."""

    payment = models.OneToOneField(
        Payment, on_delete=models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="credit"
    )
    account = models.ForeignKey(
        "billing.Account", on_delete=models.DO_NOTHING, db_constraint=False, related_name="open_credits"
    )


class ProducedInterest(models.Model):
    """An interest invoice and the payment at which it fell due; void together with what made it."""

    invoice = models.OneToOneField(
        "billing.Invoice", on_delete=models.PROTECT, primary_key=True, related_name="produced_by"
    )
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="produced")


class AssumedDebt(models.Model):
    """A debt that passed to another account by agreement: the source of one credit there and one debit here.

    The old account's charges stay where they were issued, settled by `payment`; `invoice` asks the same amount of the
    other account. Both live, or both are taken back: `caudal check` proves it. What passed is of one `property`.
    """

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, primary_key=True, related_name="assumed"
    )
    invoice = models.OneToOneField("billing.Invoice", on_delete=models.PROTECT, related_name="assumed")
    property = models.ForeignKey("registry.Property", on_delete=models.PROTECT, null=True, related_name="+")
    agreement = models.CharField(max_length=200)


class InvoiceCredit(models.Model):
    """What an invoice below zero leaves in its account's favour: a payment with which no money came in (decision 13).

    The invoice's own debits are its ledger lines, so the payment has none. Both live, or both are taken back.
    """

    payment = models.OneToOneField(
        Payment, on_delete=models.PROTECT, primary_key=True, related_name="credited"
    )
    invoice = models.OneToOneField("billing.Invoice", on_delete=models.PROTECT, related_name="credited")
