"""The photos of readings: which there are, without their bytes; and the bytes of one."""

from collections.abc import Collection
from datetime import datetime

from caudal.metering.models import Evidence, Photo


def evidence_of(reading_ids: Collection[int]) -> dict[int, list[Evidence]]:
    """The photos of each reading that has some, the latest first; without their bytes."""
    found: dict[int, list[Evidence]] = {}
    for each in Evidence.objects.filter(reading_id__in=reading_ids).order_by("-pk"):
        found.setdefault(each.reading_id, []).append(each)
    return found


def photo_bytes(
    *, reading_id: int, evidence_id: int | None = None, before: datetime | None = None, small: bool = False
) -> bytes | None:
    """The latest photo of a reading as JPEG, or the one named, or the latest up to an instant; None without one."""
    found = Evidence.objects.filter(reading_id=reading_id)
    if evidence_id is not None:
        found = found.filter(pk=evidence_id)
    if before is not None:
        found = found.filter(added_at__lte=before)
    latest = found.order_by("-pk").values("photo_id")[:1]
    content = Photo.objects.filter(pk__in=latest).values_list("thumbnail" if small else "content", flat=True)
    shown = content.first()
    return None if shown is None else bytes(shown)
