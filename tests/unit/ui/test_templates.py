"""What every template keeps to: a strict CSP, icons that exist, an address for each link."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import get_template

import caudal

ROOT = Path(caudal.__file__).parent
FOLDERS = ("office/templates", "portal/templates", "common/ui/templates")
TEMPLATES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.html"))
SPRITE = Path(str(finders.find("caudal/icons.svg"))).read_text()
ICONS = set(re.findall(r'<symbol id="([a-z]+)"', SPRITE))


def name_of(path: Path) -> str:
    return path.as_posix().split("/templates/")[1]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_a_template_compiles_and_carries_no_style_or_script_of_its_own(path: Path) -> None:
    get_template(name_of(path))
    source = path.read_text()
    assert not re.search(
        r"\sstyle=|<style|\son(?:click|change|input|load|submit|key[a-z]+)=|javascript:", source
    )
    assert not re.search(r"<script(?![^>]*\ssrc=)", source)


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    named = {icon for path in TEMPLATES for icon in re.findall(r'{% icon "([a-z]+)"', path.read_text())}
    named |= {icon for path in TEMPLATES for icon in re.findall(r'image="([a-z]+)"', path.read_text())}
    assert named
    assert named <= ICONS


def test_nothing_is_loaded_from_another_place() -> None:
    foreign = re.compile(r"(?:src|href)=\"(?:https?:)?//|url\(\s*['\"]?(?:https?:)?//|@import")
    files = TEMPLATES + sorted(ROOT.glob("common/ui/static/caudal/*"))
    assert not [path.name for path in files if foreign.search(path.read_text())]


def test_the_static_files_of_a_page_leave_room_for_its_content() -> None:
    weight = sum(path.stat().st_size for path in ROOT.glob("common/ui/static/caudal/*"))
    assert weight < 76_000
