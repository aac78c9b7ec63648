"""PDFs as a reader, a printer and a scanner see them."""

from io import BytesIO

import pypdfium2
import zxingcpp
from PIL import Image


def page_count(pdf: bytes) -> int:
    with pypdfium2.PdfDocument(pdf) as document:
        return len(document)


def text_of(pdf: bytes, page: int | None = None) -> str:
    """The text in reading order, of one page or of all; hard spaces as spaces."""
    with pypdfium2.PdfDocument(pdf) as document:
        pages = range(len(document)) if page is None else [page]
        said = "\n".join(document[k].get_textpage().get_text_range() for k in pages)
    return said.replace("\u00a0", " ").replace("\u202f", " ").replace("\r\n", "\n")


def rastered(pdf: bytes, page: int = 0, dpi: int = 300) -> Image.Image:
    """A page as a laser printer lays its toner: black or white."""
    with pypdfium2.PdfDocument(pdf) as document:
        picture = document[page].render(scale=dpi / 72).to_pil().convert("L")
    return picture.point(lambda shade: 255 if shade > 150 else 0)


def codes_on(pdf: bytes, page: int = 0) -> dict[str, str]:
    """What a scanner reads from the printed page, by kind of code."""
    return {code.format.name: code.text for code in zxingcpp.read_barcodes(rastered(pdf, page))}


def as_png(pdf: bytes, page: int = 0, dpi: int = 110) -> bytes:
    """A page as a picture to look at."""
    with pypdfium2.PdfDocument(pdf) as document:
        out = BytesIO()
        document[page].render(scale=dpi / 72).to_pil().save(out, "PNG")
        return out.getvalue()


def pictures_on(pdf: bytes, page: int = 0) -> int:
    """How many photos a page shows; drawings are none."""
    with pypdfium2.PdfDocument(pdf) as document:
        found = document[page].get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=9)
        return sum(1 for _each in found)
