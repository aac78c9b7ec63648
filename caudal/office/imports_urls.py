"""Addresses of the imports, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.views import imports

urlpatterns: list[URLPattern | URLResolver] = [
    path("importar/", imports.listing, name="imports"),
    path("importar/plantilla/", imports.template, name="import_template"),
    path("importar/<int:import_id>/", imports.detail, name="import"),
    path("importar/<int:import_id>/avance/", imports.progress_of, name="import_progress"),
    path("importar/<int:import_id>/respuestas/", imports.answer, name="import_answer"),
    path("importar/<int:import_id>/aplicar/", imports.apply, name="import_apply"),
    path("importar/<int:import_id>/descartar/", imports.discard, name="import_discard"),
    path("importar/<int:import_id>/deshacer/", imports.undo, name="import_undo"),
    path("importar/<int:import_id>/revisado/", imports.marked, name="import_marked"),
]
