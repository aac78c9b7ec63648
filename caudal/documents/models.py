"""Files made in the background, to be fetched when they are ready."""

from django.db import models
from django.db.models.functions import Now


class RunFile(models.Model):
    """One PDF with all invoices of a run, in delivery order. `path` is relative to the media folder."""

    run = models.ForeignKey("billing.BillRun", on_delete=models.CASCADE, related_name="files")
    state = models.CharField(
        max_length=10, choices=[("making", "Preparando"), ("ready", "Lista"), ("failed", "Falló")]
    )
    pages = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(db_default=Now())
