"""Fields that read numbers as the town writes them, and dates from the browser's own picker."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from caudal.metering.photos import MOST_MB
from caudal.metering.photos import PhotoField as AnyPhotoField
from caudal.registry.context import Town, current_town

SPACES = re.compile(r"[\s\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]")


# A year that somebody mistyped («0206», «20266») is no year of a town, and beyond 9999 there are no days to count.
FIRST_DAY: Final = date(1900, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
OUT_OF_TIME: Final = _("Look at the year: it has to lie between 1900 and 2199.")


class NumberField(forms.Field):
    """A number with the town's decimal point and thousands. `unit` is printed after the box."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "class": "num", "autocomplete": "off"})

    def __init__(
        self,
        *,
        places: int = 3,
        least: Decimal | None = Decimal(0),
        most: Decimal | None = None,
        unit: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.places, self.least, self.most, self.unit = places, least, most, unit

    def to_python(self, value: Any) -> Decimal | None:
        if isinstance(value, Decimal) or value in self.empty_values:
            return value or None if value in self.empty_values else value
        number = read_number(str(value), current_town())
        if number is None:
            raise ValidationError(
                _("Write a number, such as 1234 or 12%(point)s5.") % {"point": current_town().point}
            )
        return number

    def validate(self, value: Decimal | None) -> None:
        super().validate(value)
        if value is None:
            return
        if self.least is not None and value < self.least:
            raise ValidationError(_("Write %(least)s or more.") % {"least": self.least})
        if self.most is not None and value > self.most:
            raise ValidationError(_("Write %(most)s or less.") % {"most": self.most})
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > self.places:
            raise ValidationError(_("Write at most %(places)s decimals.") % {"places": self.places})

    def prepare_value(self, value: Any) -> Any:
        """A stored number as the town writes it; what was typed stays as typed."""
        if not isinstance(value, Decimal):
            return value
        plain = f"{value.normalize():f}"
        return plain.replace(".", current_town().point)


class _SomeDay(forms.DateField):
    """A day that the town's papers may name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators += [
            MinValueValidator(FIRST_DAY, message=OUT_OF_TIME),
            MaxValueValidator(LAST_DAY, message=OUT_OF_TIME),
        ]


class DayField(_SomeDay):
    """A calendar day."""

    widget = forms.DateInput(
        attrs={"type": "date", "min": f"{FIRST_DAY}", "max": f"{LAST_DAY}"}, format="%Y-%m-%d"
    )


class PhotoField(AnyPhotoField):
    """A photo of a meter, as the office asks for it."""

    def __init__(self, **kwargs: Any) -> None:
        words = {
            "label": "Foto del medidor",
            "required": False,
            "help_text": f"JPG, PNG o WebP, hasta {MOST_MB} MB.",
        }
        super().__init__(**{**words, **kwargs})


class MonthField(_SomeDay):
    """A month, named by its first day."""

    widget = forms.DateInput(
        attrs={"type": "month", "min": f"{FIRST_DAY:%Y-%m}", "max": f"{LAST_DAY:%Y-%m}"}, format="%Y-%m"
    )
    input_formats = ("%Y-%m", "%Y-%m-%d")


def read_number(text: str, town: Town) -> Decimal | None:
    """A number as the town writes it, or with the other sign where that cannot mean anything else; else
    None.
    """
    bare = SPACES.sub("", text.strip())
    if town.group.strip() and re.fullmatch(
        rf"[-−]?\d{{1,3}}(?:{re.escape(town.group)}\d{{3}})+(?:{re.escape(town.point)}\d*)?", bare
    ):
        bare = bare.replace(town.group, "")
    if not re.fullmatch(r"[-−]?(?:\d+[.,]?\d*|[.,]\d+)", bare) or len(bare) > 20:
        return None
    try:
        return Decimal(bare.replace(",", ".").replace("−", "-"))
    except InvalidOperation:
        return None
