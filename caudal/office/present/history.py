"""The history of an object as a timeline: who did what, and what changed."""

from collections.abc import Iterable
from typing import Any, Final

from django.utils import timezone

from caudal.common.models import AuditRecord

# What happened, in words; a kind without words shows its code.
KINDS: Final = {
    "access.activate_user": "Usuario reactivado",
    "access.create_user": "Usuario creado",
    "access.deactivate_user": "Usuario desactivado",
    "access.password_link": "Enlace de contraseña entregado",
    "access.set_roles": "Roles cambiados",
    "access.update_user": "Usuario editado",
    "billing.approve": "Facturación aprobada",
    "billing.cancel": "Prefacturación descartada",
    "billing.discard_draft": "Borrador descartado",
    "billing.issue": "Factura emitida",
    "billing.rehearse": "Prefacturación calculada",
    "billing.retry": "Retenidas facturadas de nuevo",
    "billing.void": "Factura anulada",
    "customers.add_service": "Servicio agregado",
    "customers.change_meter": "Medidor cambiado",
    "customers.delivery": "Entrega cambiada",
    "customers.end_service": "Servicio terminado",
    "customers.open_service": "Servicio abierto",
    "customers.put_meter": "Medidor instalado",
    "customers.update": "Datos editados",
    "customers.update_connection": "Conexión editada",
    "properties.change_owner": "Cambio de dueño",
    "readings.accept": "Lectura aceptada",
    "readings.confirm_rollover": "Vuelta del medidor confirmada",
    "readings.correct": "Lectura corregida",
    "readings.estimate": "Lectura estimada",
    "readings.record": "Lectura anotada",
    "readings.reject": "Lectura rechazada",
    "registry.add_owner": "Dueño anotado",
    "registry.add_representative": "Apoderado anotado",
    "registry.close_licence": "Cierre de la patente",
    "registry.contact": "Contacto editado por el cliente",
    "registry.declare_value": "Valor declarado",
    "registry.end_owner": "Dueño terminado",
    "registry.end_representative": "Apoderado terminado",
    "registry.grant_access": "Acceso concedido",
    "registry.licence": "Patente anotada",
    "registry.link_user": "Usuario enlazado",
    "registry.organisation": "Datos de la organización editados",
    "registry.property": "Propiedad anotada",
    "registry.reopen_property": "Propiedad en uso otra vez",
    "registry.reopen_route": "Ruta en uso otra vez",
    "registry.reopen_sector": "Sector en uso otra vez",
    "registry.retire_property": "Propiedad cerrada",
    "registry.retire_route": "Ruta cerrada",
    "registry.retire_sector": "Sector cerrado",
    "registry.revoke_access": "Acceso retirado",
    "registry.route": "Ruta guardada",
    "registry.sector": "Sector guardado",
    "registry.update_licence": "Patente editada",
    "registry.update_property": "Propiedad editada",
    "tariffs.create_service": "Servicio creado",
    "tariffs.create_tariff": "Tarifa creada",
    "tariffs.discard_draft": "Versión descartada",
    "tariffs.publish": "Tarifa publicada",
    "tariffs.save_draft": "Versión preparada",
    "tariffs.update_service": "Servicio editado",
}

# What changed, in words; a column without words shows its name.
FIELDS: Final = {
    "activity": "actividad",
    "address": "dirección",
    "cadastral_code": "código catastral",
    "closed_on": "cierre",
    "code": "código",
    "email": "correo",
    "given_names": "nombres",
    "identification": "identificación",
    "identification_type": "tipo de identificación",
    "identification_verified": "identificación verificada",
    "kind": "tipo",
    "legal_name": "razón social",
    "limit_m3": "límite",
    "name": "nombre",
    "number": "número",
    "opened_on": "inicio",
    "party": "titular",
    "phone": "teléfono",
    "property": "propiedad",
    "route": "ruta",
    "route_order": "orden en la ruta",
    "sector": "sector",
    "surnames": "apellidos",
}


def audit_entries(records: Iterable[AuditRecord]) -> list[dict[str, Any]]:
    """Entries of a timeline."""
    return [
        {"icon": "edit", "title": KINDS.get(r.kind, r.kind), "note": f"{_said(r)}{r.actor_label}, {_at(r)}"}
        for r in records
    ]


def _said(record: AuditRecord) -> str:
    """What changed: «teléfono: de 2222-1111 a 8888-0000. »."""
    if not record.before or not record.after:
        return ""
    changes = [
        f"{FIELDS.get(name, name)}: de {_plain(record.before[name])} a {_plain(value)}"
        for name, value in record.after.items()
        if name in record.before and record.before[name] != value
    ]
    return f"{'; '.join(changes)}. " if changes else ""


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nada"
    if isinstance(value, bool):
        return "sí" if value else "no"
    return "nada" if value in (None, "") else str(value)


def _at(record: AuditRecord) -> str:
    return f"{timezone.localtime(record.at):%d/%m/%Y %H:%M}"
