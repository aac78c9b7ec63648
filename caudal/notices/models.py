"""The outbox: one row per fact and recipient, written in the transaction of the fact."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Message(models.Model):
    """Something to tell somebody. An issued invoice has exactly one: mail, print or counter.

    It is about an account's invoice or payment, or about a party: its way into the portal (`portal_link`), its mail
    address that another took the place of (`contact_changed`, to the one before), the address by which its user signs
    in (`sign_in_changed`, to the one before and the new one), a reading that it sent (`reading_rejected`).
    `language`: of the page where that was asked for, empty elsewhere; what the recipient's user chose goes before it.
    """

    CHANNELS = [("mail", "Correo"), ("print", "Impresión"), ("counter", "Ventanilla")]
    STATES = [
        ("queued", "En cola"),
        ("sent", "Enviado"),
        ("failed", "No entregado"),
        ("uncertain", "Por confirmar"),
        ("printed", "Impreso"),
        ("waiting", "Por imprimir"),
    ]

    kind = models.CharField(max_length=30)
    account = models.ForeignKey(
        "billing.Account", on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    party = models.ForeignKey(
        "registry.Party", on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    invoice = models.ForeignKey(
        "billing.Invoice", on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    payment = models.ForeignKey(
        "receivables.Payment", on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    # What citizens sent is never deleted, and what imports brought is: a key would look here for each row of these.
    reading = models.ForeignKey(
        "metering.Reading",
        on_delete=models.PROTECT,
        null=True,
        related_name="messages",
        db_index=False,
        db_constraint=False,
    )
    channel = models.CharField(max_length=10, choices=CHANNELS)
    recipient = models.EmailField(blank=True)
    state = models.CharField(max_length=10, choices=STATES)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=2, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["invoice"], condition=Q(kind="invoice_issued"), name="message_once_per_invoice"
            ),
            models.UniqueConstraint(
                fields=["kind", "invoice", "recipient"],
                condition=Q(invoice__isnull=False) & ~Q(kind="invoice_issued"),
                name="message_once_per_fact",
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=False)
                | Q(kind__in=("portal_link", "contact_changed", "sign_in_changed"), party__isnull=False)
                | Q(kind="reading_rejected", party__isnull=False, reading__isnull=False),
                name="message_is_about_somebody",
            ),
            models.CheckConstraint(condition=Q(language__in=["", "es", "en"]), name="message_language_known"),
            models.UniqueConstraint(
                fields=["party"],
                condition=Q(kind="portal_link", state="queued"),
                name="message_portal_link_waits_once",
            ),
            models.UniqueConstraint(
                fields=["party", "recipient"],
                condition=Q(kind="contact_changed", state="queued"),
                name="message_contact_changed_waits_once",
            ),
            models.UniqueConstraint(
                fields=["kind", "payment", "recipient"],
                condition=Q(payment__isnull=False),
                name="message_once_per_payment",
            ),
            models.UniqueConstraint(
                fields=["kind", "reading", "recipient"],
                condition=Q(reading__isnull=False),
                name="message_once_per_reading",
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="queued"), name="message_queue"),
            models.Index(fields=["account", "-id"], name="message_by_account"),
        ]


class Preference(models.Model):
    """Which mails a party wants beside its bills (how those come is the account's `delivery`). Without a row: all
    that go with mailed bills."""

    party = models.OneToOneField("registry.Party", on_delete=models.CASCADE, related_name="preference")
    receipts = models.BooleanField()
    reminders = models.BooleanField()
