"""What citizens may read in English is whole: every Spanish sentence shown to them has its English.

`make catalogues` brings new sentences into locale/en; the office has no English.
"""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.utils import translation

from caudal.common.spoken import spanish
from caudal.common.ui.languages import in_spanish
from tests.support.messages import CODE, used_for_citizens
from tests.support.templates import citizens_templates, untranslated
from tests.unit.test_catalogue import forms, placeholders

PATH = CODE.parent / "locale/en/LC_MESSAGES/django.po"
# What agrees with the gender of a Spanish word («pagad%(end)s»), which English has no use for.
GENDERED = frozenset({"end", "it", "article"})
# Names and signs that both languages share.
SHARED = frozenset({"Caudal", "m³", "PDF", "QR", "m"})


@pytest.fixture(scope="module")
def english() -> Catalog:
    with PATH.open("rb") as file:
        return read_po(file)


def test_every_sentence_for_citizens_has_its_english(english: Catalog) -> None:
    known = {message.id for message in english if message.id and all(forms(message.string))}
    assert {msgid: places for msgid, places in used_for_citizens().items() if msgid not in known} == {}


def test_no_english_outlives_its_sentence(english: Catalog) -> None:
    sentences = used_for_citizens()
    assert [message.id for message in english if message.id and message.id not in sentences] == []
    assert not english.obsolete
    assert [message.id for message in english if message.id and message.fuzzy] == []


def test_the_english_shows_the_facts_of_its_sentence(english: Catalog) -> None:
    """Each form those of its own: «one day before» has no number in it."""
    wrong = {
        message.id
        for message in english
        if message.id
        for said, text in zip(forms(message.id), forms(message.string), strict=True)
        if placeholders(text) | GENDERED != placeholders(said) | GENDERED
    }
    assert wrong == set()


def test_the_english_is_english(english: Catalog) -> None:
    """No sentence was copied over: what has an accent or a Spanish mark is still Spanish."""
    marks = re.compile(r"[áéíóúñ¿¡«»]", re.IGNORECASE)
    assert [
        text for message in english if message.id for text in forms(message.string) if marks.search(text)
    ] == []


def test_what_a_citizen_sees_stands_within_a_tag_that_translates() -> None:
    said = {
        name: [text for text in untranslated(path) if not set(re.findall(r"[^\W\d_]+", text)) <= SHARED]
        for name, path in citizens_templates().items()
    }
    assert {name: texts for name, texts in said.items() if texts} == {}


def test_a_sentence_is_said_in_the_language_of_who_reads() -> None:
    assert spanish("Pagada") == "Pagada"
    with translation.override("en"):
        assert spanish("Pagada") == "Paid"
    assert spanish("Pagada") == "Pagada"


def test_what_is_spanish_for_everybody_stays_so_within_an_english_request() -> None:
    @in_spanish
    def paper() -> str:
        return spanish("Pagada")

    with translation.override("en"):
        assert paper() == "Pagada"
        assert spanish("Pagada") == "Paid"
