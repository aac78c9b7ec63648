"""Addresses of services taken, of what is charged once or ahead, of months and cycles, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.views import cycles, one_offs, periods, subscriptions

urlpatterns: list[URLPattern | URLResolver] = [
    path("contratados/<int:subscription_id>/", subscriptions.detail, name="subscription"),
    path("contratados/<int:subscription_id>/adelantar/", subscriptions.ahead, name="year_ahead"),
    path("contratados/<int:subscription_id>/repartir/", subscriptions.split, name="owners_split"),
    path("cuentas/<int:account_id>/servicio/", subscriptions.create, name="subscription_new"),
    path("por-una-vez/", one_offs.listing, name="one_offs"),
    path("por-una-vez/nuevo/", one_offs.create, name="one_off_new"),
    path("por-una-vez/<int:one_off_id>/retirar/", one_offs.withdraw, name="one_off_withdraw"),
    path("facturacion/meses/", periods.listing, name="periods"),
    path("facturacion/meses/<int:year>/<int:month>/", periods.edit, name="period"),
    path("facturacion/meses/<int:period_id>/cerrar/", periods.close, name="period_close"),
    path("facturacion/meses/<int:period_id>/abrir/", periods.reopen, name="period_open"),
    path("facturacion/ciclos/", cycles.listing, name="cycles"),
    path("facturacion/ciclos/nuevo/", cycles.create, name="cycle_new"),
    path("facturacion/ciclos/<int:cycle_id>/", cycles.edit, name="cycle"),
    path("facturacion/ciclos/<int:cycle_id>/calendario/<int:year>/", cycles.calendar, name="cycle_calendar"),
]
