from django.db import migrations, models

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("object_type", models.CharField(max_length=60)),
                ("object_id", models.BigIntegerField()),
                ("payload", models.JSONField()),
                ("effect", models.JSONField(default=dict)),
                ("asked_by_id", models.BigIntegerField()),
                ("asked_by", models.CharField(max_length=200)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Espera"),
                            ("approved", "Aprobado"),
                            ("declined", "Rechazado"),
                            ("withdrawn", "Retirado"),
                            ("lapsed", "Ya no aplica"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("decided_by_id", models.BigIntegerField(blank=True, null=True)),
                ("decided_by", models.CharField(blank=True, max_length=200)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "indexes": [models.Index(fields=["state", "-id"], name="approval_by_state")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")),
                        fields=("object_type", "object_id"),
                        name="approval_waits_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at", None), ("decided_by_id", None), ("state", "waiting")),
                            models.Q(("decided_at__isnull", False), ("state", "lapsed")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by_id__isnull", False),
                                ("state__in", ("approved", "declined", "withdrawn")),
                            ),
                            _connector="OR",
                        ),
                        name="approval_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("approved", "declined")), _negated=True),
                            models.Q(("decided_by_id", models.F("asked_by_id")), _negated=True),
                            _connector="OR",
                        ),
                        name="approval_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "withdrawn"), _negated=True),
                            ("decided_by_id", models.F("asked_by_id")),
                            _connector="OR",
                        ),
                        name="approval_withdrawn_by_asker",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("declined", "lapsed")), _negated=True),
                            ("reason__gt", ""),
                            _connector="OR",
                        ),
                        name="approval_says_why_not",
                    ),
                ],
            },
        ),
        migrations.RunSQL(migration_sql("approvals", "guards"), migrations.RunSQL.noop),
    ]
