from typing import ClassVar

from django.db import migrations

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0003_lean_indexes")]
    operations: ClassVar = [
        migrations.RunSQL(migration_sql("billing", "next_number"), migrations.RunSQL.noop)
    ]
