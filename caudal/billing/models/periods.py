"""Months billed, and cycles: groups of routes that are billed on dates of their own."""

from django.db import models
from django.db.models import F, Q


class Period(models.Model):
    """A month billed, named by its first day, with its reading window and (in a board) its assembly."""

    month = models.DateField(unique=True)
    reading_from = models.DateField(null=True, blank=True)
    reading_to = models.DateField(null=True, blank=True)
    assembly_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        ordering = ["-month"]
        constraints = [models.CheckConstraint(condition=Q(month__day=1), name="period_is_a_month")]


class Cycle(models.Model):
    """A group of routes that is billed on dates of its own; what is on no route keeps to its services' days."""

    code = models.SlugField(max_length=20, unique=True)
    name = models.CharField(max_length=60)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "code"]

    def __str__(self) -> str:
        return self.name


class CycleRoute(models.Model):
    """A route belongs to one cycle at most."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="members")
    route = models.OneToOneField("registry.Route", on_delete=models.CASCADE, related_name="in_cycle")


class CycleDay(models.Model):
    """A cycle's month: the nominal date of its bills, and the days on which its meters are read, both included."""

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="days")
    month = models.DateField()
    dated_on = models.DateField()
    reading_from = models.DateField()
    reading_to = models.DateField()

    class Meta:
        ordering = ["month"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "month"], name="cycle_day_once_a_month"),
            models.CheckConstraint(
                condition=Q(month__day=1, dated_on__year=F("month__year"), dated_on__month=F("month__month")),
                name="cycle_day_in_its_month",
            ),
            models.CheckConstraint(
                condition=Q(reading_to__gte=F("reading_from"), reading_to__lte=F("dated_on")),
                name="cycle_day_window",
            ),
        ]
