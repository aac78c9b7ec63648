"""Addresses of users and roles, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.crud import addresses
from caudal.office.entities.users import USERS
from caudal.office.views import roles, users

urlpatterns: list[URLPattern | URLResolver] = [
    *addresses(USERS, "usuarios/"),
    path("usuarios/nuevo/", users.create, name="user_new"),
    path("usuarios/<int:user_id>/", users.edit, name="user"),
    path("usuarios/<int:user_id>/activo/", users.set_active, name="user_active"),
    path("usuarios/<int:user_id>/segundo-paso/", users.second_factor, name="user_second_factor"),
    path("usuarios/<int:user_id>/clave/", users.reset, name="user_reset"),
    path("roles/", roles.matrix, name="roles"),
    path("roles/nuevo/", roles.create, name="role_new"),
    path("roles/<int:role_id>/", roles.edit, name="role"),
    path("roles/<int:role_id>/uso/", roles.set_retired, name="role_use"),
]
