"""Addresses of people and places, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.crud import addresses
from caudal.office.entities.accesses import ACCESSES
from caudal.office.entities.licences import LICENCES
from caudal.office.entities.owners import OWNERSHIPS
from caudal.office.entities.parties import PEOPLE
from caudal.office.entities.properties import PROPERTIES
from caudal.office.entities.sectors import ROUTES, SECTORS
from caudal.office.entities.supply.connections import CONNECTIONS
from caudal.office.entities.supply.meters import METERS
from caudal.office.views import parties, properties

urlpatterns: list[URLPattern | URLResolver] = [
    *addresses(PROPERTIES, "propiedades/"),
    *addresses(LICENCES, "patentes/"),
    *addresses(OWNERSHIPS, "duenos/"),
    *addresses(ACCESSES, "accesos/"),
    *addresses(PEOPLE, "personas/"),
    *addresses(SECTORS, "sectores/"),
    *addresses(ROUTES, "rutas/"),
    *addresses(CONNECTIONS, "conexiones/"),
    *addresses(METERS, "medidores/"),
    path("propiedades/<int:property_id>/duenos/nuevo/", properties.owner_add, name="owner_new"),
    path("propiedades/<int:property_id>/cambio/", properties.owner_change, name="owner_change"),
    path("propiedades/<int:property_id>/valor/", properties.value_add, name="value_new"),
    path("propiedades/<int:property_id>/acceso/", properties.access_add, name="access_new"),
    path("clientes/<int:party_id>/apoderado/", parties.representative_add, name="representative_new"),
    path("clientes/<int:party_id>/identificacion/", parties.identification, name="customer_identification"),
    path(
        "apoderados/<int:representation_id>/terminar/", parties.representative_end, name="representative_end"
    ),
    path("duenos/<int:ownership_id>/terminar/", properties.owner_end, name="owner_end"),
    path("usuarios/<int:user_id>/acceso/", properties.user_access, name="user_access"),
    path("accesos/<int:access_id>/quitar/", properties.access_remove, name="access_remove"),
]
