from typing import ClassVar

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0004_board_permission")]
    operations: ClassVar = [
        migrations.AddField("role", "retired", models.BooleanField(default=False)),
        migrations.AddField("role", "version", models.PositiveIntegerField(default=1)),
        migrations.AddConstraint(
            "role",
            models.UniqueConstraint(django.db.models.functions.text.Lower("name"), name="role_name_once"),
        ),
    ]
