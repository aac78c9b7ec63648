"""Text to search by, to sort by and for spreadsheets: accents and case do not matter, but Á sorts after A."""

import re
import unicodedata
from typing import Final

from django.utils.encoding import punycode

# What spreadsheets take for the beginning of a formula.
DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_PUNCTUATION = re.compile(r"[^0-9a-z]+")


def search_text(*parts: str | None) -> str:
    """Lower case without accents, punctuation as single spaces: what `LIKE` is asked on."""
    joined = unicodedata.normalize("NFKD", " ".join(p for p in parts if p).casefold())
    return _PUNCTUATION.sub(" ", "".join(c for c in joined if not unicodedata.combining(c))).strip()


def sort_key(text: str) -> str:
    """Collates as Spanish readers expect, by plain byte order: ñ between n and o, accents only break ties."""
    folded = text.casefold().replace("ñ", "n~")
    plain = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return f"{plain}\x01{folded}".replace("\x01", " ") if plain != folded else plain


def safe_text(value: object) -> str:
    """A value as text that no spreadsheet takes for a formula: an apostrophe goes before what might begin
    one.
    """
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def mail_address(text: str) -> str:
    """A mail address as servers take it: a domain in other letters as they write it («peñas.cr» is xn--peas-hqa.cr).

    What is no such domain stays as it is.
    """
    name, at, domain = text.strip().rpartition("@")
    try:
        return f"{name}{at}{domain if domain.isascii() else punycode(domain)}"
    except UnicodeError:
        return text.strip()


def identification_key(text: str) -> str:
    """An identification as it is compared: letters and digits only, upper case ("0123-4" and "01234" are one)."""
    return "".join(c for c in text.upper() if c.isalnum())
