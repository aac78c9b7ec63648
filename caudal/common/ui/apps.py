from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "caudal.common.ui"
    label = "ui"
