"""What becomes of a file that says it is a photo."""

import hashlib
import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from caudal.metering.photos import LONGEST, THUMBNAIL, NotAPhoto, PhotoTooHeavy, PhotoTooLarge, picture_of


def photo(size: tuple[int, int] = (1200, 900), kind: str = "JPEG", **how: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, "#8a6d3b").save(out, kind, **how)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_small_jpeg_named_by_its_content(kind: str) -> None:
    kept = picture_of(photo((4000, 3000), kind), name=f"IMG_1.{kind}")
    assert kept.sha256 == hashlib.sha256(kept.content).hexdigest()
    for content, longest in ((kept.content, LONGEST), (kept.thumbnail, THUMBNAIL)):
        with Image.open(BytesIO(content)) as image:
            assert (image.format, max(image.size)) == ("JPEG", longest)


def test_the_same_photo_has_the_same_name() -> None:
    assert picture_of(photo()) == picture_of(photo())


def test_where_and_when_it_was_taken_stays_behind() -> None:
    exif = Image.Exif()
    exif[0x010F] = "Maker of phones"
    exif.get_ifd(0x8825)[1] = "N"
    taken = photo(exif=exif, comment=b"at home")
    assert b"Maker of phones" in taken
    kept = picture_of(taken)
    with Image.open(BytesIO(kept.content)) as image:
        assert not image.getexif() and "comment" not in image.info


def test_it_is_turned_as_the_phone_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(BytesIO(picture_of(photo((1200, 900), exif=exif)).content)) as image:
        assert image.size == (900, 1200)


@pytest.mark.parametrize(
    ("upload", "name"),
    [
        (b"", "a.jpg"),
        (b"<svg onload=alert(1)>", "a.jpg"),
        (b"%PDF-1.7", "a.pdf"),
        (b"\xff\xd8\xff but no picture", "a.jpg"),
        (photo()[:800], "cut.jpg"),
        (photo(kind="GIF"), "a.gif"),
        (photo(), "a.php"),
    ],
)
def test_what_is_no_photo_is_refused(upload: bytes, name: str) -> None:
    with pytest.raises(NotAPhoto):
        picture_of(upload, name=name)


def test_too_many_bytes_are_refused_before_they_are_opened() -> None:
    with pytest.raises(PhotoTooHeavy):
        picture_of(b"\xff\xd8\xff" + bytes(12_000_000))


@pytest.mark.parametrize("side", [8_000, 40_000])
def test_a_small_file_that_would_unfold_into_too_many_points_is_refused(side: int) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000)))
    with pytest.raises(PhotoTooLarge):
        picture_of(bomb + chunk(b"IEND", b""), name="bomb.png")
