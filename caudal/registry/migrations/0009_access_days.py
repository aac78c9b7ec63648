from django.db import migrations, models
from django.db.models import F, Q

from caudal.common.sql import migration_sql


class Migration(migrations.Migration):
    """Grants of sight have days and are ended, not deleted."""

    dependencies = [("registry", "0008_reminders")]

    operations = [
        migrations.RemoveConstraint(model_name="propertyaccess", name="property_access_once"),
        migrations.AddField(
            model_name="propertyaccess", name="valid_from", field=models.DateField(null=True)
        ),
        migrations.AddField(
            model_name="propertyaccess", name="valid_to", field=models.DateField(blank=True, null=True)
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(migration_sql("registry", "access_days"), migrations.RunSQL.noop)
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="propertyaccess", name="valid_from", field=models.DateField()
                )
            ],
        ),
        migrations.AddConstraint(
            model_name="propertyaccess",
            constraint=models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="property_access_span"
            ),
        ),
    ]
