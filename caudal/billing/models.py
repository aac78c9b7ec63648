"""Who owes for what, and the numbered documents that say so. Issued rows never change."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from caudal.common.fields import MoneyField, VolumeField


class Account(models.Model):
    """The receivables of one payer."""

    DELIVERIES = [("mail", "Correo"), ("print", "Impresa"), ("counter", "En ventanilla")]

    number = models.CharField(max_length=20, unique=True)
    holder = models.ForeignKey("registry.Party", on_delete=models.PROTECT, related_name="accounts")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    delivery = models.CharField(max_length=10, choices=DELIVERIES, default="mail")
    version = models.PositiveIntegerField(default=1)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number


class Subscription(models.Model):
    """A service an account has, for a connection or a property, `[valid_from, valid_to)`.

    For a metered service `billed_until` is the cut-over day of an imported subscription: readings up to and
    including it were billed by the system before.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions")
    service = models.ForeignKey("tariffs.Service", on_delete=models.PROTECT, related_name="subscriptions")
    tariff = models.ForeignKey("tariffs.Tariff", on_delete=models.PROTECT, related_name="subscriptions")
    connection = models.ForeignKey(
        "metering.Connection", on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    property = models.ForeignKey(
        "registry.Property", on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    category = models.CharField(max_length=40, blank=True)
    amount_override = MoneyField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    billed_until = models.DateField(null=True, blank=True)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="subscription_span"
            ),
            models.UniqueConstraint(
                fields=["connection", "service"],
                condition=Q(valid_to=None, connection__isnull=False),
                name="subscription_once_per_connection",
            ),
        ]
        indexes = [models.Index(fields=["service", "account"], name="subscription_by_service")]


class Period(models.Model):
    """A month billed, named by its first day, with its reading window and (in a board) its assembly."""

    month = models.DateField(unique=True)
    reading_from = models.DateField(null=True, blank=True)
    reading_to = models.DateField(null=True, blank=True)
    assembly_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-month"]
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="period_is_a_month")]


class Series(models.Model):
    """A run of numbers without gaps. `last_number` is the counter: taken last, in the transaction that uses it."""

    KINDS = [("invoice", "Facturas"), ("receipt", "Comprobantes"), ("imported", "Facturas importadas")]

    code = models.SlugField(max_length=30, unique=True)
    kind = models.CharField(max_length=10, choices=KINDS)
    prefix = models.CharField(max_length=12, blank=True)
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


class BillRun(models.Model):
    """The dated production of invoices. A rehearsal is a run that stores totals and exceptions only."""

    STATES = [
        ("rehearsed", "Prefacturada"),
        ("issuing", "Emitiendo"),
        ("issued", "Emitida"),
        ("cancelled", "Descartada"),
    ]

    dated_on = models.DateField()
    service_codes = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="rehearsed")
    expected = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=dict)
    rehearsed_at = models.DateTimeField(db_default=Now())
    rehearsed_by = models.CharField(max_length=200)
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-dated_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dated_on", "service_codes"], condition=~Q(state="cancelled"), name="run_once_a_day"
            ),
        ]


class RunBatch(models.Model):
    """A slice of a run's accounts, issued in one transaction: a crash leaves it whole or absent.

    `only_subscriptions` is empty but for a retry, which expects just those.
    """

    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="batches")
    position = models.PositiveIntegerField()
    first_account_id = models.BigIntegerField()
    last_account_id = models.BigIntegerField()
    only_subscriptions = ArrayField(models.BigIntegerField(), default=list)
    expected = models.PositiveIntegerField(default=0)
    billed = models.PositiveIntegerField(default=0)
    retained = models.PositiveIntegerField(default=0)
    excused = models.PositiveIntegerField(default=0)
    invoices = models.PositiveIntegerField(default=0)
    total = MoneyField(default=0)
    issued_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="run_batch_once"),
            models.CheckConstraint(
                condition=Q(issued_at=None) | Q(expected=F("billed") + F("retained") + F("excused")),
                name="run_batch_adds_up",
            ),
        ]


class RunException(models.Model):
    """A subscription that a run expected and did not bill: retained with a reason, or excused."""

    OUTCOMES = [("retained", "Retenida"), ("excused", "Sin cobro")]

    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="exceptions")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    code = models.CharField(max_length=40)
    detail = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "subscription"], name="run_exception_once")]


class Invoice(models.Model):
    """A numbered, immutable document of charges. `frozen` is what it says about people, places and meters.

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

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "number"], name="invoice_number_once"),
            models.CheckConstraint(condition=Q(total=F("net") + F("tax")), name="invoice_adds_up"),
            models.CheckConstraint(
                condition=Q(due_date__gte=F("issued_on")) | Q(origin="imported"), name="invoice_due"
            ),
            models.CheckConstraint(condition=Q(covers_to__gt=F("covers_from")), name="invoice_span"),
        ]
        indexes = [models.Index(fields=["account", "-dated_on"], name="invoice_by_account")]


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
