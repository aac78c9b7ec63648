"""A template names no address that is not there: a branch that nothing enters would hide it for ever."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.urls import get_resolver

import caudal

NAMED = re.compile(r'{% url "([^"]+)"[ %]')


def names(resolver: Any, space: str = "") -> Iterator[str]:
    """The addresses by which templates know pages: «office:home»."""
    for pattern in resolver.url_patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern, inner)
        elif pattern.name:
            yield space + pattern.name


def test_every_address_that_a_template_names_is_there() -> None:
    there = set(names(get_resolver()))
    found = {
        (template.name, name)
        for template in Path(caudal.__file__).parent.rglob("*.html")
        for name in NAMED.findall(template.read_text())
    }
    assert len(found) > 100
    assert {each for each in found if each[1] not in there} == set()
