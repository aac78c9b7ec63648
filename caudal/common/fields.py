"""Field types that say what they hold."""

from typing import Any

from django.db import models


class MoneyField(models.DecimalField):
    """An amount in the organisation's currency, at most two decimals; the scale is held by the column."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)


class VolumeField(models.DecimalField):
    """A register or a volume in the service's unit, three decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 14)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)
