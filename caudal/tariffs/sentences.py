"""What the pricing kernel found, as sentences in the reader's language."""

from collections.abc import Mapping

from django.utils.translation import gettext

from caudal.kernel.pricing import Problem
from caudal.kernel.pricing.problems import TEXTS
from caudal.tariffs.publication import PUBLICATION_TEXTS


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
