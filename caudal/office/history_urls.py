"""Addresses of the history, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.views import history

urlpatterns: list[URLPattern | URLResolver] = [
    path("bitacora/", history.listing, name="history"),
    path("bitacora/<int:record_id>/", history.detail, name="history_record"),
    path("bitacora/sellos/", history.seals, name="history_seals"),
    path("bitacora/sellos/<str:name>", history.seal, name="history_seal"),
]
