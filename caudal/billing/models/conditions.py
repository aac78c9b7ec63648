"""What documents say beside their own rows: who issues them, how services are called, what being late costs."""

from django.db import models
from django.db.models import Func
from django.db.models.functions import Now


class Conditions(models.Model):
    """The organisation (`service_id` is null) or a service, as documents say it from a change on.

    Written by triggers when either changes, never by hand, and never changed, so that a document which keeps the
    highest id it was issued under (its `conditions`) says the same for ever. `held` are the late policies that
    count for debts issued under a row: what they printed, with the dated rates that became known later, each from a
    day after it became known.
    """

    id = models.AutoField(primary_key=True)
    # No key: a service that nothing was ever charged for may be deleted.
    service_id = models.BigIntegerField(null=True)
    said = models.JSONField()
    held = models.JSONField(default=list)
    since = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name_plural = "conditions"
        indexes = [models.Index(fields=["service_id", "id"], name="conditions_by_service")]


class ConditionsNow(Func):
    """The highest id of the conditions, as a column's default: what a document is issued under."""

    function = "billing_conditions_now"
    arity = 0
    output_field = models.IntegerField()
