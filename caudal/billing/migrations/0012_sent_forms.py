"""A form that charges somebody keeps the key of its page, so that sending it again charges nothing again."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q
from django.db.models.deletion import PROTECT
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0011_long_prefixes")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="SentForm",
            fields=[
                ("key", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("said", models.JSONField()),
                ("sent_at", models.DateTimeField(db_default=Now())),
                (
                    "invoice",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to="billing.invoice"),
                ),
                (
                    "one_off",
                    models.ForeignKey(null=True, on_delete=PROTECT, related_name="+", to="billing.oneoff"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=Q(invoice__isnull=False) | Q(one_off__isnull=False),
                        name="sent_form_did_something",
                    )
                ]
            },
        ),
    ]
