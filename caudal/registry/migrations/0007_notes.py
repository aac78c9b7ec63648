import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_prefixes")]

    operations = [
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.CharField(max_length=1000)),
                ("author_id", models.BigIntegerField(null=True)),
                ("author", models.CharField(max_length=200)),
                ("written_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "party",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="registry.party",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["party", "-id"], name="note_by_party")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text__gt", "")), name="note_says_something")
                ],
            },
        ),
        migrations.RunSQL(migration_sql("registry", "notes"), migrations.RunSQL.noop),
    ]
