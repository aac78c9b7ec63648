"""The printed page, as a reader and a scanner see it."""

import io
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image, ImageFilter

from caudal.documents.printing.files import TOGETHER, write_file
from caudal.documents.printing.joining import Joined
from caudal.documents.printing.press import Press, view_of
from tests.support.pdf import codes_on, page_count, rastered, text_of
from tests.unit.documents.samples import BILLS, NAMES, PHOTOS, sample


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


@pytest.mark.parametrize("name", NAMES)
def test_every_document_is_archival_and_accessible(press: Press, name: str) -> None:
    """typst refuses what PDF/A-2b or PDF/UA-1 forbid: a picture without words, a figure without a heading."""
    pdf = press.pdf(sample(name), photos=PHOTOS)
    assert b"/StructTreeRoot" in pdf
    assert b"<pdfaid:part>2</pdfaid:part>" in pdf
    assert b"<pdfuaid:part>1</pdfuaid:part>" in pdf


@pytest.mark.parametrize("name", [name for name in BILLS if "zero" not in name])
def test_the_codes_of_every_bill_are_read_from_its_page(press: Press, name: str) -> None:
    data = sample(name)
    expected = {
        "Code128": "".join(f"({identifier}){value}" for identifier, value in data["pay"]["gs1"]),
        "QRCode": data["pay"]["qr"],
    }
    assert codes_on(press.pdf(data, photos=PHOTOS)) == expected


def test_the_codes_survive_a_bad_printer(press: Press) -> None:
    """Blurred, paler and slightly askew, at 200 dots per inch."""
    page = rastered(press.pdf(sample("02")), dpi=300).filter(ImageFilter.GaussianBlur(1.2))
    page = page.rotate(0.7, fillcolor=255).resize((page.width * 2 // 3, page.height * 2 // 3))
    page = page.point(lambda shade: 255 if shade > 128 else 0)
    assert len(zxingcpp.read_barcodes(page)) == 2


@pytest.mark.parametrize("name", BILLS)
def test_every_barcode_is_wide_enough_for_paper(name: str) -> None:
    drawn = view_of(sample(name))["barcode"]
    assert drawn is None or 100 <= drawn["mm"] <= 136


def test_the_page_is_read_who_what_how_much_until_when(press: Press) -> None:
    said = text_of(press.pdf(sample("01"), photos=PHOTOS))
    order = ["Municipalidad de Río Claro", "Agua y servicios", "10-2045-7", "Total a pagar", "₡26.466,41"]
    places = [said.index(words) for words in [*order, "20 de noviembre de 2026", "Lo que se cobra", "Talón"]]
    assert places == sorted(places)


def test_the_same_data_makes_the_same_bytes_whatever_was_printed_between(press: Press) -> None:
    first = press.pdf(sample("01"), photos=PHOTOS)
    press.pdf(sample("07"))
    assert press.pdf(sample("01"), photos=PHOTOS) == first
    assert Press().pdf(sample("01"), photos=PHOTOS) == first


def test_another_photo_under_the_same_name_is_seen(press: Press) -> None:
    other = io.BytesIO()
    Image.new("RGB", (60, 40), "navy").save(other, "JPEG")
    first = press.pdf(sample("01"), photos=PHOTOS)
    assert press.pdf(sample("01"), photos={"meter.jpg": other.getvalue()}) != first


def test_long_names_and_amounts_stay_on_their_page(press: Press) -> None:
    data = sample("01")
    data["holder"]["name"] = (
        "Asociación de Desarrollo Integral y Acueducto Comunal de Santa Rosa de Río Claro"
    )
    pdf = press.pdf(data, photos=PHOTOS)
    assert page_count(pdf) == 1
    assert data["holder"]["name"] in text_of(pdf).replace("\n", " ")


def test_what_people_type_is_printed_as_they_typed_it(press: Press) -> None:
    data = sample("02")
    data["document"]["remarks"] = 'Pagó #con "billete" de $20 \\ *pendiente* <b>x</b> @2'
    assert data["document"]["remarks"] in text_of(press.pdf(data))


def test_page_two_says_whose_it_is(press: Press) -> None:
    pdf = press.pdf(sample("07"))
    assert page_count(pdf) == 2
    assert "Página 2 de 2" in text_of(pdf, 1)
    assert "Página" not in text_of(pdf, 0)


def test_several_bills_in_one_file_count_their_own_pages(press: Press) -> None:
    pdf = press.pdf_of_many([sample("02"), sample("07"), sample("07")], title="Facturación de octubre")
    assert page_count(pdf) == 5
    assert ["Página 2 de 2" in text_of(pdf, page) for page in range(5)] == [False, False, True, False, True]


def test_a_file_of_many_bills_keeps_their_order_and_codes(press: Press, tmp_path: Path) -> None:
    path = tmp_path / "run.pdf"
    count = 2 * TOGETHER + 1
    bills = []
    for k in range(count):
        data = sample("02")
        data["document"]["number"] = str(5000 + k)
        bills.append(data)
    heard: list[int] = []
    assert write_file(bills, path, press=press, title="Noviembre", progress=heard.append) == count
    assert heard == [TOGETHER, 2 * TOGETHER, count]
    pdf = path.read_bytes()
    assert [f"N.º {5000 + k}" in text_of(pdf, k) for k in range(count)] == [True] * count
    assert len(codes_on(pdf, count - 1)) == 2


def test_no_file_is_left_where_there_is_nothing_to_print(press: Press, tmp_path: Path) -> None:
    path = tmp_path / "run.pdf"
    with pytest.raises(ValueError, match="no documents"):
        write_file([], path, press=press, title="Nada")
    assert list(path.parent.iterdir()) == []


def test_joined_files_look_as_they_did_apart(press: Press) -> None:
    """Pixel by pixel, fonts and drawings and photo included."""
    apart = [press.pdf(sample("01"), photos=PHOTOS), press.pdf(sample("11"))]
    out = io.BytesIO()
    joined = Joined(out)
    pages = [joined.add(pdf) for pdf in apart]
    assert joined.close() == sum(pages) == 3
    whole = out.getvalue()
    assert b"<pdfaid:part>2</pdfaid:part>" in whole and b"/ID[" in whole
    same = [rastered(whole, 0, 100) == rastered(apart[0], 0, 100)]
    same += [rastered(whole, 1 + k, 100) == rastered(apart[1], k, 100) for k in range(2)]
    assert same == [True] * 3
