"""Photos as they leave: a file to keep, of a kind that no browser guesses, in nobody else's memory."""

from django.http import HttpResponse
from django.utils.cache import patch_cache_control


def photo_response(content: bytes, *, name: str) -> HttpResponse:
    """A JPEG as an attachment."""
    response = HttpResponse(content, content_type="image/jpeg")
    response["Content-Disposition"] = f'attachment; filename="{name}.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, no_store=True)
    return response
