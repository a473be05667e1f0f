"""`manage.py audit_maintenance`: makes the coming months of the trail, drops those that no tenant keeps."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections
from django.utils import timezone

from audit import partitions


class Command(BaseCommand):
    help = "Make the coming months of the trail and drop the expired ones. Run it monthly, as the owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ahead", type=int, default=partitions.MONTHS_AHEAD, help="months to make ahead")
        parser.add_argument("--keep", action="store_true", help="make months, drop none")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not partitions.owns_tables(connections[partitions.OWNER]):
            raise CommandError("This needs the role that owns the tables: set DATABASE_OWNER_URL.")
        now = timezone.now()
        for name in partitions.make_months(now, ahead=options["ahead"]):
            self.stdout.write(f"made {name}")
        if not options["keep"]:
            for name in partitions.drop_expired(now):
                self.stdout.write(f"dropped {name}")
