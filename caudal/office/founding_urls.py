"""The address where an empty installation is set up."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.views import founding

app_name = "founding"
urlpatterns: list[URLPattern | URLResolver] = [path("", founding.set_up_page, name="set_up")]
