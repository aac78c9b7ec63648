"""Loads the benchmark's town: services and tariffs by the ORM, everything that counts in thousands by SQL."""

from datetime import date
from pathlib import Path

from django.db import connection
from django.utils import timezone

from caudal.registry.models import Organisation
from caudal.tariffs.models import Service, Tariff, TariffVersion

UNTIL = date(2026, 10, 31)
DATED_ON = date(2026, 11, 5)
START = date(2020, 1, 1)
WATER = {
    "format": 1,
    "name": "Agua",
    "service": "water",
    "unit": "m³",
    "components": [
        {"kind": "fixed", "code": "base", "name": "Cargo fijo", "amount": "2.50"},
        {
            "kind": "blocks",
            "code": "usage",
            "name": "Consumo",
            "blocks": [{"upto": "15", "price": "0.45"}, {"upto": "25", "price": "0.68"}, {"price": "0.92"}],
        },
    ],
}
SEWERAGE = {
    "format": 1,
    "name": "Alcantarillado",
    "service": "sewerage",
    "components": [{"kind": "percent", "code": "share", "percent": "60", "service": "water"}],
}
REFUSE = {
    "format": 1,
    "name": "Basura",
    "service": "refuse",
    "components": [{"kind": "fixed", "code": "base", "name": "Recolección", "amount": "3.75"}],
}


def load_town(accounts: int) -> None:
    """A town of that many accounts with a year of readings; its water month of October is not billed yet."""
    Organisation.objects.create(
        name="Bench", kind="water_utility", country="CR", currency="USD", symbol="$", point=".", group=","
    )
    with connection.cursor() as cursor:
        for statement in (Path(__file__).parent / "town.sql").read_text().split(";\n"):
            cursor.execute(statement, {"accounts": accounts, "until": UNTIL})
    for position, (code, kind, definition) in enumerate(
        (("water", "metered", WATER), ("sewerage", "fixed", SEWERAGE), ("refuse", "fixed", REFUSE))
    ):
        _subscribe_all(code, kind, definition, position)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _subscribe_all(code: str, kind: str, definition: dict[str, object], position: int) -> None:
    service = Service.objects.create(
        code=code,
        name=str(definition["name"]),
        kind=kind,
        unit="m³",
        position=position,
        billing_day=DATED_ON.day,
    )
    tariff = Tariff.objects.create(service=service, code=code, name=service.name)
    TariffVersion.objects.create(
        tariff=tariff, valid_from=START, definition=definition, published_at=timezone.now()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO billing_subscription (account_id, service_id, tariff_id, connection_id, category, valid_from,
                                              billed_until)
            SELECT id, %(service)s, %(tariff)s, id, '', %(start)s, %(billed)s FROM billing_account ORDER BY id
            """,
            {"service": service.pk, "tariff": tariff.pk, "start": START, "billed": date(2026, 9, 1)},
        )
