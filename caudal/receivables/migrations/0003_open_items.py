import django.db.models.deletion
from django.db import migrations, models

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0002_guards"),
        ("receivables", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="OpenCredit",
            fields=[
                (
                    "payment",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="credit",
                        serialize=False,
                        to="receivables.payment",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="open_credits",
                        to="billing.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OpenInvoice",
            fields=[
                (
                    "invoice",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="open",
                        serialize=False,
                        to="billing.invoice",
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="billing.account",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ProducedInterest",
            fields=[
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="produced_by",
                        serialize=False,
                        to="billing.invoice",
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="produced",
                        to="receivables.payment",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(migration_sql("receivables", "open_items"), migrations.RunSQL.noop),
    ]
