from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "caudal.jobs"
    label = "jobs"
