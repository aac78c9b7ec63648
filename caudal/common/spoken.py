"""Sentences that citizens read, written in Spanish where they are used and told in the language of the page.

`_`, `gettext` and `ngettext` are for what the code says in English (refusals, commands), with its Spanish in
`locale/es`; these are for Spanish sentences, with their English in `locale/en`. The office is always Spanish.
"""

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as spanish
from django.utils.translation import gettext_lazy as spanish_lazy
from django.utils.translation import gettext_noop as spanish_noop
from django.utils.translation import ngettext as spanish_many

__all__ = ["as_written", "spanish", "spanish_lazy", "spanish_many", "spanish_noop"]


def as_written(text: str) -> SafeString:
    """What the town, or a document as it was issued, says in Spanish: marked as such on a page in another language."""
    said = conditional_escape(text)
    return said if get_language() == "es" or not said else SafeString(f'<span lang="es">{said}</span>')
