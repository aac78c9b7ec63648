"""Invoice numbers as texts: a prefix and the digits that count."""

import re
from collections.abc import Iterable

_DIGITS = re.compile(r"[0-9]{1,18}$")


def digits_of(text: str) -> str:
    """The digits that a printed number ends with, "" when it has none."""
    found = _DIGITS.search(text)
    return found[0] if found else ""


def widths(numbers: Iterable[str]) -> dict[str, tuple[str, int]]:
    """For each printed number its (prefix, width): zeros in front make a width, and it holds for all that fill it."""
    cut = {text: (text[: len(text) - len(digits_of(text))], digits_of(text)) for text in numbers}
    padded: dict[str, int] = {}
    for prefix, digits in cut.values():
        if digits.startswith("0"):
            padded[prefix] = max(padded.get(prefix, 1), len(digits))
    return {
        text: (
            prefix,
            padded[prefix] if len(digits) >= padded.get(prefix, len(digits) + 1) else _own_width(digits),
        )
        for text, (prefix, digits) in cut.items()
    }


def _own_width(digits: str) -> int:
    return len(digits) if digits.startswith("0") else 1
