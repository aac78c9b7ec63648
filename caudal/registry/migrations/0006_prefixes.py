from typing import ClassVar

from django.db import migrations

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0005_municipal")]
    operations: ClassVar = [migrations.RunSQL(migration_sql("registry", "prefixes"), migrations.RunSQL.noop)]
