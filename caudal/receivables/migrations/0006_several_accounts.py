"""An online payment pays several accounts: what it said of its one account becomes its first part."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

import caudal.common.fields

PARTS = """
INSERT INTO receivables_intentpart (intent_id, account_id, charge_ids, amount, payment_id)
SELECT id, account_id, charge_ids, amount, payment_id FROM receivables_paymentintent
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("billing", "0005_municipal"),
        ("receivables", "0005_assumed_debt"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="IntentPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("charge_ids", models.JSONField()),
                ("amount", caudal.common.fields.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="intent_parts",
                        to="billing.account",
                    ),
                ),
                (
                    "intent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parts",
                        to="receivables.paymentintent",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="part",
                        to="receivables.payment",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["intent", "account"], name="intent_part_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="intent_part_positive"
                    ),
                ],
            },
        ),
        migrations.RunSQL(PARTS, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="paymentintent", name="account"),
        migrations.RemoveField(model_name="paymentintent", name="charge_ids"),
        migrations.RemoveField(model_name="paymentintent", name="payment"),
        migrations.AddField(
            model_name="payment",
            name="provider_part",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.RemoveConstraint(model_name="payment", name="payment_provider_reference_once"),
        migrations.AddConstraint(
            model_name="payment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("provider_reference", ""), _negated=True),
                fields=("provider", "provider_reference", "provider_part"),
                name="payment_provider_reference_once",
            ),
        ),
    ]
