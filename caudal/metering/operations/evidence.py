"""Evidence of readings: photos are added, and nothing is taken away."""

from caudal.common.actor import Actor
from caudal.metering.models import Evidence, Photo
from caudal.metering.photos import Picture


def attach_photo(*, reading_id: int, picture: Picture, by: Actor) -> bool:
    """Add a photo to a reading; False when it has this very one already. Audit is the caller's."""
    Photo.objects.bulk_create(
        [Photo(sha256=picture.sha256, content=picture.content, thumbnail=picture.thumbnail)],
        ignore_conflicts=True,
    )
    if Evidence.objects.filter(reading_id=reading_id, photo_id=picture.sha256).exists():
        return False
    Evidence.objects.bulk_create(
        [Evidence(reading_id=reading_id, photo_id=picture.sha256, added_by_id=by.id, added_by=by.label)],
        ignore_conflicts=True,
    )
    return True
