from typing import ClassVar

from django.db import migrations

KEPT = (
    "billing_cycle",
    "billing_cycleday",
    "billing_cycleroute",
    "billing_period",
    "board_assembly",
    "board_attendance",
    "board_expense",
    "board_quota",
    "notices_preference",
)


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("common", "0004_row_history"),
        ("billing", "0005_municipal"),
        ("board", "0001_initial"),
        ("notices", "0003_preferences"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(f"SELECT caudal_keep_history('{table}')", migrations.RunSQL.noop) for table in KEPT
    ]
