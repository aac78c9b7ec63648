"""Sentences that citizens read, written in Spanish where they are used and told in the language of the page.

`_`, `gettext` and `ngettext` are for what the code says in English (refusals, commands), with its Spanish in
`locale/es`; these are for Spanish sentences, with their English in `locale/en`. The office is always Spanish.
"""

from django.utils.translation import gettext as spanish
from django.utils.translation import gettext_lazy as spanish_lazy
from django.utils.translation import ngettext as spanish_many

__all__ = ["spanish", "spanish_lazy", "spanish_many"]
