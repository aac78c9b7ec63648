from typing import ClassVar

from django.db import migrations

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("metering", "0002_guards")]
    operations: ClassVar = [migrations.RunSQL(migration_sql("metering", "search"), migrations.RunSQL.noop)]
