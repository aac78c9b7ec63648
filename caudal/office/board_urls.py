"""Addresses of a board's pages, part of the office's."""

from django.urls import URLPattern, URLResolver, path

from caudal.office.views import board, board_expenses

urlpatterns: list[URLPattern | URLResolver] = [
    path("junta/", board.home, name="board"),
    path("junta/asambleas/nueva/", board.assembly_new, name="board_assembly_new"),
    path("junta/asambleas/<int:period_id>/", board.assembly, name="board_assembly"),
    path("junta/asambleas/<int:period_id>/multas/", board.fines, name="board_fines"),
    path("junta/cuotas/nueva/", board.quota_new, name="board_quota_new"),
    path("junta/cuotas/<int:quota_id>/", board.quota, name="board_quota"),
    path("junta/cuotas/<int:quota_id>/quitar/", board.quota_withdraw, name="board_quota_withdraw"),
    path("junta/cuota-social/", board.social, name="board_social"),
    path("junta/gastos/", board_expenses.listing, name="board_expenses"),
    path("junta/gastos/<int:expense_id>/retirar/", board_expenses.withdraw, name="board_expense_withdraw"),
]
