"""What happened, in words; a kind without words says its area and its code."""

from typing import Final

KINDS: Final = {
    "access.activate_user": "Usuario reactivado",
    "access.ask_for_user": "Usuario pedido en el portal",
    "access.create_user": "Usuario creado",
    "access.deactivate_user": "Usuario desactivado",
    "access.invite": "Invitación al portal enviada",
    "access.password_link": "Enlace de contraseña entregado",
    "access.second_factor": "Segundo paso de entrada cambiado",
    "access.set_password": "Contraseña cambiada",
    "access.set_roles": "Roles cambiados",
    "access.update_user": "Usuario editado",
    "billing.approve": "Facturación aprobada",
    "billing.cancel": "Prefacturación descartada",
    "billing.close_month": "Mes cerrado",
    "billing.discard_draft": "Borrador descartado",
    "billing.issue": "Factura emitida",
    "billing.month_dates": "Fechas del mes cambiadas",
    "billing.one_off": "Cargo único anotado",
    "billing.open_month": "Mes reabierto",
    "billing.rehearse": "Prefacturación calculada",
    "billing.retry": "Retenidas facturadas de nuevo",
    "billing.void": "Factura anulada",
    "billing.withdraw_one_off": "Cargo único retirado",
    "board.assembly": "Asamblea anotada",
    "board.attendance": "Asistencia anotada",
    "board.expense": "Gasto anotado",
    "board.fine": "Multas de la asamblea cobradas",
    "board.quota": "Cuota extraordinaria aprobada",
    "board.social_quota": "Cuota social cambiada",
    "board.withdraw_expense": "Gasto retirado",
    "board.withdraw_fines": "Multas retiradas",
    "board.withdraw_quota": "Cuota retirada",
    "customers.add_service": "Servicio agregado",
    "customers.change_meter": "Medidor cambiado",
    "customers.delivery": "Entrega cambiada",
    "customers.end_service": "Servicio terminado",
    "customers.open_service": "Servicio abierto",
    "customers.put_meter": "Medidor instalado",
    "customers.update": "Datos editados",
    "customers.update_connection": "Conexión editada",
    "demo.loaded": "Pueblo de muestra cargado",
    "demo.started": "Pueblo de muestra comenzado",
    "history.direct": "Cambio directo en la base de datos",
    "intake.answer": "Importación: pregunta respondida",
    "intake.apply": "Importación aplicada",
    "intake.discard": "Importación descartada",
    "intake.order": "Importación pedida",
    "intake.take_in": "Archivo de importación recibido",
    "intake.undo": "Importación deshecha",
    "notices.delivered": "Mensajes dados por entregados",
    "notices.printed": "Mensajes impresos",
    "notices.resend": "Correo puesto a enviar de nuevo",
    "properties.change_owner": "Cambio de dueño",
    "readings.accept": "Lectura aceptada",
    "readings.confirm_rollover": "Vuelta del medidor confirmada",
    "readings.correct": "Lectura corregida",
    "readings.estimate": "Lectura estimada",
    "readings.record": "Lectura anotada",
    "readings.reject": "Lectura rechazada",
    "receivables.collect": "Cobros anotados",
    "receivables.pay": "Pago recibido",
    "receivables.print": "Comprobante impreso",
    "receivables.reverse": "Pago reversado",
    "receivables.surcharge": "Recargo cobrado",
    "registry.add_owner": "Dueño anotado",
    "registry.add_representative": "Apoderado anotado",
    "registry.close_licence": "Cierre de la patente",
    "registry.contact": "Contacto editado por el cliente",
    "registry.declare_value": "Valor declarado",
    "registry.end_owner": "Dueño terminado",
    "registry.end_representative": "Apoderado terminado",
    "registry.found": "Organización creada",
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
# What the first word of a kind speaks of; also the icon of its entries.
AREAS: Final = {
    "access": ("Usuarios y permisos", "user"),
    "billing": ("Facturación", "invoice"),
    "board": ("Junta", "people"),
    "customers": ("Clientes y conexiones", "people"),
    "demo": ("Demostración", "house"),
    "history": ("Cambios directos", "flag"),
    "intake": ("Importaciones", "upload"),
    "notices": ("Correos", "mail"),
    "properties": ("Propiedades", "house"),
    "readings": ("Lecturas", "meter"),
    "receivables": ("Cobros", "coins"),
    "registry": ("Registro", "house"),
    "tariffs": ("Tarifas y servicios", "tariff"),
}


def kind_word(kind: str) -> str:
    """«Factura anulada» of "billing.void"."""
    return KINDS.get(kind) or f"{area_word(kind)}: {kind}"


def area_word(kind: str) -> str:
    """«Facturación» of "billing.void"."""
    area = kind.partition(".")[0]
    return AREAS[area][0] if area in AREAS else area


def icon_of(kind: str) -> str:
    """The icon of its area."""
    area = kind.partition(".")[0]
    return AREAS[area][1] if area in AREAS else "edit"
