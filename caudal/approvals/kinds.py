"""The kinds of what may need a second person. A new one is an entry of `KINDS`, and its words in the office."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from caudal.access import operations as access
from caudal.access import roles
from caudal.access.models import Role, RolePermission, User
from caudal.billing.models import Invoice, Subscription
from caudal.billing.queries.sectors import accounts_wholly_in
from caudal.common.actor import Actor
from caudal.common.errors import DomainError
from caudal.receivables.models import Payment
from caudal.receivables.operations.posting import lock_account, lock_accounts_of
from caudal.receivables.queries import assumed_debt, reversal_effect, void_effect
from caudal.tariffs import operations as tariffs
from caudal.tariffs.models import Tariff, TariffVersion
from caudal.tariffs.queries import version_on
from caudal.workflows.invoices import void_invoice
from caudal.workflows.payments import reverse_payment

Facts = Mapping[str, Any]


class ChangedSinceAsked(DomainError):
    """The object is no longer as it was when the request was made."""

    code = "changed_since_asked"
    template = _("It was changed after this was asked for: ask again.")


class OwnRights(DomainError):
    """Nobody decides what he himself may do."""

    code = "own_rights"
    template = _("Somebody else has to approve this: it is about your own rights.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What somebody wants done: of which kind, to which object, and how (`payload`, JSON-able)."""

    kind: str
    object_id: int
    payload: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of proposal is looked at and done. Each function begins with the object's id.

    `hold` locks what it changes, so that the effect that is read then is the effect it has; `frozen` is the payload
    with what it takes for granted of the object; `needed` says whether it needs anybody (who takes rights away does
    not wait); `barred` refuses deciders. `within` answers the objects whose whole effect stays in some sectors, for
    deciders who are limited to them; None: it concerns the whole town.
    """

    permission: str
    object_type: str
    hold: Callable[[int], object]
    effect: Callable[[int, Facts, date], dict[str, Any]]
    do: Callable[[int, Facts, date, Actor], object]
    frozen: Callable[[int, Facts], Facts] = lambda _id, payload: payload
    needed: Callable[[int, Facts], bool] = lambda _id, _payload: True
    barred: Callable[[int, Actor], None] = lambda _id, _by: None
    within: Callable[[Collection[int]], QuerySet[Any]] | None = None


def plain(facts: Facts) -> dict[str, Any]:
    """Facts as JSON keeps them: amounts and days as text."""
    return {name: _plain(value) for name, value in facts.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | date):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def digest(facts: Facts) -> str:
    """A name for facts: other facts have another."""
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _hold_invoice(invoice_id: int) -> None:
    lock_account(Invoice.objects.values_list("account_id", flat=True).get(pk=invoice_id))


def _hold_payment(payment_id: int) -> None:
    """The payment's account, and the one that took the debt over where the payment stands for that."""
    held = {Payment.objects.values_list("account_id", flat=True).get(pk=payment_id)}
    if assumed := assumed_debt(payment_id=payment_id):
        held.add(assumed.invoice.account_id)
    lock_accounts_of(held)


def _reversal_effect(payment_id: int, _payload: Facts, _on: date) -> dict[str, Any]:
    effect = plain(asdict(reversal_effect(payment_id=payment_id)))
    if assumed := assumed_debt(payment_id=payment_id):
        invoice = assumed.invoice
        effect |= plain({"assumed_by": invoice.account.number, "assumed_total": invoice.total})
    return effect


def _publication_effect(version_id: int, _payload: Facts, _on: date) -> dict[str, Any]:
    version = TariffVersion.objects.select_related("tariff").get(pk=version_id)
    now = version_on(tariff_id=version.tariff_id, day=version.valid_from)
    return plain(
        {
            "tariff": version.tariff.name,
            "valid_from": version.valid_from,
            "replaces_from": now.valid_from if now else None,
            "customers": Subscription.objects.filter(tariff=version.tariff_id, valid_to=None).count(),
        }
    )


def _prices_of(version_id: int, payload: Facts) -> Facts:
    version = TariffVersion.objects.get(pk=version_id)
    said = {"from": version.valid_from.isoformat(), "definition": version.definition}
    return {**payload, "prices": digest(said)}


def _publish(version_id: int, payload: Facts, _on: date, by: Actor) -> None:
    if _prices_of(version_id, payload) != payload:
        raise ChangedSinceAsked
    tariffs.publish_version(version_id=version_id, by=by)


def _rights_of(user_id: int) -> dict[str, list[Any]]:
    user = User.objects.get(pk=user_id)
    return {"roles": sorted(user.roles.values_list("code", flat=True)), "sectors": sorted(user.sector_ids)}


def _with_rights(user_id: int, payload: Facts) -> Facts:
    wanted = {"roles": sorted(payload["roles"]), "sectors": sorted(payload["sectors"])}
    return {**wanted, "before": _rights_of(user_id)}


def _allowed(codes: list[str]) -> set[str]:
    held = RolePermission.objects.filter(role__code__in=codes, role__retired=False)
    return set(held.values_list("permission", flat=True))


def _rights_effect(user_id: int, payload: Facts, _on: date) -> dict[str, Any]:
    before = _rights_of(user_id)
    gained, had = _allowed(payload["roles"]), _allowed(before["roles"])
    return {
        "user": str(User.objects.get(pk=user_id)),
        "before": before,
        "after": {"roles": payload["roles"], "sectors": payload["sectors"]},
        "gains": sorted(gained - had),
        "loses": sorted(had - gained),
    }


def _gives_rights(user_id: int, payload: Facts) -> bool:
    """Whether a user could do more, or elsewhere, than before."""
    before, sectors = _rights_of(user_id), set(payload["sectors"])
    wider = bool(before["sectors"]) and (not sectors or bool(sectors - set(before["sectors"])))
    added = sorted(set(payload["roles"]) - set(before["roles"]))
    return bool(_allowed(added)) or (wider and bool(_allowed(payload["roles"])))


def _give_rights(user_id: int, payload: Facts, _on: date, by: Actor) -> None:
    if payload["before"] != _rights_of(user_id):
        raise ChangedSinceAsked
    access.set_roles(user_id=user_id, roles=payload["roles"], by=by)
    access.set_sectors(user_id=user_id, sector_ids=payload["sectors"], by=by)


def _not_oneself(user_id: int, by: Actor) -> None:
    if by.id == user_id:
        raise OwnRights


def _activation(user_id: int, _payload: Facts) -> Facts:
    return {"before": _rights_of(user_id)}


def _activation_effect(user_id: int, payload: Facts, _on: date) -> dict[str, Any]:
    rights = payload["before"]
    return {
        "user": str(User.objects.get(pk=user_id)),
        "before": {**rights, "roles": []},
        "after": rights,
        "gains": sorted(_allowed(rights["roles"])),
        "loses": [],
    }


def _lets_in(user_id: int, payload: Facts) -> bool:
    """Whether somebody shut out could do something in the office again."""
    return not User.objects.get(pk=user_id).is_active and bool(_allowed(payload["before"]["roles"]))


def _activate(user_id: int, payload: Facts, _on: date, by: Actor) -> None:
    if payload["before"] != _rights_of(user_id):
        raise ChangedSinceAsked
    access.activate_user(user_id=user_id, by=by)


def _invoices_within(sectors: Collection[int]) -> QuerySet[Invoice]:
    """Those of accounts that are nowhere else; an assumed debt moves another account too."""
    return Invoice.objects.filter(account__in=accounts_wholly_in(sectors), assumed=None)


def _payments_within(sectors: Collection[int]) -> QuerySet[Payment]:
    return Payment.objects.filter(account__in=accounts_wholly_in(sectors), assumed=None, credited=None)


def _permissions_of(role_id: int) -> list[str]:
    return sorted(RolePermission.objects.filter(role=role_id).values_list("permission", flat=True))


def _widens_role(role_id: int, payload: Facts) -> bool:
    return not set(payload["permissions"]) <= set(_permissions_of(role_id))


def _role_effect(role_id: int, payload: Facts, _on: date) -> dict[str, Any]:
    role, before = Role.objects.get(pk=role_id), set(_permissions_of(role_id))
    return {
        "role": role.name,
        "name": payload["name"],
        "gains": sorted(set(payload["permissions"]) - before),
        "loses": sorted(before - set(payload["permissions"])),
        "holders": role.users.filter(is_active=True).count(),
    }


def _change_role(role_id: int, payload: Facts, _on: date, by: Actor) -> None:
    roles.update_role(
        role_id=role_id,
        version=payload["version"],
        name=payload["name"],
        permissions=payload["permissions"],
        by=by,
    )


def _gives_back(role_id: int, _payload: Facts) -> bool:
    """Whether bringing a role back lets anybody do more who has it still."""
    role = Role.objects.get(pk=role_id)
    return role.retired and bool(_permissions_of(role_id)) and role.users.filter(is_active=True).exists()


def _restoration_effect(role_id: int, _payload: Facts, _on: date) -> dict[str, Any]:
    role = Role.objects.get(pk=role_id)
    return {
        "role": role.name,
        "name": role.name,
        "gains": _permissions_of(role_id),
        "loses": [],
        "holders": role.users.filter(is_active=True).count(),
    }


KINDS: Final[Mapping[str, Kind]] = {
    "void": Kind(
        permission="invoices.void",
        object_type="invoice",
        hold=_hold_invoice,
        effect=lambda pk, _payload, on: plain(asdict(void_effect(invoice_id=pk, on=on))),
        do=lambda pk, payload, on, by: void_invoice(invoice_id=pk, on=on, reason=payload["reason"], by=by),
        within=_invoices_within,
    ),
    "reverse": Kind(
        permission="payments.reverse",
        object_type="payment",
        hold=_hold_payment,
        effect=_reversal_effect,
        do=lambda pk, payload, on, by: reverse_payment(payment_id=pk, on=on, reason=payload["reason"], by=by),
        within=_payments_within,
    ),
    "publish": Kind(
        permission="tariffs.publish",
        object_type="tariffversion",
        hold=lambda pk: Tariff.objects.select_for_update().get(versions=pk),
        effect=_publication_effect,
        do=_publish,
        frozen=_prices_of,
    ),
    "grant": Kind(
        permission="users.manage",
        object_type="user",
        hold=lambda _pk: access.hold_administrators(),
        effect=_rights_effect,
        do=_give_rights,
        frozen=_with_rights,
        needed=_gives_rights,
        barred=_not_oneself,
    ),
    "activate": Kind(
        permission="users.manage",
        object_type="user",
        hold=lambda _pk: access.hold_administrators(),
        effect=_activation_effect,
        do=_activate,
        frozen=_activation,
        needed=_lets_in,
        barred=_not_oneself,
    ),
    "role": Kind(
        permission="users.manage",
        object_type="role",
        hold=lambda pk: Role.objects.select_for_update().get(pk=pk),
        effect=_role_effect,
        do=_change_role,
        needed=_widens_role,
    ),
    "restore": Kind(
        permission="users.manage",
        object_type="role",
        hold=lambda pk: Role.objects.select_for_update().get(pk=pk),
        effect=_restoration_effect,
        do=lambda pk, _payload, _on, by: roles.set_role_retired(role_id=pk, retired=False, by=by),
        needed=_gives_back,
    ),
}
# What the organisation may want two people for.
PERMISSIONS: Final = tuple(dict.fromkeys(kind.permission for kind in KINDS.values()))
