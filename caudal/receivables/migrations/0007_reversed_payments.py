"""The few payments that were reversed, found and counted without reading all the others."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0006_several_accounts")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(
                condition=models.Q(("reversed_on__isnull", False)), fields=["id"], name="payment_reversed"
            ),
        ),
    ]
