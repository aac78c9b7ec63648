from typing import ClassVar

from django.db import migrations

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("common", "0001_initial")]
    operations: ClassVar = [migrations.RunSQL(migration_sql("common", "functions"), migrations.RunSQL.noop)]
