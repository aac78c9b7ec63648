"""Bill runs: rehearsed, approved, issued batch by batch."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from caudal.billing.models.accounts import Subscription
from caudal.billing.models.periods import Cycle
from caudal.common.fields import MoneyField


class BillRun(models.Model):
    """The dated production of invoices. A rehearsal is a run that stores totals and exceptions only."""

    STATES = [
        ("rehearsing", "Calculando"),
        ("rehearsed", "Prefacturada"),
        ("issuing", "Emitiendo"),
        ("issued", "Emitida"),
        ("cancelled", "Descartada"),
    ]

    dated_on = models.DateField()
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, null=True, blank=True, related_name="runs")
    service_codes = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="rehearsed")
    expected = models.PositiveIntegerField(default=0)
    totals = models.JSONField(default=dict)
    rehearsed_at = models.DateTimeField(db_default=Now())
    rehearsed_by = models.CharField(max_length=200)
    rehearsed_by_id = models.BigIntegerField(null=True, blank=True)
    approved_by_id = models.BigIntegerField(null=True, blank=True)
    approved_by = models.CharField(max_length=200, blank=True)
    issued_on = models.DateField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-dated_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dated_on", "service_codes", "cycle"],
                condition=~Q(state="cancelled"),
                nulls_distinct=False,
                name="run_once_a_day",
            ),
        ]


class Rehearsal(models.Model):
    """How far a rehearsal in the background is, in slices of accounts. A row of its own: the run's row is held
    until the rehearsal is whole.
    """

    run = models.OneToOneField(BillRun, on_delete=models.CASCADE, primary_key=True)
    slices = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)


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
