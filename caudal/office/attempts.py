"""A form's way into the domain and back: a refusal becomes a message where it can be put right."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from caudal.billing.operations.sent import Pressed
from caudal.common.errors import DomainError

T = TypeVar("T")
KEY_SIZE: Final = 100


def attempt(
    form: forms.BaseForm, call: Callable[[], T], *, fields: Mapping[str, str] | None = None
) -> T | None:
    """What the call answers; None when the domain refused, with the reason on the form.

    `fields`: the form's field for an error's code, where one is to blame.
    """
    try:
        return call()
    except DomainError as refusal:
        named = (fields or {}).get(refusal.code)
        form.add_error(named if named in form.fields else None, refusal.message)
        return None


def pressed(request: HttpRequest) -> Pressed | None:
    """The button of a page that had shown a total, with that total; None where the page showed none."""
    try:
        shown = Decimal(request.POST.get("expected", ""))
    except InvalidOperation:
        return None
    key = request.POST.get("key", "")[:KEY_SIZE] or str(uuid4())
    return Pressed(shown=shown, key=key) if shown.is_finite() else None


def tried(request: HttpRequest, call: Callable[[], Any], *, done: str) -> bool:
    """Make a call that has no form; `done` or the refusal is shown on the next page."""
    try:
        call()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    messages.success(request, done)
    return True
