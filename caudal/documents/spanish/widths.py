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


def line_count(text: str, width_mm: float, size_pt: float) -> int:
    """Lines that a paragraph takes, words kept whole, at least one."""
    room = width_mm / (size_pt * POINT_MM)
    space, lines, used = _word(" "), 1, 0.0
    for word in text.split(" "):
        needed = _word(word)
        if used and used + space + needed > room:
            lines, used = lines + 1, needed
        else:
            used += needed + (space if used else 0.0)
    return lines
