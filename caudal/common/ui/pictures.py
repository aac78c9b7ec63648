"""Photos as they leave: a file to keep, of a kind that no browser guesses."""

from django.http import HttpResponse


def photo_response(content: bytes, *, name: str) -> HttpResponse:
    """A JPEG as an attachment."""
    response = HttpResponse(content, content_type="image/jpeg")
    response["Content-Disposition"] = f'attachment; filename="{name}.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
