"""The town of `caudal demo`: who lives there, what they use, and who works in its office."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from caudal.access import operations as access
from caudal.access.permissions import ROLES
from caudal.common.actor import SYSTEM
from caudal.jobs import town_formats
from caudal.registry.operations import OrganisationData
from caudal.workflows.founding import PRESETS, AdministratorData, found

PASSWORD: Final = "agua-clara-para-todos"
PRESET: Final = "municipality"
STAFF: Final = {
    "administrator": ("ana", "Ana Lucía Brenes Castro"),
    "billing": ("beto", "Alberto Quesada Mora"),
    "supervisor": ("silvia", "Silvia Rojas Ureña"),
    "reader": ("leo", "Leonardo Peña Núñez"),
    "cashier": ("carmen", "Carmen Solís Vargas"),
    "service": ("sofia", "Sofía Chaves Araya"),
    "crew": ("chepe", "José Ángel Mena Picado"),
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """How to enter the demo in a role."""

    role: str
    username: str
    password: str


def sign_ins() -> tuple[SignIn, ...]:
    """One for each role of the office."""
    return tuple(SignIn(ROLES[role][0], username, PASSWORD) for role, (username, _name) in STAFF.items())


def load_town(*, today: date, step: Callable[[int, int], None]) -> None:
    """Fill an empty, migrated database with the town as of `today`. `step(done, total)` tells how far."""
    preset = PRESETS[PRESET]
    country = town_formats.territory(preset.locale)
    currency = town_formats.currency_of(country)
    money = town_formats.money_format(preset.locale, currency)
    organisation = OrganisationData(
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
        interest_mode=preset.interest_mode,
        vocabulary=dict(preset.vocabulary),
    )
    username, name = STAFF["administrator"]
    administrator = AdministratorData(username=username, name=name, email="", password=PASSWORD)
    found(services=preset.services, organisation=organisation, administrator=administrator, by=SYSTEM)
    for place, (role, (username, name)) in enumerate(STAFF.items(), start=1):
        if role != "administrator":
            user = access.create_user(username=username, email="", name=name, roles=[role], by=SYSTEM)
            access.set_password(user_id=user.pk, password=PASSWORD, by=SYSTEM)
        step(place, len(STAFF))
