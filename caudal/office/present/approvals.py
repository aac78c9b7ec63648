"""What waits for a second person, in words: what was asked, by whom, and what it would change."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.urls import reverse

from caudal.access.models import Role, User
from caudal.access.permissions import PERMISSIONS
from caudal.approvals.models import Approval
from caudal.approvals.operations import effect_now
from caudal.approvals.queries import deciders, deciders_about, kinds_of, to_decide, within
from caudal.billing.models import BillRun, Invoice
from caudal.billing.operations.runs import needs_second_person as runs_need_two
from caudal.common.errors import DomainError
from caudal.common.ui import formats
from caudal.office.present.history.kinds import DEEDS
from caudal.office.present.history.things import Names
from caudal.office.present.tariffs import publication, readable
from caudal.receivables.models import Payment
from caudal.registry.context import Town, current_town
from caudal.registry.models import Organisation, Party, Sector
from caudal.tariffs.models import TariffVersion

Facts = Mapping[str, Any]
WHOLE: Final = "Todo el pueblo"
NONE: Final = "Ninguno"
TWO: Final = 2
# Where a permission's own words say too little of what needs two.
SECOND_PERSON: Final = {
    "users.manage": "Dar roles, ampliar o volver a usar un rol y reactivar a quien los tiene"
}
DONE: Final = {
    "void": "La factura quedó anulada.",
    "reverse": "El pago quedó reversado: lo que pagaba se debe otra vez.",
    "publish": "La tarifa quedó publicada.",
    "grant": "Los roles quedaron cambiados; las sesiones que tenía abiertas se cerraron.",
    "activate": "El usuario puede entrar otra vez.",
    "restore": "El rol se usa otra vez.",
    "role": "El rol quedó cambiado. Vale desde ahora.",
}
VERBS: Final = {
    "void": "Aprobar y anular",
    "reverse": "Aprobar y reversar",
    "publish": "Aprobar y publicar",
    "grant": "Aprobar y dar los roles",
    "activate": "Aprobar y reactivar",
    "restore": "Aprobar y volver a usar el rol",
    "role": "Aprobar y cambiar el rol",
}


def visible(user: User) -> QuerySet[Approval]:
    """The requests that a user may look at, the latest first: limited to sectors, his own and those that stay there."""
    found = Approval.objects.filter(kind__in=kinds_of(user)).order_by("-pk")
    if not user.sector_ids:
        return found
    return found.filter(Q(asked_by_id=user.pk) | Q(pk__in=within(user.sector_ids).values("pk")))


def waiting_count(user: User) -> int:
    """How much waits for this person's decision, bill runs among it."""
    return to_decide(user=user).count() + _runs(user, own=False).count()


def _runs(user: User, *, own: bool) -> QuerySet[BillRun]:
    """Rehearsed runs that wait for this user, or (`own`) that he rehearsed and another has to approve."""
    rehearsed = BillRun.objects.filter(state="rehearsed").order_by("dated_on", "pk")
    if not user.can("runs.approve"):
        return rehearsed.none()
    two = runs_need_two()
    if own:
        return rehearsed.filter(rehearsed_by_id=user.pk) if two else rehearsed.none()
    return rehearsed.exclude(rehearsed_by_id=user.pk) if two else rehearsed


def run_rows(user: User, *, own: bool = False) -> list[dict[str, Any]]:
    """Bill runs as rows of the list."""
    town = current_town()
    return [
        {
            "title": f"Emitir la facturación del {run.dated_on:%d/%m/%Y}",
            "whose": "",
            "note": f"{formats.number(run.totals.get('invoices', 0), town)} facturas",
            "href": reverse("office:run", args=[run.pk]),
            "asked_by": run.rehearsed_by,
            "asked_at": run.rehearsed_at,
            "state": "waiting",
        }
        for run in _runs(user, own=own)
    ]


def rows(requests: Iterable[Approval]) -> list[dict[str, Any]]:
    """Requests as rows of the list; a constant number of statements."""
    requests, names, town = list(requests), Names(), current_town()
    names.learn((request.object_type, request.object_id) for request in requests)
    whose = _holders(requests)
    return [
        {
            "title": _title(request, names),
            "whose": str(whose.get((request.object_type, request.object_id), "")),
            "note": _short(request, town),
            "href": reverse("office:approval", args=[request.pk]),
            "asked_by": request.asked_by,
            "asked_at": request.asked_at,
            "state": request.state,
            "decided_by": request.decided_by,
        }
        for request in requests
    ]


def _title(request: Approval, names: Names) -> str:
    """«Anular la factura 1042»."""
    label = names.of(request.object_type, request.object_id).label
    return f"{DEEDS[request.kind]}{' de' if request.kind == 'grant' else ''} {label}"


def _holders(requests: Iterable[Approval]) -> dict[tuple[str, int], Party]:
    """Whose invoice or payment each request is about; a statement for each of the two."""
    found: dict[tuple[str, int], Party] = {}
    for name, model in (("invoice", Invoice), ("payment", Payment)):
        ids = [request.object_id for request in requests if request.object_type == name]
        of = model.objects.select_related("account__holder").filter(pk__in=ids) if ids else ()
        found |= {(name, row.pk): row.account.holder for row in of}
    return found


def _short(request: Approval, town: Town) -> str:
    """The amount that moves, where one does."""
    amount = request.effect.get("total") or request.effect.get("amount")
    return formats.money(Decimal(amount), town) if amount else ""


def approval_page(request: Approval, *, user: User, on: date) -> dict[str, Any]:
    """One request with its effect: as it would be now while it waits, else as it was."""
    names, town = Names(), current_town()
    names.learn([(request.object_type, request.object_id)])
    waits, own = request.state == Approval.WAITING, request.asked_by_id == user.pk
    effect, digest, refusal = _effect(request, user, on) if waits else (request.effect, "", "")
    others = deciders_about(kind=request.kind, object_id=request.object_id).exclude(pk=request.asked_by_id)
    return {
        "approval": request,
        "title": _title(request, names),
        "customer": _holders([request]).get((request.object_type, request.object_id)),
        "verb": VERBS[request.kind],
        "thing": names.of(request.object_type, request.object_id),
        "asked": request.payload.get("reason", ""),
        "rows": EFFECTS[request.kind](effect, town) if effect else [],
        "lists": _lists(effect),
        "components": _components(request, town) if waits else [],
        "sample": _sample(request, on) if waits and not refusal else None,
        "seen": digest,
        "refusal": refusal,
        "own": own,
        "may_decide": waits and not own and others.filter(pk=user.pk).exists(),
        "nobody": waits and not others.exists(),
    }


def _effect(request: Approval, user: User, on: date) -> tuple[Facts, str, str]:
    try:
        effect, digest = effect_now(request=request, on=on, by=user.actor)
    except DomainError as refusal:
        return request.effect, "", refusal.message
    return effect, digest, ""


def _void(effect: Facts, town: Town) -> list[dict[str, Any]]:
    numbers = ", ".join(effect["interest_numbers"])
    later = ", ".join(effect.get("later_numbers", ()))
    charged = ", ".join(effect.get("given_back_for", ()))
    return [
        *(
            [{"label": "Su consumo no se podrá volver a facturar sin anular antes", "value": later}]
            if later
            else []
        ),
        _money("Se anulan", effect["total"], town),
        *_some(f"y sus intereses ({numbers})", effect["interest_total"], town),
        *_some(f"Se devuelven los intereses que cobró {charged}", effect.get("given_back", "0"), town),
        *_some("Deja de estar a favor", effect.get("credit_taken", "0"), town),
        *_some("Se libera lo ya pagado", effect["freed"], town),
        *_some("De eso, paga otras deudas suyas", effect["to_other_items"], town),
        *_some("Queda a favor", effect["to_credit"], town),
        _money("Debe antes", effect["owed_before"], town),
        {**_money("Debe después", effect["owed_after"], town), "total": True},
    ]


def _reversal(effect: Facts, town: Town) -> list[dict[str, Any]]:
    other = f"Se anula la factura de la cuenta {effect.get('assumed_by')}"
    years = f"Se anula el año pagado por adelantado (factura {', '.join(effect.get('years', ()))})"
    return [
        _money("Se reversa", effect["amount"], town),
        *_some(other, effect.get("assumed_total", "0"), town),
        *_some(years, effect.get("years_total", "0"), town),
        *_some("Se anulan los intereses que produjo", effect["interest_voided"], town),
        *_some("Deja de estar a favor", effect["credit_lost"], town),
        {**_money("Se debe otra vez", effect["reopened"], town), "total": True},
    ]


def _publication(effect: Facts, town: Town) -> list[dict[str, Any]]:
    replaced = effect["replaces_from"]
    return [
        {"label": "Rige desde", "value": formats.long_date(date.fromisoformat(effect["valid_from"]), town)},
        {
            "label": "Toma el lugar de",
            "value": f"la que rige desde el {date.fromisoformat(replaced):%d/%m/%Y}"
            if replaced
            else "ninguna",
        },
        {"label": "Servicios contratados", "value": formats.number(effect["customers"], town)},
    ]


def _rights(effect: Facts, _town: Town) -> list[dict[str, Any]]:
    before, after = effect["before"], effect["after"]
    told: list[dict[str, Any]] = [
        {"label": "Roles antes", "value": _role_names(before["roles"])},
        {"label": "Roles después", "value": _role_names(after["roles"]), "total": True},
    ]
    if before["sectors"] != after["sectors"]:
        told.append({"label": "Sectores antes", "value": _sector_names(before["sectors"])})
        told.append({"label": "Sectores después", "value": _sector_names(after["sectors"]), "total": True})
    return told


def _role(effect: Facts, town: Town) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [{"label": "Rol", "value": effect["role"]}]
    if effect["name"] != effect["role"]:
        told.append({"label": "Nombre después", "value": effect["name"]})
    holders = formats.number(effect["holders"], town)
    return [*told, {"label": "Personas que lo tienen", "value": holders}]


EFFECTS: Final[Mapping[str, Callable[[Facts, Town], list[dict[str, Any]]]]] = {
    "void": _void,
    "reverse": _reversal,
    "publish": _publication,
    "grant": _rights,
    "activate": _rights,
    "restore": _role,
    "role": _role,
}


def _money(label: str, amount: str, town: Town) -> dict[str, Any]:
    return {"label": label, "value": formats.money(Decimal(amount), town)}


def _some(label: str, amount: str, town: Town) -> list[dict[str, Any]]:
    return [_money(label, amount, town)] if Decimal(amount) else []


def _role_names(codes: Iterable[str]) -> str:
    return (
        ", ".join(Role.objects.filter(code__in=codes).order_by("pk").values_list("name", flat=True)) or NONE
    )


def _sector_names(ids: Iterable[int]) -> str:
    return ", ".join(Sector.objects.filter(pk__in=ids).values_list("name", flat=True)) or WHOLE


def _lists(effect: Facts) -> list[dict[str, Any]]:
    """What somebody could do afterwards that he cannot now, and what no longer."""
    named = (("Podrá además", "gains"), ("Ya no podrá", "loses"))
    return [
        {"title": title, "items": [PERMISSIONS.get(code, code) for code in effect[key]]}
        for title, key in named
        if effect.get(key)
    ]


def _version(request: Approval) -> TariffVersion | None:
    if request.kind != "publish":
        return None
    return TariffVersion.objects.select_related("tariff__service").filter(pk=request.object_id).first()


def _components(request: Approval, town: Town) -> list[dict[str, Any]]:
    version = _version(request)
    return readable(version.definition, town) if version else []


def _sample(request: Approval, on: date) -> dict[str, Any] | None:
    version = _version(request)
    return publication(version.tariff, version, on) if version else None


def lonely(town: Organisation) -> list[str]:
    """What the town wants two people for, and fewer than two could do: what nobody could approve."""
    wanted = [*town.second_person, *(["runs.approve"] if town.second_approval else [])]
    return [
        SECOND_PERSON.get(code, str(PERMISSIONS[code])) for code in wanted if deciders(code).count() < TWO
    ]
