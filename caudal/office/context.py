"""Template context of the office: the rail, with only what the user may do."""

from typing import Any

from django.http import HttpRequest


def office(request: HttpRequest) -> dict[str, Any]:
    """Template context: `rail`."""
    return {"rail": []}
