"""A photo as it came in becomes one that may be kept: opened, turned upright, made smaller, and written anew as JPEG.

Nothing of the file itself is kept: no place where it was taken, no name, no second content hidden behind the first.
"""

import hashlib
import warnings
from io import BytesIO
from typing import Any, Final, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

from caudal.common.errors import DomainError

MOST_MB: Final = 12
MOST_MEGAPIXELS: Final = 50
LONGEST: Final = 1600
THUMBNAIL: Final = 480
QUALITY: Final = 82
EXTENSIONS: Final = ("jpg", "jpeg", "png", "webp")
FORMATS: Final = ("JPEG", "PNG", "WEBP")


class NotAPhoto(DomainError):
    """The file is no picture of a kind that is taken, or is damaged."""

    code = "not_a_photo"
    template = _("The file is not a photo that can be opened. Take it again, or choose a JPG, PNG or WebP.")


class PhotoTooHeavy(DomainError):
    """The file has too many bytes. Fact: `most`, in MB."""

    code = "photo_too_heavy"
    template = _("The photo is heavier than %(most)s MB. Take it with a lower quality.")


class PhotoTooLarge(DomainError):
    """The picture would unfold into too many points. Fact: `most`, in megapixels."""

    code = "photo_too_large"
    template = _("The photo has more than %(most)s megapixels. Take it with a lower resolution.")


class Picture(NamedTuple):
    """A photo that may be kept: JPEG, and a small one of it for lists and bills; named by the hash of its content."""

    sha256: str
    content: bytes
    thumbnail: bytes


def picture_of(upload: bytes, *, name: str = "") -> Picture:
    """What is kept of an uploaded file. Raises NotAPhoto, PhotoTooHeavy, PhotoTooLarge."""
    if len(upload) > MOST_MB * 1_000_000:
        raise PhotoTooHeavy(most=MOST_MB)
    if (name and name.rpartition(".")[2].lower() not in EXTENSIONS) or not _begins_like_one(upload):
        raise NotAPhoto()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = _opened(upload)
        content = _jpeg(image, LONGEST)
        thumbnail = _jpeg(image, THUMBNAIL)
    except Image.DecompressionBombError as bomb:
        raise PhotoTooLarge(most=MOST_MEGAPIXELS) from bomb
    except (OSError, ValueError, SyntaxError) as broken:
        raise NotAPhoto() from broken
    return Picture(hashlib.sha256(content).hexdigest(), content, thumbnail)


class PhotoField(forms.FileField):
    """A photo taken with the phone or chosen, in a form of any edge; cleaned, what may be kept of it."""

    widget = forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp", "capture": "environment"})
    default_error_messages = {"empty": NotAPhoto.template}

    def clean(self, data: Any, initial: Any = None) -> Picture | None:
        upload = super().clean(data, initial)
        if not upload:
            return None
        try:
            # One byte beyond the most tells that there is more.
            return picture_of(upload.read(MOST_MB * 1_000_000 + 1), name=upload.name)
        except DomainError as refusal:
            raise ValidationError(refusal.message) from refusal


def _begins_like_one(upload: bytes) -> bool:
    return (
        upload.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or upload[:4] + upload[8:12] == b"RIFFWEBP"
    )


def _opened(upload: bytes) -> Image.Image:
    """The picture, upright and in colours that JPEG knows. Its header tells its size before anything is unfolded."""
    image: Image.Image = Image.open(BytesIO(upload), formats=FORMATS)
    if image.width * image.height > MOST_MEGAPIXELS * 1_000_000:
        raise PhotoTooLarge(most=MOST_MEGAPIXELS)
    image.draft("RGB", (LONGEST, LONGEST))
    return ImageOps.exif_transpose(image).convert("RGB")


def _jpeg(image: Image.Image, longest: int) -> bytes:
    small, out = image.copy(), BytesIO()
    small.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    # A new picture of the same points: what the file said about itself stays behind.
    clean = Image.frombytes("RGB", small.size, small.tobytes())
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
