"""Who works in the town's office, which citizens can sign in, and the organisation itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from caudal.access import operations as access
from caudal.access.models import User
from caudal.access.permissions import ROLES
from caudal.common.actor import SYSTEM, Actor
from caudal.jobs.demo_town.crest import CREST
from caudal.jobs.demo_town.prices import services
from caudal.registry.operations import OrganisationData, update_organisation
from caudal.workflows.founding import PRESETS, AdministratorData, found, town_formats

PASSWORD: Final = "agua-clara-para-todos"
PRESET: Final = "municipality"
ADMINISTRATOR: Final = "administrator"
STAFF: Final = {
    ADMINISTRATOR: ("ana", "Ana Lucía Brenes Castro"),
    "billing": ("beto", "Alberto Quesada Mora"),
    "supervisor": ("silvia", "Silvia Rojas Ureña"),
    "reader": ("leo", "Leonardo Peña Núñez"),
    "cashier": ("carmen", "Carmen Solís Vargas"),
    "service": ("sofia", "Sofía Chaves Araya"),
    "crew": ("chepe", "José Ángel Mena Picado"),
}
CLAIMS: Final = (
    "Reclame antes del vencimiento en la plataforma de servicios, de 7:30 a 16:00, o en el 2777-0100."
)
# So that the demo's citizens may send a reading whatever day it is.
MOST_OF_A_MONTH: Final = 28
MARIA, CARLOS = "maria", "carlos"
CITIZENS: Final = {
    MARIA: ("María de los Ángeles Fernández-Guardia Echandi", "Ciudadana, con dos propiedades y una empresa"),
    CARLOS: ("Carlos Alberto Jiménez Mora", "Ciudadano, con saldo a favor"),
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to enter the demo in a role."""

    role: str
    username: str
    password: str


def sign_ins() -> tuple[SignIn, ...]:
    """One for each role of the office, and the citizens."""
    staff = [SignIn(ROLES[role][0], username, PASSWORD) for role, (username, _name) in STAFF.items()]
    citizens = [SignIn(role, username, PASSWORD) for username, (_name, role) in CITIZENS.items()]
    return (*staff, *citizens)


def open_office(*, today: date, base_url: str) -> Mapping[str, Actor]:
    """Found the municipality with its services and its people; who acts in it, by role."""
    username, name = STAFF[ADMINISTRATOR]
    _founded, ana = found(
        services=services(today),
        organisation=_organisation(),
        administrator=AdministratorData(username=username, name=name, email="", password=PASSWORD),
        by=SYSTEM,
    )
    changes = {
        "address": "Frente al parque central, Río Claro",
        "phone": "2777-0100",
        "base_url": base_url,
        "claims_text": CLAIMS,
        "self_readings": True,
        "self_reading_days": MOST_OF_A_MONTH,
    }
    update_organisation(changes=changes, by=ana.actor)
    actors = {ADMINISTRATOR: ana.actor}
    for role, (username, name) in STAFF.items():
        if role != ADMINISTRATOR:
            actors[role] = create_user(username, name, role, ana.actor).actor
    return actors


def create_user(username: str, name: str, role: str, by: Actor) -> User:
    """Somebody who signs in with the demo's password."""
    user = access.create_user(username=username, email="", name=name, roles=[role], by=by)
    return access.set_password(user_id=user.pk, password=PASSWORD, by=by)


def _organisation() -> OrganisationData:
    preset = PRESETS[PRESET]
    country = town_formats.territory(preset.locale)
    currency = town_formats.currency_of(country)
    money = town_formats.money_format(preset.locale, currency)
    return OrganisationData(
        name="Municipalidad de Río Claro",
        kind=PRESET,
        country=country,
        currency=currency,
        symbol=money.symbol,
        minor_units=money.minor_units,
        point=money.point,
        group=money.group,
        locale=preset.locale,
        timezone=town_formats.first_zone(country),
        identification="3-014-042059",
        email="servicios@rioclaro.example",
        interest_mode=preset.interest_mode,
        vocabulary=dict(preset.vocabulary),
        logo_svg=CREST,
    )
