"""An address that was given up is told so by one mail at a time; of several that wait already, the first goes."""

from django.db import migrations, models

ONE_WAITS = """
UPDATE notices_message m SET state = 'failed', next_attempt_at = NULL, last_error = 'Ya espera otro igual.'
WHERE m.kind = 'contact_changed' AND m.state = 'queued' AND EXISTS (
    SELECT FROM notices_message o
    WHERE o.kind = m.kind AND o.state = 'queued' AND o.party_id = m.party_id AND o.recipient = m.recipient AND o.id < m.id
)
"""


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_sign_in_changed")]

    operations = [
        migrations.RunSQL(ONE_WAITS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                fields=["party", "recipient"],
                condition=models.Q(kind="contact_changed", state="queued"),
                name="message_contact_changed_waits_once",
            ),
        ),
    ]
