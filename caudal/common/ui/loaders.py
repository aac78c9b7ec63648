"""Templates are read once for each language, with what is the same on every page already in its place.

`{% translate "…" %}`, `{% blocktranslate %}` and `_("…")` handed to a tag look a sentence up each time a page is made,
with a dozen calls around it: much of the time of a short page. What they would find is known when the template is
read; so it is put in their place then, and the template is kept by its language. What depends on the page (a count, a
variable for later) stays as it is and works as ever.

The same holds for what says a page's furniture with nothing but words: the address of a file or of a page, an icon, a
column's head.
"""

import re
from typing import Any, Final

from django.template import Context, Origin, Template
from django.template.loaders import app_directories, cached
from django.urls import NoReverseMatch
from django.utils.translation import get_language, gettext, trim_whitespace

ALONE: Final = re.compile(r'\{% translate "([^"]*)" %\}')
HANDED: Final = re.compile(r'\b_\("([^"]*)"\)')
BLOCK: Final = re.compile(
    r"\{% blocktranslate(?P<trimmed> trimmed)?(?: with (?P<names>(?:(?!%\}| count | asvar ).)+?))? %\}"
    r"(?P<text>(?:(?!\{%).)*)\{% endblocktranslate %\}",
    re.DOTALL,
)
# A tag and words alone; with more (`as`, a variable, a column to sort by) it depends on the page.
FURNITURE: Final = re.compile(r"""\{% (?:crest|logo|(?:static|url|icon|th)(?: (?:cls=)?"[^"{}]*")+) %\}""")
VARIABLE: Final = re.compile(r"\{\{ (\w+) \}\}")
PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s")


def spoken_source(source: str) -> str:
    """A template's source with its plain sentences in the language that is active."""
    said = HANDED.sub(_handed, ALONE.sub(lambda found: _said(found[1]), source))
    return BLOCK.sub(_block, said)


def furnished(source: str) -> str:
    """A template's source with the tags that always give the same replaced by what they give."""
    return FURNITURE.sub(_given, source)


def _given(found: re.Match[str]) -> str:
    try:
        return str(Template(f"{{% load static caudal_ui %}}{found[0]}").render(Context()))
    except NoReverseMatch:  # a page that this installation does not have: whoever renders it is told
        return found[0]


def _handed(found: re.Match[str]) -> str:
    said = _said(found[1])
    return found[0] if '"' in said else f'"{said}"'


def _block(found: re.Match[str]) -> str:
    text = trim_whitespace(found["text"]) if found["trimmed"] else found["text"]
    said = PLACEHOLDER.sub(r"{{ \1 }}", _said(text))
    return f"{{% with {found['names']} %}}{said}{{% endwith %}}" if found["names"] else said


def _said(text: str) -> str:
    """As the tags look for it: «%» is doubled there, variables are «%(name)s»."""
    return gettext(VARIABLE.sub(r"%(\1)s", text.replace("%", "%%"))).replace("%%", "%")


class Reader(app_directories.Loader):
    """The applications' templates, read in the language that is active and furnished."""

    def get_contents(self, origin: Origin) -> str:
        return furnished(spoken_source(super().get_contents(origin)))


class Shelf(cached.Loader):
    """Compiled templates, kept for each language."""

    def cache_key(self, template_name: str, skip: Any = None) -> str:
        return f"{get_language()}:{super().cache_key(template_name, skip)}"
