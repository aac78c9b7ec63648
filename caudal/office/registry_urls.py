"""Addresses of people and places, part of the office's."""

from django.urls import URLPattern, URLResolver

from caudal.office.crud import addresses
from caudal.office.entities.licences import LICENCES
from caudal.office.entities.properties import PROPERTIES
from caudal.office.entities.sectors import ROUTES, SECTORS

urlpatterns: list[URLPattern | URLResolver] = [
    *addresses(PROPERTIES, "propiedades/"),
    *addresses(LICENCES, "patentes/"),
    *addresses(SECTORS, "sectores/"),
    *addresses(ROUTES, "rutas/"),
]
