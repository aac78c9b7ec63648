"""Field types that say what they hold."""

from typing import TYPE_CHECKING, Any

from django.db import models

if TYPE_CHECKING:
    # The stubs' field is generic over what may be assigned; Django's own is not.
    _Decimal = models.DecimalField[Any, Any]
else:
    _Decimal = models.DecimalField


class MoneyField(_Decimal):
    """An amount in the organisation's currency, at most two decimals; the scale is held by the column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class VolumeField(_Decimal):
    """A register or a volume in the service's unit, three decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)
