"""Assemblies and who came, what members owe besides water, and what the board spent."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from caudal.common.fields import MoneyField


class Assembly(models.Model):
    """The assembly of a month (its day is the period's), and the fine for who missed it, once it is charged."""

    period = models.OneToOneField("billing.Period", on_delete=models.PROTECT, related_name="assembly")
    fine = MoneyField(null=True)
    fined_at = models.DateTimeField(null=True)
    fined_by = models.CharField(max_length=200, blank=True)


class Attendance(models.Model):
    """A member who came to an assembly, or was excused. Who is in neither state was absent."""

    STATES = [("present", "Asistió"), ("excused", "Con excusa")]

    assembly = models.ForeignKey(Assembly, on_delete=models.PROTECT, related_name="attendances")
    party = models.ForeignKey("registry.Party", on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=STATES)
    noted_at = models.DateTimeField(db_default=Now())
    noted_by = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["assembly", "party"], name="attendance_once")]


class Quota(models.Model):
    """A special quota that an assembly approved: the minutes that say so, and what each member pays, in parts."""

    concept = models.CharField(max_length=150)
    minutes_number = models.CharField(max_length=40)
    minutes_on = models.DateField()
    amount = MoneyField()
    instalments = models.PositiveSmallIntegerField(default=1)
    first_month = models.DateField()
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=200)

    class Meta:
        ordering = ["-minutes_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["minutes_number", "concept"], name="quota_once"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, instalments__gte=1, first_month__day=1), name="quota_sound"
            ),
        ]


class Levy(models.Model):
    """Why a one-off waits for a member's next bill: an assembly missed, a part of a quota, the social quota."""

    KINDS = [("fine", "Multa"), ("quota", "Cuota extraordinaria"), ("social", "Cuota social")]

    kind = models.CharField(max_length=10, choices=KINDS)
    account = models.ForeignKey("billing.Account", on_delete=models.PROTECT, related_name="levies")
    one_off = models.OneToOneField("billing.OneOff", on_delete=models.PROTECT, related_name="levy")
    assembly = models.ForeignKey(Assembly, on_delete=models.PROTECT, null=True, related_name="fines")
    quota = models.ForeignKey(Quota, on_delete=models.PROTECT, null=True, related_name="levies")
    part = models.PositiveSmallIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["assembly", "account"], condition=Q(kind="fine"), name="levy_one_fine"
            ),
            models.UniqueConstraint(
                fields=["quota", "account", "part"], condition=Q(kind="quota"), name="levy_one_part"
            ),
            models.CheckConstraint(
                condition=Q(kind="fine", assembly__isnull=False, quota=None)
                | Q(kind="quota", assembly=None, quota__isnull=False)
                | Q(kind="social", assembly=None, quota=None),
                name="levy_has_its_source",
            ),
        ]


class Expense(models.Model):
    """Money that the board spent. What was wrong is withdrawn and stays to be seen."""

    spent_on = models.DateField()
    concept = models.CharField(max_length=120)
    amount = MoneyField()
    entered_at = models.DateTimeField(db_default=Now())
    entered_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-spent_on", "-id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="expense_positive")]
