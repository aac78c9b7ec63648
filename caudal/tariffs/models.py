"""What is charged and at which prices. Both are data; the arithmetic is in `kernel.pricing`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from caudal.common.fields import MoneyField

EVERY_MONTH = list(range(1, 13))


def every_month() -> list[int]:
    return list(EVERY_MONTH)


class Service(models.Model):
    """A service, tax or concept: when it bills, how long there is to pay, what happens when it is late.

    `ahead_discounts`: what paying the rest of the year at once takes off, by the day it is paid on:
    [{"until": "01-31", "percent": "10"}, …], in order of the year.
    """

    KINDS = [
        ("metered", "Medido"),
        ("fixed", "Fijo"),
        ("ad_valorem", "Impuesto sobre el valor"),
        ("licence", "Patente"),
        ("one_off", "Por una vez"),
        ("interest", "Intereses"),
        ("fee", "Recargo"),
    ]
    PRESENTATIONS = [
        ("account", "Una factura por cuenta"),
        ("connection", "Una factura por conexión"),
        ("service", "Un recibo por servicio"),
    ]
    DUE_RULES = [
        ("days", "Días para pagar"),
        ("fixed_day", "Día fijo"),
        ("quarter_end", "Fin del trimestre"),
    ]
    WITHOUT_READING = [
        ("estimate", "Estimar"),
        ("retain", "Retener"),
        ("wait", "Esperar la lectura siguiente"),
    ]

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=KINDS)
    unit = models.CharField(max_length=10, blank=True)
    position = models.PositiveSmallIntegerField(default=100)
    billing_months = ArrayField(models.PositiveSmallIntegerField(), default=every_month)
    billing_day = models.PositiveSmallIntegerField(default=15)
    days_to_pay = models.PositiveSmallIntegerField(default=15)
    due_rule = models.CharField(
        max_length=20,
        choices=DUE_RULES,
        default="days",
    )
    due_day = models.PositiveSmallIntegerField(null=True, blank=True)
    due_on_working_day = models.BooleanField(default=False)
    in_arrears = models.BooleanField(default=True)
    tax_name = models.CharField(max_length=20, blank=True)
    tax_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    late_policies = models.JSONField(default=list)
    automatic_issue = models.BooleanField(default=False)
    presentation = models.CharField(max_length=12, choices=PRESENTATIONS, default="account")
    without_reading = models.CharField(max_length=10, choices=WITHOUT_READING, default="retain")
    default_amount = MoneyField(null=True, blank=True)
    ahead_discounts = models.JSONField(default=list, blank=True)
    active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(tax_percent__gte=0, tax_percent__lte=100), name="service_tax_percent"
            ),
            models.CheckConstraint(
                condition=Q(billing_day__gte=1, billing_day__lte=31), name="service_billing_day"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Tariff(models.Model):
    """The prices of one service for one group of customers, through its versions."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="tariffs")
    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["service", "code"]

    def __str__(self) -> str:
        return self.name


class TariffVersion(models.Model):
    """A definition (the JSON of docs/tariffs.md) and the days it holds. Published ones no longer change.

    Live versions of a tariff never overlap: held by an exclusion constraint over `[valid_from, valid_to)`.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.PROTECT, related_name="versions")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    definition = models.JSONField()
    published_at = models.DateTimeField(null=True, blank=True)
    published_by_id = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["tariff", "valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="tariff_version_span"
            ),
        ]
