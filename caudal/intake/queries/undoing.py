"""Whether an import can still be undone: only while nothing was built on what it brought."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from caudal.common import sql
from caudal.intake.models import Import

IN_THE_WAY: Final[dict[str, str | Promise]] = {
    "invoices": _("there are invoices for its customers."),
    "payments": _("somebody has paid."),
    "voids": _("one of its invoices was voided."),
    "readings": _("its meters have been read since."),
    "reviews": _("somebody decided about its readings."),
    "billed_readings": _("its readings have been billed."),
    "services": _("its customers have other services now."),
    "people": _("its customers have other accounts or can sign in."),
}


def undo_refusal(found: Import) -> str:
    """Why an applied import can no longer be undone, "" when it can, in the language now active."""
    if found.state != "applied":
        return ""
    return "".join(str(IN_THE_WAY[row[0]]) for row in sql.rows("intake/built_on", {"import_id": found.pk}))
