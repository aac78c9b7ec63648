"""Of which property a charge is that hangs on no service, also after its debt passed to another account."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from caudal.common.sql import migration_sql

FUNCTION = "DROP FUNCTION receivables_place(text, bigint, bigint)"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("receivables", "0009_invoice_credit"),
        ("billing", "0011_long_prefixes"),
        ("registry", "0014_organisation_version"),
    ]
    operations: ClassVar = [
        migrations.AddField(
            model_name="assumeddebt",
            name="property",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registry.property",
            ),
        ),
        migrations.RunSQL(migration_sql("receivables", "passed_places"), migrations.RunSQL.noop),
        migrations.RunSQL(migration_sql("receivables", "place"), FUNCTION),
    ]
