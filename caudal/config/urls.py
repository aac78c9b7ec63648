"""Every address: each edge brings its own."""

from django.urls import include, path

urlpatterns = [
    path("cuenta/", include("allauth.account.urls")),
    path("cuenta/segundo-paso/", include("allauth.mfa.urls")),
    path("instalacion/", include("caudal.office.founding_urls")),
    path("oficina/", include("caudal.office.urls")),
    path("", include("caudal.portal.urls")),
]

handler500 = "caudal.common.ui.failures.server_error"
