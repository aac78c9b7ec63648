"""Two people editing one row: the second is told, and loses nothing of the first."""

from typing import Any

from django.db.models import F, Model
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError


class ChangedMeanwhile(DomainError):
    """Someone saved the row since it was shown. Facts: `version`, the one that was shown."""

    code = "changed_meanwhile"
    template = _("Someone else changed this while you were editing. Look at it again and repeat your change.")


def save_version(row: Model, *, version: int, changes: dict[str, Any]) -> None:
    """Write the changes to a row that still has the version that was shown, and count it up.

    Raises ChangedMeanwhile when it has another. The row in hand takes the new values.
    """
    manager = type(row)._default_manager
    if not manager.filter(pk=row.pk, version=version).update(**changes, version=F("version") + 1):
        raise ChangedMeanwhile(version=version)
    for name, value in {**changes, "version": version + 1}.items():
        setattr(row, name, value)
