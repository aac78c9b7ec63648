"""Addresses of services, tariffs, months and cycles, and of what is charged once or ahead, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.crud import addresses
from caudal.office.entities.charging.cycles import CYCLES
from caudal.office.entities.charging.months import PERIODS
from caudal.office.entities.charging.services import SERVICES, TARIFFS
from caudal.office.entities.subscriptions import SUBSCRIPTIONS
from caudal.office.views import cycles, one_offs, subscriptions

urlpatterns: list[URLPattern | URLResolver] = [
    *addresses(SUBSCRIPTIONS, "contratados/"),
    path("contratados/<int:subscription_id>/", subscriptions.detail, name="subscription"),
    path("contratados/<int:subscription_id>/adelantar/", subscriptions.ahead, name="year_ahead"),
    path("contratados/<int:subscription_id>/repartir/", subscriptions.split, name="owners_split"),
    path("cuentas/<int:account_id>/servicio/", subscriptions.create, name="subscription_new"),
    path("por-una-vez/", one_offs.listing, name="one_offs"),
    path("por-una-vez/nuevo/", one_offs.create, name="one_off_new"),
    path("por-una-vez/<int:one_off_id>/retirar/", one_offs.withdraw, name="one_off_withdraw"),
    *addresses(PERIODS, "facturacion/meses/"),
    *addresses(CYCLES, "facturacion/ciclos/"),
    *addresses(SERVICES, "servicios/"),
    *addresses(TARIFFS, "tarifas/"),
    path("facturacion/ciclos/<int:cycle_id>/calendario/<int:year>/", cycles.calendar, name="cycle_calendar"),
]
