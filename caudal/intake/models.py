"""A file somebody brought: what it says, what was answered, and what became of it."""

from django.db import models
from django.db.models.functions import Now


class Import(models.Model):
    """An uploaded workbook from analysis to apply (or undo). Rows it made carry its id as `import_id`."""

    STATES = [
        ("uploaded", "Recibido"),
        ("analysed", "Revisado"),
        ("applying", "Aplicando"),
        ("applied", "Aplicado"),
        ("refused", "Rechazado"),
        ("undone", "Deshecho"),
    ]

    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    path = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=STATES, default="uploaded")
    report = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    refusal = models.CharField(max_length=500, blank=True)
    created_by_id = models.BigIntegerField(null=True)
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]


class ImportProgress(models.Model):
    """How far the work is; written on a connection of its own, so that it shows while the apply is open."""

    subject = models.OneToOneField(Import, on_delete=models.CASCADE, related_name="progress")
    step = models.CharField(max_length=60)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField(db_default=Now())
