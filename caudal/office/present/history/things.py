"""What the history speaks of: each kind of object with its word, its name and its page."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.db.models import Model
from django.urls import reverse

from caudal.access.models import Role, RolePermission, User
from caudal.approvals.models import Approval
from caudal.billing.models import (
    Account,
    BillRun,
    Cycle,
    CycleDay,
    CycleRoute,
    Invoice,
    InvoiceDraft,
    Period,
    Subscription,
)
from caudal.board.models import Assembly, Attendance, Expense, Quota
from caudal.intake.models import Import
from caudal.metering.models import Connection, Installation, Meter, Reading
from caudal.notices.models import Message, Preference
from caudal.receivables.models import Payment
from caudal.registry.models import (
    DeclaredValue,
    Licence,
    Organisation,
    Ownership,
    Party,
    Property,
    PropertyAccess,
    Representation,
    Route,
    Sector,
)
from caudal.tariffs.models import Service, Tariff, TariffVersion


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of object: its model, its word, how one is called, and the address of its page (or of its owner's)."""

    model: type[Model]
    word: str
    label: Callable[[Any], str] = str
    related: tuple[str, ...] = ()
    page: str = ""
    page_of: Callable[[Any], int | None] = lambda row: row.pk


def _month_of(row: Any) -> str:
    return f"{row.month:%m/%Y}"


THINGS: Final[dict[str, Thing]] = {
    "account": Thing(Account, "Cuenta", page="customer", page_of=lambda r: r.holder_id),
    "approval": Thing(Approval, "Pedido", lambda r: f"n.º {r.pk}", page="approval"),
    "assembly": Thing(
        Assembly,
        "Asamblea",
        lambda r: _month_of(r.period),
        ("period",),
        "board_assembly",
        lambda r: r.period_id,
    ),
    "attendance": Thing(Attendance, "Asistencia", lambda r: r.party.name, ("party",)),
    "connection": Thing(Connection, "Conexión", page="connection"),
    "cycle": Thing(Cycle, "Ciclo", lambda r: r.name, page="cycle"),
    "cycleday": Thing(CycleDay, "Día de un ciclo", lambda r: r.cycle.name, ("cycle",)),
    "cycleroute": Thing(CycleRoute, "Ruta de un ciclo", lambda r: r.cycle.name, ("cycle",)),
    "declaredvalue": Thing(DeclaredValue, "Valor declarado", lambda r: str(r.property), ("property",)),
    "draft": Thing(InvoiceDraft, "Borrador", lambda r: f"n.º {r.pk}", page="draft"),
    "expense": Thing(Expense, "Gasto", lambda r: r.concept, page="board_expenses", page_of=lambda _r: None),
    "import": Thing(Import, "Importación", lambda r: r.file_name, page="import"),
    "installation": Thing(
        Installation,
        "Instalación",
        lambda r: f"{r.meter.serial} en {r.connection.number}",
        ("meter", "connection"),
        "connection",
        lambda r: r.connection_id,
    ),
    "invoice": Thing(Invoice, "Factura", lambda r: r.series.printed(r.number), ("series",), "invoice"),
    "licence": Thing(Licence, "Patente", lambda r: r.number, page="licence"),
    "message": Thing(Message, "Mensaje", lambda r: r.recipient or f"n.º {r.pk}", page="message"),
    "meter": Thing(Meter, "Medidor", page="meter"),
    "organisation": Thing(Organisation, "Organización", page="settings", page_of=lambda _r: None),
    "ownership": Thing(
        Ownership, "Propietario", lambda r: f"{r.party} de {r.property}", ("party", "property")
    ),
    "party": Thing(Party, "Persona", page="customer"),
    "payment": Thing(Payment, "Pago", lambda r: r.series.printed(r.number), ("series",), "payment"),
    "period": Thing(Period, "Mes", _month_of, page="period"),
    "preference": Thing(
        Preference, "Avisos", lambda r: r.party.name, ("party",), "customer", lambda r: r.party_id
    ),
    "property": Thing(Property, "Propiedad", page="property"),
    "propertyaccess": Thing(
        PropertyAccess, "Acceso a propiedad", lambda r: f"{r.user} a {r.property}", ("user", "property")
    ),
    "quota": Thing(Quota, "Cuota extraordinaria", lambda r: r.concept, page="board_quota"),
    "reading": Thing(
        Reading,
        "Lectura",
        lambda r: f"{r.installation.meter.serial} del {r.read_on:%d/%m/%Y}",
        ("installation__meter",),
        "reading",
    ),
    "representation": Thing(
        Representation,
        "Representación",
        lambda r: f"{r.representative} por {r.represented}",
        ("representative", "represented"),
    ),
    "role": Thing(Role, "Rol", page="role"),
    "rolepermission": Thing(
        RolePermission, "Permiso de un rol", lambda r: f"{r.permission} de {r.role}", ("role",)
    ),
    "route": Thing(Route, "Ruta", lambda r: r.name, page="route"),
    "run": Thing(BillRun, "Facturación", lambda r: f"del {r.dated_on:%d/%m/%Y}", page="run"),
    "sector": Thing(Sector, "Sector", lambda r: r.name, page="sector"),
    "service": Thing(Service, "Servicio", lambda r: r.name, page="service"),
    "subscription": Thing(
        Subscription,
        "Servicio contratado",
        lambda r: f"{r.service.name}, cuenta {r.account.number}",
        ("service", "account"),
        "customer",
        lambda r: r.account.holder_id,
    ),
    "tariff": Thing(Tariff, "Tarifa", lambda r: r.name, page="tariff"),
    "tariffversion": Thing(
        TariffVersion,
        "Versión de tarifa",
        lambda r: f"{r.tariff.name} desde {r.valid_from:%d/%m/%Y}",
        ("tariff",),
        "tariff",
        lambda r: r.tariff_id,
    ),
    "user": Thing(User, "Usuario", page="user"),
    "user_roles": Thing(
        User.roles.through, "Rol de un usuario", lambda r: f"{r.role} de {r.user}", ("role", "user")
    ),
}
TABLES: Final = {thing.model._meta.db_table: name for name, thing in THINGS.items()}
# Objects without a row of their own.
OTHER_WORDS: Final = {"demo": "Pueblo de muestra"}


@dataclass(frozen=True, slots=True)
class Shown:
    """An object as it is named: «Cuenta 1042», with the address of its page where it has one."""

    word: str
    label: str
    href: str = ""

    def __str__(self) -> str:
        return f"{self.word} {self.label}".strip()


@dataclass(slots=True)
class Names:
    """Names of the objects that a page speaks of, read with one statement for each kind."""

    known: dict[tuple[str, int], Shown] = field(default_factory=dict)

    def learn(self, wanted: Iterable[tuple[str, object]]) -> None:
        """Read those that are not known yet; (kind of object, id)."""
        ids: defaultdict[str, set[int]] = defaultdict(set)
        for name, pk in wanted:
            if name in THINGS and (number := _number(pk)) is not None and (name, number) not in self.known:
                ids[name].add(number)
        for name, numbers in ids.items():
            thing = THINGS[name]
            rows = thing.model._default_manager.select_related(*thing.related).filter(pk__in=numbers)
            self.known |= {(name, row.pk): _shown(thing, row) for row in rows}

    def of(self, name: str, pk: object) -> Shown:
        """The object by its name; by its number where it is gone, or where its kind has no rows."""
        number = _number(pk)
        if number is not None and (found := self.known.get((name, number))):
            return found
        word = THINGS[name].word if name in THINGS else OTHER_WORDS.get(name, name)
        return Shown(word, f"n.º {pk}" if pk not in ("", None) else "")


def _number(pk: object) -> int | None:
    text = str(pk)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _shown(thing: Thing, row: Any) -> Shown:
    href = ""
    if thing.page:
        key = thing.page_of(row)
        href = reverse(f"office:{thing.page}", args=[] if key is None else [key])
    return Shown(thing.word, thing.label(row), href)
