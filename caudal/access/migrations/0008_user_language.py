from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0007_user_sectors")]
    operations: ClassVar = [
        migrations.AddField(
            "user",
            "language",
            models.CharField(
                blank=True,
                choices=[("", "Sin elegir"), ("es", "Español"), ("en", "English")],
                default="",
                max_length=2,
            ),
        ),
        migrations.AddConstraint(
            "user",
            models.CheckConstraint(
                condition=models.Q(("language__in", ["", "es", "en"])), name="user_language_known"
            ),
        ),
    ]
