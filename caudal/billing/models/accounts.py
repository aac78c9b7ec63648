"""Payers, the services they have, and what is charged to them once."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from caudal.common.fields import MoneyField


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
    """A service an account has, for a connection, a property or a licence, `[valid_from, valid_to)`.

    For a metered service `billed_until` says that readings up to and including that day were billed to somebody else:
    by the system before, or to whoever had the service. Without it, those up to `valid_from`. A co-owner owes of each
    amount what lies between `share_from` and `share_upto`, parts of one: those of all co-owners tile the whole.
    `cancelled_on`: it was taken by mistake and lasts no day, `[valid_from, valid_from)`; it is never billed.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="subscriptions")
    service = models.ForeignKey(
        "tariffs.Service", on_delete=models.PROTECT, related_name="subscriptions", db_index=False
    )
    tariff = models.ForeignKey("tariffs.Tariff", on_delete=models.PROTECT, related_name="subscriptions")
    connection = models.ForeignKey(
        "metering.Connection", on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    property = models.ForeignKey(
        "registry.Property", on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    licence = models.ForeignKey(
        "registry.Licence", on_delete=models.PROTECT, null=True, blank=True, related_name="subscriptions"
    )
    category = models.CharField(max_length=40, blank=True)
    amount_override = MoneyField(null=True, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    billed_until = models.DateField(null=True, blank=True)
    share_from = models.DecimalField(max_digits=12, decimal_places=10, null=True, blank=True)
    share_upto = models.DecimalField(max_digits=12, decimal_places=10, null=True, blank=True)
    cancelled_on = models.DateField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True, db_default="")
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None)
                | Q(valid_to__gt=F("valid_from"))
                | Q(cancelled_on__isnull=False, valid_to=F("valid_from")),
                name="subscription_span",
            ),
            models.CheckConstraint(
                condition=Q(cancelled_on=None)
                | (Q(valid_to__isnull=False, valid_to=F("valid_from")) & ~Q(cancel_reason="")),
                name="subscription_cancelled",
            ),
            models.CheckConstraint(
                condition=Q(share_from=None, share_upto=None)
                | Q(share_from__gte=0, share_upto__gt=F("share_from"), share_upto__lte=1),
                name="subscription_share",
            ),
            models.UniqueConstraint(
                fields=["connection", "service"],
                condition=Q(valid_to=None, connection__isnull=False),
                name="subscription_once_per_connection",
            ),
            models.UniqueConstraint(
                fields=["licence", "service"],
                condition=Q(valid_to=None, licence__isnull=False),
                name="subscription_once_per_licence",
            ),
        ]
        # Few beside those that go on: an import pays nothing for them.
        indexes = [
            models.Index(fields=["service", "account"], name="subscription_by_service"),
            models.Index(fields=["valid_to"], condition=Q(valid_to__isnull=False), name="subscription_ended"),
            models.Index(
                fields=["id"], condition=Q(cancelled_on__isnull=False), name="subscription_cancelled"
            ),
        ]


class OneOff(models.Model):
    """Something charged once to one person, with or without a place: issued at once, or `waits` for the next invoice.

    What became of it is told by the live charge whose origin it is; until then it may be withdrawn.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="one_offs")
    service = models.ForeignKey("tariffs.Service", on_delete=models.PROTECT, related_name="+")
    connection = models.ForeignKey(
        "metering.Connection", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    property = models.ForeignKey(
        "registry.Property", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    text = models.CharField(max_length=200)
    amount = MoneyField()
    dated_on = models.DateField()
    waits = models.BooleanField(default=False)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    withdrawn_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="one_off_amount")]
        indexes = [
            models.Index(
                fields=["account"], condition=Q(waits=True, withdrawn_on=None), name="one_off_waiting"
            ),
        ]
