from typing import ClassVar

from django.db import migrations

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("billing", "0001_initial"), ("common", "0002_functions")]
    operations: ClassVar = [migrations.RunSQL(migration_sql("billing", "guards"), migrations.RunSQL.noop)]
