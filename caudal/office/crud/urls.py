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
    found = [path(base, see(screens.listing), name=entity.plural)]
    if entity.page:
        found.append(path(f"{base}<int:pk>/", see(screens.page), name=key))
    if entity.form:
        found.append(path(f"{base}<int:pk>/editar/", change(screens.edit), name=f"{key}_edit"))
    if entity.form and not entity.begin:
        found.append(path(f"{base}nuevo/", change(screens.create), name=f"{key}_new"))
    if entity.ending:
        end = requires(entity.ending.permission or entity.edit)
        found.append(path(f"{base}<int:pk>/cerrar/", end(screens.close), name=f"{key}_close"))
    if entity.ending and entity.ending.reopen:
        reopen = end(require_POST(screens.reopen))
        found.append(path(f"{base}<int:pk>/reabrir/", reopen, name=f"{key}_reopen"))
    if entity.bulk:
        bulk = require_POST(BulkScreen(entity).show)
        found.append(path(f"{base}varios/", change(bulk), name=f"{entity.plural}_bulk"))
    return found
