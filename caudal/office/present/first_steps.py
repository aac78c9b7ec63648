"""From an empty installation to its first receipt: what is done and what comes next."""

from typing import Any, NamedTuple

from django.urls import reverse

from caudal.access.models import User
from caudal.billing.models import Account, Invoice
from caudal.metering.models import Reading
from caudal.receivables.models import Payment
from caudal.tariffs.models import TariffVersion


class Step(NamedTuple):
    """A step: where it is done, and whether it is."""

    icon: str
    label: str
    text: str
    page: str
    done: bool


def first_steps(user: User) -> list[dict[str, Any]]:
    """The steps for whoever administers a new installation; none for others, and none after the first receipt."""
    if not user.can("settings.manage") or Payment.objects.exists():
        return []
    steps = _steps()
    following = next((step for step in steps if not step.done), None)
    return [
        {
            "icon": step.icon,
            "label": step.label,
            "text": step.text,
            "href": reverse(f"office:{step.page}"),
            "done": step.done,
            "next": step is following,
        }
        for step in steps
    ]


def _steps() -> tuple[Step, ...]:
    priced = TariffVersion.objects.exclude(published_at=None).exists()
    customers = Account.objects.exists()
    read = Reading.objects.exclude(previous=None).exists()
    billed = Invoice.objects.exists()
    return (
        Step("gear", "La organización", "Su nombre, sus servicios y usted ya están.", "settings", True),
        Step(
            "tariff",
            "Poner los precios",
            "Las tarifas están preparadas, con precios en cero: escríbalos y publique.",
            "tariff_prices",
            priced,
        ),
        Step(
            "people",
            "El primer cliente",
            "Con su conexión y su medidor. Si ya tiene un padrón, impórtelo desde «Importar».",
            "customer_new",
            customers,
        ),
        Step(
            "meter",
            "La primera lectura",
            "Lo que marca el medidor después de la inicial.",
            "reading_new",
            read,
        ),
        Step("invoice", "La primera facturación", "Se prefactura, se revisa y se aprueba.", "runs", billed),
        Step("till", "El primer cobro", "Al cobrar sale el comprobante.", "payment_new", False),
    )
