"""The addresses of an entity, each with its permission."""

from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from caudal.office.access import requires
from caudal.office.crud.bulk import BulkScreen
from caudal.office.crud.entity import Entity
from caudal.office.crud.screens import Screens


def addresses(entity: Entity, base: str) -> list[URLPattern]:
    """List, page, forms, end and bulk changes below `base` («sectores/»)."""
    screens, key = Screens(entity), entity.key
    see, change = requires(entity.view), requires(entity.edit)
    found = [
        path(base, see(screens.listing), name=entity.plural),
        path(f"{base}nuevo/", change(screens.create), name=f"{key}_new"),
        path(f"{base}<int:pk>/", see(screens.page), name=key),
        path(f"{base}<int:pk>/editar/", change(screens.edit), name=f"{key}_edit"),
    ]
    if entity.ending:
        found += [
            path(f"{base}<int:pk>/cerrar/", change(screens.close), name=f"{key}_close"),
            path(f"{base}<int:pk>/reabrir/", change(require_POST(screens.reopen)), name=f"{key}_reopen"),
        ]
    if entity.bulk:
        bulk = require_POST(BulkScreen(entity).show)
        found.append(path(f"{base}varios/", change(bulk), name=f"{entity.plural}_bulk"))
    return found
