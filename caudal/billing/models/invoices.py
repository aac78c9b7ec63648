"""The numbered documents that say what is owed. Issued rows never change."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from caudal.billing.models.accounts import Account, OneOff, Subscription
from caudal.billing.models.conditions import ConditionsNow
from caudal.billing.models.periods import Period
from caudal.billing.models.runs import RunBatch
from caudal.common.fields import MoneyField, VolumeField


class Series(models.Model):
    """A run of numbers without gaps. `last_number` is the counter: taken last, in the transaction that uses it."""

    KINDS = [("invoice", "Facturas"), ("receipt", "Comprobantes"), ("imported", "Facturas importadas")]

    code = models.SlugField(max_length=30, unique=True)
    kind = models.CharField(max_length=10, choices=KINDS)
    prefix = models.CharField(max_length=40, blank=True)
    width = models.PositiveSmallIntegerField(default=1)
    first_number = models.BigIntegerField(default=1)
    last_number = models.BigIntegerField(default=0)
    authorised_to = models.BigIntegerField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.CheckConstraint(
                condition=Q(authorised_to=None) | Q(last_number__lte=F("authorised_to")),
                name="series_within_range",
            ),
        ]

    def printed(self, number: int) -> str:
        """The number as people read it."""
        return f"{self.prefix}{number:0{self.width}d}"


class Invoice(models.Model):
    """A numbered, immutable document of charges. `frozen` is what it says about people, places and meters.

    `conditions`: what it says of who issues it and of what being late costs is that of the newest rows up to it.
    After issue only the three void columns may be written, once: held by a trigger. Status is not here: it
    follows from the ledger (see receivables).
    """

    ORIGINS = [
        ("run", "Facturación"),
        ("one_off", "Individual"),
        ("interest", "Intereses"),
        ("imported", "Importada"),
    ]

    series = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="invoices", db_index=False)
    connection = models.ForeignKey(
        "metering.Connection", on_delete=models.PROTECT, null=True, related_name="invoices"
    )
    batch = models.ForeignKey(RunBatch, on_delete=models.PROTECT, null=True, related_name="invoice_rows")
    origin = models.CharField(max_length=10, choices=ORIGINS)
    dated_on = models.DateField()
    issued_on = models.DateField()
    issued_at = models.DateTimeField(db_default=Now())
    due_date = models.DateField()
    covers_from = models.DateField()
    covers_to = models.DateField()
    net = MoneyField()
    tax = MoneyField()
    total = MoneyField()
    frozen = models.JSONField()
    remarks = models.CharField(max_length=500, blank=True)
    voided_on = models.DateField(null=True)
    voided_by = models.CharField(max_length=200, blank=True)
    void_reason = models.CharField(max_length=300, blank=True)
    import_id = models.BigIntegerField(null=True)
    conditions = models.IntegerField(db_default=ConditionsNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="invoice_number_once"),
            models.CheckConstraint(condition=Q(total=F("net") + F("tax")), name="invoice_adds_up"),
            models.CheckConstraint(
                condition=Q(due_date__gte=F("issued_on")) | Q(origin="imported"), name="invoice_due"
            ),
            models.CheckConstraint(condition=Q(covers_to__gt=F("covers_from")), name="invoice_span"),
        ]
        # What is due from a day on is known by its index however new it is; void ones are few.
        indexes = [
            models.Index(fields=["account", "-dated_on"], name="invoice_by_account"),
            models.Index(fields=["due_date", "id"], name="invoice_by_due_date"),
            models.Index(fields=["id"], condition=Q(voided_on__isnull=False), name="invoice_void"),
        ]


class Charge(models.Model):
    """The payable item: one service of one subscription and period, or a one-off.

    `explanation` holds the lines that explain the net and the inputs to compute it again (docs/billing-run.md).
    `live` turns false when the invoice is voided; unique indexes look at live charges only.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="charges", db_index=False)
    position = models.PositiveSmallIntegerField()
    service = models.ForeignKey("tariffs.Service", on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="charges", db_index=False
    )
    period = models.ForeignKey(Period, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    tariff_version = models.ForeignKey(
        "tariffs.TariffVersion", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    label = models.CharField(max_length=200)
    quantity = VolumeField(null=True)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    net = MoneyField()
    tax = MoneyField()
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    total = MoneyField()
    covers_from = models.DateField(null=True)
    covers_to = models.DateField(null=True)
    from_reading = models.ForeignKey(
        "metering.Reading", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    to_reading = models.ForeignKey(
        "metering.Reading", on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    explanation = models.JSONField(default=dict)
    origin_kind = models.CharField(max_length=12, blank=True)
    origin_id = models.BigIntegerField(null=True)
    origin_part = models.PositiveIntegerField(null=True)
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "subscription", "service"],
                condition=Q(live=True, subscription__isnull=False, period__isnull=False),
                name="charge_once_a_period",
            ),
            models.UniqueConstraint(
                fields=["origin_kind", "origin_id", "origin_part"],
                condition=Q(live=True) & ~Q(origin_kind=""),
                name="charge_once_an_origin",
            ),
            models.UniqueConstraint(
                fields=["subscription", "covers_to"],
                condition=Q(live=True, to_reading__isnull=False),
                name="charge_once_a_reading",
            ),
            models.UniqueConstraint(fields=["invoice", "position"], name="charge_position_once"),
            models.CheckConstraint(condition=Q(total=F("net") + F("tax")), name="charge_adds_up"),
        ]


class InvoiceDraft(models.Model):
    """A one-off invoice in preparation: what was typed into its form. It has no number and owes nothing."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="drafts")
    form = models.JSONField()
    created_by_id = models.BigIntegerField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)


class SentForm(models.Model):
    """A form that charged somebody, by the key that its page gave it: sent again, it finds what came of it.

    `said` is what was typed, as JSON.
    """

    key = models.CharField(max_length=100, primary_key=True)
    said = models.JSONField()
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, null=True, related_name="+")
    one_off = models.ForeignKey(OneOff, on_delete=models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(invoice__isnull=False) | Q(one_off__isnull=False), name="sent_form_did_something"
            ),
        ]
