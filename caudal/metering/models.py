"""Supply points, devices, and the registers read from them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now

from caudal.common.fields import VolumeField


class Connection(models.Model):
    """A supply point. Its printed number is permanent and survives sale, tenant and meter."""

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=20, default="water")
    property = models.ForeignKey(
        "registry.Property", on_delete=models.PROTECT, null=True, blank=True, related_name="connections"
    )
    # What points at a sector is found by its list's index, what points at a route by connection_walk.
    sector = models.ForeignKey(
        "registry.Sector",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connections",
        db_index=False,
    )
    route = models.ForeignKey(
        "registry.Route",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connections",
        db_index=False,
    )
    route_order = models.PositiveIntegerField(null=True, blank=True)
    address = models.CharField(max_length=300, blank=True)
    attributes = models.JSONField(default=dict)
    limit_m3 = VolumeField(null=True, blank=True)
    # Whether who lives there may send the reading himself, where the organisation takes such readings.
    self_reading = models.BooleanField(default=True, db_default=True)
    active = models.BooleanField(default=True)
    search_text = models.TextField(editable=False, default="")
    version = models.PositiveIntegerField(default=1)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        # Few among a million: a list of them reads no more than them.
        indexes = [
            models.Index(fields=["number"], condition=Q(active=False), name="connection_closed"),
            models.Index(fields=["sector", "number"], name="connection_by_sector"),
        ]

    def __str__(self) -> str:
        return self.number


class Meter(models.Model):
    """The device. Its serial is compared without punctuation and case. A closed one is not installed again."""

    serial = models.CharField(max_length=40)
    serial_key = models.CharField(max_length=40, unique=True)
    brand = models.CharField(max_length=60, blank=True)
    digits = models.PositiveSmallIntegerField(default=6)
    unit = models.CharField(max_length=10, default="m³")
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["serial"]
        indexes = [
            models.Index(fields=["serial_key"], condition=Q(closed_on__isnull=False), name="meter_closed")
        ]

    def __str__(self) -> str:
        return self.serial


class Installation(models.Model):
    """A meter's stay at a connection, `[installed_on, removed_on)`.

    A meter is at one place at a time: held by an exclusion constraint. A connection may carry several meters.
    """

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="installations")
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT, related_name="installations")
    installed_on = models.DateField()
    removed_on = models.DateField(null=True, blank=True)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_on=None) | Q(removed_on__gte=F("installed_on")), name="installation_span"
            ),
        ]
        # What stands where now, in the order in which those without any are told by leaving these out.
        indexes = [
            models.Index(fields=["connection"], condition=Q(removed_on=None), name="installation_standing"),
            models.Index(fields=["meter"], condition=Q(removed_on=None), name="installation_stood"),
        ]


class Reading(models.Model):
    """A register on a day, and what was decided about it.

    Only accepted readings are billed. An accepted reading stores the chain: the accepted reading before it
    and the volume since (`volume`, null for the first of an installation).
    """

    SOURCES = [
        ("manual", "Manual"),
        ("automatic", "Automática"),
        ("estimated", "Estimada"),
        ("imported", "Importada"),
        ("customer", "Enviada por el usuario"),
    ]
    STATES = [("pending", "Por revisar"), ("accepted", "Aceptada"), ("rejected", "Rechazada")]
    ROLES = [("first", "Inicial"), ("regular", "Periódica"), ("final", "Final")]

    installation = models.ForeignKey(
        Installation, on_delete=models.PROTECT, related_name="readings", db_index=False
    )
    read_on = models.DateField()
    register = VolumeField()
    source = models.CharField(max_length=10, choices=SOURCES, default="manual")
    role = models.CharField(max_length=10, choices=ROLES, default="regular")
    state = models.CharField(max_length=10, choices=STATES)
    rollover = models.BooleanField(default=False)
    # The link follows from the dates, and `caudal check` works it out anew: a key would look each row up, and lock it,
    # to hold what is derived. Nothing asks for the reading after one.
    previous = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    volume = VolumeField(null=True, blank=True)
    findings = ArrayField(models.CharField(max_length=30), default=list)
    note = models.CharField(max_length=300, blank=True)
    reader_label = models.CharField(max_length=200, blank=True)
    reader_id = models.BigIntegerField(null=True, blank=True)
    reviewed_by_id = models.BigIntegerField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review_note = models.CharField(max_length=300, blank=True)
    corrected_from = VolumeField(null=True, blank=True)
    captured_at = models.DateTimeField(db_default=Now())
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["installation", "read_on", "role"],
                condition=Q(state="accepted"),
                name="reading_accepted_once",
            ),
            models.CheckConstraint(condition=Q(register__gte=0), name="reading_not_negative"),
            models.UniqueConstraint(
                fields=["installation"],
                condition=Q(source="customer", state="pending"),
                name="reading_sent_waits_once",
            ),
        ]
        indexes = [
            models.Index(fields=["installation", "-read_on"], name="reading_chain"),
            models.Index(fields=["read_on"], condition=Q(state="pending"), name="reading_queue"),
            # What was read within a window, and what was rejected: few of very many.
            models.Index(fields=["read_on"], condition=Q(state="accepted"), name="reading_accepted_on"),
            models.Index(fields=["id"], condition=Q(state="rejected"), name="reading_rejected"),
        ]


class Alert(models.Model):
    """Something to look at, with its resolution."""

    KINDS = [
        ("inconsistent", "Lectura inconsistente"),
        ("excess", "Excedente"),
        ("anomaly", "Consumo anómalo"),
        ("zero", "Sin consumo"),
        ("missing", "Lectura faltante"),
    ]

    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, related_name="alerts")
    reading = models.ForeignKey(
        Reading, on_delete=models.CASCADE, null=True, blank=True, related_name="alerts"
    )
    kind = models.CharField(max_length=20, choices=KINDS)
    detail = models.JSONField(default=dict)
    raised_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by_id = models.BigIntegerField(null=True, blank=True)
    resolution = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reading", "kind"], condition=Q(reading__isnull=False), name="alert_once_per_reading"
            ),
        ]


class Photo(models.Model):
    """The bytes of a photo, re-encoded by `photos`, once for equal content. Only what shows one reads this table."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.BinaryField()
    thumbnail = models.BinaryField()


class Evidence(models.Model):
    """A photo of what a reading says. History: a later one stands beside it. `added_at` is the instant, not the
    transaction's start: a bill shows what was there when it was issued.
    """

    reading = models.ForeignKey(Reading, on_delete=models.PROTECT, related_name="evidence", db_index=False)
    photo = models.ForeignKey(Photo, on_delete=models.PROTECT, related_name="+", db_index=False)
    added_at = models.DateTimeField(
        db_default=Func(function="clock_timestamp", output_field=models.DateTimeField())
    )
    added_by_id = models.BigIntegerField(null=True)
    added_by = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reading", "photo"], name="evidence_once")]
