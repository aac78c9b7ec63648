"""Addresses of what waits for a second person, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.views import approvals

urlpatterns: list[URLPattern | URLResolver] = [
    path("por-aprobar/", approvals.listing, name="approvals"),
    path("por-aprobar/<int:approval_id>/", approvals.detail, name="approval"),
    path("por-aprobar/<int:approval_id>/aprobar/", approvals.approve, name="approval_approve"),
    path("por-aprobar/<int:approval_id>/rechazar/", approvals.decline, name="approval_decline"),
    path("por-aprobar/<int:approval_id>/retirar/", approvals.withdraw, name="approval_withdraw"),
]
