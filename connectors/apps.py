"""Names the application for Django."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    name = "connectors"
