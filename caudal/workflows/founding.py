"""How an installation begins: the organisation, the services of its kind, and who administers it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from caudal.access import operations as access
from caudal.access.models import User
from caudal.access.roles import ADMINISTRATOR
from caudal.billing import operations as billing
from caudal.billing.operations.numbering import INVOICES, RECEIPTS
from caudal.common.actor import Actor
from caudal.registry import operations as registry
from caudal.registry.models import Organisation
from caudal.registry.operations import OrganisationData
from caudal.tariffs import operations as tariffs
from caudal.tariffs.operations import ServiceData

QUARTERS: Final = (3, 6, 9, 12)
NEVER: Final = ()


@dataclass(frozen=True, slots=True)
class Preset:
    """What organisations of one kind have in common; everything is a setting afterwards."""

    title: object
    locale: str
    interest_mode: str
    services: tuple[ServiceData, ...]
    vocabulary: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministratorData:
    """The first user."""

    username: str
    name: str
    email: str
    password: str


def _daily_interest(percent_a_year: str) -> tuple[dict[str, Any], ...]:
    return ({"kind": "daily", "code": "interest", "rates": [{"percent": percent_a_year}]},)


def _surcharge(percent: str) -> tuple[dict[str, Any], ...]:
    return ({"kind": "flat", "code": "surcharge", "rates": [{"percent": percent}]},)


def _one_off(code: str, name: str, position: int) -> ServiceData:
    return ServiceData(code=code, name=name, kind="one_off", position=position, billing_months=NEVER)


# What late payment costs is charged under a service of its own: without one, no late payment could be taken.
INTEREST: Final = ServiceData(
    code="intereses", name="Intereses moratorios", kind="interest", position=95, billing_months=NEVER
)

WATER_UTILITY: Final = (
    ServiceData(code="agua", name="Agua potable", kind="metered", unit="m³", position=10),
    ServiceData(code="alcantarillado", name="Alcantarillado", kind="metered", unit="m³", position=20),
    _one_off("reconexion", "Reconexión", 80),
    _one_off("conexion-nueva", "Conexión nueva", 90),
    INTEREST,
)
# One invoice per meter and period, 5 % once after the due date, on water alone.
COMMUNITY_BOARD: Final = (
    ServiceData(
        code="agua",
        name="Servicio de agua",
        kind="metered",
        unit="m³",
        position=10,
        presentation="connection",
        late_policies=_surcharge("5"),
    ),
    ServiceData(
        code="cuota-social",
        name="Cuota social",
        kind="fixed",
        position=20,
        presentation="connection",
        default_amount=Decimal("0.00"),
    ),
    _one_off("multa-asamblea", "Multa por inasistencia a la asamblea", 70),
    _one_off("reconexion", "Reconexión", 80),
    INTEREST,
)
# Receipts of each service apart, on the 5th, payable within 15 days; taxes in four quarters.
MUNICIPALITY: Final = (
    ServiceData(
        code="agua",
        name="Agua",
        kind="metered",
        unit="m³",
        position=10,
        billing_day=5,
        presentation="service",
        late_policies=_daily_interest("12"),
    ),
    *(
        ServiceData(
            code=code,
            name=name,
            kind="fixed",
            position=position,
            billing_day=5,
            presentation="service",
            late_policies=_daily_interest("12"),
        )
        for code, name, position in (("basura", "Recolección de basura", 20), ("parques", "Parques", 30))
    ),
    *(
        ServiceData(
            code=code,
            name=name,
            kind=kind,
            position=position,
            billing_day=5,
            billing_months=QUARTERS,
            in_arrears=False,
            due_rule="quarter_end",
            presentation="service",
            late_policies=_daily_interest("12"),
        )
        for code, name, kind, position in (
            ("bienes-inmuebles", "Impuesto sobre bienes inmuebles", "ad_valorem", 40),
            ("patentes", "Patente", "licence", 50),
        )
    ),
    _one_off("reconexion", "Reconexión de agua", 80),
    INTEREST,
)
PRESETS: Final[Mapping[str, Preset]] = MappingProxyType(
    {
        "water-utility": Preset(
            _("Water utility"),
            "es-CR",
            "next_invoice",
            WATER_UTILITY,
            {"account": "Abonado", "document": "factura", "cut": "suspensión", "refuse": "basura"},
        ),
        "community-board": Preset(
            _("Community water board"),
            "es-SV",
            "at_payment",
            COMMUNITY_BOARD,
            {"account": "Asociado", "document": "factura", "cut": "corte", "refuse": "aseo"},
        ),
        "municipality": Preset(
            _("Municipality"),
            "es-CR",
            "at_payment",
            MUNICIPALITY,
            {"account": "Contribuyente", "document": "recibo", "cut": "corta", "refuse": "basura"},
        ),
    }
)


@transaction.atomic
def found(
    *,
    services: Sequence[ServiceData],
    organisation: OrganisationData,
    administrator: AdministratorData,
    by: Actor,
) -> tuple[Organisation, User]:
    """Everything an empty installation needs before its first customer, or nothing: its services (mostly those
    of a preset), its series of numbers, and who administers it.

    Raises AlreadyFounded, DuplicateUser, WeakPassword.
    """
    founded = registry.found_organisation(data=organisation, by=by)
    for service in services:
        tariffs.create_service(data=service, by=by)
    billing.ensure_series(code=INVOICES, kind="invoice")
    billing.ensure_series(code=RECEIPTS, kind="receipt")
    user = access.create_user(
        username=administrator.username,
        email=administrator.email,
        name=administrator.name,
        roles=[ADMINISTRATOR],
        by=by,
    )
    access.set_password(user_id=user.pk, password=administrator.password, by=by)
    return founded, user
