"""The Spanish of the product is whole: every sentence of the code has its translation, and templates speak Spanish."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils import translation

import caudal
from caudal.common.errors import DomainError
from tests.support.messages import CODE, ONE, used
from tests.support.templates import texts_of

FOLDER = CODE.parent / "locale/es/LC_MESSAGES"
PLACEHOLDER = re.compile(r"%\((\w+)\)[^a-z]*[a-z]|(?<!\{)\{(\w+)\}")

# English words that Spanish does not have, and that a sentence or a label hardly does without.
ENGLISH = re.compile(
    r"\b(the|and|of|with|your|you|for|is|are|was|this|that|from|please|not|or|by|has|have|sign|password"
    r"|username|save|cancel|delete|edit|search|send|submit|back|next|previous|bill|invoices?|payments?|meters?"
    r"|readings?|customers?|amount|due|paid|overdue|settings|warning|loading|today|yes)\b",
    re.IGNORECASE,
)
# The product says «usted».
FAMILIAR = re.compile(
    r"\b(tú|tu|tus|ti|contigo|puedes|tienes|debes|quieres|necesitas|eres|estás|has|haz)\b",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def spanish() -> Catalog:
    with (FOLDER / "django.po").open("rb") as file:
        return read_po(file)


def forms(text: str | Iterable[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def placeholders(text: str) -> set[str]:
    return {found[1] or found[2] for found in PLACEHOLDER.finditer(text)}


def test_every_sentence_of_the_code_has_a_spanish_one(spanish: Catalog) -> None:
    known = {message.id for message in spanish if message.id and all(forms(message.string))}
    assert {msgid: places for msgid, places in used().items() if msgid not in known} == {}


def test_no_translation_outlives_its_sentence(spanish: Catalog) -> None:
    sentences = used()
    assert [message.id for message in spanish if message.id and message.id not in sentences] == []
    assert not spanish.obsolete
    assert [message.id for message in spanish if message.id and message.fuzzy] == []


def test_a_translation_shows_the_facts_of_its_sentence(spanish: Catalog) -> None:
    wrong = {
        message.id
        for message in spanish
        if message.id
        for text in forms(message.string)
        if placeholders(text) != set().union(*map(placeholders, forms(message.id)))
    }
    assert wrong == set()


def test_there_is_one_catalogue_for_each_language() -> None:
    catalogues = sorted(path.relative_to(CODE.parent).as_posix() for path in FOLDER.parents[1].rglob("*.po"))
    assert catalogues == ["locale/en/LC_MESSAGES/django.po", "locale/es/LC_MESSAGES/django.po"]


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(CODE.rglob("*.py")):
        yield path.relative_to(CODE.parent).as_posix(), ast.parse(path.read_text())


def test_a_sentence_is_written_whole_where_it_is_translated() -> None:
    """An f-string or a sum would be translated as what it became, which no catalogue has."""
    pieces = [
        f"{place}:{call.lineno}"
        for place, module in modules()
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ONE
        if call.args and isinstance(call.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert pieces == []


def refusals() -> list[type[DomainError]]:
    """Every error of the product that people read."""
    for found in walk_packages(caudal.__path__, "caudal."):
        if ".migrations" not in found.name and not found.name.endswith(".wsgi"):
            import_module(found.name)
    waiting, all_of_them = [DomainError], []
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        all_of_them += below
    return sorted(
        (error for error in all_of_them if error.__module__.startswith("caudal.")),
        key=lambda e: e.__qualname__,
    )


def test_every_refusal_says_in_spanish_what_is_the_matter() -> None:
    silent = []
    for error in refusals():
        with translation.override("en"):
            english = str(error.template)
        with translation.override("es"):
            template = str(error.template)
        said = template % defaultdict(lambda: 7)
        if template == english or error.template is DomainError.template or "%(" in said:
            silent.append(error.__qualname__)
    assert silent == []


def test_every_refusal_is_given_the_facts_that_its_sentence_names() -> None:
    """Else the person would see a KeyError instead of the reason."""
    plain = {error.__name__: error for error in refusals() if error.__init__ is DomainError.__init__}
    short = []
    for place, module in modules():
        for call in ast.walk(module):
            name = (
                getattr(call.func, "id", getattr(call.func, "attr", "")) if isinstance(call, ast.Call) else ""
            )
            if name not in plain or not isinstance(call, ast.Call):
                continue
            given = {keyword.arg for keyword in call.keywords}
            if None not in given and (missing := placeholders(str(plain[name].template)) - given):
                short.append(f"{place}:{call.lineno} {name} without {', '.join(sorted(missing))}")
    assert short == []


def said_in_templates(words: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(CODE.parent)}: {' '.join(text.split())}"
        for path in sorted(CODE.glob("**/templates/**/*.*"))
        for text in texts_of(path)
        if words.search(text)
    ]


def test_templates_speak_spanish() -> None:
    assert said_in_templates(ENGLISH) == []


def test_the_product_says_usted(spanish: Catalog) -> None:
    assert said_in_templates(FAMILIAR) == []
    translated = [text for message in spanish if message.id for text in forms(message.string)]
    assert [text for text in translated if FAMILIAR.search(text)] == []
