"""The organisation, its places, and the people and properties it serves."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now


class Organisation(models.Model):
    """The utility itself: one row. What differs by country or town is here as data, not in code."""

    KINDS = [
        ("water_utility", "Empresa de agua"),
        ("community_board", "Junta de agua"),
        ("municipality", "Municipalidad"),
    ]
    INTEREST_MODES = [("at_payment", "Al pagar"), ("next_invoice", "En la factura siguiente")]

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=KINDS)
    country = models.CharField(max_length=2)
    identification = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    email = models.EmailField(blank=True)
    base_url = models.URLField(blank=True)
    claims_text = models.CharField(max_length=400, blank=True)
    currency = models.CharField(max_length=3)
    symbol = models.CharField(max_length=5)
    minor_units = models.PositiveSmallIntegerField(default=2)
    point = models.CharField(max_length=1, default=",")
    group = models.CharField(max_length=1, default=".")
    locale = models.CharField(max_length=10, default="es-CR")
    timezone = models.CharField(max_length=60, default="America/Costa_Rica")
    interest_mode = models.CharField(max_length=20, choices=INTEREST_MODES, default="at_payment")
    tax_rounding = models.CharField(
        max_length=10, choices=[("document", "Por factura"), ("charge", "Por concepto")], default="document"
    )
    second_approval = models.BooleanField(default=False)
    # Permissions whose use a second person approves (caudal.approvals.kinds).
    second_person = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    reading_window_days = models.PositiveSmallIntegerField(default=45)
    # Mails about bills that fall due or fell due: how many days before the day and after it, none where 0.
    reminders = models.BooleanField(default=True)
    reminder_days_before = models.PositiveSmallIntegerField(default=3)
    reminder_days_after = models.PositiveSmallIntegerField(default=1)
    # Readings that customers send: whether, in how many days before the reading window ends, with a photo or not, and
    # whether what no check doubts is accepted without a person.
    self_readings = models.BooleanField(default=False)
    self_reading_days = models.PositiveSmallIntegerField(default=10)
    self_reading_photo = models.BooleanField(default=True)
    self_reading_accepts = models.BooleanField(default=False)
    vocabulary = models.JSONField(default=dict)
    holidays = models.JSONField(default=list)
    logo_svg = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    singleton = models.BooleanField(default=True, unique=True, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(singleton=True), name="organisation_is_one")]

    def __str__(self) -> str:
        return self.name


class Sector(models.Model):
    """A zone of the town."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Route(models.Model):
    """A walking order through a sector."""

    sector = models.ForeignKey(Sector, on_delete=models.PROTECT, related_name="routes")
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    closed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Party(models.Model):
    """Anyone with an identification: customer, owner, representative."""

    KINDS = [("natural", "Persona física"), ("juridical", "Persona jurídica")]

    kind = models.CharField(max_length=10, choices=KINDS, default="natural")
    given_names = models.CharField(max_length=120, blank=True)
    surnames = models.CharField(max_length=120, blank=True)
    legal_name = models.CharField(max_length=240, blank=True)
    identification_type = models.CharField(max_length=10, blank=True)
    identification = models.CharField(max_length=40, blank=True)
    identification_key = models.CharField(max_length=40, blank=True)
    identification_verified = models.BooleanField(default=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=300, blank=True)
    user = models.OneToOneField(
        "access.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="party"
    )
    search_text = models.TextField(editable=False)
    sort_key = models.CharField(max_length=300, editable=False, db_collation="C")
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(db_default=Now())
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identification_key"],
                condition=~Q(identification_key=""),
                name="party_identification_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="juridical", legal_name__gt="") | Q(kind="natural", given_names__gt=""),
                name="party_has_a_name",
            ),
        ]
        # Few among a million: a list of them reads no more than them, and who is not among them pays nothing.
        indexes = [
            models.Index(fields=["sort_key", "id"], name="party_sort"),
            models.Index(fields=["sort_key", "id"], condition=Q(kind="juridical"), name="party_juridical"),
            models.Index(
                fields=["sort_key", "id"], condition=Q(identification_verified=False), name="party_unverified"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """As it is printed."""
        return self.legal_name if self.kind == "juridical" else f"{self.given_names} {self.surnames}".strip()


class Note(models.Model):
    """Something the office wants to remember of a party. History: never changed, never deleted."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="notes", db_index=False)
    text = models.CharField(max_length=1000)
    author_id = models.BigIntegerField(null=True)
    author = models.CharField(max_length=200)
    written_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(text__gt=""), name="note_says_something")]
        indexes = [models.Index(fields=["party", "-id"], name="note_by_party")]

    def __str__(self) -> str:
        return self.text


class Representation(models.Model):
    """A natural party acts for a juridical one, from a day until another; one at a time: held by the database."""

    represented = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="representatives")
    representative = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="represents")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="representation_span"
            ),
        ]


class Property(models.Model):
    """Land or a building in the town."""

    cadastral_code = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=300, blank=True)
    sector = models.ForeignKey(Sector, on_delete=models.PROTECT, null=True, blank=True, db_index=False)
    closed_on = models.DateField(null=True, blank=True)
    search_text = models.TextField(editable=False, default="")
    version = models.PositiveIntegerField(default=1)
    import_id = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "properties"
        indexes = [
            models.Index(fields=["cadastral_code", "id"], name="property_by_code"),
            models.Index(fields=["sector", "cadastral_code", "id"], name="property_by_sector"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["cadastral_code"], condition=~Q(cadastral_code=""), name="property_cadastral_once"
            ),
        ]

    def __str__(self) -> str:
        return self.cadastral_code or self.address


class DeclaredValue(models.Model):
    """What an owner declared a property to be worth; counts from a day on.

    That is a 1 January, but where a resolution of the town orders another day.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="declared_values")
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    received_on = models.DateField()
    counts_from = models.DateField()
    resolution = models.CharField(max_length=80, blank=True, db_default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(counts_from__month=1, counts_from__day=1) | ~Q(resolution=""),
                name="declared_value_from_january_or_by_resolution",
            ),
            models.UniqueConstraint(fields=["property", "counts_from"], name="declared_value_once_a_day"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="declared_value_not_negative"),
        ]


class Ownership(models.Model):
    """A party owns a share of a property for a span of days.

    Held by the database, under a lock on the property: the shares of a day are at most one, and a party's
    spans do not overlap.
    """

    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="ownerships")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="ownerships")
    share = models.DecimalField(max_digits=9, decimal_places=6, default=1)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="ownership_share"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")), name="ownership_span"
            ),
        ]
        indexes = [models.Index(fields=["valid_from", "id"], name="ownership_by_day")]


class Licence(models.Model):
    """A business may work in the town (patente): its fees hang on it, not on the place where it works."""

    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="licences")
    number = models.CharField(max_length=20)
    activity = models.CharField(max_length=200)
    property = models.ForeignKey(
        Property, on_delete=models.PROTECT, null=True, blank=True, related_name="licences"
    )
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    search_text = models.TextField(editable=False, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="licence_number_once"),
            models.CheckConstraint(condition=Q(number__gt=""), name="licence_has_a_number"),
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(closed_on__gt=F("opened_on")), name="licence_span"
            ),
        ]
        indexes = [models.Index(fields=["opened_on", "id"], name="licence_by_day")]

    def __str__(self) -> str:
        return f"{self.number} · {self.activity}"


class PropertyAccess(models.Model):
    """A user was granted sight of a property, `[valid_from, valid_to)`: once at a time, held by the database.

    Ended, never deleted: who could see what, and when, stays known.
    """

    user = models.ForeignKey("access.User", on_delete=models.CASCADE, related_name="property_access")
    property = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="granted")
    granted_at = models.DateTimeField(db_default=Now())
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="property_access_span"
            ),
        ]
        indexes = [models.Index(fields=["valid_from", "id"], name="property_access_by_day")]
