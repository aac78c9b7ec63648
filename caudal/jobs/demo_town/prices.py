"""What the town charges: its services with their calendars, and tariffs that rose once in two years."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from caudal.common.actor import Actor
from caudal.kernel.periods import add_months, month_of
from caudal.tariffs import operations as tariffs
from caudal.tariffs.models import Service
from caudal.tariffs.operations import ServiceData

HOME, SHOP, PUBLIC = "Domiciliaria", "Comercial", "Institucional"
CATEGORIES: Final = (HOME, SHOP, PUBLIC)
SIZES: Final = ("12", "19", "25", "38")
TAX_MONTHS: Final = (3, 6, 9, 12)
NEVER: Final = ()
# Water is billed some days before the demo is seen: its bills are out, some are paid, most are not due yet.
DAYS_SINCE_THE_RUN: Final = 6
LATE: Final = ({"kind": "daily", "code": "interest", "basis": 365, "rates": [{"percent": "12"}]},)
TAX_LATE: Final = ({"kind": "daily", "code": "interest", "basis": 365, "rates": [{"percent": "8.24"}]},)

AHEAD: Final = ({"until": "01-31", "percent": "10"}, {"until": "12-31", "percent": "5"})

Definition = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Priced:
    """A tariff: its code, its service, its name, and its definitions, the oldest first."""

    code: str
    service: str
    name: str
    unit: str
    versions: tuple[Definition, ...]


def services(today: date) -> tuple[ServiceData, ...]:
    """The services of a town whose last water run was some days ago and whose parks are due today."""
    water_day = (today - timedelta(days=DAYS_SINCE_THE_RUN)).day
    monthly: Definition = {"billing_day": water_day, "presentation": "connection", "late_policies": LATE}
    return (
        ServiceData(
            code="water",
            name="Agua potable",
            kind="metered",
            unit="m³",
            position=10,
            without_reading="estimate",
            due_on_working_day=True,
            **monthly,
        ),
        _fixed("sewerage", "Alcantarillado sanitario", 20, **monthly),
        _fixed("refuse", "Recolección de basura", 30, **monthly),
        _fixed(
            "parks",
            "Mantenimiento de parques",
            40,
            billing_day=today.day,
            days_to_pay=45,
            billing_months=tuple(sorted((today.month + 3 * n - 1) % 12 + 1 for n in range(4))),
            presentation="service",
            late_policies=LATE,
        ),
        ServiceData(
            code="property-tax",
            name="Impuesto sobre bienes inmuebles",
            kind="ad_valorem",
            position=50,
            billing_day=1,
            billing_months=TAX_MONTHS,
            in_arrears=False,
            due_rule="quarter_end",
            presentation="service",
            late_policies=TAX_LATE,
            ahead_discounts=AHEAD,
        ),
        _once("reconnection", "Reconexión de agua", 80, Decimal("12500.00")),
        _once("other", "Otros conceptos", 90, None),
        ServiceData(
            code="interest",
            name="Intereses moratorios",
            kind="interest",
            position=95,
            billing_months=NEVER,
        ),
    )


def _fixed(code: str, name: str, position: int, **more: Any) -> ServiceData:
    more.setdefault("due_on_working_day", True)
    return ServiceData(code=code, name=name, kind="fixed", unit="mes", position=position, **more)


def _once(code: str, name: str, position: int, amount: Decimal | None) -> ServiceData:
    return ServiceData(
        code=code,
        name=name,
        kind="one_off",
        position=position,
        billing_months=NEVER,
        late_policies=LATE,
        default_amount=amount,
    )


def _by_size(*amounts: str) -> Definition:
    return {"by": ["size"], "values": [[[size], a] for size, a in zip(SIZES, amounts, strict=True)]}


def _by_category(*amounts: str) -> Definition:
    return {"by": ["category"], "values": [[[c], a] for c, a in zip(CATEGORIES, amounts, strict=True)]}


def _water(fixed: tuple[str, ...], blocks: tuple[tuple[str, str], ...]) -> Definition:
    """A fixed charge by the meter's size, and blocks: (upper limit, or empty for the last, price) each."""
    priced = [{"upto": upto, "price": price} if upto else {"price": price} for upto, price in blocks]
    return {
        "unit": "m³",
        "scale": "periods",
        "attributes": {"size": list(SIZES)},
        "components": [
            {"kind": "fixed", "code": "fijo", "name": "Cargo fijo", "amount": _by_size(*fixed)},
            {"kind": "blocks", "code": "consumo", "name": "Consumo", "blocks": priced},
        ],
    }


def _one(component: Definition, unit: str = "mes") -> Definition:
    return {"unit": unit, "components": [component]}


def _amount(code: str, name: str, *amounts: str) -> Definition:
    """An amount a month by category."""
    component = {"kind": "fixed", "code": code, "name": name, "amount": _by_category(*amounts)}
    return _one(component) | {"attributes": {"category": list(CATEGORIES)}}


SEWER: Final = _one({"kind": "percent", "code": "alcantarillado", "percent": "38", "service": "water"})
TAX: Final = _one({"kind": "ad_valorem", "code": "ibi", "rate": "0.5", "parts": 4})
TARIFFS: Final = (
    Priced(
        "agua-domiciliaria",
        "water",
        "Agua potable domiciliaria",
        "m³",
        (
            _water(
                ("2250", "3375", "5625", "11250"),
                (("15", "348"), ("25", "522"), ("40", "783"), ("", "1044")),
            ),
            _water(
                ("2450", "3675", "6125", "12250"),
                (("15", "379"), ("25", "568.50"), ("40", "852.75"), ("", "1137")),
            ),
        ),
    ),
    Priced(
        "agua-comercial",
        "water",
        "Agua potable comercial",
        "m³",
        (
            _water(("4500", "6750", "11250", "22500"), (("20", "640"), ("60", "860"), ("", "1120"))),
            _water(("4900", "7350", "12250", "24500"), (("20", "697"), ("60", "936.50"), ("", "1219.75"))),
        ),
    ),
    Priced(
        "agua-institucional",
        "water",
        "Agua potable institucional",
        "m³",
        (
            _water(("3200", "4800", "8000", "16000"), (("40", "420"), ("", "560"))),
            _water(("3485", "5225", "8710", "17420"), (("40", "457.40"), ("", "609.85"))),
        ),
    ),
    Priced("alcantarillado", "sewerage", "Alcantarillado, 38 % del agua", "mes", (SEWER,)),
    Priced(
        "basura",
        "refuse",
        "Recolección y disposición de residuos",
        "mes",
        (
            _amount("recoleccion", "Recolección", "4850", "14600", "9200"),
            _amount("recoleccion", "Recolección", "5275", "15900", "9950"),
        ),
    ),
    Priced(
        "parques",
        "parks",
        "Parques y obras de ornato",
        "mes",
        (_amount("parques", "Parques y ornato", "1180.50", "2361", "1180.50"),),
    ),
    Priced("bienes-inmuebles", "property-tax", "Bienes inmuebles, 0,5 % al año", "mes", (TAX,)),
)
NEXT_WATER: Final = _water(
    ("2600", "3900", "6500", "13000"), (("15", "402"), ("25", "603"), ("40", "904.50"), ("", "1206"))
)


def rise_on(today: date) -> date:
    """The first of the January that lies ten to twenty-two months back: since then today's prices hold."""
    return date(add_months(month_of(today), -10).year, 1, 1)


def publish_tariffs(*, start: date, today: date, by: Actor) -> Mapping[str, int]:
    """Make and publish all tariffs, in force from a day on; their ids by code. A rise is left in preparation."""
    known = dict(Service.objects.values_list("code", "pk"))
    ids: dict[str, int] = {}
    for priced in TARIFFS:
        made = tariffs.create_tariff(
            service_id=known[priced.service], code=priced.code, name=priced.name, by=by
        )
        ids[priced.code] = made.pk
        first, rise = month_of(start), rise_on(today)
        rose = first < rise and len(priced.versions) > 1
        versions = priced.versions if rose else priced.versions[-1:]
        for valid_from, version in zip((first, rise), versions, strict=False):
            draft = tariffs.save_draft(
                tariff_id=made.pk, valid_from=valid_from, definition=_whole(priced, version), by=by
            )
            tariffs.publish_version(version_id=draft.pk, by=by)
    prepared = _whole(TARIFFS[0], NEXT_WATER)
    new_year = date(today.year + 1, 1, 1)
    tariffs.save_draft(tariff_id=ids[TARIFFS[0].code], valid_from=new_year, definition=prepared, by=by)
    return ids


def _whole(priced: Priced, version: Definition) -> Definition:
    return {"format": 1, "name": priced.name, "service": priced.service} | version
