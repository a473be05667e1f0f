"""Names the application for Django, and has every database connection told whose data it may touch."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created

from tenants.scope import tell_new_connection


class TenantsConfig(AppConfig):
    name = "tenants"

    def ready(self) -> None:
        connection_created.connect(tell_new_connection, dispatch_uid="tenants.scope")
