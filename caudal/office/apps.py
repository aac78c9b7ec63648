from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "caudal.office"
    label = "office"
    default_auto_field = "django.db.models.BigAutoField"
