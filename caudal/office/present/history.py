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
    "readings.accept": "Lectura aceptada",
    "readings.confirm_rollover": "Vuelta del medidor confirmada",
    "readings.correct": "Lectura corregida",
    "readings.estimate": "Lectura estimada",
    "readings.record": "Lectura anotada",
    "readings.reject": "Lectura rechazada",
    "registry.organisation": "Datos de la organización editados",
    "registry.route": "Ruta guardada",
    "registry.sector": "Sector guardado",
    "tariffs.create_service": "Servicio creado",
    "tariffs.create_tariff": "Tarifa creada",
    "tariffs.discard_draft": "Versión descartada",
    "tariffs.publish": "Tarifa publicada",
    "tariffs.save_draft": "Versión preparada",
    "tariffs.update_service": "Servicio editado",
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
        f"{name}: de {_plain(record.before[name])} a {_plain(value)}"
        for name, value in record.after.items()
        if name in record.before and record.before[name] != value
    ]
    return f"{'; '.join(changes)}. " if changes else ""


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "nada"
    return "nada" if value in (None, "") else str(value)


def _at(record: AuditRecord) -> str:
    return f"{timezone.localtime(record.at):%d/%m/%Y %H:%M}"
