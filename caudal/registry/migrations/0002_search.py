from typing import ClassVar

from django.db import migrations, models

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    dependencies: ClassVar = [("registry", "0001_initial")]
    operations: ClassVar = [
        migrations.AlterField(
            model_name="party",
            name="sort_key",
            field=models.CharField(db_collation="C", editable=False, max_length=300),
        ),
        migrations.RunSQL(migration_sql("registry", "search"), migrations.RunSQL.noop),
    ]
