from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0006_exempt_permission")]
    operations: ClassVar = [
        migrations.AddField(
            "user",
            "sector_ids",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), blank=True, default=list),
        ),
    ]
