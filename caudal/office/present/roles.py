"""Roles as a table that people read: what may be done, in groups, and who may do it."""

from collections.abc import Sequence
from typing import Any, Final

from caudal.access.models import Role
from caudal.access.permissions import PERMISSIONS

# Name of a group → the beginnings of the permissions in it.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Oficina": ("office",),
    "Clientes y propiedades": ("customers",),
    "Medidores y lecturas": ("meters", "readings"),
    "Servicios y tarifas": ("services", "tariffs"),
    "Facturas": ("invoices",),
    "Facturación": ("runs",),
    "Cobros": ("payments",),
    "Asambleas y cuotas": ("board",),
    "Archivos, correos e informes": ("imports", "outbox", "reports"),
    "Historia, usuarios y configuración": ("audit", "users", "settings"),
}


def grouped() -> list[tuple[str, list[str]]]:
    """Every permission, under the name of its group; what no group names comes last, under «Otros»."""
    placed = [
        (title, [code for code in PERMISSIONS if code.split(".")[0] in beginnings])
        for title, beginnings in GROUPS.items()
    ]
    known = {code for _title, codes in placed for code in codes}
    others = [code for code in PERMISSIONS if code not in known]
    return placed + ([("Otros", others)] if others else [])


def matrix(roles: Sequence[Role]) -> list[dict[str, Any]]:
    """Rows in groups: {title, rows: [{permission, cells: [{role, holds}]}]}, cells in the order of the roles."""
    held = {role.pk: {p.permission for p in role.permissions.all()} for role in roles}
    return [
        {
            "title": title,
            "rows": [
                {
                    "permission": PERMISSIONS[code],
                    "cells": [{"role": role.name, "holds": code in held[role.pk]} for role in roles],
                }
                for code in codes
            ],
        }
        for title, codes in grouped()
    ]
