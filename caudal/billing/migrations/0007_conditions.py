"""What documents say of who issues them, and what being late costs, as it was when they were issued."""

from typing import ClassVar

from django.db import migrations, models
from django.db.models.functions import Now

from caudal.billing.models import ConditionsNow
from caudal.common.sql import migration_sql

# Invoices that there are say what is known now: the first conditions. A constant costs no rewriting of the table.
COLUMN = """
    ALTER TABLE billing_invoice ADD COLUMN conditions integer NOT NULL DEFAULT 0;
    ALTER TABLE billing_invoice ALTER COLUMN conditions SET DEFAULT billing_conditions_now();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("billing", "0006_period_version"),
        ("registry", "0011_value_by_resolution"),
        ("tariffs", "0003_municipal"),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Conditions",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("service_id", models.BigIntegerField(null=True)),
                ("said", models.JSONField()),
                ("held", models.JSONField(default=list)),
                ("since", models.DateTimeField(db_default=Now())),
            ],
            options={"verbose_name_plural": "conditions"},
        ),
        migrations.AddIndex(
            model_name="conditions",
            index=models.Index(fields=["service_id", "id"], name="conditions_by_service"),
        ),
        migrations.RunSQL(migration_sql("billing", "conditions"), migrations.RunSQL.noop),
        migrations.RunSQL(
            COLUMN,
            migrations.RunSQL.noop,
            state_operations=[
                migrations.AddField(
                    model_name="invoice",
                    name="conditions",
                    field=models.IntegerField(db_default=ConditionsNow()),
                ),
            ],
        ),
    ]
