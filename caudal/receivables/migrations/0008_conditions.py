"""What a receipt says of who issued it, as it was when the money came in."""

from typing import ClassVar

from django.db import migrations, models

from caudal.billing.models import ConditionsNow

COLUMN = """
    ALTER TABLE receivables_payment ADD COLUMN conditions integer NOT NULL DEFAULT 0;
    ALTER TABLE receivables_payment ALTER COLUMN conditions SET DEFAULT billing_conditions_now();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0007_reversed_payments"), ("billing", "0007_conditions")]
    operations: ClassVar = [
        migrations.RunSQL(
            COLUMN,
            migrations.RunSQL.noop,
            state_operations=[
                migrations.AddField(
                    model_name="payment",
                    name="conditions",
                    field=models.IntegerField(db_default=ConditionsNow()),
                ),
            ],
        ),
    ]
