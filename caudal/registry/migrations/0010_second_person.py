from typing import ClassVar

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0009_access_days")]
    operations: ClassVar = [
        migrations.AddField(
            "organisation",
            "second_person",
            django.contrib.postgres.fields.ArrayField(
                models.CharField(max_length=60), blank=True, default=list
            ),
        ),
    ]
