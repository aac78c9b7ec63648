"""Forms that charge somebody: for the total that their button said, and once, however often they are sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from caudal.billing.models import Invoice, OneOff, SentForm
from caudal.common.errors import DomainError
from caudal.common.sql import verdicts


class ShownOtherwise(DomainError):
    """It comes to something else than what was shown. Facts: `shown`, `total`."""

    code = "shown_otherwise"
    template = _("It is now %(total)s, not %(shown)s. Look at it again.")


class SentOtherwise(DomainError):
    """The same page was sent before, with something else typed into it."""

    code = "sent_otherwise"
    template = _(
        "This page was sent already, with something else in it. Look at what it did before you send this too."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button that was pressed: the total that it said, and the key of its page, which makes it happen once."""

    shown: Decimal
    key: str


def require_shown(*, total: Decimal, shown: Decimal) -> None:
    """Raise ShownOtherwise where something does not come to what was agreed to."""
    if total != shown:
        raise ShownOtherwise(shown=shown, total=total)


def sent_before(*, key: str, said: Mapping[str, Any]) -> SentForm | None:
    """What came of a form that was sent before. The account is locked by the caller. Raises SentOtherwise."""
    known = SentForm.objects.select_related("invoice", "one_off").filter(key=key).first()
    if known is not None and known.said != said:
        raise SentOtherwise()
    return known


def keep_sent(
    *, key: str, said: Mapping[str, Any], invoice: Invoice | None = None, one_off: OneOff | None = None
) -> None:
    """Keep what came of a form, in its transaction. Raises SentOtherwise where another account's had its key."""
    with verdicts(billing_sentform_pkey=SentOtherwise()):
        SentForm.objects.create(key=key, said=dict(said), invoice=invoice, one_off=one_off)
