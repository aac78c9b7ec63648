"""Who changes the mail address of somebody is told of at the address before."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notices", "0004_message_language")]

    operations = [
        migrations.RemoveConstraint(model_name="message", name="message_is_about_somebody"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=Q(account__isnull=False)
                | Q(kind__in=("portal_link", "contact_changed"), party__isnull=False),
                name="message_is_about_somebody",
            ),
        ),
    ]
