"""A template is read with its sentences in the language of the page, and says what the tags would have said."""

import re
from pathlib import Path

import pytest
from django.template import Context, Engine
from django.utils import translation

from caudal.common.ui.loaders import furnished, spoken_source
from tests.support.messages import CODE

LOADED = "{% load i18n caudal_ui %}"
SOURCES = [
    '{% translate "Elija qué pagar" %}',
    '<a title="{% translate "Elija qué pagar" %}">{% translate "Inicio" %}</a>',
    "{% blocktranslate trimmed with amount=sum|default:0 %}Pagar {{ amount }}{% endblocktranslate %}",
    "{% blocktranslate trimmed %}\n  Su cuenta: {{ user }}\n{% endblocktranslate %}",
    "{% blocktranslate count n=sum %}{{ n }} concepto{% plural %}{{ n }} conceptos{% endblocktranslate %}",
    "{% blocktranslate trimmed with day=user asvar x %}Vence el {{ day }}{% endblocktranslate %}[{{ x }}]",
    '{% translate "Fecha" as date %}{{ date }}',
    '{% status "paid" _("Pagada") tag=True %}',
    '{{ nobody|default:_("(sin registrar)") }}',
]


def rendered(source: str) -> str:
    return (
        Engine.get_default().from_string(LOADED + source).render(Context({"sum": 5, "user": "<María> 5 %"}))
    )


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_template_that_was_read_says_what_its_tags_would_say(source: str, language: str) -> None:
    with translation.override(language):
        assert rendered(spoken_source(source)) == rendered(source)


def test_plain_sentences_cost_nothing_when_a_page_is_made() -> None:
    with translation.override("en"):
        assert spoken_source(SOURCES[0]) == "Choose what to pay"
        assert spoken_source(SOURCES[2]) == "{% with amount=sum|default:0 %}Pay {{ amount }}{% endwith %}"


@pytest.mark.parametrize(
    "source", ['{% icon "user" %}', '{% url "portal:home" %}', '{% th "Saldo" cls="num" %}']
)
def test_an_icon_an_address_and_a_head_stand_in_the_template_when_it_is_read(source: str) -> None:
    assert "{%" not in furnished(source)
    assert rendered(furnished(source)) == rendered(source)


@pytest.mark.parametrize(
    "source", ['{% th "Saldo" sort="balance" %}', '{% url "portal:home" as home %}', "{% icon name %}"]
)
def test_what_depends_on_the_page_is_left_to_the_page(source: str) -> None:
    assert furnished(source) == source


def test_an_address_that_is_nowhere_is_told_to_whoever_renders_it() -> None:
    assert furnished('{% url "nowhere" %}') == '{% url "nowhere" %}'


def test_one_template_is_kept_for_each_language() -> None:
    engine = Engine.get_default()
    said = {}
    for language in ("es", "en", "es"):
        with translation.override(language):
            said[language] = engine.get_template("404.html").source
    assert "Esa página no está aquí" in said["es"]
    assert "That page is not here" in said["en"]


@pytest.mark.parametrize("path", sorted(CODE.glob("**/templates/**/*.*")), ids=lambda path: path.name)
def test_no_sentence_of_a_template_is_left_to_be_looked_up_for_want_of_its_form(path: Path) -> None:
    """What stays is what has to: counts, and what is kept in a variable."""
    left = re.findall(r"\{% (?:blocktranslate|translate) [^%]*%\}", spoken_source(path.read_text()))
    assert [tag for tag in left if not re.search(r" count | as(var)? ", tag)] == []
