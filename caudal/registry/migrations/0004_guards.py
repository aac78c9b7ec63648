from typing import ClassVar

from django.db import migrations

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0003_places_and_licences")]
    operations: ClassVar = [migrations.RunSQL(migration_sql("registry", "guards"), migrations.RunSQL.noop)]
