"""What the pricing kernel found, as sentences in the reader's language."""

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from caudal.kernel.late_policies import LatePolicyError
from caudal.kernel.pricing import Problem
from caudal.kernel.pricing.problems import TEXTS
from caudal.tariffs.publication import PUBLICATION_TEXTS

LATE: Final = {
    "rates_not_in_order": _("Give at least one rate, each from a later day than the one before."),
    "negative": _("No rate, amount or cap may be negative."),
    "basis_or_grace": _("“basis” is 360 or 365, and “grace_days” is zero or more."),
    "code_twice": _("Two rules have the same “code”."),
    "kind": _("“kind” is daily, monthly, flat or fixed."),
    "rates": _("“rates” is a list of objects, each with what holds from a day."),
    "from": _("“from” is a date written as year-month-day."),
    "unknown_key": _("There is a key that does not belong here."),
    "not_a_number": _("A number is missing; write it as text, with a decimal point."),
    "not_a_whole_number": _("A whole number is missing."),
}


def sentence(code: str, params: Mapping[str, str]) -> str:
    """The sentence of a code of the kernel, or of publication, with its figures.

    The code itself when unknown.
    """
    template = TEXTS.get(code) or PUBLICATION_TEXTS.get(code)
    return gettext(template).format_map(params) if template else code


def problem_sentence(problem: Problem) -> str:
    """Where in the definition, and what is wrong there: «components[0].blocks: …»."""
    said = sentence(problem.code, problem.params)
    return f"{problem.path}: {said}" if problem.path else said


def late_policy_sentence(wrong: LatePolicyError) -> str:
    """Where in a list of late policies, and what is wrong there: «[0].rates[1]: …»."""
    code, _space, key = wrong.problem.partition(" ")
    return ": ".join(part for part in (wrong.place, key, str(LATE[code])) if part)
