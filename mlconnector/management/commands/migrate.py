"""Django's `migrate`, as the role that owns the tables; the application's role gets its rights first."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands import migrate
from django.db import connections

from mlconnector.roles import grant_by_default


class Command(migrate.Command):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.set_defaults(database="owner")

    def handle(self, *args: Any, **options: Any) -> str | None:
        app_role = connections["default"].settings_dict["USER"]
        if app_role != connections["owner"].settings_dict["USER"]:
            with connections["owner"].cursor() as cursor:
                grant_by_default(cursor, app_role)
        super().handle(*args, **options)
        return None
