"""Addresses of the portal."""

from django.urls import URLPattern, URLResolver, path

from caudal.portal.views import (
    bills,
    guest,
    home,
    language,
    paying,
    places,
    profile,
    provider,
    self_readings,
    signing_up,
    statement,
)

app_name = "portal"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("estado/", statement.show, name="statement"),
    path("lugares/<slug:key>/", places.place, name="place"),
    path("lecturas/<int:installation_id>/", self_readings.self_reading, name="self_reading"),
    path(
        "lecturas/<int:installation_id>/foto/<int:reading_id>/",
        self_readings.photo,
        name="self_reading_photo",
    ),
    path("pagar/", paying.pay, name="pay"),
    path("pagar/<uuid:intent_id>/", paying.waiting, name="waiting"),
    path("consulta/", guest.guest, name="guest"),
    path("consulta/saldo/", guest.guest_balance, name="guest_balance"),
    path("consulta/terminar/", guest.guest_end, name="guest_end"),
    path("facturas/", bills.invoices, name="invoices"),
    path("facturas/<int:invoice_id>/", bills.invoice, name="invoice"),
    path("facturas/<int:invoice_id>/pdf/", bills.invoice_pdf, name="invoice_pdf"),
    path("facturas/<int:invoice_id>/foto/<int:reading_id>/", bills.reading_photo, name="reading_photo"),
    path("f/<str:token>/", bills.signed_bill, name="signed_bill"),
    path("comprobantes/<int:payment_id>/", paying.receipt, name="receipt"),
    path("comprobantes/<int:payment_id>/pdf/", paying.receipt_pdf, name="receipt_pdf"),
    path("registro/", signing_up.sign_up, name="sign_up"),
    path("registro/<str:token>/", signing_up.set_up, name="set_up"),
    path("idioma/", language.language, name="language"),
    path("datos/", profile.profile, name="profile"),
    path("pasarela/<uuid:intent_id>/", provider.page, name="provider"),
    path("pasarela/avisos/<slug:code>/", provider.event, name="provider_event"),
]
