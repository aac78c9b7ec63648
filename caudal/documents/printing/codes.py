"""Barcode and QR as SVG: a unit per module, whole printer dots per module, nothing fetched from anywhere."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import zxingcpp
from django.utils.translation import gettext_lazy as _

from caudal.common.errors import DomainError

DOT_MM = 25.4 / 300  # one dot of a 300 dpi printer: modules are whole dots, so edges stay sharp
WIDEST_MM = 136.0
NARROWEST_MM = 100.0
MOST_DOTS = 8
_BLACK = re.compile(rb"\x00+")
_span = re.Match.span

Pairs = Sequence[Sequence[str]]


class BarcodeTooShort(DomainError):
    """A barcode that a scanner would not read from paper. Facts: `text`, `width_mm`."""

    code = "barcode_too_short"
    template = _("The barcode %(text)s would be %(width_mm).0f mm wide, and paper needs 100 mm.")

    def __init__(self, *, text: str, width_mm: float) -> None:
        super().__init__(text=text, width_mm=width_mm)


@dataclass(frozen=True, slots=True)
class Drawing:
    """An SVG and how wide it is to be printed, in mm."""

    svg: str
    mm: float


def readable(pairs: Pairs) -> str:
    """As printed below the bars."""
    return "".join(f"({identifier}){value}" for identifier, value in pairs)


def gs1_128(pairs: Pairs, widest_mm: float = WIDEST_MM) -> Drawing:
    """The widest barcode of whole printer dots a module that fits. Raises BarcodeTooShort under 100 mm."""
    text = readable(pairs)
    row = _modules(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.Code128, gs1=True))[0]
    fitting = (dots for dots in range(MOST_DOTS, 1, -1) if len(row) * dots * DOT_MM <= widest_mm)
    width = len(row) * next(fitting, 2) * DOT_MM
    if width < NARROWEST_MM:
        raise BarcodeTooShort(text=text, width_mm=width)
    bars = "".join(
        [f"M{start} 0h{end - start}v1h{start - end}z" for start, end in map(_span, _BLACK.finditer(row))]
    )
    return Drawing(_svg(f'<path d="{bars}"/>', len(row), 1), width)


def qr(text: str, width_mm: float = 31.0) -> Drawing:
    """A QR of error level M, a line for each run of black: half the ink commands of boxes."""
    rows = _modules(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M"))
    path = "".join(
        [
            f"M{start} {y}.5h{end - start}"
            for y, row in enumerate(rows)
            for start, end in map(_span, _BLACK.finditer(row))
        ]
    )
    return Drawing(_svg(f'<path stroke="#000" d="{path}"/>', len(rows[0]), len(rows)), width_mm)


def _modules(symbol: zxingcpp.Barcode) -> list[bytes]:
    """Rows of pixels, one a module, 0 for black, without quiet zones: the page leaves them white."""
    image = symbol.to_image(scale=1, add_quiet_zones=False)
    height, width = image.shape
    raw = bytes(memoryview(cast(bytes, image)))  # it is a buffer, which its stub does not say
    return [raw[row * width : (row + 1) * width] for row in range(height)]


def _svg(drawn: str, width: int, height: int) -> str:
    box = f'viewBox="0 0 {width} {height}" preserveAspectRatio="none" shape-rendering="crispEdges"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{drawn}</svg>'
