"""Printable data to PDF: one reused typst compiler per worker.

The compiler remembers what it has laid out as long as nothing above it changes. So the data comes as the main
source and not through `sys.inputs`, which would change the library below everything, and `set document`
stands last, where nothing follows it: what repeats from bill to bill is laid out once (twice as fast).
"""

import json
import pathlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from threading import Lock
from typing import Any

import typst

from caudal.documents.printing.codes import gs1_128, qr
from caudal.documents.spanish import VIEWS
from caudal.documents.spanish.data import Printable
from caudal.documents.spanish.widths import FONTS

TEMPLATES = pathlib.Path(__file__).with_name("typst")
FACES = ("Regular", "Semibold", "Bold")

View = dict[str, Any]


def view_of(data: Printable) -> View:
    """The view that the template prints, with its codes drawn. Raises DoesNotAddUp, BarcodeTooShort."""
    view: View = {"barcode": None, "qr": None, **VIEWS[data["kind"]](data)}
    if pairs := view.get("gs1"):
        drawing = gs1_128(pairs)
        view["barcode"] = {"svg": drawing.svg, "mm": drawing.mm}
    if link := _link(view):
        view["qr"] = {"svg": qr(link).svg}
    return view


def _link(view: View) -> str:
    return view.get("check") or view.get("pay", {}).get("qr", "")


class Press:
    """A compiler with its fonts and templates in a folder of its own. Threads that share it wait for each other."""

    def __init__(self) -> None:
        self._one_at_a_time = Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="caudal-press-")
        self.root = pathlib.Path(self._folder.name)
        for template in TEMPLATES.glob("*.typ"):
            shutil.copy(template, self.root)
        fonts = self.root / "fonts"
        fonts.mkdir()
        for face in FACES:  # the package holds each face twice; which one a folder scan meets first varies
            shutil.copy(FONTS / f"SourceSansPro-{face}.ttf", fonts)
        self.fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts])
        self._compiler = typst.Compiler(root=self.root, font_paths=self.fonts)

    def pdf(self, data: Printable, photos: Mapping[str, bytes] | None = None) -> bytes:
        """PDF/A-2b and PDF/UA-1. The same data makes the same bytes, whenever it is printed.

        `photos` are the files that readings name.
        """
        view = view_of(data)
        source = f"{_import(data['kind'])}{_one(data['kind'], view)}{_titled(view)}"
        with self._one_at_a_time:
            self.keep(photos or {})
            return self._compile(source, issued_on(data), accessible=True)

    def pdf_of_many(self, documents: Sequence[Printable], *, title: str) -> bytes:
        """Several documents of one kind as one PDF/A-2b, each on pages of its own, in the given order."""
        kind = documents[0]["kind"]
        bodies = "#pagebreak(weak: true)\n".join(_one(kind, view_of(data)) for data in documents)
        source = f"{_import(kind)}{bodies}#set document(title: {typst_string(title)})\n"
        with self._one_at_a_time:
            return self._compile(source, issued_on(documents[0]), accessible=False)

    def pictures(self, data: Printable, *, ppi: int) -> list[bytes]:
        """The pages as PNG."""
        source = f"{_import(data['kind'])}{_one(data['kind'], view_of(data))}"
        with self._one_at_a_time:
            made = self._compiler.compile(input=source.encode(), format="png", ppi=ppi)
        return [page for page in (made if isinstance(made, list) else [made]) if page]

    def keep(self, photos: Mapping[str, bytes]) -> None:
        """Photos under their names; typst never forgets a path, so a worker should use few names over and over."""
        for name, content in photos.items():
            (self.root / name).write_bytes(content)

    def _compile(self, source: str, on: date, *, accessible: bool) -> bytes:
        stamp = int(datetime.combine(on, time(), UTC).timestamp())
        made = self._compiler.compile(
            input=source.encode(),
            format="pdf",
            timestamp=stamp,
            pdf_standards=["a-2b", "ua-1"] if accessible else ["a-2b"],
        )
        assert isinstance(made, bytes)
        return made


@cache
def press() -> Press:
    """This process's own press."""
    return Press()


def issued_on(data: Printable) -> date:
    """The date of a document: what its PDF carries as its time."""
    if data["kind"] == "bill":
        return date.fromisoformat(data["document"]["issued_on"])
    if data["kind"] == "receipt":
        return date.fromisoformat(data["document"]["on"])
    return date.fromisoformat(data["as_of"])


def _import(kind: str) -> str:
    return f'#import "{kind}.typ": {kind}\n'


def _one(kind: str, view: View) -> str:
    return f"#{kind}(json(bytes({typst_string(printed(view))})))\n"


def _titled(view: View) -> str:
    title = f"{view['title']} {view.get('number') or view['holder']['name']}"
    said = {"title": title, "author": view["org"]["name"], "description": view["spoken"]}
    listed = ", ".join(f"{name}: {typst_string(value)}" for name, value in said.items())
    return f"#set document({listed})\n"


def printed(view: View) -> str:
    """The one JSON that a template reads; a figure never parts from its unit at the end of a line."""
    return json.dumps(view, ensure_ascii=False).replace(" %", "\u202f%").replace(" m³", "\u00a0m³")


def typst_string(value: str) -> str:
    """A typst string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
