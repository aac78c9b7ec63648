from django.apps import AppConfig


class BoardConfig(AppConfig):
    name = "caudal.board"
    label = "board"
    default_auto_field = "django.db.models.BigAutoField"
