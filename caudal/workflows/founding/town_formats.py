"""How a country writes its money and tells its time, from what Babel and the time zone database know."""

import base64
import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from babel import Locale, UnknownLocaleError
from babel.numbers import (
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
    get_territory_currencies,
    is_currency,
)
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from caudal.common.errors import DomainError

LOGO_MAX_BYTES: Final = 200_000
LOGO_MAX_PIXELS: Final = 600
SVG: Final = "http://www.w3.org/2000/svg"


class UnknownLocale(DomainError):
    """No language and country of that name. Facts: `locale`."""

    code = "unknown_locale"
    template = _("%(locale)s is not a language and country, such as es-CR.")


class UnknownCurrency(DomainError):
    """No currency of that code. Facts: `currency`."""

    code = "unknown_currency"
    template = _("%(currency)s is not a currency code, such as CRC.")


class UnusableLogo(DomainError):
    """The file is no picture that can stand on a bill. Facts: `path`, `reason`."""

    code = "unusable_logo"
    template = _("The logo %(path)s cannot be used: %(reason)s")


def territory(locale: str) -> str:
    """The country of a locale: "es-CR" is "CR". Raises UnknownLocale."""
    try:
        country = Locale.parse(locale, sep="-").territory
    except (UnknownLocaleError, ValueError) as refusal:
        raise UnknownLocale(locale=locale) from refusal
    if not country:
        raise UnknownLocale(locale=locale)
    return country


def currency_of(country: str) -> str:
    """The currency that the country uses today."""
    return str(get_territory_currencies(country)[0])


@dataclass(frozen=True, slots=True)
class MoneyFormat:
    """How an amount is written: ₡12.480,50 has the symbol ₡, two minor units, point "," and group "."."""

    symbol: str
    minor_units: int
    point: str
    group: str


def money_format(locale: str, currency: str) -> MoneyFormat:
    """As people of the locale write it. Raises UnknownCurrency.

    A space as the group's sign becomes a point or a comma: on a bill, a figure must not break into two.
    """
    if not is_currency(currency):
        raise UnknownCurrency(currency=currency)
    name = locale.replace("-", "_")
    point, group = get_decimal_symbol(name), get_group_symbol(name)
    return MoneyFormat(
        symbol=get_currency_symbol(currency, name),
        minor_units=get_currency_precision(currency),
        point=point,
        group=group if group.strip() else {",": ".", ".": ","}[point],
    )


@cache
def first_zone(country: str) -> str:
    """The time zone where most of the country lives: the first that the time zone database lists for it."""
    for line in files("tzdata").joinpath("zoneinfo", "zone.tab").read_text().splitlines():
        if line.startswith(f"{country}\t"):
            return line.split("\t")[2]
    return "UTC"


def logo_svg(path: Path) -> str:
    """The logo as one SVG without anything that runs or is fetched; a PNG or JPEG is drawn anew inside it.

    Raises UnusableLogo.
    """
    try:
        content = path.read_bytes()
        if len(content) > LOGO_MAX_BYTES:
            raise UnusableLogo(path=path, reason=_("it is larger than 200 KB"))
        return _checked_svg(path, content) if b"<svg" in content[:1000] else _drawn_in_svg(content)
    except (OSError, ElementTree.ParseError, UnidentifiedImageError, Image.DecompressionBombError) as refusal:
        raise UnusableLogo(path=path, reason=refusal) from refusal


def _checked_svg(path: Path, content: bytes) -> str:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise UnusableLogo(path=path, reason=_("it declares a document type"))
    root = ElementTree.fromstring(content)
    for element in root.iter():
        name = element.tag.rpartition("}")[2].lower()
        attributes = {key.rpartition("}")[2].lower(): value for key, value in element.attrib.items()}
        fetched = not attributes.get("href", "#").startswith(("#", "data:image/"))
        if (
            name in ("script", "foreignobject", "style")
            or fetched
            or any(a.startswith("on") for a in attributes)
        ):
            raise UnusableLogo(path=path, reason=_("it holds scripts, styles or links"))
    ElementTree.register_namespace("", SVG)
    return ElementTree.tostring(root, encoding="unicode")


def _drawn_in_svg(content: bytes) -> str:
    picture = Image.open(io.BytesIO(content), formats=("PNG", "JPEG")).convert("RGBA")
    picture.thumbnail((LOGO_MAX_PIXELS, LOGO_MAX_PIXELS))
    drawn = io.BytesIO()
    picture.save(drawn, "PNG", optimize=True)
    data = base64.b64encode(drawn.getvalue()).decode()
    size = f'width="{picture.width}" height="{picture.height}"'
    box = f'viewBox="0 0 {picture.width} {picture.height}"'
    return f'<svg xmlns="{SVG}" {size} {box}><image {size} href="data:image/png;base64,{data}"/></svg>'
