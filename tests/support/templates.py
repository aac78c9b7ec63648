"""What templates say: the texts that a reader sees or hears, and which templates a citizen's page is made of."""

import re
from html.parser import HTMLParser
from pathlib import Path

from tests.support.messages import CODE

SHOWN_ATTRIBUTES = frozenset({"alt", "aria-label", "placeholder", "title"})
WHOLE_TEXTS = frozenset({".txt"})
COMMENT = re.compile(r"\{#.*?#\}|\{% comment .*?endcomment %\}|<!--.*?-->", re.DOTALL)
TRANSLATED = re.compile(
    r"\{% blocktrans(?:late)?\b.*?endblocktrans(?:late)? %\}|\{% trans(?:late)? .*?%\}", re.DOTALL
)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
CITIZENS = (
    "portal/templates/**/*.*",
    "notices/templates/**/*.*",
    "common/ui/templates/account/**/*.*",
    "common/ui/templates/mfa/**/*.*",
    "common/ui/templates/[45]*.html",
)
# Tags of the design language that are templates themselves.
OF_A_TAG = ("page_head", "notice", "dialog", "chart")
NEEDED = re.compile(r'\{% (?:extends|include) "([^"]+)"')
# Arguments of tags that are no words: addresses, classes, codes that are compared.
NO_WORDS = re.compile(r'\{% (?:load|url|include|extends|static|icon|if|elif|block|csrf_token)\b|\bcls="')


class Visible(HTMLParser):
    """Collects what a reader of the page sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.texts += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in {"script", "style", "code"}:
            self.texts.append(data)


def texts_of(path: Path) -> list[str]:
    """The visible texts of a template, and the sentences that it hands to its parts."""
    source = COMMENT.sub(" ", path.read_text())
    tags = re.findall(r"\{%.*?%\}", source, re.DOTALL)
    handed = [text for tag in tags for text in re.findall(r'"([^"]*)"', tag) if " " in text]
    return [*handed, *_shown(source, path)]


def untranslated(path: Path) -> list[str]:
    """What a template says in Spanish to whoever reads it: outside of every tag that translates."""
    source = TRANSLATED.sub(" ", COMMENT.sub(" ", path.read_text()))
    handed = []
    for tag in TAG.findall(source):
        bare = re.sub(r"""_\((["']).*?\1\)""", " ", tag)
        words = re.findall(r'"([^"]*)"', "" if NO_WORDS.match(tag) else re.sub(r'\bcls="[^"]*"', " ", bare))
        words += re.findall(r'(?:default|add|with \w+=|\s\w+=|yesno|pluralize):?"([^"]*)"', bare)
        handed += [word for word in words if re.match(r"[A-ZÁÉÍÓÚÑ¿¡(]|.*\s\w|.*[áéíóúñ]", word)]
    source = re.sub(r"\{% block body_attributes %\}.*?\{% endblock %\}", " ", source)
    letters = [text for text in [*handed, *_shown(source, path)] if re.search(r"[^\W\d_]{2,}", text)]
    return [" ".join(text.split()) for text in letters]


def _shown(source: str, path: Path) -> list[str]:
    # A tag inside an attribute may hold quotes that the parser of HTML would take for its own.
    bare = TAG.sub(" ", source)
    if path.suffix in WHOLE_TEXTS:
        return [bare]
    page = Visible()
    page.feed(bare)
    return page.texts


def citizens_templates() -> dict[str, Path]:
    """Every template that a citizen's page or mail is made of, by its name."""
    waiting = [path for pattern in CITIZENS for path in CODE.glob(pattern)]
    found: dict[str, Path] = {}
    while waiting:
        path = waiting.pop()
        name = path.as_posix().split("/templates/")[1]
        if name in found:
            continue
        found[name] = path
        source = path.read_text()
        needed = NEEDED.findall(source)
        needed += [f"caudal/parts/{tag}.html" for tag in OF_A_TAG if f"{{% {tag} " in source]
        waiting += [each for one in needed for each in CODE.glob(f"*/**/templates/{one}")]
    return dict(sorted(found.items()))
