"""How wide printed text is, so that Python can choose the arrangement and typst need not measure."""

import pathlib
from functools import cache, lru_cache

import font_source_sans_pro
from PIL import ImageFont

FONTS = pathlib.Path(font_source_sans_pro.__file__).parent / "files"
POINT_MM = 25.4 / 72
_EM = 1000


@cache
def _font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / "SourceSansPro-Regular.ttf", _EM, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=100_000)
def _word(text: str) -> float:
    return _font().getlength(text) / _EM


def wrapped(text: str, width_mm: float, size_pt: float) -> list[str]:
    """The lines of a paragraph, words kept whole; at least one, which may be empty."""
    room = width_mm / (size_pt * POINT_MM)
    space, used = _word(" "), 0.0
    lines: list[str] = []
    for word in text.split(" "):
        needed = _word(word)
        if lines and used + space + needed <= room:
            lines[-1] += f" {word}"
            used += space + needed
        else:
            lines.append(word)
            used = needed
    return lines


def line_count(text: str, width_mm: float, size_pt: float) -> int:
    """How many lines that are."""
    return len(wrapped(text, width_mm, size_pt))
