from typing import ClassVar

from django.db import migrations

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("receivables", "0001_initial"), ("billing", "0002_guards")]
    operations: ClassVar = [migrations.RunSQL(migration_sql("receivables", "guards"), migrations.RunSQL.noop)]
