"""Errors that a person can act on."""

from datetime import date
from decimal import Decimal
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from caudal.common.ui.formats import ENGLISH_MONTHS


class DomainError(Exception):
    """A refusal with a reason: `code` for programs, `message` (translated lazily) for people.

    Subclasses live in the module that raises them, set `code` and `template`, and pass their facts as
    keywords; the facts are attributes of the error and fill the template.
    """

    code: ClassVar[str] = "refused"
    template: ClassVar[str | Promise] = _("Refused.")

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        for name, value in facts.items():
            setattr(self, name, value)
        super().__init__(self.code)

    @property
    def message(self) -> str:
        """The reason in the language now active; its facts as `as_people_write` them."""
        return str(self.template) % {name: as_people_write(value) for name, value in self.facts.items()}

    def __str__(self) -> str:
        return self.message


def as_people_write(fact: object) -> object:
    """A fact within a sentence: a date day first (in English by the month's name), a figure without idle zeros."""
    if isinstance(fact, date):
        english = get_language() == "en"
        return f"{ENGLISH_MONTHS[fact.month - 1]} {fact.day}, {fact.year}" if english else f"{fact:%d/%m/%Y}"
    if isinstance(fact, Decimal) and fact.is_finite():
        shortest = fact.normalize()
        places = -int(shortest.as_tuple().exponent)
        return f"{shortest:.{max(places, 2)}f}" if places > 0 else f"{shortest:f}"
    return fact
