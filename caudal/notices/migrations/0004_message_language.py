from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("notices", "0003_preferences")]
    operations: ClassVar = [
        migrations.AddField(
            "message", "language", models.CharField(blank=True, default="", db_default="", max_length=2)
        ),
        migrations.AddConstraint(
            "message",
            models.CheckConstraint(
                condition=models.Q(("language__in", ["", "es", "en"])), name="message_language_known"
            ),
        ),
    ]
