"""Addresses of the till and of payments, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.views import payments

urlpatterns: list[URLPattern | URLResolver] = [
    path("cobros/", payments.listing, name="payments"),
    path("cobros/nuevo/", payments.take, name="payment_new"),
    path("cobros/<int:payment_id>/", payments.detail, name="payment"),
    path("cobros/<int:payment_id>/pdf/", payments.pdf, name="payment_pdf"),
    path("cobros/<int:payment_id>/reversar/", payments.reverse_one, name="payment_reverse"),
]
