"""What of metering lies in given sectors: what staff limited to them may see. A thing lies where its connection is."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, Q, QuerySet

from caudal.metering.models import Alert, Connection, Installation, Meter, Reading

Sectors = Collection[int]


def connections_in(sectors: Sectors) -> QuerySet[Connection]:
    """Supply points of these sectors."""
    return Connection.objects.filter(sector__in=sectors)


def installations_in(sectors: Sectors) -> QuerySet[Installation]:
    """Stays of meters there, ended ones too."""
    return Installation.objects.filter(connection__sector__in=sectors)


def meters_in(sectors: Sectors) -> QuerySet[Meter]:
    """Meters that stand there, and those that stood there and stand nowhere now."""
    standing = Exists(Installation.objects.filter(meter=OuterRef("meter"), removed_on=None))
    there = installations_in(sectors).filter(Q(removed_on=None) | ~standing)
    return Meter.objects.filter(pk__in=there.values("meter"))


def readings_in(sectors: Sectors) -> QuerySet[Reading]:
    """Readings taken there."""
    return Reading.objects.filter(installation__connection__sector__in=sectors)


def alerts_in(sectors: Sectors) -> QuerySet[Alert]:
    """Alerts about what was read there."""
    return Alert.objects.filter(connection__sector__in=sectors)
