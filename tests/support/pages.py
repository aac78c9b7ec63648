"""A page as its reader has it: its words in order, without those that say they are in another language."""

import re
from html.parser import HTMLParser

from babel.messages.pofile import read_po

from tests.support.messages import CODE
from tests.support.templates import SHOWN_ATTRIBUTES

VOID = frozenset(
    {"br", "hr", "img", "input", "link", "meta", "use", "wbr", "col", "path", "rect", "line", "circle"}
)
UNREAD = frozenset({"script", "style", "code"})
WORD = re.compile(r"[^\W\d_]{3,}")


class Reader(HTMLParser):
    """Collects the texts of a page, but for those within an element that has another `lang`."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        left_out = tag in UNREAD or (tag != "html" and "lang" in given) or self._within
        if not left_out:
            self.texts += [value for name, value in attrs if name in SHOWN_ATTRIBUTES and value]
        if tag not in VOID:
            self._open.append((tag, left_out))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<use/>` holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._within and data.strip():
            self.texts.append(data)

    @property
    def _within(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def read(html: str) -> list[str]:
    """What a page says in its own language."""
    reader = Reader()
    reader.feed(html)
    return [" ".join(text.split()) for text in reader.texts]


def spanish_words() -> frozenset[str]:
    """Words of the product's Spanish that its English never uses: on an English page they stand out."""
    with (CODE.parent / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file)
    spanish: set[str] = set()
    english: set[str] = set()
    for message in catalogue:
        if message.id:
            spanish |= _words(message.id)
            english |= _words(message.string)
    return frozenset(spanish - english)


def _words(said: str | tuple[str, ...] | list[str]) -> set[str]:
    texts = [said] if isinstance(said, str) else said
    bare = (re.sub(r"%\(\w+\)s|<[^>]*>", " ", text) for text in texts)
    return {word.lower() for text in bare for word in WORD.findall(text)}
