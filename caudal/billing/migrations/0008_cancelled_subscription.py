"""A service that was taken by mistake and billed nothing can be cancelled: it lasts no day, and says why."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0007_conditions")]
    operations: ClassVar = [
        migrations.AddField("subscription", "cancelled_on", models.DateField(blank=True, null=True)),
        migrations.AddField(
            "subscription", "cancel_reason", models.CharField(blank=True, db_default="", max_length=200)
        ),
        migrations.RemoveConstraint("subscription", "subscription_span"),
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(valid_to=None)
                | Q(valid_to__gt=F("valid_from"))
                | Q(cancelled_on__isnull=False, valid_to=F("valid_from")),
                name="subscription_span",
            ),
        ),
        migrations.AddConstraint(
            "subscription",
            models.CheckConstraint(
                condition=Q(cancelled_on=None)
                | (Q(valid_to__isnull=False, valid_to=F("valid_from")) & ~Q(cancel_reason="")),
                name="subscription_cancelled",
            ),
        ),
    ]
