"""PDF files of our own press, one after the other in one file, page by page, with constant memory.

It reads what typst writes: a classic cross-reference table, no object streams. Only what pages need is
copied (contents, fonts, drawings); tags and outlines stay behind, for the file is meant for a printer. What
makes the first file PDF/A (its colour profile and metadata) speaks for the whole.
"""

import re
from array import array
from collections.abc import Iterator
from typing import BinaryIO

_REFERENCE = re.compile(rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*\))*\)|\b(\d+) 0 R\b", re.S)
_PARENT = re.compile(rb"/Parent \d+ 0 R")
_TAGGED = re.compile(rb"/StructParents? \d+")
_XREF_ENTRY = 20
_PAGE_COUNT = re.compile(rb"<xmpTPg:NPages>\d+</xmpTPg:NPages>")
_CATALOG, _ROOT_PAGES = 1, 2


class Pdf:
    """The objects of one file by number, as bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        start = int(content[content.rindex(b"startxref") + 9 :].split()[0])
        head = re.compile(rb"xref\s+0 (\d+)\s").match(content, start)
        assert head, "not a file of our press"
        entries = (head.end() + _XREF_ENTRY * k for k in range(1, int(head[1])))
        self._offsets = [int(content[at : at + 10]) for at in entries]
        ends = sorted([*self._offsets, start])
        self._ends = dict(zip(ends, ends[1:], strict=False))
        self.trailer = content[content.rindex(b"trailer") : content.rindex(b"startxref")]

    def object(self, number: int) -> bytes:
        """The object between its `obj` and `endobj`."""
        start = self._offsets[number - 1]
        raw = self._content[start : self._ends[start]]
        return raw[raw.index(b"obj") + 3 : raw.rindex(b"endobj")]

    def catalog(self) -> bytes:
        """The root object."""
        return self.object(_reference(self.trailer, b"Root"))

    def pages(self) -> list[int]:
        """Page objects in order."""
        return list(self._leaves(_reference(self.catalog(), b"Pages")))

    def _leaves(self, number: int) -> Iterator[int]:
        node = self.object(number)
        kids = re.search(rb"/Kids\s*\[([^\]]*)\]", node)
        if kids is None:
            yield number
            return
        for found in re.finditer(rb"(\d+) 0 R", kids[1]):
            yield from self._leaves(int(found[1]))


class Joined:
    """A file being written. Add PDFs, then close; the output is no PDF before that."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._written = 0
        self._offsets = array("Q", [0, 0])  # of the catalog and the page tree, written last
        self._groups: list[tuple[int, int]] = []
        self._catalog = b""
        self._identity = b""
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    @property
    def pages(self) -> int:
        """Pages so far."""
        return sum(count for _, count in self._groups)

    def add(self, content: bytes) -> int:
        """Append all pages of a PDF; answers how many."""
        pdf = Pdf(content)
        copier = _Copier(pdf, self)
        if not self._groups:
            self._take_identity(pdf, copier)
        group = self._reserve()
        kids = [copier.page(number, group) for number in pdf.pages()]
        listed = b" ".join(b"%d 0 R" % kid for kid in kids)
        parent = b"/Type/Pages/Parent %d 0 R/Count %d" % (_ROOT_PAGES, len(kids))
        self._write(group, b"\n<<%s/Kids[%s]>>\n" % (parent, listed))
        self._groups.append((group, len(kids)))
        return len(kids)

    def close(self) -> int:
        """Write page tree, catalog and cross-references; answers the number of pages."""
        listed = b" ".join(b"%d 0 R" % group for group, _ in self._groups)
        tree = b"\n<</Type/Pages/Count %d/Kids[%s]>>\n" % (self.pages, listed)
        self._write(_ROOT_PAGES, tree)
        self._write(_CATALOG, self._catalog)
        start = self._written
        self._put(b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(self._offsets) + 1))
        for offset in self._offsets:
            self._put(b"%010d 00000 n\r\n" % offset)
        trailer = b"/Size %d/Root %d 0 R%s" % (len(self._offsets) + 1, _CATALOG, self._identity)
        self._put(b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer, start))
        return self.pages

    def _take_identity(self, pdf: Pdf, copier: "_Copier") -> None:
        catalog = pdf.catalog()
        metadata = copier.copy(_reference(catalog, b"Metadata"))
        intents = copier.copy(_reference(catalog, b"OutputIntents"))
        info = copier.copy(_reference(pdf.trailer, b"Info"))
        identifier = re.search(rb"/ID\s*\[[^\]]*\]", pdf.trailer)
        self._identity = b"/Info %d 0 R%s" % (info, identifier[0] if identifier else b"")
        language = re.search(rb"/Lang\([^)]*\)", catalog)
        kept = b"/Metadata %d 0 R/OutputIntents %d 0 R" % (metadata, intents)
        self._catalog = b"\n<</Type/Catalog/Pages %d 0 R%s%s>>\n" % (
            _ROOT_PAGES,
            kept,
            language[0] if language else b"",
        )

    def _reserve(self) -> int:
        self._offsets.append(0)
        return len(self._offsets)

    def _write(self, number: int, body: bytes) -> None:
        self._offsets[number - 1] = self._written
        self._put(b"%d 0 obj%sendobj\n" % (number, body))

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._written += len(data)


class _Copier:
    """Copies objects of one file into another, each once, with the objects they refer to."""

    def __init__(self, source: Pdf, target: Joined) -> None:
        self._source = source
        self._target = target
        self._known: dict[int, int] = {}

    def page(self, number: int, parent: int) -> int:
        """A page under its new parent, without its place in the tree of tags."""
        body = _TAGGED.sub(b"", _PARENT.sub(b"", self._source.object(number)))
        body = body.replace(b"<<", b"<</Parent 0 0 R", 1)
        new = self._target._reserve()
        self._target._write(new, self._renumbered(body, parent))
        return new

    def copy(self, number: int) -> int:
        """The new number of an object, copied on first sight."""
        if number in self._known:
            return self._known[number]
        self._known[number] = new = self._target._reserve()
        self._target._write(new, self._renumbered(self._source.object(number)))
        return new

    def _renumbered(self, body: bytes, parent: int = 0) -> bytes:
        """The object with its references changed; a stream stays as it is, but for a count of pages in its words."""
        head, mark, stream = body.partition(b"stream\n")

        def new_reference(found: re.Match[bytes]) -> bytes:
            if found[1] is None:
                return found[0]
            old = int(found[1])
            return b"%d 0 R" % (self.copy(old) if old else parent)

        if b"/Type/Metadata" in head:
            stream = _PAGE_COUNT.sub(lambda found: b" " * len(found[0]), stream)
        return _REFERENCE.sub(new_reference, head) + mark + stream


def _reference(body: bytes, key: bytes) -> int:
    found = re.search(rb"/%s (\d+) 0 R" % key, body)
    assert found, f"no {key.decode()} in the file"
    return int(found[1])
