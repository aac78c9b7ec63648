"""Requests that wait for a second person, and what became of them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Approval(models.Model):
    """What somebody asked to have done to one object, and who decided. Decided, it no longer changes.

    `payload` is what was asked; `effect` what doing it would change, as it was when it was asked, and once it is
    approved as it was just before. `lapsed`: it could not be done any more; `reason` says why. People are kept by id
    and label without a foreign key, as in the history.
    """

    WAITING = "waiting"
    STATES: ClassVar = [
        ("waiting", "Espera"),
        ("approved", "Aprobado"),
        ("declined", "Rechazado"),
        ("withdrawn", "Retirado"),
        ("lapsed", "Ya no aplica"),
    ]

    kind = models.CharField(max_length=30)
    object_type = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    payload = models.JSONField()
    effect = models.JSONField(default=dict)
    asked_by_id = models.BigIntegerField()
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    decided_by_id = models.BigIntegerField(null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["object_type", "object_id"], condition=Q(state="waiting"), name="approval_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at=None, decided_by_id=None)
                | Q(state="lapsed", decided_at__isnull=False)
                | Q(
                    state__in=("approved", "declined", "withdrawn"),
                    decided_at__isnull=False,
                    decided_by_id__isnull=False,
                ),
                name="approval_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "declined")) | ~Q(decided_by_id=F("asked_by_id")),
                name="approval_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | Q(decided_by_id=F("asked_by_id")),
                name="approval_withdrawn_by_asker",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("declined", "lapsed")) | Q(reason__gt=""),
                name="approval_says_why_not",
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="approval_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_type} {self.object_id}"
