"""The history: events, changes of rows, and the seals that chain them.

Actors are kept by id and label without a foreign key: the record outlives the user.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.deconstruct import deconstructible


@deconstructible(path="caudal.common.models.CurrentTransaction")
class CurrentTransaction(models.Func):
    """A name for the database transaction at hand: what joins an operation to the rows it changed."""

    function = "caudal_transaction"
    output_field = models.CharField()


class AuditRecord(models.Model):
    """Who did what to which object, before and after. Held append-only by a trigger."""

    at = models.DateTimeField(db_default=Now())
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=200)
    kind = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    transaction = models.CharField(max_length=60, db_default=CurrentTransaction(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="audit_object"),
            models.Index(fields=["kind", "id"], name="audit_kind"),
            models.Index(fields=["actor_id", "id"], name="audit_actor"),
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["transaction"], name="audit_transaction"),
        ]


class RowChange(models.Model):
    """What a statement did to a row of a table with history: written by the database alone (`caudal_keep_history`).

    `before` and `after` hold the changed columns of an update, and the whole row of an insert or a delete.
    """

    VERBS = [("insert", "Creación"), ("update", "Cambio"), ("delete", "Eliminación")]

    at = models.DateTimeField(db_default=Now())
    transaction = models.CharField(max_length=60, db_default=CurrentTransaction(), editable=False)
    role = models.CharField(max_length=63)
    table_name = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    verb = models.CharField(max_length=6, choices=VERBS)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["table_name", "row_id", "id"], name="row_change_row"),
            models.Index(fields=["transaction"], name="row_change_transaction"),
        ]


class AuditSeal(models.Model):
    """A link of the chain: the SHA-256 of what was appended since the seal before, and of that seal.

    `records` and `rows` are the sealed ids as PostgreSQL writes a multirange; the digests of each, 32 bytes apiece
    in the order of ids, say which one was changed. `records_to` and `rows_to`: the highest ids sealed so far.
    """

    at = models.DateTimeField(db_default=Now())
    previous = models.BinaryField(unique=True)
    records = models.TextField()
    rows = models.TextField()
    record_digests = models.BinaryField()
    row_digests = models.BinaryField()
    records_to = models.BigIntegerField()
    rows_to = models.BigIntegerField()
    digest = models.BinaryField(unique=True)

    class Meta:
        indexes = [models.Index(fields=["at"], name="audit_seal_at")]
